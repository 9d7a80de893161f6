import { describe, expect, it } from "vitest";
import { createTestClock } from "../testing.ts";
import { type LeaseQuestion, messageToJson, type RevocationMessage } from "./event.ts";
import { AskLater, type FeedTransport } from "./follower.ts";
import { createHttpTransport } from "./http-transport.ts";

const question: LeaseQuestion = {
  follower: "f".repeat(16),
  name: "api",
  applied: 0,
  mark: "",
  lagMs: 5000,
  onStale: "ask",
  nonce: "n",
};

function transportOver(answer: () => Response): FeedTransport {
  const rest = { url: "https://auth.example/auth/revocations", serviceKey: "id.secret", timeoutMs: 1000 };
  return createHttpTransport({ ...rest, clock: createTestClock(), fetch: async () => answer() });
}

const never = new AbortController().signal;
const ways: readonly (readonly [string, (transport: FeedTransport) => Promise<unknown> | undefined])[] = [
  ["a question", (transport) => transport.ask(question, never)],
  ["a stream", (transport) => transport.stream?.({ applied: 0, mark: "" }, () => undefined, never)],
];

describe.each(ways)("%s", (_name, ask) => {
  const fault = (answer: () => Response) =>
    Promise.resolve(ask(transportOver(answer))).then(
      () => "answered",
      (error: unknown) => error,
    );

  it.each([
    { header: { "retry-after": "7" }, waitMs: 7000 },
    { header: { "retry-after": "999999" }, waitMs: 60_000 },
    { header: {}, waitMs: 5000 },
    { header: { "retry-after": "Wed, 21 Oct 2015 07:28:00 GMT" }, waitMs: 5000 },
    { header: { "retry-after": "-1" }, waitMs: 5000 },
  ])("that is answered 429 with $header is to be asked again after $waitMs ms", async ({ header, waitMs }) => {
    const error = await fault(() => new Response("later", { status: 429, headers: header }));
    expect(error).toBeInstanceOf(AskLater);
    expect(error).toMatchObject({ waitMs });
  });

  it.each([401, 500, 503])("that is answered %i is not told when to ask again", async (status) => {
    const error = await fault(() => new Response("no", { status, headers: { "retry-after": "7" } }));
    expect(error).toBeInstanceOf(Error);
    expect(error).not.toBeInstanceOf(AskLater);
  });
});

const messageUpTo = (to: number): RevocationMessage => ({
  ...{ from: 0, to, mark: `m${to}`, events: [{ number: to, scope: "session", target: "s1", expires: 9 }] },
  ...{ horizon: 0, isSnapshot: false, hasMore: false, keySet: "k1" },
});

const written = (to: number) => `data: ${JSON.stringify(messageToJson(messageUpTo(to)))}\n\n`;

/** A stream on the wire, whose bytes the test sends. */
function openStream(from: { applied: number; mark: string } = { applied: 0, mark: "" }) {
  const clock = createTestClock();
  const arrived: (Pick<Request, "url" | "headers" | "method"> & Pick<RequestInit, "signal">)[] = [];
  const heard: RevocationMessage[] = [];
  const leaving = new AbortController();
  let wire: ReadableStreamDefaultController<Uint8Array> | undefined;
  let isCancelled = false;
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => {
      wire = controller;
    },
    cancel: () => {
      isCancelled = true;
    },
  });
  const rest = { url: "https://auth.example/auth/revocations", serviceKey: "id.secret", timeoutMs: 1000, clock };
  const transport = createHttpTransport({
    ...rest,
    fetch: async (url, { headers, method = "GET", signal }) => {
      arrived.push({ url, headers: new Headers(headers), method, ...(signal ? { signal } : {}) });
      return new Response(body, { headers: { "content-type": "text/event-stream" } });
    },
  });
  let outcome = "open";
  transport
    .stream?.(from, (message) => void heard.push(message), leaving.signal)
    .then(
      () => "ended",
      (error: Error) => error.message,
    )
    .then((text) => {
      outcome = text;
    });
  const after = async (ms: number) => {
    clock.advance(ms / 1000);
    await settle();
    return outcome;
  };
  const send = async (bytes: string | Uint8Array) => {
    wire?.enqueue(typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes);
    await settle();
  };
  const close = () => wire?.close();
  return { arrived, heard, leaving, after, send, close, isCancelled: () => isCancelled };
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

describe("the opening of a stream", () => {
  it.each([
    { it: "names nothing where nothing was applied", from: { applied: 0, mark: "" }, lastEventId: null },
    { it: "names the number and the mark to go on from", from: { applied: 7, mark: "m7" }, lastEventId: "7.m7" },
  ])("$it", async ({ from, lastEventId }) => {
    const { arrived, after } = openStream(from);
    expect(await after(0)).toBe("open");
    const [{ url, method, headers } = expect.fail("nothing arrived"), ...more] = arrived;
    expect([url, method, more]).toEqual(["https://auth.example/auth/revocations", "GET", []]);
    expect(headers.get("last-event-id")).toBe(lastEventId);
    expect([headers.get("accept"), headers.get("authorization")]).toEqual(["text/event-stream", "Bearer id.secret"]);
  });
});

describe("a stream", () => {
  it("hands over each message as it comes, in however many pieces, and no heartbeat", async () => {
    const { heard, send } = openStream();
    await send(": beat\n\n");
    const bytes = new TextEncoder().encode(written(1));
    await send(bytes.slice(0, 20));
    expect(heard).toEqual([]);
    await send(bytes.slice(20));
    expect(heard).toEqual([messageUpTo(1)]);
    await send(written(2) + written(3));
    expect(heard).toEqual([1, 2, 3].map(messageUpTo));
  });

  it("is given up after 20 s of silence, and left", async () => {
    const { after, isCancelled } = openStream();
    await settle();
    expect(await after(19_999)).toBe("open");
    expect(await after(1)).toBe("The stream fell silent.");
    expect(isCancelled()).toBe(true);
  });

  it.each([
    ["a heartbeat", ": beat\n\n"],
    ["a message", written(1)],
  ])("that brings %s was not silent", async (_name, text) => {
    const { after, send } = openStream();
    await settle();
    await after(19_999);
    await send(text);
    expect(await after(19_999)).toBe("open");
    expect(await after(1)).toBe("The stream fell silent.");
  });

  it("is left as soon as it is no longer wanted", async () => {
    const { after, leaving, send, isCancelled, arrived } = openStream();
    await send(written(1));
    expect([await after(0), arrived[0]?.signal?.aborted]).toEqual(["open", false]);
    leaving.abort();
    expect(await after(0)).not.toBe("open");
    expect([isCancelled(), arrived[0]?.signal?.aborted]).toEqual([true, true]);
  });

  it("that the issuer ends has ended, without an error", async () => {
    const { after, close, send } = openStream();
    await send(written(1));
    close();
    expect(await after(0)).toBe("ended");
  });

  it.each([
    ["a message that is none", "data: {}\n\n", "A message could not be read."],
    ["a line without end", "x".repeat(4_194_305), "A message is too long."],
  ])("is given up for %s", async (_name, text, error) => {
    const { after, heard, send } = openStream();
    await settle();
    await send(text);
    expect([await after(0), heard]).toEqual([error, []]);
  });
});

import { describe, expect, it } from "vitest";
import { createTestClock } from "../testing.ts";
import type { LeaseQuestion } from "./event.ts";
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

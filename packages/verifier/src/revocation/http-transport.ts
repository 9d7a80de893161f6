// Carries a follower's questions and the stream of messages over HTTP; judges nothing.

import { type BoundedFetch, type Fetch, fetchBounded } from "../bounded-fetch.ts";
import type { Clock } from "../primitives/clock.ts";
import { answerFromJson, messageFromJson } from "./event.ts";
import { AskLater, type FeedTransport } from "./follower.ts";

/** Where the feed is, and the key that opens it. */
export interface HttpTransportOptions {
  /** `/auth/revocations` under the issuer; questions go to `/ack` below it. */
  readonly url: string;
  /** `id.secret`, with the scope `follow`. */
  readonly serviceKey: string;
  readonly fetch: Fetch;
  readonly clock: Clock;
  /** How long one question may take, in milliseconds. */
  readonly timeoutMs: number;
}

/** A million events come in messages of 10,000; one of those takes at most 3 MB. */
const maxMessageBytes = 4_194_304;

/** Silence for longer means that the stream is dead: the issuer beats every 5 s. */
const longestSilenceMs = 20_000;

/** The transport over HTTP: `POST …/ack` (JSON) and `GET …` (server-sent events). */
export function createHttpTransport(options: HttpTransportOptions): FeedTransport {
  const { url, serviceKey, fetch, clock, timeoutMs } = options;
  const authorization = `Bearer ${serviceKey}`;
  return {
    async ask(question, signal) {
      const until: Fetch = async (target, init) =>
        whereWanted(await fetch(target, { ...init, signal: either(init.signal, signal) }));
      const bounds: BoundedFetch = { url: `${url}/ack`, fetch: until, clock, timeoutMs, maxBytes: maxMessageBytes };
      const headers = { authorization, "content-type": "application/json" };
      const body = JSON.stringify(question);
      const answer = answerFromJson(parse(decode(await fetchBounded(bounds, { method: "POST", headers, body }))));
      if (answer === undefined) throw new Error("The answer could not be read.");
      return answer;
    },
    async stream(from, onMessage, signal) {
      const ending = new AbortController();
      const end = () => ending.abort();
      signal.addEventListener("abort", end);
      try {
        const headers = {
          authorization,
          accept: "text/event-stream",
          // A view that holds nothing asks for all there is.
          ...(from.applied === 0 ? {} : { "last-event-id": `${from.applied}.${from.mark}` }),
        };
        const response = whereWanted(await fetch(url, { headers, redirect: "manual", signal: ending.signal }));
        if (response.status !== 200 || response.body === null) throw new Error(`The answer was ${response.status}.`);
        await readEvents(response.body, clock, ending.signal, (data) => {
          const message = messageFromJson(parse(data));
          if (message === undefined) throw new Error("A message could not be read.");
          onMessage(message);
        });
      } finally {
        signal.removeEventListener("abort", end);
        end();
      }
    },
  };
}

type Answered = Awaited<ReturnType<Fetch>>;

// RFC 6585 section 4. Ours says how long in seconds; from whatever else answers so on the way, some seconds will do.
function whereWanted(response: Answered): Answered {
  if (response.status !== 429) return response;
  void response.body?.cancel().catch(() => undefined);
  const seconds = Number(response.headers.get("retry-after"));
  throw new AskLater(seconds > 0 ? seconds * 1000 : 5000);
}

/**
 * Reads server-sent events (HTML Living Standard section 9.2) as far as our issuer writes them: one `data` line each; comments are
 * heartbeats. Returns when the stream ends; throws when it falls silent or a line grows too long.
 */
export async function readEvents(
  body: ReadableStream<Uint8Array>,
  clock: Clock,
  signal: AbortSignal,
  onData: (data: string) => void,
): Promise<void> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  try {
    for (;;) {
      const chunk = await readOrFallSilent(reader, clock, signal);
      if (chunk === undefined) return;
      rest += decoder.decode(chunk, { stream: true });
      const lines = rest.split("\n");
      rest = lines.pop() ?? "";
      if (rest.length > maxMessageBytes) throw new Error("A message is too long.");
      for (const line of lines) if (line.startsWith("data:")) onData(line.slice(5).trim());
    }
  } finally {
    reader.cancel().catch(() => undefined);
  }
}

async function readOrFallSilent(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  clock: Clock,
  signal: AbortSignal,
): Promise<Uint8Array | undefined> {
  const timer = new AbortController();
  const stop = () => timer.abort();
  signal.addEventListener("abort", stop);
  const reading = reader.read();
  const silence = clock.sleep(longestSilenceMs, timer.signal).then((): never => {
    throw new Error("The stream fell silent.");
  });
  try {
    if (signal.aborted) return undefined;
    const read = await Promise.race([reading, silence]);
    return read.done ? undefined : read.value;
  } finally {
    stop();
    signal.removeEventListener("abort", stop);
    reading.catch(() => undefined);
    silence.catch(() => undefined);
  }
}

function either(one: AbortSignal | null | undefined, other: AbortSignal): AbortSignal {
  return one === null || one === undefined ? other : AbortSignal.any([one, other]);
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

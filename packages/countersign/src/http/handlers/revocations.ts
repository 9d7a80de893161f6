// Handlers of the revocation feed: the stream of events, and the questions of followers. Translate between HTTP and the feed.

import type { z } from "zod";
import type { LogPosition, Piece } from "../../revocation/pieces.ts";
import type { Answer, Call } from "../contract.ts";
import type { leaseBody } from "../schemas.ts";
import { covers } from "../service-key.ts";
import { needService } from "./services.ts";

/** How often a silent stream says that it lives, and asks whether its key still opens it. */
const beatMs = 5000;

/** What a slow reader may leave unread, in characters, before its stream is ended: it then asks, and begins anew. */
const maxUnread = 8_388_608;

/**
 * Streams messages as server-sent events, `id` being number and mark: what came after `Last-Event-ID`, or everything kept, then each as it is
 * committed. Only speed depends on it.
 */
export function getRevocations(call: Call): Answer {
  const from = positionOf(call.request.headers.get("last-event-id"));
  if (from === undefined)
    return { problem: "request_invalid", errors: [{ at: "Last-Event-ID", message: "number.mark" }] };
  const { feed, options } = call.parts;
  const { maxFollowers } = options.feed;
  const owner = needService(call).id;
  // One key alone takes half of them at most, as of the leases.
  if (feed.subscribers() >= 2 * maxFollowers || feed.subscribers(owner) >= maxFollowers)
    return { problem: "followers_exceeded" };
  const waitMs = feed.waitMs(owner);
  if (waitMs > 0) return pause(waitMs);
  const headers = { "content-type": "text/event-stream", "x-accel-buffering": "no" };
  return { status: 200, headers, stream: streamFrom(call, from) };
}

/** Answers a follower's question; the lease is noted and told to the store before the log is read. */
export async function postRevocationsAck(call: Call<z.output<typeof leaseBody>>): Promise<Answer> {
  const answer = await call.parts.feed.ack(call.body, needService(call).id);
  if (typeof answer === "string") return { problem: answer };
  return "waitMs" in answer ? pause(answer.waitMs) : { status: 200, json: answer.text() };
}

function pause(waitMs: number): Answer {
  return { problem: "attempts_exceeded", retryAfterSeconds: waitMs / 1000 };
}

function positionOf(header: string | null): LogPosition | undefined {
  if (header === null) return { number: 0, mark: "" };
  const [, number, mark] = /^(\d{1,15})\.([0-9a-f]{16})$/.exec(header) ?? [];
  return number === undefined || mark === undefined ? undefined : { number: Number(number), mark };
}

function streamFrom(call: Call, from: LogPosition): ReadableStream<Uint8Array> {
  const { feed, clock } = call.parts;
  const ending = new AbortController();
  let stop = () => {};
  let leave = () => {};
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        const end = () => {
          if (ending.signal.aborted) return;
          leave();
          controller.close();
        };
        leave = () => {
          ending.abort();
          stop();
          feed.stopped.removeEventListener("abort", end);
        };
        feed.stopped.addEventListener("abort", end);
        const send = (bytes: Uint8Array) => {
          if (ending.signal.aborted) return;
          if ((controller.desiredSize ?? 0) < -maxUnread) return end();
          controller.enqueue(bytes);
        };
        stop = feed.subscribe(from, (piece) => send(frameOf(piece)), needService(call).id);
        void beat();

        async function beat(): Promise<void> {
          while (!ending.signal.aborted) {
            await clock.sleep(beatMs, ending.signal);
            if (!(await isStillAllowed(call))) return end();
            send(stillHere);
          }
        }
      },
      cancel: () => leave(),
    },
    new ByteLengthQueuingStrategy({ highWaterMark: 65_536 }),
  );
}

const encoder = new TextEncoder();

const stillHere = encoder.encode(": still here\n\n");

const frames = new WeakMap<Piece, Uint8Array>();

// Of a piece that many are told there is one frame, however many have not read it yet.
function frameOf(piece: Piece): Uint8Array {
  const known = frames.get(piece);
  if (known !== undefined) return known;
  const { message, text } = piece;
  const frame = encoder.encode(`id: ${message.to}.${message.mark}\nevent: revocations\ndata: ${text()}\n\n`);
  frames.set(piece, frame);
  return frame;
}

// A key that was removed must not go on hearing.
async function isStillAllowed(call: Call): Promise<boolean> {
  const { id, secretHash } = needService(call);
  try {
    const service = await call.parts.store.services.find(id);
    return service !== undefined && service.secretHash === secretHash && covers(service, "follow");
  } catch {
    // Not known is not removed: what this stream says is no secret to who held the key a moment ago.
    return true;
  }
}

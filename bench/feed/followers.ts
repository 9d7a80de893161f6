// A hundred services that follow one feed, in one process; and as many readers of a bare event stream. Tells when each heard of what.

import { randomBytes } from "node:crypto";
import { get } from "node:http";
import { createFollower, createVerifier, type Follower, systemClock } from "@countersign/verifier";
import { createHttpTransport } from "../../packages/verifier/src/revocation/http-transport.ts";
import { answerMessages } from "../children.ts";
import type { StartedIssuer } from "./issuer.ts";
import { whenFollowed } from "./local-feed.ts";

/** What the followers are asked. */
export type FollowersMessage =
  | { readonly follow: number; readonly issuer: StartedIssuer }
  | { readonly readBare: number; readonly issuer: StartedIssuer }
  | { readonly coldStart: number; readonly issuer: StartedIssuer }
  | { readonly heard: true };

/** When each follower had applied a revocation, by its id: milliseconds of the machine's monotonic clock. */
export type Heard = ReadonlyMap<string, readonly number[]>;

const heard = new Map<string, Map<number, number>>();

answerMessages<FollowersMessage>(async (message) => {
  if ("follow" in message) return follow(message.follow, message.issuer);
  if ("readBare" in message) return readBare(message.readBare, message.issuer);
  if ("coldStart" in message) return coldStart(message.coldStart, message.issuer);
  const all: Heard = new Map([...heard].map(([id, times]) => [id, [...times.values()]]));
  heard.clear();
  return all;
});

async function follow(count: number, issuer: StartedIssuer): Promise<number> {
  const followers = Array.from({ length: count }, (_, index) => newFollower(index, issuer));
  for (const each of followers) each.start();
  while (!followers.every((each) => each.isFresh() && each.state().isStreaming)) await systemClock.sleep(10);
  return followers.length;
}

// As a verifier makes it, but with a listener of our own at the view.
function newFollower(index: number, { url, serviceKey }: StartedIssuer): Follower {
  const transport = createHttpTransport({
    ...{ url: `${url}/auth/revocations`, serviceKey, clock: systemClock, timeoutMs: 3000 },
    fetch: (...call) => fetch(...call),
  });
  return createFollower({
    ...{ transport, clock: systemClock, random: { bytes: (length) => randomBytes(length) } },
    ...{ name: `service ${index}`, lagMs: 5000, onStale: "ask", follow: "background" },
    onSpoken: (sid) => note(sid, index),
  });
}

// The first time counts: the stream and the answer to a question may both tell.
function note(id: string, index: number): void {
  const at = Number(process.hrtime.bigint()) / 1e6;
  const times = heard.get(id) ?? new Map<number, number>();
  heard.set(id, times);
  if (!times.has(index)) times.set(index, at);
}

function readBare(count: number, { url }: StartedIssuer): Promise<unknown> {
  return Promise.all(Array.from({ length: count }, (_, index) => openBare(`${url}/bare`, index)));
}

function openBare(url: string, index: number): Promise<void> {
  return new Promise((resolve, reject) => {
    get(url, { agent: false }, (response) => {
      response.setEncoding("utf8").on("data", (text: string) => {
        for (const line of text.split("\n\n")) if (line.startsWith("data: ")) note(line.slice("data: ".length), index);
      });
      resolve();
    }).once("error", reject);
  });
}

/** Milliseconds until a service that has just been made has a full view. */
async function coldStart(events: number, { url, serviceKey }: StartedIssuer): Promise<number> {
  const began = performance.now();
  const verifier = createVerifier({ issuer: url, feed: { serviceKey } });
  await whenFollowed(verifier, events);
  const took = performance.now() - began;
  verifier.close();
  return took;
}

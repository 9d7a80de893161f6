// An issuer with a real feed over HTTP, as a process of its own; beside it a bare event stream, which is the floor. Measures only when it
// spoke, and leaves it to others when it was heard.

import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { type Auth, createAuth, nameSessionToken } from "countersign";
import { nodeHandler } from "countersign/node";
import { openSqliteStore } from "countersign/sqlite";
import { answerMessages } from "../children.ts";
import { sessionFile } from "../session-stores.ts";
import { eventFile } from "./event-file.ts";

/** What the issuer is asked. */
export type IssuerMessage =
  | { readonly start: { readonly folder: string; readonly sessions: number; readonly events: number } }
  | { readonly revoke: number; readonly everyMs: number }
  | { readonly everywhere: number }
  | { readonly bare: number; readonly everyMs: number };

/** Where it is, and the key that opens the feed. */
export interface StartedIssuer {
  readonly url: string;
  readonly serviceKey: string;
}

/** One revocation, by the machine's monotonic clock in milliseconds: the same in every process. */
export interface Spoken {
  readonly id: string;
  readonly calledAt: number;
  readonly acknowledgedAt: number;
}

let auth: Auth | undefined;
let sids: readonly string[] = [];
let next = 0;
const bareStreams = new Set<ServerResponse>();

answerMessages<IssuerMessage>(async (message) => {
  if ("start" in message) return start(message.start);
  if ("revoke" in message) return repeat(message.revoke, message.everyMs, () => revokeOne());
  if ("bare" in message) return repeat(message.bare, message.everyMs, writeBare);
  const found: number[] = [];
  for (let index = 0; index < message.everywhere; index += 1) {
    await revokeOne();
    const { outcome, ms, waitedOut } = await issuing().everywhere();
    if (outcome !== "everywhere" || waitedOut.length > 0) throw new Error("A follower was not heard of in time.");
    found.push(ms);
    await pause(250);
  }
  return found;
});

async function start({
  folder,
  sessions,
  events,
}: {
  folder: string;
  sessions: number;
  events: number;
}): Promise<StartedIssuer> {
  const { path, tokens } =
    events > 0 ? { path: await eventFile(folder, events), tokens: [] } : await sessionFile(folder, sessions);
  const store = await openSqliteStore({ path });
  sids = tokens.map((token) => nameSessionToken(token).sid);
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
  const secrets = ["a secret that only the bench knows, and nobody else"];
  // One key starts more services here, one after another, than any would in a minute: what is measured is not how long it is made to wait.
  const made = createAuth({ issuer: url, secrets, store, limits: { snapshotsPerService: 100_000 } });
  await made.start();
  auth = made;
  const handle = nodeHandler(made);
  server.on("request", (request: IncomingMessage, response: ServerResponse) => {
    if (request.url === "/bare") openBare(response);
    else void handle(request, response);
  });
  const { id, secret } = await made.services.add({ name: "bench", scopes: ["follow"] });
  return { url, serviceKey: `${id}.${secret}` };
}

function issuing(): Auth {
  if (auth === undefined) throw new Error("The issuer has not been started.");
  return auth;
}

async function revokeOne(): Promise<Spoken> {
  const sid = sids[next];
  next += 1;
  if (sid === undefined) throw new Error("There are no sessions left to end.");
  const calledAt = monotonicMs();
  await issuing().sessions.end(sid);
  return { id: sid, calledAt, acknowledgedAt: monotonicMs() };
}

function openBare(response: ServerResponse): void {
  response.writeHead(200, { "content-type": "text/event-stream" });
  response.flushHeaders();
  response.socket?.setNoDelay(true);
  bareStreams.add(response);
  response.once("close", () => bareStreams.delete(response));
}

async function writeBare(): Promise<Spoken> {
  next += 1;
  const id = `bare-${next}`;
  const calledAt = monotonicMs();
  for (const stream of bareStreams) stream.write(`data: ${id}\n\n`);
  return { id, calledAt, acknowledgedAt: calledAt };
}

async function repeat(times: number, everyMs: number, act: () => Promise<Spoken>): Promise<Spoken[]> {
  const spoken: Spoken[] = [];
  for (let index = 0; index < times; index += 1) {
    spoken.push(await act());
    await pause(everyMs);
  }
  return spoken;
}

function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

// The process of the stage's issuer: all three strategies over a store in memory; each answer tells what it cost. Judges no demonstration.

import { AsyncLocalStorage } from "node:async_hooks";
import { randomBytes } from "node:crypto";
import { createServer, type RequestListener } from "node:http";
import { systemClock } from "@countersign/verifier";
import { getRequestListener } from "@hono/node-server";
import { type Auth, createAuth } from "countersign";
import { createMemoryStore } from "countersign/memory";
import type { Store } from "countersign/store";
import { answerParent } from "../../processes/child.ts";
import { countStore, ofRequests } from "../../processes/counted-store.ts";
import { listen } from "../../processes/listen.ts";
import { costHeaders, type IssuerCost, keepAliveMs, type StageIssuerActs } from "./acts.ts";

interface Opened {
  readonly auth: Auth;
  readonly store: Store;
}

let opened: Opened | undefined;

interface Spent {
  reads: number;
  sessionReads: number;
  serviceKeyReads: number;
  writes: number;
}

/** What one request has cost so far. */
const spending = new AsyncLocalStorage<Spent>();

answerParent<StageIssuerActs>({
  async open({ accessLifetimeSeconds }) {
    let handle: RequestListener = (_request, response) => void response.writeHead(503).end();
    const server = createServer((request, response) => void handle(request, response));
    server.keepAliveTimeout = keepAliveMs;
    const port = await listen(server);
    const { store } = countStore(createMemoryStore(), note);
    const auth = createAuth({
      ...{ issuer: `http://127.0.0.1:${port}`, store, secrets: [randomBytes(32).toString("base64url")] },
      strategies: ["session", "jwt", "hybrid"],
      // Visitors are made up, and there is nothing behind their passwords.
      hashing: { memoryKiB: 7168, passes: 1, concurrency: 1, queueLimit: 100 },
      session: { lifetime: "1h", idle: "1h", perSubject: 20 },
      jwt: { lifetime: `${accessLifetimeSeconds}s`, grace: `${Math.min(10, Math.floor(accessLifetimeSeconds / 5))}s` },
      limits: { proofsPerAddress: 10_000 },
      audit: { keep: "1h", entries: 1000 },
      onError: (error, where) => process.stderr.write(`demonstration: a fault in ${where}: ${String(error)}\n`),
    });
    await auth.start();
    handle = listenerOf(auth);
    opened = { auth, store };
    const { id, secret } = await auth.services.add({ name: "stage", scopes: ["follow", "introspect"] });
    return { port, serviceKey: `${id}.${secret}` };
  },
  async addSubject(subject) {
    const made = await need().auth.subjects.create(subject);
    if (!made.ok) throw new Error(`A subject of the demonstration was refused: ${made.code}.`);
    return null;
  },
  reasonOf: async ({ sid }) => (await need().store.sessions.find(sid))?.reason ?? null,
});

function need(): Opened {
  if (opened === undefined) throw new Error("The issuer of the demonstration was not started.");
  return opened;
}

function note(name: string): void {
  const spent = spending.getStore();
  if (spent === undefined) return;
  const { reads, writes } = ofRequests({ [name]: 1 });
  spent.reads += reads;
  spent.writes += writes;
  if (name.startsWith("sessions.")) spent.sessionReads += reads;
  if (name.startsWith("services.")) spent.serviceKeyReads += reads;
}

function listenerOf(auth: Auth): RequestListener {
  const listener = getRequestListener((request) => {
    const spent: Spent = { reads: 0, sessionReads: 0, serviceKeyReads: 0, writes: 0 };
    return spending.run(spent, async () => {
      const at = systemClock.monotonic();
      const answer = await auth.handle(request, { remoteAddress: "127.0.0.1" });
      const cost: IssuerCost = {
        microseconds: (systemClock.monotonic() - at) * 1000,
        storeReads: spent.reads,
        sessionReads: spent.sessionReads,
        serviceKeyReads: spent.serviceKeyReads,
        storeWrites: spent.writes,
      };
      answer.headers.set(costHeaders.issuer, JSON.stringify(cost));
      return answer;
    });
  });
  return (request, response) => void listener(request, response);
}

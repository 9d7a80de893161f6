// The section that counts bytes: of a session and of a revocation, on the disk and in memory. Measures no time.

import { statSync } from "node:fs";
import { createVerifier } from "@countersign/verifier";
import { sessionSubjects } from "./authenticators.ts";
import { issuer, newAccessToken, newSigningKey } from "./credentials.ts";
import { eventFile } from "./feed/event-file.ts";
import { feedOf, whenFollowed } from "./feed/local-feed.ts";
import { bytesOf, cookieRequest } from "./fresh.ts";
import type { Row, Table } from "./report.ts";
import { expressSessions } from "./rivals/sessions.ts";
import { fastJwtJudge } from "./rivals/tokens.ts";
import { counted } from "./rounds.ts";
import { rowsOf, runSection, type SectionSettings } from "./section.ts";
import { filledMemoryStore, sessionFile } from "./session-stores.ts";

const key = newSigningKey();

// What was measured lives until the process ends: that it goes away must not be counted as less of the next.
const keptAlive = new Set<unknown>();

await runSection(async (settings) => {
  const { folder } = settings;
  const many = settings.quick ? 100_000 : 1_000_000;
  const file = await sessionFile(folder, rowsOf(settings));
  const events = statSync(await eventFile(folder, many)).size / many;
  const table: Table = {
    title: "bytes each, indexes and all",
    rows: [
      counted("memory/session-row", "a session on SQLite, on the disk", "B", file.bytesPerSession),
      await heapRow(
        "memory/session-memory",
        "a session in memory, with its account",
        20_000,
        async () => (await filledMemoryStore(20_000)).store,
      ),
      await keptSessions(settings),
      await rememberedTokens(),
      counted("memory/event-row", "a revocation on SQLite, on the disk", "B", events),
      await heapRow("memory/event-view", "a revocation in a view", many, () => followed(many)),
      await heapRow(
        "memory/express-session",
        "express-session: a session in memory",
        20_000,
        async () => expressSessions(20_000).middleware,
      ),
      await fastJwtTokens(),
    ],
    notes: ["In memory: heap and what hangs on it, after a full collection; the bench's own copies are outside it."],
  };
  return [table];
});

/** What the sessions that were looked up add, once the feed vouches for them. */
async function keptSessions(settings: SectionSettings): Promise<Row> {
  const { authenticator, credentials } = await sessionSubjects("feed", {
    ...{ credentials: 4096, rows: rowsOf(settings), folder: settings.folder },
  });
  const bytes = credentials.map(bytesOf);
  const authenticate = () => Promise.all(bytes.map((each) => authenticator.authenticate(cookieRequest(each))));
  // One look-up by itself, so that everything but the sessions is there.
  await authenticator.authenticate(cookieRequest(bytesOf(credentials[0] ?? "")));
  return heapRow("memory/session-kept", "a session kept under the feed", bytes.length, async () => {
    const verdicts = await authenticate();
    if (!verdicts.every(({ ok }) => ok)) throw new Error("A session was refused.");
    return authenticator;
  });
}

async function rememberedTokens(): Promise<Row> {
  const verifier = createVerifier({ issuer, keys: { jwks: key.jwks } });
  const tokens = Array.from({ length: 10_000 }, () => bytesOf(newAccessToken(key, "lean+jwt")));
  return heapRow("memory/token", "a remembered token", tokens.length, async () => {
    for (const token of tokens) {
      const verdict = await verifier.verify(token.text());
      if (!verdict.ok) throw new Error("A token was refused.");
    }
    return verifier;
  });
}

async function fastJwtTokens(): Promise<Row> {
  const judge = fastJwtJudge("ES256", key, 10_000);
  const tokens = Array.from({ length: 10_000 }, () => bytesOf(newAccessToken(key, "lean+jwt")));
  return heapRow("memory/fast-jwt", "fast-jwt: a remembered token", tokens.length, async () => {
    for (const token of tokens) judge(token.text());
    return judge;
  });
}

async function followed(revocations: number) {
  const verifier = createVerifier({ issuer, keys: { jwks: key.jwks }, feed: feedOf(revocations) });
  await whenFollowed(verifier, revocations);
  return verifier;
}

/** What something that is kept adds to the heap, for each of `count`. */
async function heapRow(id: string, name: string, count: number, make: () => Promise<unknown>): Promise<Row> {
  const before = heapBytes();
  const kept = await make();
  const after = heapBytes();
  keptAlive.add(kept);
  return counted(id, name, "B", (after - before) / count);
}

function heapBytes(): number {
  if (globalThis.gc === undefined) throw new Error("This script needs --expose-gc.");
  for (let round = 0; round < 3; round += 1) globalThis.gc();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

// The section that measures `authenticate` in process, over fresh strings, beside the rivals. Knows no HTTP.

import type { Authenticator, Verdict } from "@countersign/verifier";
import {
  hybridSubjects,
  jwtSubjects,
  type Numbers,
  type SessionPlace,
  type Subjects,
  sessionSubjects,
} from "./authenticators.ts";
import { newAccessToken, newSigningKey } from "./credentials.ts";
import { type Bytes, bearerRequest, bytesOf, cookieRequest, damaged } from "./fresh.ts";
import { grouped, type Table } from "./report.ts";
import { betterAuthSessions } from "./rivals/better-auth.ts";
import { expressSessions, ironSessions, type JudgeCookies } from "./rivals/sessions.ts";
import { fastJwtJudge, type JudgeToken, joseJudge, jsonwebtokenJudge, newSharedSecretToken } from "./rivals/tokens.ts";
import { type Case, measureRounds } from "./rounds.ts";
import { isWanted, rowsOf, runSection, type SectionSettings } from "./section.ts";

const key = newSigningKey();

/** Tokens that fast-jwt remembers where all are to be found in its cache: more than there are, for it counts by hash. */
const roomy = 10_000;

await runSection(async (settings) => {
  const tables: Table[] = [];
  for (const credentials of [500, 4096]) {
    if (isWanted(settings, `in-process/${credentials}`)) tables.push(await allOfThem(settings, credentials));
  }
  if (isWanted(settings, "in-process/beyond")) tables.push(await beyondTheCache(settings));
  return tables;
});

/** Every case over the same number of distinct credentials, all of which fit every cache. */
async function allOfThem(settings: SectionSettings, credentials: number): Promise<Table> {
  const cases = [
    ...(await ourTokens({ credentials })),
    ...(await ourSessions(settings, { credentials })),
    ...(await rivalTokens(credentials)),
    ...(await rivalSessions(settings, credentials)),
  ];
  return measured(settings, `${credentials}`, `${credentials} distinct credentials, all remembered`, cases);
}

/** More credentials in use than are remembered: whether a cache that is too small costs more than none. */
async function beyondTheCache(settings: SectionSettings): Promise<Table> {
  const [credentials, cacheSize] = [4096, 1000];
  const uncached = jwtSubjects(key, { credentials, cacheSize: 0 });
  const small = jwtSubjects(key, { credentials, cacheSize });
  const hybrid = await hybridSubjects(key, { credentials, cacheSize, revocations: 1000, by: "token" });
  const place = { credentials, cacheSize, rows: rowsOf(settings), folder: settings.folder };
  const looked = await requestCase(
    "session-sqlite",
    "Countersign, session on SQLite, nothing kept",
    await sessionSubjects("sqlite", place),
    0,
  );
  const kept = await requestCase(
    "session-feed",
    "Countersign, session under the feed, too few kept",
    await sessionSubjects("feed", place),
    0,
  );
  const tokens = tokensOf(credentials);
  const shared = sharedTokensOf(credentials);
  const cases = [
    await tokenCase("jwt-uncached", "Countersign, jwt, no cache", uncached, 1),
    await tokenCase("jwt-uncached-64", "Countersign, jwt, no cache, 64 at once", uncached, 64),
    await tokenCase("jwt", "Countersign, jwt, cache too small", small, 1),
    await tokenCase("jwt-64", "Countersign, jwt, cache too small, 64 at once", small, 64),
    await tokenCase("hybrid-64", "Countersign, hybrid, cache too small, 64 at once", hybrid, 64),
    looked,
    kept,
    await rivalCase("fast-jwt", "fast-jwt ES256, no cache", tokens, fastJwtJudge("ES256", key, 0), 0),
    await rivalCase(
      "fast-jwt-cache",
      "fast-jwt ES256, cache too small",
      tokens,
      fastJwtJudge("ES256", key, cacheSize),
      0,
    ),
    await rivalCase("fast-jwt-hs", "fast-jwt HS256, no cache", shared, fastJwtJudge("HS256", key, 0), 0),
    await rivalCase(
      "fast-jwt-hs-cache",
      "fast-jwt HS256, cache too small",
      shared,
      fastJwtJudge("HS256", key, cacheSize),
      0,
    ),
  ];
  const title = `${credentials} distinct credentials, ${cacheSize} remembered`;
  return measured(settings, "beyond", title, cases, "fast-jwt");
}

async function ourTokens(numbers: Numbers): Promise<Case[]> {
  const jwt = jwtSubjects(key, numbers);
  const cases = [
    await tokenCase("jwt-verify", "Countersign, jwt: verify(token)", jwt, 0),
    await requestCase("jwt", "Countersign, jwt: authenticate(request)", jwt, 0),
  ];
  for (const revocations of [0, 1000, 1_000_000]) {
    const words = `${grouped(revocations)} revocations`;
    const hybrid = await hybridSubjects(key, { ...numbers, revocations, by: "token" });
    cases.push(
      await tokenCase(`hybrid-verify-${revocations}`, `Countersign, hybrid, ${words}: verify(token)`, hybrid, 0),
      await requestCase(`hybrid-${revocations}`, `Countersign, hybrid, ${words}: authenticate(request)`, hybrid, 0),
    );
  }
  const browser = await hybridSubjects(key, { ...numbers, revocations: 1000, by: "cookies" });
  cases.push(
    await requestCase("hybrid-cookies", "Countersign, hybrid, both cookies: authenticate(request)", browser, 0),
  );
  return cases;
}

async function ourSessions(settings: SectionSettings, numbers: Numbers): Promise<Case[]> {
  const [rows, { folder }] = [rowsOf(settings), settings];
  const of = (place: SessionPlace) => sessionSubjects(place, { ...numbers, rows, folder });
  return [
    await requestCase("session-memory", "Countersign, session in memory: authenticate(request)", await of("memory"), 0),
    await requestCase(
      "session-sqlite",
      `Countersign, session on SQLite, ${grouped(rows)} rows: authenticate(request)`,
      await of("sqlite"),
      0,
    ),
    await requestCase(
      "session-feed",
      "Countersign, session kept under the feed: authenticate(request)",
      await of("feed"),
      0,
    ),
  ];
}

async function rivalTokens(credentials: number): Promise<Case[]> {
  const tokens = tokensOf(credentials);
  const shared = sharedTokensOf(credentials);
  return [
    await rivalCase(
      "fast-jwt-cache",
      "fast-jwt ES256, found in its cache",
      tokens,
      fastJwtJudge("ES256", key, roomy),
      0,
    ),
    await rivalCase(
      "fast-jwt-hs-cache",
      "fast-jwt HS256, found in its cache",
      shared,
      fastJwtJudge("HS256", key, roomy),
      0,
    ),
    await rivalCase("fast-jwt", "fast-jwt ES256", tokens, fastJwtJudge("ES256", key, 0), 0),
    await rivalCase("fast-jwt-hs", "fast-jwt HS256", shared, fastJwtJudge("HS256", key, 0), 0),
    await rivalCase("jose", "jose ES256", tokens, await joseJudge("ES256", key), 1),
    await rivalCase("jose-64", "jose ES256, 64 at once", tokens, await joseJudge("ES256", key), 64),
    await rivalCase("jose-hs", "jose HS256", shared, await joseJudge("HS256", key), 1),
    await rivalCase("jsonwebtoken", "jsonwebtoken ES256", tokens, jsonwebtokenJudge("ES256", key), 0),
    await rivalCase("jsonwebtoken-hs", "jsonwebtoken HS256", shared, jsonwebtokenJudge("HS256", key), 0),
  ];
}

async function rivalSessions({ folder }: SectionSettings, count: number): Promise<Case[]> {
  const express = expressSessions(count);
  const iron = await ironSessions(count);
  const cases = [
    await rivalCase(
      "express-session",
      "express-session, in memory: its middleware",
      express.credentials,
      express.judge,
      1,
    ),
    await rivalCase("iron-session", "iron-session", iron.credentials, iron.judge, 1),
    await rivalCase("iron-session-64", "iron-session, 64 at once", iron.credentials, iron.judge, 64),
  ];
  for (const cookieCache of [false, true]) {
    const better = await betterAuthSessions(folder, { count, cookieCache });
    const judge: JudgeCookies = (cookie) => better.judge(new Headers({ cookie }));
    const name = `better-auth, ${cookieCache ? "its cookie cache" : "node:sqlite"}`;
    cases.push(await rivalCase(`better-auth${cookieCache ? "-cache" : ""}`, name, better.credentials, judge, 1));
  }
  return cases;
}

async function measured(
  { quick }: SectionSettings,
  path: string,
  title: string,
  cases: readonly Case[],
  base = "fast-jwt-cache",
): Promise<Table> {
  const pace = quick ? { rounds: 3, sliceMs: 40, warmMs: 100 } : { rounds: 15, sliceMs: 100, warmMs: 600 };
  const found = await measureRounds([harness(), ...cases], { ...pace, base });
  const baseName = cases.find(({ id }) => id === base)?.name ?? base;
  return { title, base: baseName, rows: found.map((row) => ({ ...row, id: `in-process/${path}/${row.id}` })) };
}

/** What every other case contains: to be thought away from small figures. */
function harness(): Case {
  const bytes = bytesOf(newAccessToken(key, "lean+jwt"));
  const name = "(making the fresh string of a token, in all of these)";
  return { id: "harness", name, inFlight: 0, run: () => bytes.text().length };
}

function tokensOf(count: number): readonly string[] {
  return Array.from({ length: count }, () => newAccessToken(key, "lean+jwt"));
}

function sharedTokensOf(count: number): readonly string[] {
  return Array.from({ length: count }, newSharedSecretToken);
}

/** `verify(token)` over fresh tokens: what is to be compared with other libraries' functions of a token. */
async function tokenCase(
  id: string,
  name: string,
  of: Subjects<Authenticator & { verify: JudgeOne }>,
  inFlight: number,
): Promise<Case> {
  const texts = of.credentials.map((credential) => credential.slice("Bearer ".length));
  const verify = (token: string) => of.authenticator.verify(token);
  await assertJudges(name, texts, async (token) => subjectOf(await verify(token)));
  const bytes = texts.map(bytesOf);
  return { id, name, inFlight, run: over(bytes, (each) => lengthOf(verify(each.text()))) };
}

type JudgeOne = (token: string) => Verdict | Promise<Verdict>;

/** `authenticate(request)` over fresh requests: header, origin and all. */
async function requestCase(id: string, name: string, of: Subjects, inFlight: number): Promise<Case> {
  const requestOf = of.header === "cookie" ? cookieRequest : bearerRequest;
  const judge = (bytes: Bytes) => of.authenticator.authenticate(requestOf(bytes));
  await assertJudges(name, of.credentials, async (credential) => subjectOf(await judge(bytesOf(credential))));
  const bytes = of.credentials.map(bytesOf);
  return { id, name, inFlight, run: over(bytes, (each) => lengthOf(judge(each))) };
}

async function rivalCase(
  id: string,
  name: string,
  credentials: readonly string[],
  judge: JudgeToken | JudgeCookies,
  inFlight: number,
): Promise<Case> {
  await assertJudges(name, credentials, async (credential) => judge(credential));
  const bytes = credentials.map(bytesOf);
  return { id, name, inFlight, run: over(bytes, (each) => judge(each.text())) };
}

/** Each is accepted once, which also fills the caches; one that was tampered with is refused. */
async function assertJudges(
  name: string,
  credentials: readonly string[],
  judge: (credential: string) => Promise<string | undefined>,
): Promise<void> {
  for (const credential of credentials) {
    if ((await judge(credential)) === undefined) throw new Error(`${name} refuses a good credential.`);
  }
  const bad = await judge(damaged(credentials[0] ?? "")).catch(() => undefined);
  if (bad !== undefined) throw new Error(`${name} accepts a damaged credential.`);
}

function subjectOf(verdict: Verdict): string | undefined {
  return verdict.ok ? verdict.identity.sub : undefined;
}

function lengthOf(verdict: Verdict | Promise<Verdict>): number | Promise<number> {
  if (verdict instanceof Promise) return verdict.then(lengthOf);
  return verdict.ok ? verdict.identity.sub.length : 0;
}

function over(bytes: readonly Bytes[], judge: (bytes: Bytes) => unknown): Case["run"] {
  return (index) => {
    const each = bytes[index % bytes.length];
    return each === undefined ? 0 : judge(each);
  };
}

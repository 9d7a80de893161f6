import { describe, expect, it } from "vitest";
import { createSecrets } from "../keys/secrets.ts";
import { createTestRandom } from "../primitives/testing.ts";
import { isGenuine, parseRefreshToken } from "../sessions/refresh-token.ts";
import { nameSessionToken } from "../sessions/session-token.ts";
import { createTestStore, hourMs } from "../sessions/testing.ts";
import type { AccessTokenInput, AccessTokenIssuer } from "./access-token.ts";
import type { Draft, StrategyDoor } from "./contract.ts";
import { createHybridStrategy } from "./hybrid.ts";
import { createJwtStrategy } from "./jwt.ts";
import { createSessionStrategy } from "./session.ts";

const nowMs = 1_767_225_600_000;
const secrets = createSecrets(["a server secret for strategies, long enough"]);
const lives = { lifetimeMs: 100 * hourMs, idleMs: 10 * hourMs, maxAgeMs: 200 * hourMs };
const common = { random: createTestRandom("strategies"), now: () => nowMs, ...lives };

/** Tells what it was asked for instead of signing. */
const tokens: AccessTokenIssuer = {
  issue: async (input) => ({ token: JSON.stringify(input), expiresAt: input.endsAtMs, lifetimeSeconds: 300 }),
};
const asked = (token: string | undefined): AccessTokenInput => JSON.parse(token ?? "{}");

const draft: Draft = {
  sub: "subject-of-tests",
  client: { label: "curl", address: "192.0.2.1" },
  amr: ["pwd"],
  acr: "aal1",
  claims: { role: "editor" },
  transport: "token",
  tokenClaims: { role: "editor" },
  logNumber: 7,
  authenticatedAgoMs: 5000,
};
const drafted = {
  ...{ sub: draft.sub, client: draft.client, amr: draft.amr, acr: draft.acr, claims: draft.claims },
  ...{ authenticatedAgoMs: 5000, lifetimeMs: lives.lifetimeMs, idleMs: lives.idleMs },
};

const session = createSessionStrategy(common);
const jwt = (refresh: boolean): StrategyDoor => createJwtStrategy({ ...common, secrets, tokens, refresh });

describe("the strategy session", () => {
  it("prepares a record that names the token by its hash alone", async () => {
    const { session: record, credentials } = await session.prepare(draft);
    const token = credentials.session?.token ?? "";
    expect(record).toEqual({ ...drafted, strategy: "session", refreshSeed: null, ...nameSessionToken(token) });
    expect(credentials).toEqual({
      strategy: "session",
      sid: record?.sid,
      session: { token, expiresAt: nowMs + lives.lifetimeMs, keepUntil: nowMs + lives.maxAgeMs },
    });
    expect(JSON.stringify(record)).not.toContain(token);
  });

  it("travels by cookie unless told otherwise, and renews nothing", async () => {
    const { store, add } = await createTestStore();
    const record = await store.sessions.find(await add());
    expect(session.defaultTransport).toBe("cookie");
    expect(record && (await session.renew(record, {}, nowMs))).toBeUndefined();
  });
});

describe("the strategy jwt", () => {
  it("prepares a record with a seed, a token, and the refresh token number 0 of it", async () => {
    const { session: record, credentials } = await jwt(true).prepare(draft);
    expect(record).toEqual({
      ...drafted,
      strategy: "jwt",
      tokenHash: null,
      sid: credentials.sid,
      refreshSeed: expect.stringMatching(/^[\w-]{43}$/),
    });
    expect(asked(credentials.access?.token)).toEqual({
      ...{ typ: "lean+jwt", sub: draft.sub, sid: credentials.sid, claims: draft.tokenClaims },
      ...{ issuedAtMs: nowMs, endsAtMs: nowMs + lives.lifetimeMs },
    });
    const refresh = parseRefreshToken(credentials.refresh?.token ?? "");
    expect(refresh).toMatchObject({ sid: credentials.sid, counter: 0 });
    expect(credentials.refresh?.expiresAt).toBe(nowMs + lives.lifetimeMs);
    expect(credentials.access?.keepUntil).toBe(nowMs + lives.lifetimeMs);
    expect(credentials.session).toBeUndefined();
  });

  it("keeps claims in the record that the token may not carry", async () => {
    const { session: record, credentials } = await jwt(true).prepare({ ...draft, tokenClaims: {} });
    expect([record?.claims, asked(credentials.access?.token).claims]).toEqual([{ role: "editor" }, {}]);
  });

  it("without refresh prepares no record, and numbers the token", async () => {
    const { session: record, credentials } = await jwt(false).prepare(draft);
    expect(record).toBeUndefined();
    expect(Object.keys(credentials)).toEqual(["strategy", "sid", "access"]);
    expect(asked(credentials.access?.token)).toMatchObject({ sid: credentials.sid, logNumber: 7 });
    expect(credentials.access).not.toHaveProperty("keepUntil");
  });

  it("renews a record with the refresh token of its number, and ends with it", async () => {
    const { store, add } = await createTestStore();
    const { session: prepared } = await jwt(true).prepare(draft);
    const record = await store.sessions.find(
      await add({ strategy: "jwt", refreshSeed: prepared?.refreshSeed ?? null }),
    );
    if (record === undefined) throw new Error("the record is there");
    const renewed = await jwt(true).renew({ ...record, refreshCounter: 3 }, { role: "owner" }, nowMs);
    const presented = parseRefreshToken(renewed?.refresh?.token ?? "");
    expect(presented?.counter).toBe(3);
    expect(presented && isGenuine(presented, record, secrets)).toBe(true);
    expect(asked(renewed?.access?.token)).toMatchObject({
      ...{ sub: record.sub, sid: record.sid, claims: { role: "owner" }, issuedAtMs: nowMs },
      endsAtMs: record.expiresAt,
    });
    const late = { ...record, expiresAt: record.createdAt + 500 * hourMs };
    const bounded = await jwt(true).renew(late, {}, nowMs);
    expect(bounded?.refresh?.expiresAt).toBe(record.createdAt + lives.maxAgeMs);
    expect(bounded?.access?.keepUntil).toBe(record.createdAt + lives.maxAgeMs);
  });

  it.each([
    ["a whole second left", 1000, true],
    ["a millisecond less", 999, false],
    ["nothing left", 0, false],
  ])("renews a record while its token has a second to live: %s", async (_name, leftMs, isRenewed) => {
    const { store, add } = await createTestStore();
    const record = await store.sessions.find(await add({ strategy: "jwt", refreshSeed: "x".repeat(43) }));
    if (record === undefined) throw new Error("the record is there");
    const byItsEnd = await jwt(true).renew(record, {}, record.expiresAt - leftMs);
    expect(byItsEnd !== undefined).toBe(isRenewed);
    const late = { ...record, expiresAt: record.createdAt + 500 * hourMs };
    const byPolicy = await jwt(true).renew(late, {}, record.createdAt + lives.maxAgeMs - leftMs);
    expect(byPolicy !== undefined).toBe(isRenewed);
  });

  it("renews nothing that has no seed", async () => {
    const { store, add } = await createTestStore();
    const record = await store.sessions.find(await add());
    expect(record && (await jwt(true).renew(record, {}, nowMs))).toBeUndefined();
  });
});

describe("a successor without a new proof", () => {
  const hybrid = createHybridStrategy({ ...common, secrets, tokens });
  it.each<[string, StrategyDoor, "cookie" | "token"]>([
    ["session", session, "cookie"],
    ["jwt", jwt(true), "token"],
    ["hybrid in a browser", hybrid, "cookie"],
    ["hybrid in a program", hybrid, "token"],
  ])("by %s ends when its draft says, and what the client holds with it", async (_name, door, transport) => {
    const ends = { lifetimeMs: 5000, idleMs: 3000, transport };
    const { session: record, credentials } = await door.prepare({ ...draft, ...ends });
    expect(record).toMatchObject({ lifetimeMs: 5000, idleMs: 3000, authenticatedAgoMs: 5000 });
    const { session: secret, access, refresh } = credentials;
    const told = [secret?.expiresAt, access && asked(access.token).endsAtMs, refresh?.expiresAt];
    expect(new Set(told.filter((end) => end !== undefined))).toEqual(new Set([nowMs + 5000]));
  });

  it("by jwt without a record ends when its draft says", async () => {
    const { session: record, credentials } = await jwt(false).prepare({ ...draft, lifetimeMs: 5000 });
    expect([record, asked(credentials.access?.token).endsAtMs]).toEqual([undefined, nowMs + 5000]);
  });
});

it("never gives two sign-ins the same names or secrets", async () => {
  for (const door of [session, jwt(true), jwt(false)]) {
    const many = await Promise.all(Array.from({ length: 20 }, () => door.prepare(draft)));
    expect(new Set(many.map(({ credentials }) => credentials.sid)).size).toBe(20);
    const secretsOf = many.map(({ credentials }) => credentials.session?.token ?? credentials.access?.token);
    expect(new Set(secretsOf).size).toBe(20);
  }
});

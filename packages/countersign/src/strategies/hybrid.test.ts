import { deriveSid, sidLabel } from "@countersign/verifier";
import { describe, expect, it } from "vitest";
import { createSecrets } from "../keys/secrets.ts";
import { createTestRandom } from "../primitives/testing.ts";
import { isGenuine, parseRefreshToken } from "../sessions/refresh-token.ts";
import { nameSessionToken } from "../sessions/session-token.ts";
import { createTestStore, hourMs } from "../sessions/testing.ts";
import type { SessionRecord } from "../stores/contract.ts";
import type { AccessTokenInput, AccessTokenIssuer } from "./access-token.ts";
import type { Draft } from "./contract.ts";
import { createHybridStrategy } from "./hybrid.ts";

const nowMs = 1_767_225_600_000;
const secrets = createSecrets(["a server secret for hybrids, long enough"]);
const lives = { lifetimeMs: 100 * hourMs, idleMs: 10 * hourMs, maxAgeMs: 200 * hourMs };

/** Tells what it was asked for instead of signing. */
const tokens: AccessTokenIssuer = {
  issue: async (input) => ({ token: JSON.stringify(input), expiresAt: input.endsAtMs, lifetimeSeconds: 300 }),
};
const asked = (token: string | undefined): AccessTokenInput => JSON.parse(token ?? "{}");

const hybrid = createHybridStrategy({
  random: createTestRandom("hybrid"),
  now: () => nowMs,
  secrets,
  tokens,
  ...lives,
});

const draft: Draft = {
  sub: "subject-of-tests",
  client: { label: "curl", address: "192.0.2.1" },
  amr: ["pwd"],
  acr: "aal1",
  claims: { role: "editor" },
  transport: "cookie",
  tokenClaims: {},
  logNumber: 7,
  authenticatedAgoMs: 5000,
};
const drafted = {
  ...{ sub: draft.sub, client: draft.client, amr: draft.amr, acr: draft.acr, claims: draft.claims },
  ...{ authenticatedAgoMs: 5000, lifetimeMs: lives.lifetimeMs, idleMs: lives.idleMs, strategy: "hybrid" },
};

async function stored(more: Partial<SessionRecord> = {}): Promise<SessionRecord> {
  const { store, add } = await createTestStore();
  const record = await store.sessions.find(await add({ strategy: "hybrid" }));
  if (record === undefined) throw new Error("The record is there.");
  return { ...record, ...more };
}

describe("the strategy hybrid in a browser", () => {
  it("prepares a session and a token that names the sid deriving from it, and no refresh token", async () => {
    const { session: record, credentials } = await hybrid.prepare(draft);
    const token = credentials.session?.token ?? "";
    expect(record).toEqual({ ...drafted, refreshSeed: null, ...nameSessionToken(token) });
    expect(record?.sid).toBe(await deriveSid(token));
    expect(credentials).toMatchObject({
      strategy: "hybrid",
      sid: record?.sid,
      session: { expiresAt: nowMs + lives.lifetimeMs, keepUntil: nowMs + lives.maxAgeMs },
    });
    expect(credentials.refresh).toBeUndefined();
    expect(asked(credentials.access?.token)).toEqual({
      ...{ typ: "hybrid+jwt", sub: draft.sub, sid: record?.sid, claims: {} },
      ...{ issuedAtMs: nowMs, endsAtMs: nowMs + lives.lifetimeMs },
    });
    // A browser lets go of the token when it has run out: it says nothing that the session beside it does not.
    expect(credentials.access).not.toHaveProperty("keepUntil");
    expect(JSON.stringify([record, credentials.access])).not.toContain(token);
  });

  it("is named by the same label here and at every verifier", async () => {
    expect(sidLabel).toBe("countersign/sid/v1/");
    for (const token of ["A".repeat(27), "z".repeat(27), "0-_".repeat(9)]) {
      expect(nameSessionToken(token).sid).toBe(await deriveSid(token));
    }
  });

  it("renews the token alone: the session's secret stays, and no refresh token appears", async () => {
    const record = await stored();
    const renewed = await hybrid.renew(record, {}, nowMs);
    expect(Object.keys(renewed ?? {})).toEqual(["strategy", "sid", "access"]);
    expect(asked(renewed?.access?.token)).toEqual({
      ...{ typ: "hybrid+jwt", sub: record.sub, sid: record.sid, claims: {} },
      ...{ issuedAtMs: nowMs, endsAtMs: record.expiresAt },
    });
  });

  it("travels by cookie unless told otherwise", () => {
    expect(hybrid.defaultTransport).toBe("cookie");
  });
});

describe("the strategy hybrid in a program", () => {
  const inBody: Draft = { ...draft, transport: "token", tokenClaims: draft.claims };

  it("prepares a token with its claims, and the refresh token number 0 of a random session", async () => {
    const { session: record, credentials } = await hybrid.prepare(inBody);
    expect(record).toEqual({
      ...drafted,
      ...{ tokenHash: null, sid: credentials.sid, refreshSeed: expect.stringMatching(/^[\w-]{43}$/) },
    });
    expect(credentials.session).toBeUndefined();
    expect(asked(credentials.access?.token)).toMatchObject({
      typ: "hybrid+jwt",
      sid: credentials.sid,
      claims: draft.claims,
    });
    // Its session is on record: nothing of it is judged by the number of the log.
    expect(asked(credentials.access?.token)).not.toHaveProperty("logNumber");
    expect(parseRefreshToken(credentials.refresh?.token ?? "")).toMatchObject({ sid: credentials.sid, counter: 0 });
    expect((await hybrid.prepare(inBody)).credentials.sid).not.toBe(credentials.sid);
  });

  it("renews by the number on record, to a token of the same kind", async () => {
    const { session: prepared } = await hybrid.prepare(inBody);
    const record = await stored({ tokenHash: null, refreshSeed: prepared?.refreshSeed ?? null, refreshCounter: 3 });
    const renewed = await hybrid.renew(record, { role: "owner" }, nowMs);
    const presented = parseRefreshToken(renewed?.refresh?.token ?? "");
    expect(presented?.counter).toBe(3);
    expect(presented && isGenuine(presented, record, secrets)).toBe(true);
    expect(asked(renewed?.access?.token)).toMatchObject({ typ: "hybrid+jwt", claims: { role: "owner" } });
    expect(renewed?.refresh?.expiresAt).toBe(record.expiresAt);
  });
});

describe.each([
  ["in a browser", null],
  ["in a program", "x".repeat(43)],
])("a renewal of the strategy hybrid %s", (_name, refreshSeed) => {
  it.each([
    ["a whole second left", 1000, true],
    ["a millisecond less", 999, false],
    ["nothing left", 0, false],
  ])("is made while its token has a second to live: %s", async (_left, leftMs, isRenewed) => {
    const record = await stored({ refreshSeed });
    expect((await hybrid.renew(record, {}, record.expiresAt - leftMs)) !== undefined).toBe(isRenewed);
    const late = { ...record, expiresAt: record.createdAt + 500 * hourMs };
    expect((await hybrid.renew(late, {}, record.createdAt + lives.maxAgeMs - leftMs)) !== undefined).toBe(isRenewed);
  });

  it("never passes the policy of today", async () => {
    const record = await stored({ refreshSeed });
    const late = { ...record, expiresAt: record.createdAt + 500 * hourMs };
    const renewed = await hybrid.renew(late, {}, nowMs);
    expect(asked(renewed?.access?.token).endsAtMs).toBe(record.createdAt + lives.maxAgeMs);
  });
});

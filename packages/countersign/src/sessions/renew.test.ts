import { describe, expect, it } from "vitest";
import { createAudit } from "../audit.ts";
import { createSecrets } from "../keys/secrets.ts";
import { toBase64url } from "../primitives/bytes.ts";
import { createTestRandom } from "../primitives/testing.ts";
import type { ClientInfo, Store } from "../stores/contract.ts";
import type { StrategyDoor } from "../strategies/contract.ts";
import { makeRefreshToken } from "./refresh-token.ts";
import { type RenewParts, renew } from "./renew.ts";
import { createTestStore, hourMs, widePolicy } from "./testing.ts";

const secrets = createSecrets(["a server secret for renewals, long enough"]);
const seed = toBase64url(createTestRandom("seed").bytes(32));
const client: ClientInfo = { label: "curl", address: "192.0.2.1" };

/** A strategy that tells what it was asked for instead of signing. */
const door: StrategyDoor = {
  name: "jwt",
  defaultTransport: "token",
  prepare: () => {
    throw new Error("renewal prepares no sign-in");
  },
  renew: async (record, claims, issuedAtMs) => ({
    strategy: "jwt",
    sid: record.sid,
    access: {
      token: JSON.stringify({ claims, issuedAtMs, until: record.expiresAt }),
      expiresAt: record.expiresAt,
      lifetimeSeconds: 300,
    },
    refresh: {
      token: makeRefreshToken(secrets.current, record.sid, record.refreshSeed ?? "", record.refreshCounter),
      expiresAt: record.expiresAt,
    },
  }),
};

async function setting(more: (store: Store) => Partial<RenewParts> = () => ({})) {
  const made = await createTestStore();
  const sid = await made.add({ strategy: "jwt", refreshSeed: seed, client });
  const parts: RenewParts = {
    store: made.store,
    secrets,
    policy: widePolicy,
    graceMs: 10_000,
    audit: createAudit(made.store, undefined),
    strategy: (name) => (name === "jwt" ? door : undefined),
    claimsOf: async () => ({ role: "editor" }),
    ...more(made.store),
  };
  const token = (counter: number) => makeRefreshToken(secrets.current, sid, seed, counter);
  const present = (counter: number, from: ClientInfo = client) => renew(parts, token(counter), from, "token");
  const acts = async () => (await made.store.audit.list({ limit: 50 })).map(({ act, detail }) => [act, detail]);
  return { ...made, sid, parts, token, present, acts };
}

const refused = { ok: false, code: "refresh_invalid" };

describe("a current token", () => {
  it("moves the counter, and answers the successor with the claims of now", async () => {
    const { present, token, store, sid, clock } = await setting();
    clock.advance(1000);
    const renewed = await present(0);
    expect(renewed).toMatchObject({ ok: true, credentials: { sid, refresh: { token: token(1) } } });
    expect(await store.sessions.find(sid)).toMatchObject({
      refreshCounter: 1,
      rotatedAt: clock.now(),
      lastUsedAt: clock.now(),
    });
    expect(renewed.ok && renewed.record.refreshCounter).toBe(1);
    expect(renewed.ok && JSON.parse(renewed.credentials.access?.token ?? "{}")).toMatchObject({
      claims: { role: "editor" },
      issuedAtMs: clock.now(),
    });
  });

  it("by cookie carries no claims of the application, and does not ask for them", async () => {
    const { parts, token } = await setting(() => ({
      claimsOf: async () => {
        throw new Error("not asked");
      },
    }));
    const renewed = await renew(parts, token(0), client, "cookie");
    expect(renewed.ok && JSON.parse(renewed.credentials.access?.token ?? "{}").claims).toEqual({});
  });

  it("keeps its turn while the claims cannot be told: nothing has moved", async () => {
    let isDown = true;
    const { present, store, sid, clock } = await setting(() => ({
      claimsOf: async () => {
        if (isDown) throw new Error("the directory is down");
        return {};
      },
    }));
    await expect(present(0)).rejects.toThrow("the directory is down");
    expect((await store.sessions.find(sid))?.refreshCounter).toBe(0);
    clock.advance(60_000);
    isDown = false;
    expect(await present(0)).toMatchObject({ ok: true });
  });

  it("of a subject that is gone is refused, and nothing has moved", async () => {
    const { present, store, sid } = await setting(() => ({ claimsOf: async () => undefined }));
    expect(await present(0)).toEqual(refused);
    expect((await store.sessions.find(sid))?.refreshCounter).toBe(0);
  });

  it("whose session is shortened meanwhile is answered with the new end", async () => {
    const until = { ms: 0 };
    const { present, clock, sid } = await setting((store) => ({
      claimsOf: async () => {
        await store.sessions.setLifetime(sidOf.sid, { expiresAt: until.ms }, widePolicy);
        return {};
      },
    }));
    sidOf.sid = sid;
    until.ms = clock.now() + 5000;
    const renewed = await present(0);
    expect(renewed).toMatchObject({ ok: true, credentials: { access: { expiresAt: until.ms } } });
  });

  it("whose session ends meanwhile gets nothing", async () => {
    const { present, sid, acts } = await setting((store) => ({
      claimsOf: async () => {
        await store.sessions.end(sidOf.sid, "sign_out");
        return {};
      },
    }));
    sidOf.sid = sid;
    expect(await present(0)).toEqual(refused);
    expect(await acts()).toEqual([]);
  });

  it("that lost the race gets the winner's successor", async () => {
    let isFirst = true;
    const { present, token, sid, store } = await setting((inner) => ({
      claimsOf: async () => {
        if (isFirst) await inner.sessions.rotate(sidOf.sid, 0, client, widePolicy);
        isFirst = false;
        return {};
      },
    }));
    sidOf.sid = sid;
    expect(await present(0)).toMatchObject({ ok: true, credentials: { refresh: { token: token(1) } } });
    expect((await store.sessions.find(sid))?.refreshCounter).toBe(1);
  });
});

// Hooks are made before the session is.
const sidOf = { sid: "" };

describe("the token before", () => {
  it.each([
    ["at once", 0, client, true],
    ["at the last moment of the grace", 10_000, client, true],
    ["a moment later", 10_001, client, false],
    ["from another kind of client", 0, { ...client, label: "Firefox on Linux" }, false],
    ["from another address", 0, { ...client, address: "192.0.2.2" }, true],
  ])("%s", async (_name, laterMs, from, isRepeated) => {
    const { present, token, clock, store, sid, acts } = await setting();
    await present(0);
    clock.advance(laterMs);
    const answer = await present(0, from);
    if (isRepeated) {
      expect(answer).toMatchObject({ ok: true, credentials: { refresh: { token: token(1) } } });
      expect(await acts()).toEqual(from.address === client.address ? [] : [["session.refresh", "repeated_elsewhere"]]);
      return;
    }
    expect(answer).toEqual(refused);
    expect(await store.sessions.find(sid)).toMatchObject({ reason: "refresh_reuse" });
    expect(await acts()).toEqual([["session.reuse", null]]);
  });
});

describe("any other token", () => {
  it("that is older is theft: the session ends", async () => {
    const { present, store, sid } = await setting();
    await present(0);
    await present(1);
    expect(await present(0)).toEqual(refused);
    expect(await store.sessions.find(sid)).toMatchObject({ reason: "refresh_reuse" });
    expect(await present(2)).toEqual(refused);
  });

  it("from the future tells of a store that lost writes: the session ends, nobody is called a thief", async () => {
    const { present, store, sid, acts } = await setting();
    expect(await present(3)).toEqual(refused);
    expect(await store.sessions.find(sid)).toMatchObject({ reason: "store_rewound" });
    expect(await acts()).toEqual([["session.rewound", null]]);
  });

  it.each([
    ["with another seed", (sid: string) => makeRefreshToken(secrets.current, sid, toBase64url(new Uint8Array(32)), 0)],
    [
      "of another server",
      (sid: string) => makeRefreshToken(createSecrets(["another server's secret, long enough"]).current, sid, seed, 0),
    ],
    ["for a session nobody knows", () => makeRefreshToken(secrets.current, "AAAAAAAAAAAAAAAA", seed, 0)],
    ["that is none", () => "nonsense"],
  ])("%s changes nothing", async (_name, forge) => {
    const { parts, sid, store, acts } = await setting();
    const before = await store.sessions.find(sid);
    expect(await renew(parts, forge(sid), client, "token")).toEqual(refused);
    expect(await store.sessions.find(sid)).toEqual(before);
    expect(await acts()).toEqual([]);
  });

  it("of a session that is over is refused, and whatever its number no theft", async () => {
    const { present, store, sid, acts } = await setting();
    await store.sessions.end(sid, "sign_out");
    for (const counter of [0, 1, 7]) expect(await present(counter)).toEqual(refused);
    expect(await store.sessions.find(sid)).toMatchObject({ reason: "sign_out" });
    expect(await acts()).toEqual([]);
  });

  it("of a child is good while its parent is alive, and not a moment longer", async () => {
    const made = await setting();
    const parent = await made.add({ lifetimeMs: hourMs });
    const child = await made.add({ strategy: "jwt", refreshSeed: seed, parent });
    const present = (counter: number) =>
      renew(made.parts, makeRefreshToken(secrets.current, child, seed, counter), { label: "curl" }, "token");
    expect(await present(0)).toMatchObject({ ok: true });
    await made.store.sessions.end(parent, "sign_out");
    expect(await present(1)).toEqual(refused);
  });
});

import {
  ConfigurationError,
  createLocalKeySet,
  createVerifier,
  type KeySource,
  Unavailable,
} from "@countersign/verifier";
import { describe, expect, it } from "vitest";
import { toBase64url } from "../primitives/bytes.ts";
import { createTestClock, createTestRandom } from "../primitives/testing.ts";
import type { KeyStore, StoredKey } from "../stores/contract.ts";
import { createMemoryStore } from "../stores/memory.ts";
import { createKeyRing, type KeyRing, type KeyRingOptions } from "./key-ring.ts";
import { createSecrets } from "./secrets.ts";

const [old, fresh] = ["old-secret-old-secret-old-secret-", "new-secret-new-secret-new-secret-"];

// Counted over all worlds, so that no two processes draw the same kid.
let processes = 0;

/** One store, a clock, and any number of processes over them. */
function createWorld() {
  const clock = createTestClock();
  const store = createMemoryStore({ clock, random: createTestRandom("marks") });
  const reads = { count: 0, down: false };
  const keys: KeyStore = {
    list: async () => {
      reads.count += 1;
      if (reads.down) throw new Unavailable("store_unavailable", "the store is down");
      return store.keys.list();
    },
    change: async (revision, change) => {
      if (reads.down) throw new Unavailable("store_unavailable", "the store is down");
      return store.keys.change(revision, change);
    },
  };
  const watched: KeyRingOptions["store"] = { keys, log: store.log, now: () => store.now() };
  const ring = (options: Partial<KeyRingOptions> = {}): KeyRing =>
    createKeyRing({
      store: watched,
      secrets: createSecrets([fresh]),
      clock,
      random: createTestRandom(`process ${processes++}`),
      maxTokenSeconds: 300,
      ...options,
    });
  return { clock, store, reads, ring, advance: (seconds: number) => clock.advance(seconds * 1000) };
}

async function started(world = createWorld(), options: Partial<KeyRingOptions> = {}) {
  const ring = world.ring(options);
  await ring.start();
  return { ...world, ring, another: world.ring };
}

const states = async (ring: KeyRing) => (await ring.list()).map(({ kid, state }) => `${kid} ${state}`);
const kids = async (ring: KeyRing) => (await ring.jwks()).keys.map((key) => key.kid);
const signingKid = async (ring: KeyRing) => (await ring.signer()).kid;

/** What an independent verifier over these keys says of a token that this ring signs now. */
async function judge(ring: KeyRing, keys: KeySource, clock: ReturnType<typeof createTestClock>) {
  const iat = Math.floor(clock.now() / 1000);
  const claims = { iss: "https://auth.example", sub: "alice", sid: "AAAAAAAAAAAAAAAA", iat, exp: iat + 300 };
  const token = await (await ring.signer()).sign("lean+jwt", claims);
  const verifier = createVerifier({ issuer: "https://auth.example", keys, clock });
  return { token, verify: () => verifier.verify(token) };
}

describe("starting", () => {
  it("makes a first key of ES256 that signs at once", async () => {
    const { ring, clock } = await started();
    const signer = await ring.signer();
    expect(signer).toMatchObject({ alg: "ES256", kid: expect.stringMatching(/^[A-Za-z0-9_-]{4}$/) });
    expect(await states(ring)).toEqual([`${signer.kid} signing`]);
    const { verify } = await judge(ring, createLocalKeySet(await ring.jwks()), clock);
    expect(await verify()).toMatchObject({ ok: true });
  });

  it.each(["ES256", "Ed25519", "RS256"] as const)(
    "makes it of %s on request",
    async (algorithm) => {
      const { ring, clock } = await started(createWorld(), { algorithm });
      expect((await ring.signer()).alg).toBe(algorithm);
      expect((await ring.jwks()).keys).toMatchObject([{ alg: algorithm, use: "sig" }]);
      const { verify } = await judge(ring, ring.source, clock);
      expect(await verify()).toMatchObject({ ok: true });
    },
    30_000,
  );

  it("makes one key for many processes that start together", async () => {
    const world = createWorld();
    const rings = Array.from({ length: 10 }, () => world.ring());
    await Promise.all(rings.map((ring) => ring.start()));
    expect(new Set(await Promise.all(rings.map(signingKid))).size).toBe(1);
    expect((await world.store.keys.list()).keys).toHaveLength(1);
  });

  it("takes the key that is there", async () => {
    const { ring, another } = await started();
    const second = another();
    await second.start();
    expect(await signingKid(second)).toBe(await signingKid(ring));
  });

  it("happens by itself when nobody started", async () => {
    const { ring } = createWorld();
    expect(await signingKid(ring())).toMatch(/^.{4}$/);
    expect(await kids(ring())).toHaveLength(1);
  });

  it("fails while the store is down, and succeeds once it is back", async () => {
    const world = createWorld();
    const ring = world.ring();
    world.reads.down = true;
    await expect(ring.start()).rejects.toMatchObject({ code: "store_unavailable" });
    await expect(async () => ring.signer()).rejects.toBeInstanceOf(Unavailable);
    await expect(async () => ring.source.find("abcd")).rejects.toBeInstanceOf(Unavailable);
    expect(ring.source.has("abcd")).toBe(false);
    world.reads.down = false;
    await ring.start();
    expect(await states(ring)).toHaveLength(1);
  });

  it("gives up when others change the ring at every attempt", async () => {
    const { store, clock } = createWorld();
    const keys: KeyStore = { list: () => store.keys.list(), change: async () => false };
    const ring = createKeyRing({
      store: { keys, log: store.log, now: () => store.now() },
      secrets: createSecrets([fresh]),
      clock,
      random: createTestRandom("loser"),
      maxTokenSeconds: 300,
    });
    await expect(ring.start()).rejects.toMatchObject({ code: "store_unavailable" });
  });
});

describe("the server secret", () => {
  it("seals what the store holds", async () => {
    const { store, ring } = await started();
    const [stored] = (await store.keys.list()).keys;
    expect(stored?.sealedPrivateJwk).toMatch(/^v1\.\d+\.[A-Za-z0-9_-]+$/);
    expect(JSON.parse(stored?.publicJwk ?? "")).not.toHaveProperty("d");
    expect((await ring.jwks()).keys[0]).toMatchObject(JSON.parse(stored?.publicJwk ?? ""));
  });

  it("can be replaced: keys are sealed anew at the next start, and then the older one can go", async () => {
    const world = createWorld();
    const first = await started(world, { secrets: createSecrets([old]) });
    await first.ring.rotate();
    await world.ring({ secrets: createSecrets([fresh, old]) }).start();
    const last = world.ring({ secrets: createSecrets([fresh]) });
    await last.start();
    expect(await signingKid(last)).toBe(await signingKid(first.ring));
    expect(await kids(last)).toHaveLength(2);
  });

  it("that sealed the signing key must be in the list", async () => {
    const world = createWorld();
    const { ring } = await started(world, { secrets: createSecrets([old]) });
    const stranger = world.ring({ secrets: createSecrets([fresh]) });
    const failure = await stranger.start().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ConfigurationError);
    expect(failure).toMatchObject({ option: "secrets", message: expect.stringContaining(await signingKid(ring)) });
  });

  it("that is lost can be given up: the key is revoked and another takes its place", async () => {
    const world = createWorld();
    const { ring } = await started(world, { secrets: createSecrets([old]) });
    const lost = await signingKid(ring);
    const heir = world.ring({ secrets: createSecrets([fresh]) });
    expect(await states(heir)).toEqual([`${lost} signing`]);
    expect(await heir.revoke(lost)).toMatchObject({ ok: true });
    await heir.start();
    expect(await states(heir)).toEqual([`${await signingKid(heir)} signing`]);
    expect(await signingKid(heir)).not.toBe(lost);
  });

  it("replaced by another process does not stop one that has opened its keys before", async () => {
    const world = createWorld();
    const { ring, clock } = await started(world, { secrets: createSecrets([old]) });
    await world.ring({ secrets: createSecrets([fresh, old]) }).start();
    await ring.refresh();
    const { verify } = await judge(ring, ring.source, clock);
    expect(await verify()).toMatchObject({ ok: true });
  });

  it("is needed to add a key: one written into the database is neither published nor accepted", async () => {
    const world = createWorld();
    const { ring, store, clock, advance } = await started(world);
    const forger = await started(createWorld(), { secrets: createSecrets([old]) });
    const forged = await forger.store.keys.list();
    const { revision } = await store.keys.list();
    await store.keys.change(revision, { put: forged.keys.map((key) => ({ ...key, signsUntil: 1, leavesAt: 1e15 })) });
    advance(1);
    await ring.refresh();
    expect(await kids(ring)).toEqual([await signingKid(ring)]);
    const { verify } = await judge(forger.ring, ring.source, clock);
    await expect(async () => verify()).rejects.toMatchObject({ code: "key_set_unavailable" });
  });

  it("is needed to change a key: public members written beside the seal are not looked at", async () => {
    const { ring, store, another } = await started();
    const { revision, keys } = await store.keys.list();
    const publicJwk = JSON.stringify({ kty: "EC", crv: "P-256", x: "AA", y: "AA" });
    await store.keys.change(revision, { put: keys.map((key) => ({ ...key, publicJwk })) });
    expect(await another().jwks()).toEqual(await ring.jwks());
  });
});

describe("the key set", () => {
  it("has public members only, with kid, alg and use", async () => {
    const { ring } = await started();
    const [key] = (await ring.jwks()).keys;
    expect(Object.keys(key ?? {}).sort()).toEqual(["alg", "crv", "kid", "kty", "use", "x", "y"]);
  });
});

describe("rotation", () => {
  it("publishes the next key twice the refresh interval before it signs", async () => {
    const { ring, clock, advance } = await started();
    const first = await signingKid(ring);
    const rotated = await ring.rotate();
    if (!rotated.ok) throw new Error("expected a rotation");
    expect(rotated.signsFrom).toBe(clock.now() + 600_000);
    expect((await states(ring)).sort()).toEqual([`${first} signing`, `${rotated.kid} published`].sort());
    expect((await kids(ring)).sort()).toEqual([first, rotated.kid].sort());
    advance(599.999);
    expect(await signingKid(ring)).toBe(first);
    advance(0.001);
    expect(await signingKid(ring)).toBe(rotated.kid);
  });

  it("keeps the old key until its last token has run out, and not longer", async () => {
    const { ring, clock, advance } = await started();
    const first = await signingKid(ring);
    await ring.rotate();
    advance(599);
    const { verify } = await judge(ring, ring.source, clock);
    advance(299);
    expect(await verify()).toMatchObject({ ok: true });
    advance(1 + 300 + 40 - 299 - 0.001);
    expect(await states(ring)).toContain(`${first} retired`);
    expect(ring.source.has(first)).toBe(true);
    advance(0.001);
    expect(await states(ring)).toHaveLength(1);
    expect(await kids(ring)).not.toContain(first);
    expect(ring.source.has(first)).toBe(false);
    expect(await ring.source.find(first)).toBeUndefined();
  });

  it("is refused while a key waits, and possible again afterwards", async () => {
    const { ring, advance } = await started();
    expect(await ring.rotate()).toMatchObject({ ok: true });
    expect(await ring.rotate()).toEqual({ ok: false, code: "key_already_staged" });
    advance(600);
    expect(await ring.rotate()).toMatchObject({ ok: true });
  });

  it("happens once when many processes ask at once", async () => {
    const world = createWorld();
    const rings = Array.from({ length: 8 }, () => world.ring());
    await Promise.all(rings.map((ring) => ring.start()));
    const outcomes = await Promise.all(rings.map((ring) => ring.rotate()));
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(1);
    expect((await world.store.keys.list()).keys).toHaveLength(2);
  });

  it("throws when the store is down, and changes nothing", async () => {
    const { ring, reads } = await started();
    reads.down = true;
    await expect(ring.rotate()).rejects.toMatchObject({ code: "store_unavailable" });
    reads.down = false;
    expect(await states(ring)).toHaveLength(1);
  });

  it("carries a change of the algorithm, staged like any other", async () => {
    const world = createWorld();
    const { ring, clock } = await started(world);
    const changed = world.ring({ algorithm: "Ed25519" });
    await changed.start();
    expect((await changed.signer()).alg).toBe("ES256");
    expect((await changed.list()).map(({ alg, state }) => `${alg} ${state}`).sort()).toEqual([
      "ES256 signing",
      "Ed25519 published",
    ]);
    world.advance(600);
    expect((await changed.signer()).alg).toBe("Ed25519");
    const { verify } = await judge(changed, ring.source, clock);
    expect(await verify()).toMatchObject({ ok: true });
  });

  it("stages one key only when processes of the new algorithm start one after the other", async () => {
    const world = createWorld();
    await started(world);
    await world.ring({ algorithm: "Ed25519" }).start();
    await world.ring({ algorithm: "Ed25519" }).start();
    expect((await world.store.keys.list()).keys).toHaveLength(2);
  });
});

describe("revocation", () => {
  it("of the signing key lets a new one sign at once, and no token of the old one pass", async () => {
    const { ring, clock } = await started();
    const first = await signingKid(ring);
    const { verify } = await judge(ring, ring.source, clock);
    expect(await verify()).toMatchObject({ ok: true });
    const revoked = await ring.revoke(first);
    expect(revoked).toEqual({ ok: true, signing: await signingKid(ring) });
    expect(await signingKid(ring)).not.toBe(first);
    expect(await kids(ring)).toEqual([await signingKid(ring)]);
    expect(await verify()).toMatchObject({ ok: false, code: "token_key_unknown" });
  });

  it("tells the log, for longer than a verifier serves its last good key set", async () => {
    const { ring, store, clock } = await started();
    const first = await signingKid(ring);
    await ring.revoke(first);
    const { events } = await store.log.read(0);
    expect(events).toMatchObject([{ scope: "key", target: first }]);
    expect(events[0]?.expires).toBeGreaterThanOrEqual(clock.now() + 30 * 86_400_000);
  });

  it("of the signing key lets the staged one sign at once: verifiers know it already", async () => {
    const { ring } = await started();
    const first = await signingKid(ring);
    const rotated = await ring.rotate();
    if (!rotated.ok) throw new Error("expected a rotation");
    expect(await ring.revoke(first)).toEqual({ ok: true, signing: rotated.kid });
    expect(await states(ring)).toEqual([`${rotated.kid} signing`]);
  });

  it("of the staged key lets the present one sign on", async () => {
    const { ring, advance } = await started();
    const first = await signingKid(ring);
    const rotated = await ring.rotate();
    if (!rotated.ok) throw new Error("expected a rotation");
    expect(await ring.revoke(rotated.kid)).toEqual({ ok: true, signing: first });
    advance(100_000);
    expect(await states(ring)).toEqual([`${first} signing`]);
    expect(await signingKid(ring)).toBe(first);
  });

  it("of a retired key touches no other", async () => {
    const { ring, advance } = await started();
    const first = await signingKid(ring);
    await ring.rotate();
    advance(600);
    const second = await signingKid(ring);
    expect(await ring.revoke(first)).toEqual({ ok: true, signing: second });
    expect(await states(ring)).toEqual([`${second} signing`]);
  });

  it("of an unknown key is refused, and of the same key twice", async () => {
    const { ring, store } = await started();
    expect(await ring.revoke("none")).toEqual({ ok: false, code: "key_not_found" });
    const first = await signingKid(ring);
    expect(await ring.revoke(first)).toMatchObject({ ok: true });
    expect(await ring.revoke(first)).toEqual({ ok: false, code: "key_not_found" });
    expect((await store.log.head()).number).toBe(1);
  });
});

describe("a revoked key whose row was put back into the database", () => {
  /** A ring, a token of its first key, and the row of that key again in the store after its revocation. */
  async function withRowPutBack(more: Partial<StoredKey> = {}) {
    const { ring, ...world } = await started();
    const { store, clock } = world;
    const first = await signingKid(ring);
    const { token } = await judge(ring, ring.source, clock);
    const [row] = (await store.keys.list()).keys;
    if (row === undefined) throw new Error("expected a row");
    await ring.revoke(first);
    const { revision } = await store.keys.list();
    expect(await store.keys.change(revision, { put: [{ ...row, ...more }] })).toBe(true);
    world.advance(1);
    const judgedBy = (by: KeyRing) =>
      createVerifier({ issuer: "https://auth.example", keys: by.source, clock }).verify(token);
    return { ...world, ring, first, judgedBy };
  }
  const storedKids = async (store: { readonly keys: KeyStore }) => (await store.keys.list()).keys.map(({ kid }) => kid);

  it.each<readonly [string, Partial<StoredKey>]>([
    ["as it was", {}],
    ["as the one that signs", { signsFrom: Date.UTC(2026, 0, 1) + 500 }],
    ["as the next one", { signsFrom: 1e15 }],
    ["as a retired one", { signsUntil: 1, leavesAt: 1e15 }],
  ])("is used by no process, written %s", async (_name, more) => {
    const { ring, first, judgedBy, another } = await withRowPutBack(more);
    const starting = another();
    await starting.start();
    await ring.refresh();
    for (const each of [ring, starting]) {
      expect(await judgedBy(each)).toMatchObject({ ok: false, code: "token_key_unknown" });
      expect(each.source.has(first)).toBe(false);
      expect(await signingKid(each)).not.toBe(first);
      expect(await kids(each)).toEqual([await signingKid(each)]);
      expect(await states(each)).toEqual([`${await signingKid(each)} signing`]);
      expect(await each.revoke(first)).toEqual({ ok: false, code: "key_not_found" });
    }
  });

  it("touches no other key: what the present one signed is accepted", async () => {
    const { another, clock } = await withRowPutBack();
    const starting = another();
    const { verify } = await judge(starting, starting.source, clock);
    expect(await verify()).toMatchObject({ ok: true });
    expect(await starting.rotate()).toMatchObject({ ok: true });
  });

  it("is replaced by a new one where its row is the only one left", async () => {
    const { store, first, another } = await withRowPutBack();
    const { revision, keys } = await store.keys.list();
    await store.keys.change(revision, { remove: keys.map(({ kid }) => kid).filter((kid) => kid !== first) });
    const starting = another();
    await starting.start();
    expect(await signingKid(starting)).not.toBe(first);
  });

  it("loses the row again at the next maintenance", async () => {
    const { ring, store, first } = await withRowPutBack();
    expect(await storedKids(store)).toContain(first);
    expect(await ring.maintain()).toEqual({ removed: [first], staged: undefined });
    expect(await storedKids(store)).toEqual([await signingKid(ring)]);
  });

  it("stays unused for years, as long as the log remembers", async () => {
    const { ring, store, first, judgedBy, another, advance } = await withRowPutBack();
    advance(5 * 365 * 86_400);
    await store.prune({ auditMs: 1, auditEntries: 1 });
    const starting = another();
    await starting.start();
    expect(await kids(starting)).not.toContain(first);
    await ring.refresh();
    expect(await judgedBy(ring)).toMatchObject({ ok: false });
    expect(ring.source.has(first)).toBe(false);
  });
});

it("never gives a new key the name of a revoked one", async () => {
  const world = createWorld();
  const drawn = toBase64url(createTestRandom("the same draws").bytes(3));
  await world.store.log.append({ scope: "key", target: drawn });
  const ring = world.ring({ random: createTestRandom("the same draws") });
  await ring.start();
  expect(await kids(ring)).toEqual([expect.not.stringMatching(drawn)]);
});

describe("the copy in memory", () => {
  it("answers at once and without the store while it is young", async () => {
    const { ring, reads, advance } = await started();
    const before = reads.count;
    advance(9.999);
    const signer = ring.signer();
    expect(signer).not.toBeInstanceOf(Promise);
    expect(ring.jwks()).not.toBeInstanceOf(Promise);
    const { kid } = await signer;
    expect(ring.source.find(kid)).not.toBeInstanceOf(Promise);
    expect(ring.source.has(kid)).toBe(true);
    expect(reads.count).toBe(before);
  });

  it("answers at once when it is due, and reads the store once meanwhile", async () => {
    const { ring, reads, advance } = await started();
    const before = reads.count;
    advance(10);
    for (let index = 0; index < 5; index += 1) expect(ring.signer()).not.toBeInstanceOf(Promise);
    expect(ring.source.has(await signingKid(ring))).toBe(true);
    await ring.refresh();
    expect(reads.count).toBe(before + 2);
  });

  it("sees what another process revoked, after idleness before it is used", async () => {
    const { ring, another, advance, clock } = await started();
    const first = await signingKid(ring);
    const { verify } = await judge(ring, ring.source, clock);
    expect(await verify()).toMatchObject({ ok: true });
    await another().revoke(first);
    advance(20);
    expect(ring.source.has(first)).toBe(false);
    expect(await verify()).toMatchObject({ ok: false, code: "token_key_unknown" });
    expect(await signingKid(ring)).not.toBe(first);
  });

  it("sees it in use within the time as well", async () => {
    const { ring, another, advance } = await started();
    const first = await signingKid(ring);
    await another().revoke(first);
    advance(10);
    expect(await signingKid(ring)).toBe(first);
    await ring.refresh();
    expect(await signingKid(ring)).not.toBe(first);
  });

  it("goes on serving while the store is down", async () => {
    const { ring, reads, advance, clock } = await started();
    const { verify } = await judge(ring, ring.source, clock);
    reads.down = true;
    advance(100);
    expect(await verify()).toMatchObject({ ok: true });
    expect(await kids(ring)).toHaveLength(1);
    advance(100);
    expect(await signingKid(ring)).toBe((await kids(ring))[0]);
  });

  it("keeps keys the same objects over a reading, so that remembered tokens stay remembered", async () => {
    const { ring } = await started();
    const kid = await signingKid(ring);
    const key = await ring.source.find(kid);
    await ring.rotate();
    await ring.refresh();
    expect(await ring.source.find(kid)).toBe(key);
    expect(ring.source.has(kid, key)).toBe(true);
  });

  it("does not take another key for the one under the same kid", async () => {
    const { ring } = await started();
    const other = await started(createWorld());
    const kid = await signingKid(ring);
    const stranger = await other.ring.source.find(await signingKid(other.ring));
    expect(ring.source.has(kid, stranger)).toBe(false);
  });
});

describe("an unknown kid", () => {
  it("makes the ring read the store, and finds what another process made", async () => {
    const { ring, another } = await started();
    const rotated = await another().rotate();
    if (!rotated.ok) throw new Error("expected a rotation");
    expect((await ring.source.find(rotated.kid))?.kid).toBe(rotated.kid);
  });

  it("reads once for many at once, and once a second", async () => {
    const { ring, reads, advance } = await started();
    const before = reads.count;
    await Promise.all(Array.from({ length: 50 }, (_, index) => ring.source.find(`made-up-${index}`)));
    expect(reads.count).toBe(before + 1);
    advance(0.999);
    expect(await ring.source.find("made-up")).toBeUndefined();
    expect(reads.count).toBe(before + 1);
    advance(0.001);
    expect(await ring.source.find("made-up")).toBeUndefined();
    expect(reads.count).toBe(before + 2);
  });

  it("waits for a reading that is under way anyway, in the pause too", async () => {
    const { ring, another, advance } = await started(createWorld(), { rereadSeconds: 0.5 });
    expect(await ring.source.find("made-up")).toBeUndefined();
    const rotated = await another().rotate();
    if (!rotated.ok) throw new Error("expected a rotation");
    expect(await ring.source.find(rotated.kid)).toBeUndefined();
    advance(0.5);
    expect((await ring.source.find(rotated.kid))?.kid).toBe(rotated.kid);
  });

  it("cannot be called unknown while the store is down, in the pause after it either", async () => {
    const { ring, reads, advance } = await started();
    reads.down = true;
    advance(1);
    await expect(async () => ring.source.find("made-up")).rejects.toMatchObject({ code: "store_unavailable" });
    await expect(async () => ring.source.find("made-up")).rejects.toMatchObject({ code: "store_unavailable" });
    reads.down = false;
    advance(1);
    expect(await ring.source.find("made-up")).toBeUndefined();
  });

  it.each(["__proto__", "constructor", ""])("may be %j", async (kid) => {
    const { ring } = await started();
    expect(ring.source.has(kid)).toBe(false);
    expect(await ring.source.find(kid)).toBeUndefined();
  });
});

describe("maintenance", () => {
  it("does nothing to a young ring", async () => {
    const { ring, store } = await started();
    const { revision } = await store.keys.list();
    expect(await ring.maintain()).toEqual({ removed: [], staged: undefined });
    expect((await store.keys.list()).revision).toBe(revision);
  });

  it("stages a successor at 90 days, and not a millisecond earlier", async () => {
    const { ring, advance } = await started();
    advance(90 * 86_400 - 0.001);
    expect(await ring.maintain()).toEqual({ removed: [], staged: undefined });
    advance(0.001);
    const { staged } = await ring.maintain();
    expect(await states(ring)).toContain(`${staged} published`);
    expect(await ring.maintain()).toEqual({ removed: [], staged: undefined });
  });

  it("takes another age", async () => {
    const { ring, advance } = await started(createWorld(), { rotateAfterSeconds: 3600 });
    advance(3600);
    expect((await ring.maintain()).staged).toMatch(/^.{4}$/);
  });

  it("removes keys that have left from the store, and not before", async () => {
    const { ring, store, advance } = await started();
    const first = await signingKid(ring);
    await ring.rotate();
    advance(600 + 300 + 40 - 0.001);
    expect(await ring.maintain()).toEqual({ removed: [], staged: undefined });
    advance(0.001);
    expect(await ring.maintain()).toEqual({ removed: [first], staged: undefined });
    expect((await store.keys.list()).keys.map(({ kid }) => kid)).toEqual([await signingKid(ring)]);
  });
});

it("shows no private key in anything that it answers", async () => {
  const { ring, store } = await started();
  await ring.rotate();
  const answers: unknown[] = [await ring.jwks(), await ring.list(), await ring.signer(), await store.keys.list()];
  const members = answers.flatMap((answer) => JSON.stringify(answer).match(/\\?"(?:d|p|q|dp|dq|qi)\\?":/g) ?? []);
  expect(members).toEqual([]);
});

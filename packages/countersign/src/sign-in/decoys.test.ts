import { Unavailable } from "@countersign/verifier";
import { describe, expect, it } from "vitest";
import { createTestClock, createTestRandom } from "../primitives/testing.ts";
import { newSid } from "../sessions/session-token.ts";
import type { Store } from "../stores/contract.ts";
import { createMemoryStore } from "../stores/memory.ts";
import { createDecoys } from "./decoys.ts";

const key = new Uint8Array(32).fill(7);
const salt = "c2FsdHNhbHRzYWx0c2FsdA";
const output = "b3V0cHV0b3V0cHV0b3V0cHV0b3V0cHV0b3V0cHV0b3U";
const hashOf = (parameters: string) => `$argon2id$v=19$${parameters}$${salt}$${output}`;
const former = "m=7168,t=1,p=1";
const today = "m=19456,t=2,p=1";
const addresses = Array.from({ length: 2000 }, (_, index) => `nobody${index}@example.com`);

async function setting(counts: Readonly<Record<string, number>> = {}) {
  const clock = createTestClock();
  const random = createTestRandom("decoys");
  const store = createMemoryStore({ clock, random });
  for (const [parameters, count] of Object.entries(counts)) {
    for (let index = 0; index < count; index += 1) await addAccount(store, newSid(random), parameters);
  }
  const reads: number[] = [];
  const list: Store["accounts"]["list"] = async (page) => {
    const found = await store.accounts.list(page);
    reads.push(found.length);
    return found;
  };
  const decoys = createDecoys({ list }, key, () => clock.now());
  return { clock, store, decoys, reads };
}

function addAccount(store: Store, sub: string, parameters: string) {
  const email = `${sub}@example.com`;
  return store.accounts.create({ sub, email, emailKey: email, emailVerified: false, passwordHash: hashOf(parameters) });
}

/** Which parameters the decoy of each address has. */
async function dealt(decoys: ReturnType<typeof createDecoys>): Promise<readonly (string | undefined)[]> {
  const hashes = await Promise.all(addresses.map((address) => decoys.hashFor(address)));
  return hashes.map((hash) => /m=\d+,t=\d+,p=\d+/.exec(hash)?.[0]);
}

const shareOf = (parameters: string, all: readonly unknown[]) =>
  all.filter((each) => each === parameters).length / all.length;

describe("the hash of an address without an account", () => {
  it.each([
    ["all accounts still have the former parameters", { [former]: 8 }, 1, 0],
    ["all have today's", { [today]: 8 }, 0, 0],
    ["half have either", { [former]: 50, [today]: 50 }, 0.45, 0.55],
    ["one in twenty is dormant", { [former]: 10, [today]: 190 }, 0.03, 0.07],
  ])("is made as accounts' are: %s", async (_name, counts, least, most) => {
    const { decoys } = await setting(counts);
    const share = shareOf(former, await dealt(decoys));
    expect(share).toBeGreaterThanOrEqual(least);
    expect(share).toBeLessThanOrEqual(Math.max(least, most));
  });

  it("is the same at every attempt and in every process of the same secret, and another under another secret", async () => {
    const { store, clock, decoys } = await setting({ [former]: 20, [today]: 20 });
    const first = await dealt(decoys);
    expect(await dealt(decoys)).toEqual(first);
    expect(await dealt(createDecoys(store.accounts, key, () => clock.now()))).toEqual(first);
    expect(await dealt(createDecoys(store.accounts, new Uint8Array(32), () => clock.now()))).not.toEqual(first);
  });

  it("holds neither salt nor output of an account's", async () => {
    const { decoys } = await setting({ [today]: 3 });
    const hash = await decoys.hashFor("nobody@example.com");
    expect(hash).not.toContain(salt);
    expect(hash).not.toContain(output);
  });

  it("moves to today's parameters as accounts do, and never back", async () => {
    const { store, clock, decoys } = await setting({ [former]: 60, [today]: 20 });
    const before = await dealt(decoys);
    const accounts = await store.accounts.list({ limit: 100 });
    const dormant = accounts.filter(({ passwordHash }) => passwordHash.includes(former));
    for (const { sub, passwordHash } of dormant.slice(30))
      await store.accounts.rehash(sub, passwordHash, hashOf(today));
    clock.advance(600_000);
    const after = await dealt(decoys);
    expect(after.filter((each, index) => each === former && before[index] === today)).toEqual([]);
    expect(shareOf(former, after)).toBeLessThan(shareOf(former, before) - 0.25);
  });

  it.each([
    ["there are no accounts", async () => undefined],
    ["what accounts have is no hash of ours", (store: Store) => addAccount(store, "A".repeat(16), "m=0,t=0,p=0")],
  ])("is none where %s: the hasher takes today's parameters", async (_name, prepare) => {
    const { store, decoys } = await setting();
    await prepare(store);
    expect(await decoys.hashFor("nobody@example.com")).toBe("");
  });

  it("costs a read of 500 accounts every ten minutes, however many ask", async () => {
    const { clock, decoys, reads } = await setting({ [former]: 700 });
    await dealt(decoys);
    expect(reads.reduce((sum, each) => sum + each, 0)).toBe(500);
    clock.advance(599_999);
    const asked = reads.length;
    await dealt(decoys);
    expect(reads).toHaveLength(asked);
    clock.advance(1);
    await dealt(decoys);
    expect(reads).toHaveLength(2 * asked);
  });

  it("counts each account once where there are few", async () => {
    const { decoys, reads } = await setting({ [former]: 1, [today]: 1 });
    const share = shareOf(former, await dealt(decoys));
    expect(share).toBeGreaterThan(0.45);
    expect(share).toBeLessThan(0.55);
    expect(reads.length).toBeLessThanOrEqual(2);
  });

  it("is unknown while the store is down, and asked for again when it is back", async () => {
    let isDown = true;
    const { store, clock } = await setting({ [former]: 3 });
    const list: Store["accounts"]["list"] = async (page) => {
      if (isDown) throw new Unavailable("store_unavailable", "the disk is gone");
      return store.accounts.list(page);
    };
    const decoys = createDecoys({ list }, key, () => clock.now());
    await expect(decoys.hashFor("nobody@example.com")).rejects.toBeInstanceOf(Unavailable);
    isDown = false;
    expect(await decoys.hashFor("nobody@example.com")).toContain(former);
  });
});

describe("the subject of an address without an account", () => {
  it("looks like any other, and is the address's own", async () => {
    const { decoys } = await setting();
    const sub = decoys.subFor("nobody@example.com");
    expect(sub).toMatch(/^[\w-]{16}$/);
    expect(decoys.subFor("nobody@example.com")).toBe(sub);
    expect(decoys.subFor("somebody@example.com")).not.toBe(sub);
  });
});

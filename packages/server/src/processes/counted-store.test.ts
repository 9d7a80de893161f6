import { createMemoryStore } from "countersign/memory";
import { describe, expect, it } from "vitest";
import { besideRequests, between, countStore, ofRequests, together } from "./counted-store.ts";

const session = "AAAAAAAAAAAAAAAA";

describe("a counted store", () => {
  it("answers as the store does, and counts reads and writes", async () => {
    const { store, counts } = countStore(createMemoryStore());
    expect(await store.sessions.find(session)).toBeUndefined();
    expect(await store.sessions.end(session, "revoked")).toEqual([]);
    expect(store.now()).toBeGreaterThan(0);
    await store.ping();
    expect(ofRequests(counts())).toEqual({ reads: 1, writes: 1 });
  });

  it("shows a store that is read twice where once would do", async () => {
    const { store, counts } = countStore(createMemoryStore());
    const before = counts();
    await store.sessions.find(session);
    await store.sessions.find(session);
    expect(ofRequests(between(before, counts()))).toEqual({ reads: 2, writes: 0 });
  });

  it("tells what time causes apart from what requests cause", async () => {
    const { store, counts } = countStore(createMemoryStore());
    await store.log.head();
    await store.issuers.list();
    store.log.subscribe(() => undefined)();
    await store.accounts.find("nobody");
    expect(ofRequests(counts())).toEqual({ reads: 1, writes: 0 });
    expect(besideRequests(counts())).toEqual({ reads: 2, writes: 0 });
  });

  it("adds processes up", () => {
    expect(together([{ a: 1 }, { a: 2, b: 3 }])).toEqual({ a: 3, b: 3 });
  });
});

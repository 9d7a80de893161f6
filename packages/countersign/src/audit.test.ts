import { Unavailable } from "@countersign/verifier";
import { describe, expect, it } from "vitest";
import { type AuditRecord, auditActs, createAudit } from "./audit.ts";
import type { AuditEntry, Store } from "./stores/contract.ts";
import { createMemoryStore } from "./stores/memory.ts";

const act: AuditRecord = { act: "session.sign_in", outcome: "ok", by: { actor: "subject:ada" } };

/** A store that counts how often entries were written. */
function countingStore(fail: () => boolean = () => false) {
  const store = createMemoryStore();
  const writes: number[] = [];
  const append = async (entries: readonly Omit<AuditEntry, "id" | "at">[]) => {
    writes.push(entries.length);
    if (fail()) throw new Unavailable("store_unavailable", "gone");
    await store.audit.append(entries);
  };
  const counted: Store = { ...store, audit: { ...store.audit, append } };
  return { store: counted, writes };
}

describe("the audit log", () => {
  it("writes down who did what, from where, with what outcome", async () => {
    const store = createMemoryStore();
    const audit = createAudit(store, undefined);
    const by = { actor: "subject:ada", address: "192.0.2.1", client: "Firefox on Linux" };
    await audit.record({ act: "password.change", outcome: "refused", by, sub: "ada", sid: "s1", detail: "password" });
    await audit.record(act);
    const nothing = { sub: null, sid: null, address: null, client: null, detail: null };
    expect(await store.audit.list({ limit: 10 })).toMatchObject([
      { ...nothing, act: "session.sign_in", outcome: "ok", actor: "subject:ada" },
      {
        act: "password.change",
        outcome: "refused",
        ...by,
        ...{ sub: "ada", sid: "s1", detail: "password" },
      },
    ]);
  });

  it("is on disk when it says so", async () => {
    const store = createMemoryStore();
    await createAudit(store, undefined).record(act);
    expect(await store.audit.list({ limit: 10 })).toHaveLength(1);
  });

  it("writes what happens at one moment at once, in its order, and loses nothing", async () => {
    const { store, writes } = countingStore();
    const audit = createAudit(store, undefined);
    const details = Array.from({ length: 50 }, (_, index) => `${index}`);
    await Promise.all(details.map((detail) => audit.record({ ...act, detail })));
    expect(writes).toEqual([50]);
    expect((await store.audit.list({ limit: 100 })).map(({ detail }) => detail).reverse()).toEqual(details);
  });

  it("writes together what happens while a write is under way, and not before that one has ended", async () => {
    const store = createMemoryStore();
    const writes: number[] = [];
    let release = () => {};
    const append: Store["audit"]["append"] = async (entries) => {
      writes.push(entries.length);
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      await store.audit.append(entries);
    };
    const audit = createAudit({ ...store, audit: { ...store.audit, append } }, undefined);
    const turns = async () => {
      for (let count = 0; count < 20; count += 1) await Promise.resolve();
    };
    const recorded = [audit.record(act)];
    await turns();
    for (let count = 0; count < 30; count += 1) {
      recorded.push(audit.record(act));
      await turns();
    }
    expect(writes).toEqual([1]);
    release();
    await recorded[0];
    await turns();
    expect(writes).toEqual([1, 30]);
    release();
    await Promise.all(recorded);
    expect(await store.audit.list({ limit: 100 })).toHaveLength(31);
  });

  it("lets an entry fail only with its own write", async () => {
    let isDown = true;
    const { store } = countingStore(() => isDown);
    const audit = createAudit(store, undefined);
    const first = audit.record(act).catch(() => "failed");
    await Promise.resolve();
    await Promise.resolve();
    isDown = false;
    const second = audit.record(act);
    expect(await first).toBe("failed");
    await second;
    expect(await store.audit.list({ limit: 10 })).toHaveLength(1);
  });

  it("tells everybody who waits that it could not be written, and goes on afterwards", async () => {
    let isDown = true;
    const { store } = countingStore(() => isDown);
    const audit = createAudit(store, undefined);
    const results = await Promise.allSettled([audit.record(act), audit.record(act)]);
    expect(results.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    isDown = false;
    await audit.record(act);
    expect(await store.audit.list({ limit: 10 })).toHaveLength(1);
  });

  it("tells an observer each act at once", () => {
    const seen: string[] = [];
    void createAudit(createMemoryStore(), ({ act: name }) => void seen.push(name)).record(act);
    expect(seen).toEqual(["session.sign_in"]);
  });

  it("has a sentence for each act, and a name of two words", () => {
    for (const [name, sentence] of Object.entries(auditActs)) {
      expect(name).toMatch(/^[a-z]+\.[a-z_]+$/);
      expect(sentence).toMatch(/^[A-Z].*\.$/);
    }
  });
});

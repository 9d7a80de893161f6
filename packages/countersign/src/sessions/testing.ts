// A store with one account and sessions of it, for tests of what stands above stores. Knows nothing of what is tested with it.

import { toBase64url } from "../primitives/bytes.ts";
import { createTestClock, createTestRandom, type TestClock } from "../primitives/testing.ts";
import type { LifetimePolicy, NewSession, Store } from "../stores/contract.ts";
import { createMemoryStore } from "../stores/memory.ts";

export const hourMs = 3_600_000;
export const widePolicy: LifetimePolicy = { maxIdleMs: 1000 * hourMs, maxAgeMs: 10_000 * hourMs };
export const testSub = "subject-of-tests";

/** A store whose clock the test owns, with one account. */
export interface TestStore {
  readonly store: Store;
  readonly clock: TestClock;
  /** Adds a living session: 10 hours idle, 100 hours long. Answers its sid. */
  add(more?: Partial<NewSession>): Promise<string>;
}

export async function createTestStore(): Promise<TestStore> {
  const clock = createTestClock();
  const random = createTestRandom("test store");
  const store = createMemoryStore({ clock, random });
  const address = { email: "ada@example.com", emailKey: "ada@example.com" };
  await store.accounts.create({ sub: testSub, ...address, emailVerified: true, passwordHash: "none" });
  return {
    store,
    clock,
    async add(more = {}) {
      const session: NewSession = {
        sid: toBase64url(random.bytes(12)),
        sub: testSub,
        strategy: "session",
        tokenHash: null,
        refreshSeed: null,
        idleMs: 10 * hourMs,
        lifetimeMs: 100 * hourMs,
        amr: ["pwd"],
        acr: "aal1",
        client: { label: "curl" },
        claims: {},
        ...more,
      };
      const created = await store.sessions.create(session, { generation: 0, limit: 100, policy: widePolicy });
      if (created !== "created") throw new Error(`the session was not created: ${created}`);
      return session.sid;
    },
  };
}

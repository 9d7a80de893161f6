// What every row of the suite stands on: a fresh store, its clock, and short words for accounts and sessions.

import type { JsonObject } from "@countersign/verifier";
import type { Random } from "../../primitives/random.ts";
import { createTestClock, createTestRandom, type TestClock } from "../../primitives/testing.ts";
import {
  type ClientInfo,
  type EndReason,
  isAlive,
  type LifetimePolicy,
  type LogView,
  type NewSession,
  type SessionRecord,
  type Store,
} from "../contract.ts";

/** The part of a test runner that the suite needs: Vitest's fits as it is. */
export interface Harness {
  describe(name: string, body: () => void): void;
  it(name: string, body: () => Promise<void>): void;
  expect(actual: unknown): Expectation;
}

export interface Expectation {
  toMatchObject(expected: object): unknown;
  toBe(expected: unknown): void;
  /** Equal in structure. */
  toEqual(expected: unknown): void;
}

/** What a fresh, empty store is made with. */
export interface Environment {
  /** To be used for `now`. It stands still, so a store that sleeps between attempts sleeps by another clock. */
  readonly clock: TestClock;
  readonly random: Random;
}

export interface Opened {
  readonly store: Store;
  /** Another instance on the same data, as another process has it: the races run on both. */
  readonly peer?: Store;
  /** Opens the data once more after `store` was closed; absent where nothing is kept. */
  readonly reopen?: () => Promise<Store>;
}

/** Opens a fresh, empty store. */
export type Open = (environment: Environment) => Promise<Opened>;

/** A row of the suite at work. */
export interface Setting extends Opened, Environment {
  readonly expect: Harness["expect"];
  /** Adds an account that signs in with `<name>@example.org`; answers its sub. */
  account(name?: string): Promise<string>;
  /** Creates a session that must be created; answers its sid. */
  session(name: string, more?: Partial<NewSession>): Promise<string>;
  /** The record of a sid. */
  find(sid: string): Promise<SessionRecord | undefined>;
  /** Whether the record is alive now, under its own ends. */
  isAlive(sid: string): Promise<boolean>;
  reasonOf(sid: string): Promise<EndReason | null | undefined>;
  /** The events after `from`, as `scope:target`. */
  events(from?: number): Promise<readonly string[]>;
}

export const minute = 60_000;
export const hour = 60 * minute;
export const day = 24 * hour;

/** The policy of the rows that do not speak of policies: wider than every session's own ends. */
export const policy: LifetimePolicy = { maxIdleMs: 90 * day, maxAgeMs: 900 * day };

export const client: ClientInfo = { userAgent: "Mozilla/5.0", address: "203.0.113.7", label: "Firefox on Linux" };

/** 16 characters that begin with a name. */
export function id(name: string): string {
  return name.padEnd(16, "_");
}

/** A session of Ada's: 10 hours idle, 100 hours long. */
export function newSession(name: string, more: Partial<NewSession> = {}): NewSession {
  return {
    sid: id(name),
    sub: id("ada"),
    strategy: "session",
    tokenHash: `hash of ${name}`,
    refreshSeed: null,
    idleMs: 10 * hour,
    lifetimeMs: 100 * hour,
    amr: ["pwd"],
    acr: "1",
    client,
    claims: {},
    ...more,
  };
}

/** Creation without an opinion on limits. */
export const freely = { generation: 0, limit: 1000, policy };

/** Registers rows that run in a setting of their own. */
export function rows(harness: Harness, open: Open): (name: string, body: (setting: Setting) => Promise<void>) => void {
  let opened = 0;
  return (name, body) =>
    harness.it(name, async () => {
      opened += 1;
      const environment = { clock: createTestClock(), random: createTestRandom(`${name} ${opened}`) };
      const setting = settingOf(harness, environment, await open(environment));
      try {
        await body(setting);
      } finally {
        await setting.peer?.close();
        await setting.store.close();
      }
    });
}

function settingOf(harness: Harness, environment: Environment, opened: Opened): Setting {
  const { store } = opened;
  const find = async (sid: string) => store.sessions.find(sid);
  return {
    ...environment,
    ...opened,
    expect: (actual) => harness.expect(actual),
    find,
    async account(name = "ada") {
      const email = `${name}@example.org`;
      const account = { sub: id(name), email, emailKey: email, emailVerified: false, passwordHash: "hash 0" };
      harness.expect(await store.accounts.create(account)).toBe("created");
      return id(name);
    },
    async session(name, more = {}) {
      const session = newSession(name, more);
      const generation = (await store.accounts.find(session.sub))?.generation ?? -1;
      harness.expect(await store.sessions.create(session, { ...freely, generation })).toBe("created");
      return session.sid;
    },
    async isAlive(sid) {
      const record = await find(sid);
      return record !== undefined && isAlive(record, policy, environment.clock.now());
    },
    async reasonOf(sid) {
      return (await find(sid))?.reason;
    },
    async events(from = 0) {
      return (await store.log.read(from)).events.map(({ scope, target }) => `${scope}:${target}`);
    },
  };
}

/** Data whose JSON takes exactly so many bytes. */
export function dataOf(bytes: number): JsonObject {
  return { text: "x".repeat(bytes - '{"text":""}'.length) };
}

/** Fails unless the view holds every event from 1 to its head, each once and in order. */
export function expectGapless(expect: Harness["expect"], view: LogView): void {
  const numbers = view.events.map(({ number }) => number);
  expect(numbers).toEqual(Array.from({ length: view.to - view.from }, (_, index) => view.from + index + 1));
  expect(view.events.at(-1)?.mark ?? "").toBe(view.mark);
}

/** What the promises came to, in order; a rejection is thrown. */
export function allAtOnce<T>(count: number, attempt: (index: number) => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => attempt(index)));
}

/** How often each outcome came. */
export function tally(outcomes: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const outcome of outcomes) counts[outcome] = (counts[outcome] ?? 0) + 1;
  return counts;
}

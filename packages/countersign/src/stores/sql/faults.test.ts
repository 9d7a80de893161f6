// Waiting for a lock, by a clock that moves only while somebody sleeps, on a database that really is locked.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Unavailable } from "@countersign/verifier";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { createTestClock, createTestRandom } from "../../primitives/testing.ts";
import { asFault, createBusyRetry } from "./faults.ts";

const folder = mkdtempSync(join(tmpdir(), "countersign-faults-"));
const ours = new DatabaseSync(join(folder, "x.db"));
const theirs = new DatabaseSync(join(folder, "x.db"));
afterAll(() => {
  ours.close();
  theirs.close();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => {
  if (theirs.isTransaction) theirs.exec("ROLLBACK");
});

/** A retry, with the time that went by in its sleep; `onSleep` is what the others do meanwhile. */
function setUp(onSleep: (elapsedMs: number) => void = () => {}) {
  const test = createTestClock();
  const sleep = async (ms: number) => {
    expect(ms).toBeGreaterThanOrEqual(1);
    expect(ms).toBeLessThan(22);
    test.advance(ms);
    onSleep(test.monotonic());
  };
  const retry = createBusyRetry({ clock: { ...test, sleep }, random: createTestRandom("busy"), totalMs: 5000 });
  const write = () => retry(() => ours.exec("BEGIN IMMEDIATE; COMMIT"));
  return { clock: test, retry, write };
}

describe("waiting for the lock", () => {
  it("sleeps not at all when it is free", async () => {
    const { clock, write } = setUp();
    await write();
    expect(clock.monotonic()).toBe(0);
  });

  it("goes on as soon as it is free, one moment before the total", async () => {
    theirs.exec("BEGIN IMMEDIATE");
    const { clock, write } = setUp((elapsedMs) => {
      if (elapsedMs > 4970 && theirs.isTransaction) theirs.exec("ROLLBACK");
    });
    await write();
    expect(clock.monotonic()).toBeLessThan(5000);
  });

  it("gives up after the total, and then the next who waits for the same lock at once", async () => {
    theirs.exec("BEGIN IMMEDIATE");
    const { clock, write } = setUp();
    await expect(write()).rejects.toBeInstanceOf(Unavailable);
    const gaveUpAt = clock.monotonic();
    expect(gaveUpAt).toBeGreaterThanOrEqual(5000);
    expect(gaveUpAt).toBeLessThan(5022);
    await expect(write()).rejects.toMatchObject({ code: "store_unavailable" });
    expect(clock.monotonic()).toBe(gaveUpAt);
  });

  it("has the whole total again for a lock much later, whether the last wait ended well or not", async () => {
    for (const endsWell of [true, false]) {
      theirs.exec("BEGIN IMMEDIATE");
      let freeAt = endsWell ? 1000 : Number.POSITIVE_INFINITY;
      const { clock, write } = setUp((elapsedMs) => {
        if (elapsedMs >= freeAt && theirs.isTransaction) theirs.exec("ROLLBACK");
      });
      const first = await write().then(
        () => true,
        () => false,
      );
      expect(first).toBe(endsWell);
      clock.advance(60_000);
      if (endsWell) theirs.exec("BEGIN IMMEDIATE");
      freeAt = clock.monotonic() + 4000;
      await write();
      expect(theirs.isTransaction).toBe(false);
    }
  });

  it("starts anew at once after a wait that ended well", async () => {
    theirs.exec("BEGIN IMMEDIATE");
    let freeAt = 4000;
    const { clock, write } = setUp((elapsedMs) => {
      if (elapsedMs >= freeAt && theirs.isTransaction) theirs.exec("ROLLBACK");
    });
    await write();
    theirs.exec("BEGIN IMMEDIATE");
    freeAt = clock.monotonic() + 4000;
    await write();
    expect(clock.monotonic()).toBeGreaterThanOrEqual(freeAt);
  });

  it("passes any other error on at once", async () => {
    const { clock, retry } = setUp();
    await expect(retry(() => ours.exec("SELECT * FROM nowhere"))).rejects.toThrow("no such table");
    expect(clock.monotonic()).toBe(0);
  });
});

describe("an error of the driver", () => {
  const thrownBy = (work: () => unknown): unknown => {
    try {
      return work();
    } catch (error) {
      return asFault(error);
    }
  };

  it("is Unavailable, with the cause for the operator", () => {
    const closed = new DatabaseSync(":memory:");
    closed.close();
    for (const work of [() => ours.exec("SELECT * FROM nowhere"), () => closed.exec("SELECT 1")]) {
      const fault = thrownBy(work);
      expect(fault).toBeInstanceOf(Unavailable);
      expect(fault).toMatchObject({ code: "store_unavailable", cause: expect.any(Error) });
    }
  });

  it("is told from every other error", () => {
    const mistake = new TypeError("a mistake");
    expect(asFault(mistake)).toBe(mistake);
    expect(asFault("text")).toBe("text");
  });
});

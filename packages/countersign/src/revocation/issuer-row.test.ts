import { describe, expect, it } from "vitest";
import { createTestClock, createTestRandom } from "../primitives/testing.ts";
import type { IssuerStore } from "../stores/contract.ts";
import { createMemoryStore } from "../stores/memory.ts";
import { createIssuerRow } from "./issuer-row.ts";
import type { LeaseSummary } from "./leases.ts";

/** A store whose writes end when the test says so, and leases that come to whatever `say` was told. */
function setting(takeTurn?: () => Promise<void>) {
  const { issuers } = createMemoryStore({ clock: createTestClock() });
  const waiting: (() => void)[] = [];
  let [most, failures] = [0, 0];
  const slowly = async <T>(write: () => Promise<T>): Promise<T> => {
    await new Promise<void>((resolve) => {
      waiting.push(resolve);
      most = Math.max(most, waiting.length);
    });
    if (failures > 0) {
      failures -= 1;
      throw new Error("the store fails");
    }
    return write();
  };
  const store: { issuers: IssuerStore } = {
    issuers: {
      ...issuers,
      put: (row) => slowly(() => issuers.put(row)),
      update: (row) => slowly(() => issuers.update(row)),
    },
  };
  let leastApplied: number | null = null;
  const summary = (): LeaseSummary => ({ longestLagMs: 5000, leastApplied, followers: [] });
  return {
    row: createIssuerRow(store, createTestRandom("row"), summary, takeTurn),
    issuers,
    say: (applied: number) => {
      leastApplied = applied;
    },
    finish: () => waiting.shift()?.(),
    fail: () => {
      failures += 1;
    },
    atOnce: () => most,
    shown: async () => (await issuers.list()).map((each) => each.leastApplied),
  };
}

async function turns(count = 20): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await Promise.resolve();
}

describe("the row of a process", () => {
  it("is made with the first lease, and changed under the same name after it", async () => {
    const { row, issuers, say, finish } = setting();
    for (const applied of [1, 2]) {
      say(applied);
      const written = row.publish();
      await turns();
      finish();
      await written;
    }
    const rows = await issuers.list();
    expect(rows.map(({ leastApplied }) => leastApplied)).toEqual([2]);
  });

  it("is made again, under another name, when a barrier took the process for dead", async () => {
    const { row, issuers, say, finish } = setting();
    say(1);
    const written = row.publish();
    await turns();
    finish();
    await written;
    const [before] = await issuers.list();
    await issuers.remove(before?.incarnation ?? "", before?.nonce ?? "");

    say(2);
    const again = row.publish();
    for (let write = 0; write < 2; write += 1) {
      await turns();
      finish();
    }
    await again;
    const [after] = await issuers.list();
    expect(after).toMatchObject({ leastApplied: 2 });
    expect(after?.incarnation).not.toBe(before?.incarnation);
  });

  it("is written once for all who come while it is written, and tells what holds then", async () => {
    const { row, say, finish, shown } = setting();
    say(1);
    const first = row.publish();
    await turns();
    say(2);
    const [second, third] = [row.publish(), row.publish()];
    say(3);
    finish();
    await first;
    expect(await shown()).toEqual([1]);
    await turns();
    finish();
    await Promise.all([second, third]);
    expect(await shown()).toEqual([3]);
  });

  it.each(Array.from({ length: 12 }, (_, turn) => turn))(
    "is never written twice at once, also when somebody comes %i turns after the one before was written",
    async (turn) => {
      const { row, finish, atOnce } = setting();
      const calls = [row.publish(), row.publish()];
      await turns();
      finish();
      await turns(turn);
      calls.push(row.publish());
      for (let write = 0; write < 4; write += 1) {
        await turns();
        finish();
      }
      await Promise.all(calls);
      expect(atOnce()).toBe(1);
    },
  );

  it("is written once, too, for those who come in the turn between two writes", async () => {
    let endTurn = () => {};
    const { row, say, finish, shown, atOnce } = setting(() => new Promise((resolve) => (endTurn = resolve)));
    const calls = [row.publish(), row.publish()];
    await turns();
    finish();
    await turns();
    say(7);
    calls.push(row.publish());
    await turns();
    finish();
    expect(await shown()).toEqual([null]);
    endTurn();
    await turns();
    finish();
    await Promise.all(calls);
    expect([await shown(), atOnce()]).toEqual([[7], 1]);
  });

  it("is not told to be written when it was not; the next who comes writes it", async () => {
    const { row, say, finish, fail, shown } = setting();
    say(1);
    fail();
    const failing = row.publish();
    const next = row.publish();
    await turns();
    finish();
    await expect(failing).rejects.toThrow("the store fails");
    await turns();
    finish();
    await next;
    expect(await shown()).toEqual([1]);
  });
});

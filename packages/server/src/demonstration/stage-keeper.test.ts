import { describe, expect, it } from "vitest";
import { keep } from "./stage-keeper.ts";

/** Things that count how often they are opened and ended, and a clock whose sleepers wake when told. */
function setting() {
  const events: string[] = [];
  const sleepers = new Set<() => void>();
  let opened = 0;
  const clock = {
    now: () => 0,
    monotonic: () => 0,
    sleep: (_ms: number, signal?: AbortSignal) =>
      new Promise<void>((resolve) => {
        const wake = () => {
          sleepers.delete(wake);
          resolve();
        };
        sleepers.add(wake);
        signal?.addEventListener("abort", wake);
        if (signal?.aborted === true) wake();
      }),
  };
  const keeper = keep({
    async open() {
      opened += 1;
      const name = `thing ${opened}`;
      events.push(`open ${name}`);
      return {
        name,
        async end() {
          events.push(`end ${name}`);
        },
      };
    },
    clock,
    idleMs: 60_000,
  });
  const passIdleTime = async () => {
    for (const wake of sleepers) wake();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { keeper, events, passIdleTime };
}

describe("the keeper of a stage", () => {
  it("opens nothing before the first use, and one thing for uses at the same time", async () => {
    const { keeper, events } = setting();
    expect(events).toEqual([]);
    const names = await Promise.all([keeper.use(async ({ name }) => name), keeper.use(async ({ name }) => name)]);
    expect(names).toEqual(["thing 1", "thing 1"]);
    expect(events).toEqual(["open thing 1"]);
  });

  it("ends it when nobody has used it for a while, and opens another for the next", async () => {
    const { keeper, events, passIdleTime } = setting();
    await keeper.use(async () => undefined);
    await passIdleTime();
    expect(events).toEqual(["open thing 1", "end thing 1"]);
    expect(await keeper.use(async ({ name }) => name)).toBe("thing 2");
  });

  it("ends nothing that is in use, however long that takes", async () => {
    const { keeper, events, passIdleTime } = setting();
    await keeper.use(async () => undefined);
    const work = Promise.withResolvers<void>();
    const using = keeper.use(() => work.promise);
    await passIdleTime();
    expect(events).toEqual(["open thing 1"]);
    work.resolve();
    await using;
    await passIdleTime();
    expect(events).toEqual(["open thing 1", "end thing 1"]);
  });

  it("takes a thing for broken when work with it throws, and says what was thrown", async () => {
    const { keeper, events } = setting();
    const failing = keeper.use(async () => {
      throw new Error("refused to connect");
    });
    await expect(failing).rejects.toThrow("refused to connect");
    expect(await keeper.use(async ({ name }) => name)).toBe("thing 2");
    expect(events).toEqual(["open thing 1", "end thing 1", "open thing 2"]);
  });

  it("uses what stands, and opens nothing for it", async () => {
    const { keeper, events } = setting();
    expect(await keeper.useStanding(async ({ name }) => name)).toBeUndefined();
    await keeper.use(async () => undefined);
    expect(await keeper.useStanding(async ({ name }) => name)).toBe("thing 1");
    expect(events).toEqual(["open thing 1"]);
  });

  it("puts it away once nobody uses it, and opens another for the next", async () => {
    const { keeper, events } = setting();
    const work = Promise.withResolvers<void>();
    const using = keeper.use(() => work.promise);
    const away = keeper.putAway();
    await new Promise((resolve) => setImmediate(resolve));
    expect(events).toEqual(["open thing 1"]);
    work.resolve();
    await Promise.all([using, away]);
    expect(events).toEqual(["open thing 1", "end thing 1"]);
    expect(await keeper.use(async ({ name }) => name)).toBe("thing 2");
  });

  it("has nothing to put away where nothing stands", async () => {
    const { keeper, events } = setting();
    await keeper.putAway();
    expect(events).toEqual([]);
  });

  it("ends it at the close, and opens no other", async () => {
    const { keeper, events } = setting();
    await keeper.use(async () => undefined);
    await keeper.close();
    expect(events).toEqual(["open thing 1", "end thing 1"]);
    await expect(keeper.use(async () => undefined)).rejects.toThrow();
    expect(events).toHaveLength(2);
  });
});

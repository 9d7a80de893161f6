import { describe, expect, it } from "vitest";
import { type Use, type Watched, watchRefusals } from "./watching.ts";

const accepted: Use = { isAccepted: true, code: null };
const refused: Use = { isAccepted: false, code: "token_revoked" };

/** A clock that sleeping moves; every use takes a millisecond. */
function stageOf(services: number, judge: (service: number, now: number) => Use) {
  let now = 0;
  const seen: { service: number; isAccepted: boolean; afterMs: number | null; acceptedSince: number }[] = [];
  const stop = new AbortController();
  const watched: Watched = {
    ...{ services, paceMs: 1, giveUpAfterMs: 500, signal: stop.signal },
    clock: {
      now: () => now,
      monotonic: () => now,
      async sleep(ms) {
        now += ms;
        await Promise.resolve();
      },
    },
    async use(service) {
      now += 1;
      return judge(service, now);
    },
    onAnswer: (service, { isAccepted }, since) => seen.push({ service, isAccepted, ...since }),
  };
  return { watched, seen, stop, time: () => now };
}

describe("watching refusals", () => {
  it("tells the time from the end to the last service's refusal", async () => {
    let endedAt = Number.POSITIVE_INFINITY;
    const { watched, time, seen } = stageOf(3, (service, now) => (now > endedAt + service * 20 ? refused : accepted));
    const watch = watchRefusals(watched);
    await watch.begun;
    expect(new Set(seen.map(({ service }) => service))).toEqual(new Set([1, 2, 3]));
    endedAt = time();
    watch.ended();
    const ms = await watch.over;
    expect(ms).toBeGreaterThan(60);
    expect(ms).toBeLessThan(70);
    expect(seen.filter(({ isAccepted }) => !isAccepted).map(({ service }) => service)).toEqual([1, 2, 3]);
  });

  it("counts a refusal that came before the end was acknowledged as at once", async () => {
    const { watched, seen } = stageOf(1, () => refused);
    const watch = watchRefusals(watched);
    watch.ended();
    expect(await watch.over).toBe(0);
    expect(seen).toEqual([{ service: 1, isAccepted: false, afterMs: 0, acceptedSince: 0 }]);
  });

  it("counts what was accepted of what was sent after the end, and not of what was under way", async () => {
    const { watched, seen } = stageOf(1, (_service, now) => {
      // This request was sent a millisecond ago.
      if (now === 5) watch.ended();
      return now < 10 ? accepted : refused;
    });
    const watch = watchRefusals(watched);
    expect(await watch.over).toBe(6);
    expect(seen.map(({ acceptedSince }) => acceptedSince)).toEqual([0, 0, 0, 1, 2, 2]);
  });

  it("gives up on a service that goes on accepting, and says that there is no last refusal", async () => {
    const { watched } = stageOf(2, (service) => (service === 1 ? refused : accepted));
    const watch = watchRefusals(watched);
    watch.ended();
    expect(await watch.over).toBeNull();
  });

  it("stops when it is called off, and tells nothing more", async () => {
    const { watched, stop, seen } = stageOf(1, () => accepted);
    const watch = watchRefusals(watched);
    await watch.begun;
    stop.abort();
    const told = seen.length;
    expect(await watch.over).toBeNull();
    expect(seen.length).toBe(told);
  });

  it("passes a fault on to whoever waits", async () => {
    const { watched } = stageOf(1, () => {
      throw new Error("gone");
    });
    const watch = watchRefusals(watched);
    await expect(watch.begun).rejects.toThrow("gone");
    await expect(watch.over).rejects.toThrow("gone");
  });
});

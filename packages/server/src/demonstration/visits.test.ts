import { describe, expect, it } from "vitest";
import { createVisits, viewOf } from "./visits.ts";

function setting(most = 3) {
  const time = { now: 0 };
  const visits = createVisits({ now: () => time.now, most, lifetimeMs: 600_000 });
  return { time, visits };
}

describe("the visits of the demonstration", () => {
  it("are found by a name that nobody guesses, each with a subject of its own", () => {
    const { visits } = setting();
    const [one, two] = [visits.begin(), visits.begin()];
    expect(one.id).toMatch(/^[\w-]{22}$/);
    expect(one.id).not.toBe(two.id);
    expect(one.email).not.toBe(two.email);
    expect(visits.find(one.id)).toBe(one);
    expect(visits.find("")).toBeUndefined();
  });

  it("are over ten minutes after their last use, and not a moment earlier", () => {
    const { visits, time } = setting();
    const visit = visits.begin();
    time.now = 600_000;
    expect(visits.find(visit.id)).toBe(visit);
    time.now = 600_001;
    expect(visits.find(visit.id)).toBeUndefined();
  });

  it("give their place up where there are too many, the one unused for longest first", () => {
    const { visits, time } = setting(2);
    const first = visits.begin();
    const second = visits.begin();
    time.now = 10;
    first.usedAt = 10;
    const third = visits.begin();
    expect(visits.find(second.id)).toBeUndefined();
    expect(visits.find(first.id)).toBe(first);
    expect(third.email).toBe(second.email);
  });

  it("stop watching when they end", () => {
    const { visits } = setting();
    const visit = visits.begin();
    visits.clear();
    expect(visit.parts.jwt.watch.signal.aborted).toBe(true);
    expect(visits.find(visit.id)).toBeUndefined();
  });

  it("show an answer for each service, also for those that were not asked", () => {
    const { visits } = setting();
    const visit = visits.begin();
    visit.parts.hybrid.answers.owner[1] = { isAccepted: true, code: null, afterMs: null, acceptedSince: 0 };
    visit.parts.hybrid.ending = { how: "signed-out", at: 40 };
    const view = viewOf(visit, { now: 5, monotonic: 100, services: 3, accessLifetimeSeconds: 30 });
    expect(view.panes.hybrid.answers.owner).toEqual([
      null,
      { isAccepted: true, code: null, afterMs: null, acceptedSince: 0 },
      null,
    ]);
    expect(view.panes.hybrid).toMatchObject({ ending: "signed-out", endedAgoMs: 60 });
    expect(view.panes.jwt).toMatchObject({ ending: null, endedAgoMs: null });
  });
});

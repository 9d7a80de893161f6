// The scale of lifetimes, and how long a theft lasts under them.

import { describe, expect, it } from "vitest";
import { resolveOptions } from "../../../../countersign/src/options.ts";
import {
  configurationOf,
  judgeLifetimes,
  type Lifetimes,
  type Limit,
  limits,
  placeOf,
  presets,
  stopOf,
  stops,
  withLimit,
} from "./lifetimes.ts";
import { judgeThefts, type Theft } from "./theft.ts";

const hour = 3600;
const day = 86_400;
const usual: Lifetimes = { access: 300, grace: 10, idle: 7 * day, absolute: 30 * day, lag: 5, noticed: hour };

function theft(what: string, changes: Partial<Lifetimes> = {}, isOwnerActive = true): Theft {
  const found = judgeThefts({ ...usual, ...changes }, isOwnerActive).find(
    (each) => `${each.strategy}: ${each.what}` === what,
  );
  if (found === undefined) throw new Error(what);
  return found;
}

function limit(key: keyof Lifetimes): Limit {
  const found = limits.find((each) => each.key === key);
  if (found === undefined) throw new Error(key);
  return found;
}

describe("the scale", () => {
  it("begins at its first stop, ends at its last, and never turns back", () => {
    expect([placeOf(1), placeOf(400 * day), placeOf(0.1), placeOf(1e12)]).toEqual([0, 1, 0, 1]);
    const places = stops.flatMap((stop) => [placeOf(stop), placeOf(stop * 1.01)]);
    expect([...places].sort((a, b) => a - b)).toEqual(places);
  });

  it("has each stop where the slider has it", () => {
    for (const [index, stop] of stops.entries()) {
      expect(placeOf(stop)).toBeCloseTo(index / (stops.length - 1), 10);
      expect(stopOf(stop)).toBe(index);
    }
  });

  it("keeps a limit within its bounds, wherever it is dragged", () => {
    for (const each of limits) {
      const dragged = [-5, 0, 17.4, stops.length, 1e9].map((stop) => withLimit(usual, each, stop)[each.key]);
      expect(Math.min(...dragged)).toBe(each.least);
      expect(Math.max(...dragged)).toBe(each.most);
    }
    expect(withLimit(usual, limit("access"), stopOf(60)).access).toBe(60);
  });
});

describe("a theft lasts, when it is noticed after an hour", () => {
  it.each<[string, Partial<Lifetimes>, number, number]>([
    ["session: Session cookie, looked up", {}, hour, 0],
    ["session: Session cookie, under the feed", {}, hour + 5, 5],
    ["jwt: Access token, no feed", {}, 310, 0],
    ["jwt: Access token, no feed", { access: day }, day + 10, day + 10 - hour],
    ["jwt: Access token, services follow the feed", { access: day }, hour + 5, 5],
    ["hybrid: Token cookie", {}, 310, 0],
    ["hybrid: Token cookie", { access: day }, hour + 5, 5],
    ["hybrid: Session cookie", {}, hour + 5, 5],
    ["jwt: Refresh token, no feed", {}, 310 + 310, 0],
  ])("%s %j: %d s, %d s of it after sign-out", (what, changes, worksFor, afterSignOut) => {
    expect(theft(what, changes)).toMatchObject({ worksFor, afterSignOut });
  });

  it("and with a refresh token as long as the owner is away, and one access token longer", () => {
    expect(theft("jwt: Refresh token, no feed", {}, false)).toMatchObject({
      worksFor: hour + 310,
      afterSignOut: 310,
      unnoticed: 30 * day + 10,
    });
  });

  it("never past the absolute end, and never less than its own parts", () => {
    for (const noticed of [1, 60, hour, 400 * day]) {
      for (const absolute of [60, hour, 30 * day]) {
        for (const each of judgeThefts({ ...usual, noticed, absolute }, false)) {
          expect(each.worksFor).toBeLessThanOrEqual(Math.max(absolute, noticed + usual.lag) + 10);
          expect(each.worksFor).toBeLessThanOrEqual(each.unnoticed + 10);
          expect(each.afterSignOut).toBeLessThanOrEqual(each.worksFor);
          expect(each.afterSignOut).toBeGreaterThanOrEqual(0);
        }
      }
    }
  });

  it("a session that was looked up is dead at once, whatever the limits", () => {
    for (const { lifetimes } of presets) {
      expect(judgeThefts(lifetimes, true)[0]).toMatchObject({ afterSignOut: 0 });
    }
  });
});

describe("a choice of lifetimes", () => {
  it.each([
    [{ grace: 60, access: 60 }, "The grace is too long"],
    [{ access: day }, "lives too long"],
    [{ access: hour, idle: 600 }, "outlives an idle sign-in"],
    [{ idle: 30 * day }, "has no effect"],
    [{ absolute: 2 * day }, "More than a day"],
  ])("%j: %s", (changes, title) => {
    expect(
      judgeLifetimes({ ...usual, ...changes })
        .map((finding) => finding.title)
        .join(),
    ).toContain(title);
  });

  it("of the strict profile has nothing against it", () => {
    const strict = presets.find(({ name }) => name === "Strict profile");
    expect(judgeLifetimes(strict?.lifetimes ?? usual)).toEqual([]);
  });

  it("gives a configuration exactly where the server takes it", () => {
    let taken = 0;
    for (const access of [10, 60, 300, hour, 2 * hour]) {
      for (const grace of [1, 2, 10, 60]) {
        const text = configurationOf({ ...usual, access, grace });
        const options = {
          session: { lifetime: "30d", idle: "7d" },
          jwt: { lifetime: access, grace },
          feed: { lag: "5s" },
        };
        if (text === undefined) expect(() => resolved(options)).toThrow();
        else expect(resolved(JSON.parse(text)).jwt).toMatchObject({ lifetimeSeconds: access, graceMs: grace * 1000 });
        taken += text === undefined ? 0 : 1;
      }
    }
    expect(taken).toBeGreaterThan(5);
  });
});

function resolved(options: object) {
  return resolveOptions({
    issuer: "https://auth.example.com",
    secrets: ["0123456789abcdefghijklmnopqrstuvwxyzABCDEF"],
    ...options,
  });
}

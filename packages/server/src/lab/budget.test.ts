import { describe, expect, it } from "vitest";
import { createBudget, quickSeconds, type Step, unlimited } from "./budget.ts";
import { resolveConditions } from "./conditions.ts";
import { type Cell, type Column, columns } from "./contract.ts";
import { withCuts } from "./run.ts";

/** A clock that each round puts forward. */
function stopwatch() {
  let ms = 1_000_000;
  return {
    monotonic: () => ms,
    pass(seconds: number) {
      ms += seconds * 1000;
    },
  };
}

const quick = resolveConditions({ quick: true });

/** Does rounds of so many seconds each, and counts them. */
function doneOf(
  budget: ReturnType<typeof createBudget>,
  clock: ReturnType<typeof stopwatch>,
  { step, each, least = 3, planned = 15 }: { step: Step; each: number; least?: number; planned?: number },
): number {
  let done = 0;
  for (const _ of budget.rounds(step, planned, least)) {
    clock.pass(each);
    done += 1;
  }
  return done;
}

describe("the time of a run", () => {
  it("lets a quick run on an idle machine do all that it planned, and says nothing", () => {
    const clock = stopwatch();
    const budget = createBudget(quick, clock);
    clock.pass(1);
    for (const step of ["fill", "load", "sign-out", "theft"] as const) {
      expect(doneOf(budget, clock, { step, each: 0.1 })).toBe(15);
    }
    for (const aspect of quick.rows) expect(budget.cutWords(aspect)).toBe("");
  });

  it("cuts rounds of a quick run on a slow machine, so that time is left for what has to be waited for", () => {
    const clock = stopwatch();
    const budget = createBudget(quick, clock);
    const beganAt = clock.monotonic();
    clock.pass(8);
    expect(doneOf(budget, clock, { step: "load", each: 2 })).toBe(11);
    expect(doneOf(budget, clock, { step: "sign-out", each: 1 })).toBe(3);
    expect(doneOf(budget, clock, { step: "theft", each: 0.5 })).toBe(5);
    // Tokens live for ten seconds.
    expect(quickSeconds - (clock.monotonic() - beganAt) / 1000).toBeGreaterThan(19);
    expect(budget.cutWords("scalability")).toBe(
      "The machine was slow: to be done within 55 s the run made 11 of 15 turns.",
    );
    expect(budget.cutWords("revocation")).toContain("3 of 15 rounds");
    expect(budget.cutWords("theft")).toContain("5 of 15 sign-outs");
    expect(budget.cutWords("payload")).toBe("");
  });

  it("does what is least, however late it is", () => {
    const clock = stopwatch();
    const budget = createBudget(quick, clock);
    clock.pass(600);
    expect(doneOf(budget, clock, { step: "load", each: 1, least: 5 })).toBe(5);
    expect(budget.cutWords("scalability")).toContain("5 of 15 turns");
  });

  it("gives each of those that share a step its part, and tells the least that any had", () => {
    const clock = stopwatch();
    const budget = createBudget(quick, clock);
    const counts = [0, 1, 2].map((index) => {
      let done = 0;
      for (const _ of budget.rounds("sign-out", 15, 1, { index, of: 3 })) {
        clock.pass(index === 0 ? 20 : 1);
        done += 1;
      }
      return done;
    });
    // The first was slow: it took two, to 40 s. Those after it have their least.
    expect(counts).toEqual([2, 1, 1]);
    expect(budget.cutWords("revocation")).toContain("1 of 15 rounds");
  });

  it("is longer where somebody wants longer lifetimes or loads", () => {
    const clock = stopwatch();
    const budget = createBudget(resolveConditions({ quick: true, accessLifetime: 60, seconds: 2 }), clock);
    clock.pass(55);
    expect(doneOf(budget, clock, { step: "load", each: 0.1 })).toBe(15);
  });

  it("has no end in a full run", () => {
    const clock = stopwatch();
    for (const budget of [createBudget(resolveConditions({}), clock), unlimited]) {
      expect(doneOf(budget, clock, { step: "load", each: 1000 })).toBe(15);
      expect(budget.cutWords("scalability")).toBe("");
    }
  });
});

describe("a row for which there was no time", () => {
  const cell: Cell = { value: 1, unit: "", text: "", detail: "" };
  const cells = Object.fromEntries(columns.map((column) => [column, cell])) as Record<Column, Cell>;
  const draft = {
    ...({ aspect: "theft", title: "Theft", sentence: "What was measured.", limits: "" } as const),
    ...({ cells, better: "less", margin: { relative: 0, absolute: 0 } } as const),
  };

  it("says so after what it measured, and others say nothing", () => {
    expect(withCuts(draft, { cutWords: () => "It was cut." }).sentence).toBe("What was measured. It was cut.");
    expect(withCuts(draft, { cutWords: () => "" })).toBe(draft);
  });
});

import { describe, expect, it } from "vitest";
import { type Cells, type Column, columns, type Margin, type Turns } from "./contract.ts";
import { winnersOf } from "./winners.ts";

const noMargin: Margin = { relative: 0, absolute: 0 };

function cells(values: readonly [number | null, number | null, number | null, number | null, number | null]): Cells {
  const entries = columns.map((column, index) => [
    column,
    { value: values[index] ?? null, unit: "", text: "", detail: "" },
  ]);
  return Object.fromEntries(entries) as Record<Column, Cells[Column]>;
}

describe("the winners of a row", () => {
  it.each([
    {
      name: "the smaller where less is better",
      values: [1, 9, 2, 9, 9],
      better: "less",
      classic: "session",
      all: "session",
    },
    { name: "the larger where more is better", values: [1, 0, 2, 0, 0], better: "more", classic: "jwt", all: "jwt" },
    { name: "nobody where figures are equal", values: [5, 5, 5, 5, 5], better: "less", classic: "tie", all: "tie" },
    {
      name: "another column than the two of the question",
      values: [5, 5, 4, 5, 1],
      better: "less",
      classic: "jwt",
      all: "hybrid",
    },
    { name: "nobody where two lead", values: [9, 1, 5, 9, 1], better: "less", classic: "jwt", all: "tie" },
    {
      name: "whoever has a figure over who has none",
      values: [null, null, 8, null, null],
      better: "less",
      classic: "jwt",
      all: "jwt",
    },
    {
      name: "nobody where nobody has a figure",
      values: [null, null, null, null, null],
      better: "less",
      classic: "tie",
      all: "tie",
    },
    { name: "nothing over zero", values: [0, 3, 1, 3, 3], better: "less", classic: "session", all: "session" },
  ] as const)("finds $name", ({ values, better, classic, all }) => {
    expect(winnersOf(cells(values), better, noMargin)).toMatchObject({ classic, all });
  });

  it.each([
    { name: "at the relative margin", jwt: 110, margin: { relative: 0.1, absolute: 0 }, classic: "tie" },
    { name: "past the relative margin", jwt: 111, margin: { relative: 0.1, absolute: 0 }, classic: "session" },
    { name: "at the absolute margin", jwt: 120, margin: { relative: 0.1, absolute: 20 }, classic: "tie" },
    { name: "past both", jwt: 121, margin: { relative: 0.1, absolute: 20 }, classic: "session" },
    {
      name: "past the absolute margin but not the relative",
      jwt: 121,
      margin: { relative: 0.3, absolute: 20 },
      classic: "tie",
    },
  ] as const)("judges by the larger margin: $name", ({ jwt, margin, classic }) => {
    expect(winnersOf(cells([100, 100, jwt, 100, 100]), "less", margin).classic).toBe(classic);
  });

  it.each([
    { name: "at the relative margin of the smaller", jwt: 150, classic: "tie" },
    { name: "past the relative margin of the smaller", jwt: 151, classic: "jwt" },
  ] as const)("takes its part of the smaller figure where more is better, too: $name", ({ jwt, classic }) => {
    const margin = { relative: 0.5, absolute: 0 };
    expect(winnersOf(cells([100, 100, jwt, 100, 100]), "more", margin).classic).toBe(classic);
  });

  it("sees eleven times the speed past a margin of nearly twice", () => {
    const found = winnersOf(cells([687, 687, 7612, 687, 687]), "more", { relative: 0.92, absolute: 0 });
    expect(found).toEqual({ classic: "jwt", all: "jwt", leaders: ["jwt"] });
  });

  it("takes what no wide margin separates for noise and not for a tie, and marks nobody", () => {
    const found = winnersOf(cells([100, 100, 140, 150, 250]), "more", { relative: 1, absolute: 0 });
    expect(found).toEqual({ classic: "noisy", all: "noisy", leaders: [] });
    const edge = winnersOf(cells([100, 100, 140, 140, 140]), "more", { relative: 0.5, absolute: 0 });
    expect(edge).toEqual({ classic: "tie", all: "tie", leaders: [] });
  });

  it("marks nobody where nobody is better than anybody", () => {
    expect(winnersOf(cells([1, 1, 1, 1, 1]), "less", noMargin).leaders).toEqual([]);
  });

  it("names all that nobody beats", () => {
    expect(winnersOf(cells([1, 2, 1, 3, 1]), "less", noMargin).leaders).toEqual(["session", "jwt", "hybrid"]);
  });

  it("has no sole winner where one leads whom the margin does not separate from another", () => {
    const found = winnersOf(cells([100, 105, 200, 200, 200]), "less", { relative: 0.1, absolute: 0 });
    expect(found).toEqual({ classic: "session", all: "tie", leaders: ["session", "session-feed"] });
  });
});

describe("columns that took turns", () => {
  const even = [100, 100, 100, 100, 100, 100, 100, 100];
  /** All alike, but for some. */
  const turnsOf = (others: Partial<Record<Column, readonly number[]>>): Turns =>
    Object.fromEntries(columns.map((column) => [column, others[column] ?? even])) as Record<Column, readonly number[]>;
  const judge = (others: Partial<Record<Column, readonly number[]>>, better: "less" | "more" = "more") =>
    winnersOf(cells([100, 100, 100, 100, 100]), better, { relative: 0.1, absolute: 0 }, turnsOf(others));

  it.each([
    { name: "faster in every turn", jwt: [120, 120, 120, 120, 120, 120, 120, 120], classic: "jwt" },
    { name: "faster in seven turns of eight", jwt: [120, 50, 120, 120, 120, 120, 120, 120], classic: "jwt" },
    { name: "at the margin", jwt: [110, 110, 110, 110, 110, 110, 110, 110], classic: "tie" },
    { name: "within the margin, once far off", jwt: [100, 105, 95, 300, 102, 99, 107, 93], classic: "tie" },
    { name: "faster in half of the turns", jwt: [150, 100, 150, 100, 150, 100, 150, 100], classic: "noisy" },
    { name: "faster as often as slower", jwt: [150, 60, 150, 60, 150, 60, 150, 60], classic: "noisy" },
    { name: "slower in every turn", jwt: [80, 80, 80, 80, 80, 80, 80, 80], classic: "session" },
  ] as const)("are judged by the middle half of their ratios: $name", ({ jwt, classic }) => {
    expect(judge({ jwt }).classic).toBe(classic);
    // Whoever of the two is named first.
    const other = { session: "jwt", jwt: "session", tie: "tie", noisy: "noisy" } as const;
    expect(judge({ session: jwt }).classic).toBe(other[classic]);
  });

  it("see a difference through what falls on both, and no difference in what does not repeat", () => {
    const busy = [1, 0.2, 0.7, 0.3, 1, 0.5, 0.9, 0.4];
    const session = busy.map((part) => 1000 * part);
    expect(judge({ session, jwt: session.map((value) => value * 1.2) }).classic).toBe("jwt");
    expect(judge({ session, jwt: session.toReversed().map((value) => value * 1.2) }).classic).toBe("noisy");
  });

  it("are better with less, where less is better", () => {
    expect(judge({ jwt: even.map((value) => value * 1.5) }, "less").classic).toBe("session");
  });

  it("have a leader although two of the others cannot be told apart", () => {
    const hybrid = even.map((value) => value * 9);
    const jwt = [150, 60, 150, 60, 150, 60, 150, 60];
    expect(judge({ jwt, hybrid })).toEqual({ classic: "noisy", all: "hybrid", leaders: ["hybrid"] });
    expect(judge({ jwt })).toEqual({ classic: "noisy", all: "noisy", leaders: [] });
  });

  it("lose all the same where they have no figure", () => {
    const none = cells([null, 100, 100, 100, 100]);
    expect(winnersOf(none, "more", { relative: 0.1, absolute: 0 }, turnsOf({})).classic).toBe("jwt");
  });
});

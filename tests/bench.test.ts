import { describe, expect, it } from "vitest";
import { judgeAims } from "../bench/aims.ts";
import { parseArguments } from "../bench/arguments.ts";
import { damaged } from "../bench/fresh.ts";
import { number, type Row, tableText } from "../bench/report.ts";
import { sections } from "../bench/sections.ts";
import { once, quantile, spread } from "../bench/statistics.ts";
import { listFiles, type PackageJson, readText } from "../tools/files.ts";
import { checkLock, findUnpinned, type Lock } from "../tools/hygiene.ts";

const manifest = JSON.parse(readText("bench/package.json")) as PackageJson;

describe("the bench", () => {
  it("has a lock of its own, that `npm ci` takes and that is tied to no host", () => {
    expect(checkLock(JSON.parse(readText("bench/package-lock.json")) as Lock, { "": manifest })).toEqual([]);
    expect(findUnpinned(manifest)).toEqual([]);
  });

  it("has a script for every section", () => {
    expect(
      sections.map(({ script }) => `bench/${script}`).filter((path) => !listFiles("bench").includes(path)),
    ).toEqual([]);
  });
});

describe("medians and spans", () => {
  it.each([
    { values: [3, 1, 2], share: 0.5, found: 2 },
    { values: [4, 1, 3, 2], share: 0.5, found: 2.5 },
    { values: [1, 2, 3, 4, 5], share: 0.25, found: 2 },
    { values: [10, 9, 1], share: 0, found: 1 },
    { values: [10, 9, 1], share: 1, found: 10 },
    { values: [7], share: 0.99, found: 7 },
  ])("below $found lies $share of $values", ({ values, share, found }) => {
    expect(quantile(values, share)).toBe(found);
  });

  it("of nothing are no number", () => {
    expect(spread([])).toEqual({ median: Number.NaN, p25: Number.NaN, p75: Number.NaN, count: 0 });
  });

  it.each([
    { value: 12_345.6, text: "12 346" },
    { value: 123.4, text: "123" },
    { value: 12.34, text: "12.3" },
    { value: 1.234, text: "1.23" },
    { value: 0.01234, text: "0.012" },
    { value: -12.34, text: "-12.3" },
  ])("are told with the digits that count: $text", ({ value, text }) => {
    expect(number(value)).toBe(text);
  });

  it("stand in a table with their ratios", () => {
    const row: Row = { id: "a", name: "jose", unit: "µs", value: spread([1, 2, 3]), ratio: once(0.5), note: "ES256" };
    expect(tableText({ title: "In process", base: "fast-jwt", rows: [row], notes: ["quick"] })).toBe(
      "\nIn process (× fast-jwt)\n  jose  2.00 µs  [1.50 – 2.50]  × 0.50 [0.50 – 0.50]  ES256\n  quick",
    );
  });
});

describe("the command line", () => {
  const names = ["http", "memory"];
  const defaults = { quick: false, only: [], seconds: 1, json: undefined };

  it.each([
    { args: [], found: defaults },
    { args: ["--quick"], found: { ...defaults, quick: true, seconds: 0.5 } },
    { args: ["--quick", "--seconds", "2"], found: { ...defaults, quick: true, seconds: 2 } },
    { args: ["--only", "http/hono", "--only", "memory"], found: { ...defaults, only: ["http/hono", "memory"] } },
    { args: ["--json", "a.json"], found: { ...defaults, json: "a.json" } },
  ])("takes $args", ({ args, found }) => {
    expect(parseArguments(args, names)).toEqual(found);
  });

  it.each([
    { args: ["--only", "htt"], says: /no section htt.*http, memory/ },
    { args: ["--only", "memory-http"], says: /no section/ },
    { args: ["--seconds", "0"], says: /0\.1 to 60/ },
    { args: ["--seconds", "soon"], says: /0\.1 to 60/ },
    { args: ["--fast"], says: /--fast/ },
    { args: ["http"], says: /http/ },
  ])("refuses $args", ({ args, says }) => {
    expect(parseArguments(args, names)).toMatch(says);
  });
});

describe("aims", () => {
  const report = (...rows: Row[]) => [{ section: "x", seconds: 1, tables: [{ title: "x", rows }] }];
  const row = (id: string, value: number, ratio?: number): Row => ({
    ...{ id, name: id, unit: "", value: once(value) },
    ...(ratio === undefined ? {} : { ratio: once(ratio) }),
  });

  it.each([
    { it: "are met at the very figure", rows: [row("http/node/jwt", 90)], isMet: true, missedBy: "" },
    {
      it: "are missed below it, and by how much",
      rows: [row("http/node/jwt", 88)],
      isMet: false,
      missedBy: "by 2.00 %",
    },
    { it: "are missed above it", rows: [row("revocation/p99", 12.5)], isMet: false, missedBy: "by 2.50 ms" },
    {
      it: "compare ratios of the same rounds where there are any",
      rows: [row("in-process/500/hybrid-verify-1000", 9, 0.2), row("in-process/500/fast-jwt-cache", 1, 1)],
      ...{ isMet: true, missedBy: "" },
    },
    {
      it: "compare medians otherwise",
      rows: [row("in-process/500/session-sqlite", 12), row("in-process/500/express-session", 10)],
      ...{ isMet: false, missedBy: "by 0.20 of it" },
    },
  ])("$it", ({ rows, isMet, missedBy }) => {
    expect(judgeAims(report(...rows))).toEqual([expect.objectContaining({ isMet, missedBy })]);
  });

  it("of which there are no figures are not told", () => {
    expect(judgeAims(report(row("in-process/500/session-sqlite", 12)))).toEqual([]);
  });
});

describe("a damaged credential", () => {
  it.each([
    { header: "Bearer abcde", found: "Bearer abAde" },
    { header: "Bearer abAde", found: "Bearer abBde" },
    { header: "sid=abcde; at=xyz", found: "sid=abAde; at=xAz" },
  ])("differs from $header in the middle of each: $found", ({ header, found }) => {
    expect(damaged(header)).toBe(found);
  });
});

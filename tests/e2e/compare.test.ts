// The comparison as people call it: a quick run is made like the committed report, and whatever ends a run leaves nothing behind.

import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { aspects, columnWords, type Point, type Report } from "../../packages/server/src/lab/contract.ts";
import { winnersOf } from "../../packages/server/src/lab/winners.ts";
import { root } from "../../tools/files.ts";
import { runProcess, startProcess } from "../support/process.ts";

const main = join(root, "packages/server/src/main.ts");
const committed = join(root, "packages/server/src/lab/report/report.json");

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "countersign-compare-"));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A command line whose temporary files lie in a folder of the test's. */
function called(...args: readonly string[]) {
  return { args: [main, "compare", ...args], env: { TMPDIR: folder }, cwd: folder };
}

/** What a JSON value is made of: members and kinds, without values. Lists may differ in length. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? [] : [shapeOf(value[0])];
  if (typeof value !== "object" || value === null) return value === null ? "number" : typeof value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, shapeOf(member)]));
}

/** The most points of a line, and the largest of them. */
function mostOf(lines: readonly { readonly points: readonly Point[] }[]) {
  return {
    points: Math.max(...lines.map(({ points }) => points.length)),
    x: Math.max(...lines.flatMap(({ points }) => points.map(([x]) => x))),
  };
}

function readReport(path: string): Report {
  return JSON.parse(readFileSync(path, "utf8"));
}

describe("countersign compare", () => {
  it("makes with --quick what the committed report is made of", { timeout: 240_000 }, async () => {
    const { code, stdout, stderr } = await runProcess({
      ...called("--quick", "--out", "out", "--seed", "3"),
      timeoutMs: 200_000,
    });
    expect({ code, stderr: code === 0 ? "" : stderr }).toEqual({ code: 0, stderr: "" });
    expect(readdirSync(folder)).toEqual(["out"]);
    expect(readdirSync(join(folder, "out")).sort()).toEqual(["compare.json", "compare.md"]);
    const report = readReport(join(folder, "out", "compare.json"));

    const usual = readReport(committed);
    expect(report.rows.map(({ aspect }) => aspect)).toEqual(aspects);
    expect(usual.rows.map(({ aspect }) => aspect)).toEqual(aspects);
    expect(shapeOf({ ...report, rows: [] })).toEqual(shapeOf({ ...usual, rows: [] }));
    for (const [index, row] of report.rows.entries()) expect(shapeOf(row)).toEqual(shapeOf(usual.rows[index]));
    for (const { cells, better, margin, winners } of [...report.rows, ...usual.rows]) {
      expect(winners).toEqual(winnersOf(cells, better, margin));
    }

    // What does not depend on the machine.
    const row = Object.fromEntries(report.rows.map((each) => [each.aspect, each]));
    expect(row.state?.cells.session.value).toBe(1000);
    expect(row.state?.cells["jwt-alone"].text).toContain("; 0 B kept");
    expect(row.state?.winners.classic).toBe("jwt");
    expect(row.revocation?.winners.classic).toBe("session");
    expect(row.revocation?.cells.hybrid.value).toBeLessThan(row.revocation?.cells.jwt.value ?? 0);
    expect(row.revocation?.cells.hybrid.detail).toContain("With the feed cut: accepted no more");
    expect(row.payload?.winners.classic).toBe("session");
    expect(row.payload?.cells.hybrid.value).toBeGreaterThan(row.payload?.cells.jwt.value ?? 0);
    expect(row["cross-domain"]?.winners.classic).toBe("jwt");
    expect(row.theft?.winners.classic).toBe("session");
    expect(row["csrf-fixation"]?.cells.hybrid.value).toBe(0);
    for (const text of [stdout, readFileSync(join(folder, "out", "compare.md"), "utf8")]) {
      expect(text).toContain("countersign compare --quick --seed 3");
      for (const words of Object.values(columnWords)) expect(text).toContain(words);
    }
    for (const aspect of aspects) expect(stderr).toMatch(new RegExp(`^\\[\\d/7\\] ${aspect}: `, "m"));

    // How long it takes is printed and not judged: the machine has other tests to run meanwhile. That it is quick is its work, which is counted.
    process.stdout.write(`compare --quick took ${report.tookSeconds} s\n`);
    const most = Object.fromEntries(
      report.rows.flatMap(({ series = [] }) => series.map(({ title, lines }) => [title, mostOf(lines)])),
    );
    expect(most["Milliseconds until the last service refuses"]?.points).toBe(15);
    expect(most["Cost of one judgement by number of sessions"]?.x).toBe(10_000);
    expect(most["Requests per second by service processes"]?.x).toBe(2);
    expect(report.conditions).toMatchObject({ seconds: 1, accessLifetime: 10 });
    expect(row.theft?.cells.session.detail).toContain("over 5 sign-outs");
  });

  it("judges by the issuer's memory too, and prints JSON alone", { timeout: 120_000 }, async () => {
    const { code, stdout } = await runProcess({
      ...called("--quick", "--json", "--store", "memory", "--rows", "payload", "--services", "1", "--claims", "2"),
      timeoutMs: 100_000,
    });
    expect(code).toBe(0);
    const report: Report = JSON.parse(stdout);
    expect(report.conditions).toMatchObject({ store: "memory", services: 1, claims: 2, rows: ["payload"] });
    expect(report.rows.map(({ winners }) => winners.classic)).toEqual(["session"]);
    expect(readdirSync(folder)).toEqual([]);
  });

  it.each(["SIGINT", "SIGTERM", "SIGKILL"] as const)(
    "leaves nothing when it gets %s",
    { timeout: 120_000 },
    async (signal) => {
      const running = await startProcess({
        ...called("--quick", "--rows", "revocation", "--out", "out"),
        ...{ ready: /signing out, again and again/, readyTimeoutMs: 60_000 },
      });
      const begun = descendants(running.pid);
      expect(begun.length).toBeGreaterThanOrEqual(4);
      const end = await running.stop(signal);
      if (signal !== "SIGKILL") expect(end).toEqual({ code: 1, signal: null });
      await expect.poll(() => begun.filter(isAlive), { timeout: 10_000 }).toEqual([]);
      await expect.poll(() => readdirSync(folder), { timeout: 10_000 }).toEqual([]);
    },
  );

  it.each([
    { args: ["--services", "0"], words: "--services takes a whole number from 1 to 16" },
    { args: ["--rows", "speed"], words: "--rows takes some of state, revocation" },
    { args: ["--seconds", "20"], words: "seconds: must be at most half of the access tokens' lifetime" },
    { args: ["--out", "no/such/folder"], words: "--out takes a folder in one that exists" },
    { args: ["--fast"], words: "Unknown option '--fast'" },
    { args: ["now"], words: "Usage: countersign compare" },
  ])("starts nothing with $args", async ({ args, words }) => {
    const { code, stdout, stderr } = await runProcess(called(...args));
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(words);
    expect(stderr).not.toContain("starting");
    expect(existsSync(join(folder, "no"))).toBe(false);
  });
});

/** The processes that a process has started, and those that they have. */
function descendants(pid: number): number[] {
  const lines = execFileSync("ps", ["-A", "-o", "pid=,ppid="], { encoding: "utf8" }).trim().split("\n");
  const all = lines.map((line) => line.trim().split(/\s+/).map(Number));
  const children = (of: number): number[] =>
    all.flatMap(([child = 0, parent]) => (parent === of ? [child, ...children(child)] : []));
  return children(pid);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

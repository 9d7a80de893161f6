// The comparison as people call it: a quick run is made like the committed report, and whatever ends a run leaves nothing behind.

import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  type Aspect,
  aspects,
  columns,
  columnWords,
  type Report,
  type Row,
} from "../../packages/server/src/lab/contract.ts";
import { winnersOf } from "../../packages/server/src/lab/winners.ts";
import { root } from "../../tools/files.ts";
import { descendants, isAlive, runProcess, startProcess } from "../support/process.ts";

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

/** The program and arguments of a process. */
function commandOf(pid: number): string {
  return spawnSync("ps", ["-o", "args=", "-p", String(pid)], { encoding: "utf8" }).stdout;
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
    // How many lead depends on the figures, and may be none.
    const shapeOfRow = (row: Row | undefined) => shapeOf(row && { ...row, winners: { ...row.winners, leaders: [] } });
    for (const [index, row] of report.rows.entries()) expect(shapeOfRow(row)).toEqual(shapeOfRow(usual.rows[index]));
    for (const { cells, better, margin, turns, winners } of [...report.rows, ...usual.rows]) {
      expect(winners).toEqual(winnersOf(cells, better, margin, turns));
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

    // How long it takes is printed and not judged: the machine has other tests to run meanwhile. That it is quick is its work, which is counted: all
    // that was planned, or as much as the report owns up to.
    process.stdout.write(`compare --quick took ${report.tookSeconds} s\n`);
    const madeOf = (aspect: Aspect, noun: string, planned: number) =>
      Number(new RegExp(`(\\d+) of ${planned} ${noun}`).exec(row[aspect]?.sentence ?? "")?.[1] ?? planned);
    const prompt = ["session", "session-feed", "hybrid"] as const;
    const waits = row.revocation?.series?.[0]?.lines ?? [];
    expect(waits.map(({ column }) => column)).toEqual(columns);
    const rounds = waits
      .filter(({ column }) => prompt.some((each) => each === column))
      .map(({ points }) => points.length);
    expect(Math.min(...rounds)).toBe(madeOf("revocation", "rounds", 15));
    const costs = row.scalability?.series?.find(({ title }) => title.startsWith("Cost of one judgement"))?.lines ?? [];
    expect(Math.min(...costs.map(({ points }) => points.length))).toBe(madeOf("scalability", "sizes of a store", 2));
    expect(Math.max(...costs.flatMap(({ points }) => points.map(([sessions]) => sessions)))).toBeLessThanOrEqual(
      10_000,
    );
    for (const column of columns) {
      expect(row.scalability?.turns?.[column].length).toBe(madeOf("scalability", "turns", 15));
    }
    const signOuts = prompt.map((column) => /over (\d+) sign-outs/.exec(row.theft?.cells[column].detail ?? "")?.[1]);
    expect(Math.min(...signOuts.map(Number))).toBe(madeOf("theft", "sign-outs", 5));
    expect(report.conditions).toMatchObject({ seconds: 1, accessLifetime: 10 });
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
    // A token grows with its claims, and what is told is one with two.
    const [row] = report.rows;
    const points = new Map(row?.series?.[0]?.lines.find(({ column }) => column === "jwt")?.points);
    const [none = 0, two = 0, five = 0] = [0, 2, 5].map((claims) => points.get(claims));
    expect(two).toBeGreaterThan(none + 20);
    expect(five).toBeGreaterThan(two + 20);
    expect(row?.cells.jwt.text).toContain(`${two} B as bearer`);
  });

  it("cuts the wire of sessions under the feed where their store is in the issuer's memory, and waits as long as tokens live", {
    timeout: 180_000,
  }, async () => {
    const { code, stdout, stderr } = await runProcess({
      ...called("--quick", "--json", "--store", "memory", "--rows", "revocation", "--access-lifetime", "16s"),
      timeoutMs: 160_000,
    });
    expect({ code, stderr: code === 0 ? "" : stderr }).toEqual({ code: 0, stderr: "" });
    const report: Report = JSON.parse(stdout);
    const [row] = report.rows;
    for (const column of ["session-feed", "hybrid"] as const) {
      const [, figure, unit] =
        /With the feed cut: accepted no more after ([\d.]+) (ms|s) at the worst/.exec(
          row?.cells[column].detail ?? "",
        ) ?? [];
      // What is allowed is a lag of five seconds: nothing that began later is accepted.
      const ms = Number(figure) * (unit === "s" ? 1000 : 1);
      expect(ms).toBeGreaterThan(0);
      expect(ms).toBeLessThanOrEqual(5100);
    }
    for (const column of ["session", "jwt"] as const) expect(row?.cells[column].detail).not.toContain("feed cut");
    // No token of the usual ten seconds is accepted for so long.
    const line = row?.series?.[0]?.lines.find(({ column }) => column === "jwt");
    expect(Math.max(...(line?.points ?? []).map(([, ms]) => ms))).toBeGreaterThan(10_100);
  });

  it("gives loads as long as it is told", { timeout: 240_000 }, async () => {
    const { code, stdout, stderr } = await runProcess({
      ...called("--quick", "--json", "--rows", "scalability", "--seconds", "2"),
      timeoutMs: 220_000,
    });
    expect({ code, stderr: code === 0 ? "" : stderr }).toEqual({ code: 0, stderr: "" });
    const report: Report = JSON.parse(stdout);
    // Two seconds in fifteen turns; one second would be half of that.
    for (const { detail } of Object.values(report.rows[0]?.cells ?? {})) {
      expect(Number(/turns of ([\d.]+) s each/.exec(detail)?.[1])).toBeGreaterThanOrEqual(0.13);
    }
  });

  it("asks a cookie jar where there is no Chromium, with the figures that Chromium gives", {
    timeout: 240_000,
  }, async () => {
    const call = called("--quick", "--json", "--rows", "cross-domain");
    const rowOf = async (env: Readonly<Record<string, string>>) => {
      const { code, stdout, stderr } = await runProcess({ ...call, env: { ...call.env, ...env }, timeoutMs: 110_000 });
      expect({ code, stderr: code === 0 ? "" : stderr }).toEqual({ code: 0, stderr: "" });
      const report: Report = JSON.parse(stdout);
      return report.rows[0];
    };
    const byJar = await rowOf({ PATH: folder });
    const byBrowser = await rowOf({});
    expect(byJar?.sentence).toContain("the cookies that the cookie jar tough-cookie sends along");
    expect(byBrowser?.sentence).toMatch(/the cookies that Chromium [\d.]+ sends along/);
    expect(byJar?.cells).toEqual(byBrowser?.cells);
    expect(byJar?.winners).toEqual(byBrowser?.winners);
  });

  it.each(["SIGINT", "SIGTERM", "SIGKILL"] as const)(
    "leaves nothing when it gets %s",
    { timeout: 120_000 },
    async (signal) => {
      const running = await startProcess({
        ...called("--quick", "--rows", "revocation", "--services", "5", "--out", "out"),
        ...{ ready: /signing out, again and again/, readyTimeoutMs: 60_000 },
      });
      const begun = descendants(running.pid);
      // The issuer, the load, and as many services as were asked for.
      expect(begun.length).toBe(7);
      const end = await running.stop(signal);
      if (signal !== "SIGKILL") expect(end).toEqual({ code: 1, signal: null });
      await expect.poll(() => begun.filter(isAlive), { timeout: 10_000 }).toEqual([]);
      await expect.poll(() => readdirSync(folder), { timeout: 10_000 }).toEqual([]);
    },
  );

  it.each(["SIGINT", "SIGTERM"] as const)(
    "leaves nothing, no browser either, when it gets %s while Chromium is open",
    { timeout: 120_000 },
    async (signal) => {
      const running = await startProcess({
        ...called("--quick", "--rows", "cross-domain"),
        ...{ ready: /visiting three sites/, readyTimeoutMs: 90_000 },
      });
      const begun = descendants(running.pid);
      expect(begun.map(commandOf).filter((command) => /chrom/i.test(command)).length).toBeGreaterThanOrEqual(1);
      expect(await running.stop(signal)).toEqual({ code: 1, signal: null });
      await expect.poll(() => begun.filter(isAlive), { timeout: 10_000 }).toEqual([]);
      await expect.poll(() => readdirSync(folder), { timeout: 10_000 }).toEqual([]);
    },
  );

  it.each([
    { args: ["--services", "0"], words: "--services takes a whole number from 1 to 16" },
    { args: ["--rows", "speed"], words: "--rows takes some of state, revocation" },
    { args: ["--seconds", "20"], words: "seconds: must be at most half of the access tokens' lifetime" },
    { args: ["--out", "no/such/folder"], words: "--out takes a folder in one that exists" },
    {
      args: ["--out", "/proc/countersign"],
      words: "--out takes a folder that can be written: nothing can be made in /proc",
    },
    { args: ["--fast"], words: "Unknown option '--fast'" },
    { args: ["now"], words: "Usage: countersign compare" },
  ])("starts nothing with $args", async ({ args, words }) => {
    const { code, stdout, stderr } = await runProcess(called(...args));
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(words);
    expect(stderr).not.toContain("starting");
    expect(readdirSync(folder)).toEqual([]);
  });

  it("starts nothing where a folder stands in the place of what it would write", async () => {
    mkdirSync(join(folder, "out", "compare.md"), { recursive: true });
    const { code, stdout, stderr } = await runProcess(called("--out", "out"));
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain("--out takes a folder in which compare.md is no folder");
    expect(readdirSync(join(folder, "out"))).toEqual(["compare.md"]);
  });
});

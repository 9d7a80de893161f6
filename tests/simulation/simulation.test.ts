import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, describe, expect, it } from "vitest";
import { readText, root } from "../../tools/files.ts";
import { mutants } from "./mutants.ts";
import { pageFile, readCaught, simulationPage } from "./page.ts";
import { simulate } from "./schedule.ts";

describe("the simulated cluster", () => {
  it.each([1, 421, 841, 1261, 1681])(
    "keeps every promise, seeds %i and 419 more",
    { timeout: 240_000 },
    async (first) => {
      let [accepted, refused, everywhere, events] = [0, 0, 0, 0];
      for (let seed = first; seed < first + 420; seed += 1) {
        const { violation, trace, verdicts, barriers, ...outcome } = await simulate(seed);
        expect(violation, [...trace, `again: npm run simulate -- --seed ${seed}`].join("\n")).toBeUndefined();
        accepted += verdicts.accepted;
        refused += verdicts.refused;
        everywhere += barriers.everywhere;
        events += outcome.events;
      }
      // A world in which nothing happens keeps every promise.
      expect(accepted).toBeGreaterThan(6000);
      expect(refused).toBeGreaterThan(6000);
      expect(everywhere).toBeGreaterThan(600);
      expect(events).toBeGreaterThan(1000);
    },
  );

  it("is the same for the same seed, and another for another", async () => {
    const [first, again, another] = [await simulate(42), await simulate(42), await simulate(43)];
    expect(again).toEqual(first);
    expect(another.hash).not.toBe(first.hash);
  });
});

describe("a rule of the protocol broken on purpose", () => {
  const outputs = new Map<string, string>();
  const caught = readCaught();

  // Each in a process of its own, for the broken source is what that process loads; two at a time.
  beforeAll(async () => {
    const waiting = [...caught];
    const work = async () => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        outputs.set(next.name, await run(["--mutant", next.name, "--seed", String(next.seed)]));
      }
    };
    await Promise.all([work(), work()]);
  }, 240_000);

  it.each(mutants)("$name is noticed", ({ name }) => {
    const { seed, promise } = caught.find((each) => each.name === name) ?? { seed: 0, promise: "none" };
    expect(outputs.get(name), "look for other seeds: npm run simulate -- --mutants").toContain(
      `seed ${seed} breaks ${promise}: `,
    );
  });

  it("is what docs/simulation.md tells of", () => {
    expect(readText(pageFile)).toBe(simulationPage(caught));
  });
});

// Where the promise is broken, the command fails: what it says is what is looked at.
function run(args: readonly string[]): Promise<string> {
  return promisify(execFile)(process.execPath, [join(root, "tools/simulate.ts"), ...args]).then(
    ({ stdout }) => stdout,
    (error: { stdout?: string; stderr?: string }) => `${error.stdout}${error.stderr}`,
  );
}

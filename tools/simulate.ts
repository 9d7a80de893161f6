// Runs simulated worlds of the revocation protocol, seed by seed, and tells of the first broken promise; or looks for the seeds that catch
// the mutants. Judges nothing itself.

import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import { breakModules, mutants } from "../tests/simulation/mutants.ts";
import { type Caught, caughtFile, pageFile, simulationPage } from "../tests/simulation/page.ts";
import type { Outcome } from "../tests/simulation/schedule.ts";
import { root } from "./files.ts";

const usage = `npm run simulate -- [--seed N] [--rounds M] [--mutant NAME] [--verbose]
npm run simulate -- --mutants [--rounds M]

--seed N        the first seed (default: 1)
--rounds M      how many seeds, one after another (default: 1)
--mutant NAME   with one rule of the protocol broken: ${mutants.map(({ name }) => name).join(", ")}
--verbose       the whole trace
--mutants       finds a seed that catches each mutant, and writes ${caughtFile} and ${pageFile}`;

process.exitCode = await main();

async function main(): Promise<number> {
  const options = readArguments();
  if (options === undefined) {
    console.error(usage);
    return 2;
  }
  const { seed, rounds, mutant, verbose } = options;
  if (options.mutants) return catchMutants(rounds ?? 2000);
  if (mutant !== undefined) breakModules(mutant);
  // Loaded now, so that it is the broken sources that are loaded.
  const { simulate } = await import("../tests/simulation/schedule.ts");
  const outcomes: Outcome[] = [];
  for (let index = 0; index < (rounds ?? 1); index += 1) {
    const outcome = await simulate(seed + index, verbose ? (line) => console.log(line) : undefined);
    outcomes.push(outcome);
    if (outcome.violation === undefined) continue;
    if (!verbose) console.log(outcome.trace.join("\n"));
    console.log(`\nseed ${outcome.seed} breaks ${outcome.violation.promise}: ${outcome.violation.words}`);
    break;
  }
  console.log(`\n${summary(outcomes)}`);
  return outcomes.at(-1)?.violation === undefined ? 0 : 1;
}

function readArguments() {
  try {
    const { values } = parseArgs({
      options: {
        seed: { type: "string", default: "1" },
        rounds: { type: "string" },
        mutant: { type: "string" },
        mutants: { type: "boolean", default: false },
        verbose: { type: "boolean", default: false },
      },
    });
    const mutant = mutants.find(({ name }) => name === values.mutant);
    if (values.mutant !== undefined && mutant === undefined) return undefined;
    const seed = Number(values.seed);
    const rounds = values.rounds === undefined ? undefined : Number(values.rounds);
    if (!Number.isSafeInteger(seed) || !Number.isSafeInteger(rounds ?? 1)) return undefined;
    return { seed, rounds, mutant, mutants: values.mutants, verbose: values.verbose };
  } catch {
    return undefined;
  }
}

function summary(outcomes: readonly Outcome[]): string {
  const sum = (numberOf: (outcome: Outcome) => number) =>
    outcomes.reduce((total, outcome) => total + numberOf(outcome), 0).toLocaleString("en");
  return [
    `schedules   ${sum(() => 1)}`,
    `steps       ${sum(({ steps }) => steps)}`,
    `virtual     ${sum(({ virtualMs }) => Math.round(virtualMs / 1000))} s`,
    `events      ${sum(({ events }) => events)}`,
    `verdicts    ${sum(({ verdicts }) => verdicts.accepted)} accepted, ${sum(({ verdicts }) => verdicts.refused)} refused, ${sum(({ verdicts }) => verdicts.unavailable)} unavailable`,
    `barriers    ${sum(({ barriers }) => barriers.everywhere)} everywhere (${sum(({ barriers }) => barriers.waitedOut)} waited somebody out), ${sum(({ barriers }) => barriers.notKnown)} not known`,
    ...(outcomes.length === 1 ? [`hash        ${outcomes[0]?.hash}`] : []),
  ].join("\n");
}

async function catchMutants(rounds: number): Promise<number> {
  const found = new Map<string, Caught>();
  const waiting = mutants.map(({ name }) => name);
  // Two at a time.
  const work = async () => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
      const caught = await catchMutant(name, rounds);
      console.log(
        caught === undefined ? `${name} SURVIVES ${rounds} seeds` : `${name}: ${caught.promise} by seed ${caught.seed}`,
      );
      if (caught !== undefined) found.set(name, caught);
    }
  };
  await Promise.all([work(), work()]);
  const caught = mutants.flatMap(({ name }) => found.get(name) ?? []);
  if (caught.length < mutants.length) return 1;
  writeFileSync(join(root, caughtFile), `${JSON.stringify(caught, undefined, 2)}\n`);
  writeFileSync(join(root, pageFile), simulationPage(caught));
  return 0;
}

// Each in a process of its own, for modules are loaded once. A promise of the protocol says more than that nothing works any more.
async function catchMutant(name: string, rounds: number): Promise<Caught | undefined> {
  let fallback: Caught | undefined;
  for (let seed = 1; seed <= rounds; ) {
    const args = [
      import.meta.filename,
      "--mutant",
      name,
      "--seed",
      String(seed),
      "--rounds",
      String(rounds + 1 - seed),
    ];
    const output = await promisify(execFile)(process.execPath, args).then(
      ({ stdout }) => stdout,
      (error: { stdout?: string }) => error.stdout ?? "",
    );
    const [, found, promise = ""] = /^seed (\d+) breaks (\w+)/m.exec(output) ?? [];
    if (found === undefined) break;
    const caught = { name, seed: Number(found), promise };
    if (promise !== "progress") return caught;
    fallback ??= caught;
    seed = caught.seed + 1;
  }
  return fallback;
}

// What the figures were measured on: processor, system, versions, and how busy it is. Knows no section.

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg, release, totalmem, type } from "node:os";
import { join } from "node:path";

/** Machine, versions and date. */
export interface Machine {
  readonly date: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly system: string;
  readonly node: string;
  readonly openssl: string;
  readonly v8: string;
  readonly sqlite: string;
  /** The average load of the last minute: what others made of the machine before we began. */
  readonly load: number;
  /** Whether processes can be bound to a core. */
  readonly pins: boolean;
  /** The rivals, by their exact versions. */
  readonly rivals: Readonly<Record<string, string>>;
}

export function describeMachine(): Machine {
  const { v8 = "", openssl = "", sqlite = "" } = process.versions;
  return {
    date: new Date().toISOString(),
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()}`,
    node: process.version,
    ...{ openssl, v8, sqlite, load: loadavg()[0] ?? 0, pins: canPin(), rivals: rivals() },
  };
}

/** The words that the bench begins with. */
export function machineText(machine: Machine): string {
  const { date, cpu, cores, memoryGiB, system, node, openssl, v8, sqlite, load, pins } = machine;
  const versions = Object.entries(machine.rivals).map(([name, version]) => `${name} ${version}`);
  return [
    `${date}, load ${load.toFixed(2)}${load > 0.5 ? " (others are busy here: trust the ratios only)" : ""}`,
    `${cpu}, ${cores} cores, ${memoryGiB} GiB, ${system}`,
    `Node.js ${node} (V8 ${v8}, OpenSSL ${openssl}, SQLite ${sqlite})`,
    `${versions.join(", ")}`,
    pins ? "servers on core 0, load on core 1" : "no taskset or one core only: servers and load share the cores",
  ].join("\n");
}

/** The command line that binds Node.js to a core, where that is possible. */
export function pinned(core: 0 | 1, args: readonly string[]): { command: string; args: string[] } {
  if (!canPin()) return { command: process.execPath, args: [...args] };
  return { command: "taskset", args: ["-c", String(core), process.execPath, ...args] };
}

let pins: boolean | undefined;

function canPin(): boolean {
  pins ??= availableParallelism() > 1 && runs("taskset", ["-c", "1", "true"]);
  return pins;
}

function runs(command: string, args: readonly string[]): boolean {
  try {
    execFileSync(command, args, { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

function rivals(): Readonly<Record<string, string>> {
  const manifest: { readonly dependencies?: Readonly<Record<string, string>> } = JSON.parse(
    readFileSync(join(import.meta.dirname, "package.json"), "utf8"),
  );
  return manifest.dependencies ?? {};
}

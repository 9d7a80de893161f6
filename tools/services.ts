// The programs that real-server tests run against: how each is found and what provides it. Does not start them.

import { spawnSync } from "node:child_process";
import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";

interface Service {
  /** Names of the program, the first found counts. */
  readonly programs: readonly string[];
  /** The Debian package that brings it. */
  readonly debianPackage: string;
}

/** Every service, by the name that tests ask for it with. */
export const services = {
  chromium: { programs: ["chromium", "chromium-browser", "google-chrome"], debianPackage: "chromium" },
  nginx: { programs: ["nginx"], debianPackage: "nginx" },
  caddy: { programs: ["caddy"], debianPackage: "caddy" },
} as const satisfies Record<string, Service>;

export type ServiceName = keyof typeof services;

/** All names, in the order of the table. */
export const serviceNames = Object.keys(services) as readonly ServiceName[];

/** Whether this run must have every service: then the missing ones are installed, and a skipped test is a failure. */
export function servicesRequired(env: NodeJS.ProcessEnv): boolean {
  return isSet(env.REQUIRE_SERVICES) || isSet(env.CI);
}

/** The path of the program, or `undefined` when this machine does not have it. */
export function findService(name: ServiceName, searchPath = process.env.PATH ?? ""): string | undefined {
  // Debian keeps servers in sbin, which is not on every user's PATH.
  const folders = [...searchPath.split(delimiter), "/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/bin"];
  for (const program of services[name].programs) {
    for (const folder of folders) {
      const path = join(folder, program);
      if (folder !== "" && isProgram(path)) return path;
    }
  }
  return undefined;
}

/** The one command that provides these services on Debian and its relatives. */
export function provideCommand(names: readonly ServiceName[], isRoot = process.getuid?.() === 0): string {
  const sudo = isRoot ? "" : "sudo ";
  const packages = names.map((name) => services[name].debianPackage).join(" ");
  return `${sudo}apt-get update && ${sudo}apt-get install -y --no-install-recommends ${packages}`;
}

/**
 * Installs what is missing of `names` with apt-get. Needs root. Throws a plain sentence when it cannot; prints what apt-get
 * prints.
 */
export function installServices(names: readonly ServiceName[]): void {
  const missing = names.filter((name) => findService(name) === undefined);
  if (missing.length === 0) return;
  const remedy = `Provide them first: ${provideCommand(missing)}`;
  if (process.getuid?.() !== 0) {
    throw new Error(`The tests need ${missing.join(", ")}, and only root can install them. ${remedy}`);
  }
  aptGet(["update"], remedy);
  aptGet(["install", "-y", "--no-install-recommends", ...missing.map((name) => services[name].debianPackage)], remedy);
  const absent = missing.filter((name) => findService(name) === undefined);
  if (absent.length > 0) throw new Error(`apt-get succeeded, yet ${absent.join(", ")} cannot be found. ${remedy}`);
}

function aptGet(args: readonly string[], remedy: string): void {
  const { status, error } = spawnSync("apt-get", args, {
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
  });
  if (status !== 0) {
    throw new Error(`apt-get ${args[0]} failed (${error?.message ?? `exit code ${status}`}). ${remedy}`);
  }
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== "" && value !== "0" && value !== "false";
}

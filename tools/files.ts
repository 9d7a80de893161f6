// The project's own files, wherever it was unpacked. Needs no git: a machine that only tests has none.

import { readdirSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";

/** The project's root. */
export const root = join(import.meta.dirname, "..");

const skipped = new Set(["node_modules", "dist", ".git", ".countersign", ".extracted", "test-results"]);

/** Every file under `folder` (from the root, with forward slashes), without what is installed, built or local. Sorted. */
export function listFiles(folder = ""): string[] {
  const entries = readdirSync(join(root, folder), { withFileTypes: true });
  return entries
    .flatMap((entry) => {
      if (skipped.has(entry.name) || entry.name.startsWith(".built-")) return [];
      const path = posix.join(folder, entry.name);
      if (entry.isDirectory()) return listFiles(path);
      return entry.isFile() ? [path] : [];
    })
    .sort();
}

/** The text of a file, by its path from the root. */
export function readText(path: string): string {
  return readFileSync(join(root, path), "utf8");
}

/** A package.json of the workspace. */
export interface PackageJson {
  readonly name: string;
  readonly version?: string;
  readonly private?: boolean;
  readonly description?: string;
  readonly exports?: Readonly<Record<string, string>>;
  readonly bin?: Readonly<Record<string, string>>;
  readonly workspaces?: readonly string[];
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly [member: string]: unknown;
}

export function readPackageJson(folder: string): PackageJson {
  return JSON.parse(readText(posix.join(folder, "package.json"))) as PackageJson;
}

/** The folders of the workspaces, as package.json names them. */
export function workspaceFolders(): string[] {
  return (readPackageJson(".").workspaces ?? []).flatMap((pattern) => {
    if (!pattern.endsWith("/*")) return [pattern];
    const parent = pattern.slice(0, -2);
    const folders = readdirSync(join(root, parent), { withFileTypes: true }).filter((entry) => entry.isDirectory());
    return folders.map((entry) => posix.join(parent, entry.name)).sort();
  });
}

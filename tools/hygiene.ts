// The rules of a clean repository, as pure functions over texts. Reads no files and knows no test runner.

import { posix } from "node:path";
import type { PackageJson } from "./files.ts";

/** The part of package-lock.json that is judged. */
export interface Lock {
  readonly packages: Readonly<Record<string, LockedPackage>>;
}

interface LockedPackage {
  readonly version?: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly link?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

const dependencyKinds = ["dependencies", "devDependencies", "optionalDependencies", "peerDependencies"] as const;

/** Lines that name a place on somebody's machine, or the host of a package registry. */
export function findLocalTraces(text: string): string[] {
  // A path begins where nothing of a longer path or address stands before it.
  const machine = /(?<![\w.:/*-])\/(?:home\/[a-z]|root\/|Users\/[A-Za-z]|work\/|mnt\/|private\/tmp)/;
  const registry =
    /\bhttps?:\/\/[^/\s"']*(?:\bregistry\b|\bnpm\b|artifactory|nexus|verdaccio)[^/\s"']*|\b(?:registry)\.(?:npmjs|yarnpkg|npmmirror)\b/;
  const secret = /:_(?:authToken|auth|password)\b/;
  return text.split("\n").filter((line) => machine.test(line) || registry.test(line) || secret.test(line));
}

/** What is wrong with a lock: addresses that tie it to a host, missing checksums, and differences from the manifests. */
export function checkLock(lock: Lock, manifests: Readonly<Record<string, PackageJson>>): string[] {
  const problems: string[] = [];
  for (const [path, entry] of Object.entries(lock.packages)) {
    if (path in manifests) continue;
    if (entry.link === true) {
      if (!(entry.resolved !== undefined && entry.resolved in manifests))
        problems.push(`${path} links to no workspace`);
    } else {
      if (entry.resolved !== undefined) problems.push(`${path} is tied to ${entry.resolved}`);
      if (entry.integrity === undefined) problems.push(`${path} has no checksum`);
    }
    // npm writes a lock without the platform packages that its registry lacks, and then refuses that lock.
    for (const name of Object.keys({ ...entry.dependencies, ...entry.optionalDependencies })) {
      if (findLocked(lock, path, name) === undefined)
        problems.push(`${path} needs ${name}, which the lock does not have`);
    }
  }
  for (const [folder, manifest] of Object.entries(manifests)) {
    const locked = lock.packages[folder];
    for (const kind of dependencyKinds) {
      problems.push(...compareDependencies(folder, kind, manifest[kind] ?? {}, locked?.[kind] ?? {}));
    }
    for (const [name, version] of Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })) {
      const found = findLocked(lock, folder, name);
      if (found?.link !== true && found?.version !== version) {
        problems.push(`${folder || "the root"} wants ${name} ${version}, the lock has ${found?.version ?? "none"}`);
      }
    }
  }
  return problems;
}

/** Dependencies that are not pinned to one version. Peer dependencies may give a range: it is the application that chooses. */
export function findUnpinned(manifest: PackageJson): string[] {
  const { dependencies, devDependencies, optionalDependencies } = manifest;
  return [dependencies, devDependencies, optionalDependencies].flatMap((group) =>
    Object.entries(group ?? {})
      .filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))
      .map(([name, version]) => `${name}@${version}`),
  );
}

/** Relative links of a Markdown text that lead nowhere: to no file, or to no heading of it. */
export function findBrokenLinks(path: string, readText: (path: string) => string | undefined): string[] {
  const text = withoutCode(readText(path) ?? "");
  const targets = [...text.matchAll(/\]\(\s*<?([^)\s>]+)>?[^)]*\)/g), ...text.matchAll(/^\[[^\]]+\]:\s*(\S+)/gm)].map(
    (match) => match[1] ?? "",
  );
  return targets.filter((target) => {
    if (/^[a-z][a-z0-9+.-]*:/i.test(target)) return false;
    const [file = "", anchor] = target.split("#", 2);
    const destination = file === "" ? path : posix.normalize(posix.join(posix.dirname(path), decodeURIComponent(file)));
    const content = readText(destination);
    if (content === undefined) return true;
    return anchor !== undefined && anchor !== "" && destination.endsWith(".md") && !anchorsOf(content).has(anchor);
  });
}

/** The anchors that GitHub gives to the headings of a Markdown text, and those set by hand. */
function anchorsOf(text: string): ReadonlySet<string> {
  const anchors = new Set<string>();
  for (const match of withoutCode(text, false).matchAll(/^#{1,6}\s+(.+?)\s*#*$/gm)) {
    const slug = (match[1] ?? "")
      .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\p{M}_\- ]/gu, "")
      .replaceAll(" ", "-");
    let unique = slug;
    for (let count = 1; anchors.has(unique); count += 1) unique = `${slug}-${count}`;
    anchors.add(unique);
  }
  for (const match of text.matchAll(/<a\s+(?:id|name)="([^"]+)"/g)) anchors.add(match[1] ?? "");
  return anchors;
}

function withoutCode(text: string, inline = true): string {
  const blocks = text.replace(/^(```+|~~~+)[\s\S]*?^\1`*\s*$/gm, "");
  return inline ? blocks.replace(/`[^`\n]*`/g, "``") : blocks;
}

function compareDependencies(
  folder: string,
  kind: string,
  wanted: Readonly<Record<string, string>>,
  locked: Readonly<Record<string, string>>,
): string[] {
  const names = [...new Set([...Object.keys(wanted), ...Object.keys(locked)])];
  return names
    .filter((name) => wanted[name] !== locked[name])
    .map((name) => `${folder || "the root"}: ${kind} of package.json and lock differ about ${name}`);
}

/** What Node.js would find: the nearest node_modules, from the folder upwards. */
function findLocked(lock: Lock, folder: string, name: string): LockedPackage | undefined {
  for (let at = folder; ; at = posix.dirname(at)) {
    const place = at === "" || at === "." ? "" : `${at}/`;
    if (place.endsWith("node_modules/")) continue;
    const found = lock.packages[`${place}node_modules/${name}`];
    if (found !== undefined || place === "") return found;
  }
}

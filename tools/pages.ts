// Bundles the scripts of the pages, one file per entry, unless their sources are as they were. Does not know what the scripts do.

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { listFiles, root } from "./files.ts";

/** Beside what reads them, and out of the repository. */
const bundleFolder = "packages/server/src/web/bundle";

const sourceFolders = ["packages/server/src", "packages/verifier/src"] as const;

/** What runs in browsers, and is bundled. */
export const browserFolder = "packages/server/src/browser";

if (import.meta.main) {
  try {
    for (const name of await buildPages()) console.log(`The pages' script ${name} was built.`);
  } catch (error) {
    // An installation without development tools serves the pages all the same.
    if (!isViteMissing(error)) throw error;
    console.warn("The pages' scripts were not built, because Vite is not installed: pages work without script.");
  }
}

/** Where the bundle of an entry is. */
export function bundlePath(name: string): string {
  return join(root, bundleFolder, `${name}.js`);
}

/** The entries: each becomes one script of its name. */
export function pageEntries(): string[] {
  return ["front", "try"].filter((name) => existsSync(join(root, browserFolder, `${name}.ts`)));
}

/** Builds the scripts whose sources have changed, and answers their names. Costs a second, or the reading of the sources. */
export async function buildPages(): Promise<string[]> {
  const stamp = sourceStamp();
  const stale = pageEntries().filter((name) => !isFresh(name, stamp));
  for (const name of stale) await buildPage(name, stamp);
  return stale;
}

/** A digest of everything that a script may be made of. */
function sourceStamp(): string {
  const digest = createHash("sha256");
  const sources = sourceFolders.flatMap(listFiles).filter((path) => path.endsWith(".ts") && !path.endsWith(".test.ts"));
  for (const path of [...sources, "package-lock.json", "tools/pages.ts"]) {
    digest
      .update(`${path}\0`)
      .update(readFileSync(join(root, path)))
      .update("\0");
  }
  return digest.digest("hex").slice(0, 20);
}

// The stamp is the bundle's first line, so that the two cannot come apart.
function isFresh(name: string, stamp: string): boolean {
  const path = bundlePath(name);
  return existsSync(path) && readFileSync(path, "utf8").startsWith(stampLine(stamp));
}

async function buildPage(name: string, stamp: string): Promise<void> {
  // Loaded only when there is something to build: `npm start` is to be quick.
  const { build } = await import("vite");
  const result = await build({
    root,
    configFile: false,
    logLevel: "error",
    publicDir: false,
    build: {
      write: false,
      modulePreload: { polyfill: false },
      rolldownOptions: {
        input: join(root, browserFolder, `${name}.ts`),
        output: { format: "es", entryFileNames: `${name}.js`, codeSplitting: false },
      },
    },
  });
  const outputs = [result].flat().flatMap((each) => ("output" in each ? each.output : []));
  const [chunk, ...more] = outputs;
  if (chunk?.type !== "chunk" || more.length > 0) throw new Error(`The script ${name} became more than one file.`);
  writeWhole(bundlePath(name), stampLine(stamp) + chunk.code);
}

/** Whole or not at all: two builds may run at once, and a server may be reading. */
function writeWhole(path: string, text: string): void {
  mkdirSync(join(root, bundleFolder), { recursive: true });
  const draft = `${path}.${process.pid}`;
  try {
    writeFileSync(draft, text);
    renameSync(draft, path);
  } finally {
    rmSync(draft, { force: true });
  }
}

function stampLine(stamp: string): string {
  return `// ${stamp}\n`;
}

function isViteMissing(error: unknown): boolean {
  return (
    error instanceof Error && "code" in error && error.code === "ERR_MODULE_NOT_FOUND" && error.message.includes("vite")
  );
}

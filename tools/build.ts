// Makes the publishable packages: JavaScript, types, assets and a package.json of their own. Publishes nothing.

import { spawnSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, posix } from "node:path";
import { isTestFile } from "./architecture.ts";
import { listFiles, type PackageJson, readPackageJson, root } from "./files.ts";
import { browserFolder, buildPages, bundlePath, pageEntries } from "./pages.ts";

/** The packages that are published, lower floors first: each is built against the types of those before it. */
export const publishedFolders = [
  "packages/verifier",
  "packages/countersign",
  "packages/server",
  "packages/client",
] as const;

/** Where neither syntax nor library calls may be newer than this; elsewhere es2024, which Node.js 24 has. */
const oldest: Readonly<Record<string, { readonly target: string; readonly lib: readonly string[] }>> = {
  // Also runs on Node.js 20.
  "@countersign/verifier": { target: "es2023", lib: ["es2023", "es2024.string", "esnext.disposable"] },
  // Runs in browsers as people have them.
  "@countersign/client": { target: "es2022", lib: ["es2022"] },
};

/** Where one package was built. */
export interface Built {
  readonly name: string;
  /** The absolute path of the folder that `npm pack` and `npm publish` take. */
  readonly folder: string;
}

interface Source {
  readonly folder: string;
  readonly manifest: PackageJson;
  readonly output: string;
}

// The same depth as src/, so that a path from a module to its package.json or to an asset stays right.
const code = "lib";

if (import.meta.main) {
  try {
    await buildPages();
    for (const { name, folder } of build()) console.log(`${name}: ${folder}`);
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  }
}

/**
 * Builds every package into `packages/NAME/dist`, or into `into/NAME` where that is given: a folder inside the project, or else the
 * types of one package would not find their dependencies when the next is compiled. Throws with the compiler's words when one
 * does not compile, and when the pages' scripts were not built before.
 */
export function build(into?: string): Built[] {
  const missing = pageEntries().filter((name) => !existsSync(bundlePath(name)));
  if (missing.length > 0) throw new Error(`The pages' scripts are not built (${missing.join(", ")}): npm run pages`);
  if (into !== undefined && !into.startsWith(join(root, "/"))) throw new Error(`${into} is not inside the project`);
  const sources: Source[] = publishedFolders.map((folder) => ({
    folder,
    manifest: readPackageJson(folder),
    output: into === undefined ? join(root, folder, "dist") : join(into, posix.basename(folder)),
  }));
  return sources.map((source, index) => {
    rmSync(source.output, { recursive: true, force: true });
    mkdirSync(join(source.output, code), { recursive: true });
    compile(source, sources.slice(0, index));
    finishModules(source.output);
    copyAssets(source);
    writeManifest(source);
    return { name: source.manifest.name, folder: source.output };
  });
}

/** Compiles one package, the packages below by their built types. */
function compile({ folder, manifest, output }: Source, below: readonly Source[]): void {
  const scratch = mkdtempSync(join(tmpdir(), "countersign-build-"));
  try {
    const project = join(scratch, "tsconfig.json");
    const { target, lib } = oldest[manifest.name] ?? { target: "es2024", lib: ["es2024", "esnext.disposable"] };
    const options = {
      extends: join(root, "tsconfig.json"),
      compilerOptions: {
        target,
        lib: [...lib, "dom", "dom.iterable"],
        noEmit: false,
        declaration: true,
        rootDir: join(root, folder, "src"),
        outDir: join(output, code),
        typeRoots: [join(root, "node_modules", "@types")],
        paths: Object.fromEntries(below.flatMap(typePaths)),
      },
      files: listFiles(posix.join(folder, "src"))
        // What runs in browsers is there as bundles.
        .filter((path) => path.endsWith(".ts") && !isTestFile(path) && !path.startsWith(`${browserFolder}/`))
        .map((path) => join(root, path)),
      include: [],
    };
    writeFileSync(project, JSON.stringify(options));
    const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
    const { status, stdout, stderr } = spawnSync(process.execPath, [tsc, "-p", project], {
      encoding: "utf8",
      cwd: root,
    });
    if (status !== 0) throw new Error(`${manifest.name} does not compile:\n${stdout}${stderr}`);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function typePaths({ manifest, output }: Source): [string, string[]][] {
  return Object.entries(manifest.exports ?? {}).map(([door, source]) => [
    posix.join(manifest.name, door),
    [join(output, built(source, ".d.ts"))],
  ]);
}

/** What the compiler leaves alone: `.ts` in the imports of type files, and in the addresses of workers and assets. */
function finishModules(output: string): void {
  for (const path of filesBelow(join(output, code))) {
    if (path.endsWith(".d.ts")) {
      edit(path, (text) => text.replace(/((?:from|import)\s*\(?\s*["']\.{1,2}\/[^"']+)\.ts(["'])/g, "$1.js$2"));
    } else if (path.endsWith(".js")) {
      edit(path, (text) =>
        text.replace(/(new URL\(\s*["']\.{1,2}\/[^"']+)\.ts(["'],\s*import\.meta\.url)/g, "$1.js$2"),
      );
    }
  }
}

/** Whatever stands in src/ and is no TypeScript is read at run time: styles, pictures, texts. */
function copyAssets({ folder, output }: Source): void {
  const source = posix.join(folder, "src");
  for (const path of listFiles(source)) {
    if (path.endsWith(".ts") || isTestFile(path)) continue;
    const target = join(output, code, posix.relative(source, path));
    mkdirSync(dirname(target), { recursive: true });
    cpSync(join(root, path), target);
  }
}

/** The published package.json, and the two texts that npm shows. */
function writeManifest({ folder, manifest, output }: Source): void {
  const { exports = {}, bin, private: _, devDependencies: __, ...kept } = manifest;
  const published = {
    ...kept,
    // Here each version is pinned, so that a build can be repeated; an application that installs the package is to get what was mended since.
    ...(kept.dependencies === undefined
      ? {}
      : { dependencies: mapValues(kept.dependencies, (version) => `^${version}`) }),
    files: [code],
    exports: Object.fromEntries(
      Object.entries(exports).map(([door, source]) => [
        door,
        { types: `./${built(source, ".d.ts")}`, default: `./${built(source, ".js")}` },
      ]),
    ),
    ...(bin === undefined ? {} : { bin: mapValues(bin, (source) => built(source, ".js")) }),
  };
  writeFileSync(join(output, "package.json"), `${JSON.stringify(published, null, 2)}\n`);
  for (const program of Object.values(bin ?? {})) makeProgram(join(output, built(program, ".js")));
  cpSync(join(root, "LICENSE"), join(output, "LICENSE"));
  if (existsSync(join(root, folder, "README.md"))) cpSync(join(root, folder, "README.md"), join(output, "README.md"));
}

function makeProgram(path: string): void {
  const start = "#!/usr/bin/env node\n";
  edit(path, (text) => (text.startsWith("#!") ? text : start + text));
  chmodSync(path, 0o755);
}

/** `./src/adapters/node.ts` → `lib/adapters/node.js`. */
function built(source: string, extension: ".js" | ".d.ts"): string {
  return `${code}${source.replace(/^\.\/src/, "").replace(/\.ts$/, "")}${extension}`;
}

function edit(path: string, change: (text: string) => string): void {
  const text = readFileSync(path, "utf8");
  const changed = change(text);
  if (changed !== text) writeFileSync(path, changed);
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

function mapValues<T, U>(record: Readonly<Record<string, T>>, change: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}

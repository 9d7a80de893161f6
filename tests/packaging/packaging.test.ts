// The packages as the registry would have them: built, packed, installed into an empty project, and used there.

import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Report } from "../../packages/server/src/lab/contract.ts";
import { typedCommand } from "../../packages/server/src/web/typed-command.ts";
import { type Built, build } from "../../tools/build.ts";
import { type PackageJson, readPackageJson, root, workspaceFolders } from "../../tools/files.ts";
import { runProcess } from "../support/process.ts";

const bin = join(root, "node_modules", ".bin");
const names = ["@countersign/verifier", "countersign", "@countersign/server", "@countersign/client"];

let folder: string;
let builtInto: string;
let packages: readonly Built[] = [];
const tarballs = new Map<string, string>();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "countersign-packaging-"));
  // Not in `dist`, which a developer may be building meanwhile; yet inside the project, where types find their dependencies.
  builtInto = await mkdtemp(join(root, "tests", ".built-"));
  packages = build(builtInto);
  for (const { name, folder: built } of packages) {
    const { stdout } = await npm(built, "pack", "--json", "--pack-destination", folder);
    const [packed] = JSON.parse(stdout) as [{ filename: string }];
    tarballs.set(name, join(folder, packed.filename));
  }
}, 120_000);
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  await rm(builtInto, { recursive: true, force: true });
});

describe("the built packages", () => {
  it("are the four that are published", () => {
    expect(packages.map(({ name }) => name)).toEqual(names);
  });

  it.each(names)("%s pleases publint", async (name) => {
    const pkgDir = builtFolder(name);
    const { messages } = await publint({ pkgDir, strict: true });
    const manifest = JSON.parse(await readFile(join(pkgDir, "package.json"), "utf8"));
    expect(messages.map((message) => formatMessage(message, manifest))).toEqual([]);
  });

  it.each(names)("%s has right types, says attw", async (name) => {
    const { code, stdout } = await runProcess({
      args: [join(bin, "attw"), tarballs.get(name) ?? "", "--profile", "esm-only", "--no-emoji", "--no-color"],
    });
    expect(code, stdout).toBe(0);
  });

  it.each(names)("%s brings its licence and a README, and neither tests nor sources", async (name) => {
    const files = await readdir(builtFolder(name), { recursive: true });
    expect(files).toEqual(expect.arrayContaining(["LICENSE", "README.md", "package.json"]));
    expect(
      files.filter((file) => /\.test\.|\.fixture\.|testing\/|fixtures|__snapshots__|(?<!\.d)\.ts$/.test(file)),
    ).toEqual([]);
  });

  it.each(names)("%s takes what its dependencies mended since, and nothing that breaks", async (name) => {
    const built: PackageJson = JSON.parse(await readFile(join(builtFolder(name), "package.json"), "utf8"));
    const folders = workspaceFolders().filter((folder) => readPackageJson(folder).name === name);
    const pinned = readPackageJson(folders[0] ?? "").dependencies ?? {};
    const ranges = Object.entries(pinned).map(([dependency, version]) => [dependency, `^${version}`]);
    expect(Object.entries(built.dependencies ?? {})).toEqual(ranges);
  });

  it("has a command that an old Node.js can begin to run, so that it can say what is missing", async () => {
    const main = await readFile(join(builtFolder("@countersign/server"), "lib", "main.js"), "utf8");
    expect([...main.matchAll(/^import .* from "(.*)";$/gm)].map(([, specifier]) => specifier)).toEqual(["node:path"]);
    expect(main.indexOf("needs Node.js 24 or newer")).toBeLessThan(main.indexOf("await import("));
  });

  it.each(names)("%s points at nothing that is missing", async (name) => {
    const pkgDir = builtFolder(name);
    const modules = (await readdir(pkgDir, { recursive: true })).filter((file) => /\.(js|d\.ts)$/.test(file));
    const missing: string[] = [];
    for (const module of modules) {
      const text = await readFile(join(pkgDir, module), "utf8");
      const here = new URL(`file://${join(pkgDir, module)}`);
      for (const [, target = ""] of text.matchAll(/(?:from|import\(|new URL\()\s*["'](\.{1,2}\/[^"']*)["']/g)) {
        if (!existsSync(new URL(target, here)) && !module.endsWith(".d.ts")) missing.push(`${module}: ${target}`);
        if (/(?<!\.d)\.ts$/.test(target)) missing.push(`${module}: ${target}`);
      }
    }
    expect(missing).toEqual([]);
  });
});

describe("an empty project that installs the packages", () => {
  let project: string;

  beforeAll(async () => {
    project = join(folder, "project");
    await mkdir(project);
    await cp(join(import.meta.dirname, "consumer"), project, { recursive: true });
    await writeFile(join(project, "package.json"), JSON.stringify({ name: "consumer", private: true, type: "module" }));
    await npm(
      project,
      "install",
      "--prefer-offline",
      "--no-audit",
      "--no-fund",
      "--ignore-scripts",
      ...tarballs.values(),
      ...frameworks(),
    );
  }, 180_000);

  it("gets one copy of each, at our version", async () => {
    const { version } = readPackageJson("packages/countersign");
    for (const name of names) {
      const installed: PackageJson = JSON.parse(
        await readFile(join(project, "node_modules", name, "package.json"), "utf8"),
      );
      expect(installed.version).toBe(version);
    }
    const { stdout } = await npm(project, "ls", "--all", "--parseable");
    expect(stdout.split("\n").filter((path) => path.endsWith("/@countersign/verifier"))).toHaveLength(1);
  });

  it("can import every door", async () => {
    const doors: Record<string, string[]> = {};
    for (const { name, folder: built } of packages) {
      const manifest: PackageJson = JSON.parse(await readFile(join(built, "package.json"), "utf8"));
      for (const door of Object.keys(manifest.exports ?? {})) doors[`${name}${door.slice(1)}`] = [];
    }
    const script = `
      const names = {};
      for (const door of ${JSON.stringify(Object.keys(doors))}) names[door] = Object.keys(await import(door));
      console.log(JSON.stringify(names));`;
    const { code, stdout, stderr } = await inProject("--input-type=module", "-e", script);
    expect(code, stderr).toBe(0);
    const exported = JSON.parse(stdout) as Record<string, string[]>;
    expect(exported["@countersign/verifier"]).toContain("createVerifier");
    expect(exported.countersign).toContain("createAuth");
    expect(exported["@countersign/client"]).toEqual(["createClient"]);
    expect(exported["countersign/sqlite"]).toContain("openSqliteStore");
    expect(Object.keys(exported)).toEqual(Object.keys(doors));
    expect(Object.entries(exported).filter(([, names]) => names.length === 0)).toEqual([]);
    expect(Object.values(exported).flatMap((names) => names.filter((name) => name === "default"))).toEqual([]);
  });

  it("can sign up, sign in and be recognised", async () => {
    const { code, stdout, stderr } = await inProject("use.ts");
    expect(stderr).toBe("");
    expect(stdout).toBe("signed in by session and by jwt\n");
    expect(code).toBe(0);
  });

  it("has types for all of it", async () => {
    const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
    const { code, stdout } = await inProject(tsc, "-p", ".");
    expect(stdout).toBe("");
    expect(code).toBe(0);
  });

  it("finds wrong use by those types", async () => {
    const wrong =
      'import { createVerifier } from "@countersign/verifier";\ncreateVerifier({ isuer: "https://auth.example" });\n';
    await writeFile(join(project, "wrong.ts"), wrong);
    const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
    const { code, stdout } = await inProject(tsc, "-p", ".");
    await rm(join(project, "wrong.ts"));
    expect(code).not.toBe(0);
    expect(stdout).toMatch(/wrong\.ts\(2,\d+\): error/);
  });

  it("has the command", async () => {
    const { stdout } = await npm(project, "exec", "--no", "--", "countersign", "--version");
    expect(stdout).toContain(readPackageJson("packages/server").version);
  });

  it("measures by the command that the page prints", async () => {
    const report = await measured(project);
    expect(report.versions.countersign).toBe(readPackageJson("packages/server").version);
    expect(report.rows.map(({ aspect, winners }) => [aspect, winners.classic])).toEqual([["payload", "session"]]);
  });

  function inProject(...args: string[]) {
    return runProcess({ args, cwd: project, timeoutMs: 60_000 });
  }
});

describe("a copy of the project", () => {
  it("measures by the command that the page prints", async () => {
    expect((await measured(root)).rows.map(({ aspect }) => aspect)).toEqual(["payload"]);
  });

  it("measures by its own script, too", async () => {
    const words = ["run", "--silent", "countersign", "--", "compare", "--quick", "--rows", "payload", "--json"];
    const report: Report = JSON.parse((await npm(root, ...words)).stdout);
    expect(report.rows.map(({ aspect }) => aspect)).toEqual(["payload"]);
  });
});

/** Runs the shortest comparison in a folder, by the words that pages print: `npx` is `npm exec`, and this one asks no registry for what is missing. */
async function measured(folder: string): Promise<Report> {
  const [npx, ...words] = typedCommand("countersign compare --quick --rows payload --json").split(" ");
  expect(npx).toBe("npx");
  return JSON.parse((await npm(folder, "exec", "--no", "--", ...words)).stdout);
}

/** Frameworks that the adapters and the hook serve, and the types that they need, at the versions of this workspace. */
function frameworks(): string[] {
  const pinned: Record<string, string | undefined> = {
    express: readPackageJson("examples/express").dependencies?.express,
    fastify: readPackageJson("examples/fastify").dependencies?.fastify,
    hono: readPackageJson("examples/hono").dependencies?.hono,
    "@types/node": readPackageJson(".").devDependencies?.["@types/node"],
    "@types/express": readPackageJson(".").devDependencies?.["@types/express"],
    preact: readPackageJson("packages/server").dependencies?.preact,
    react: readPackageJson(".").devDependencies?.react,
    "@types/react": readPackageJson(".").devDependencies?.["@types/react"],
  };
  return Object.entries(pinned).map(([name, version]) => `${name}@${version}`);
}

function builtFolder(name: string): string {
  const found = packages.find((each) => each.name === name);
  if (found === undefined) throw new Error(`${name} was not built`);
  return found.folder;
}

/** Runs npm as a user would: with the machine's settings, without those that `npm test` left in the environment. */
async function npm(cwd: string, ...args: string[]): Promise<{ stdout: string }> {
  const kept = /^npm_config_(registry|cafile|userconfig|globalconfig|cache|proxy|https?_proxy|noproxy)$/i;
  const env = Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) =>
      value === undefined || (/^npm_/i.test(name) && !kept.test(name)) || name === "NODE_OPTIONS"
        ? []
        : [[name, value]],
    ),
  );
  const { code, stdout, stderr } = await runProcess({ command: "npm", args, cwd, env, timeoutMs: 170_000 });
  if (code !== 0) throw new Error(`npm ${args[0]} failed (${code}):\n${stdout}${stderr}`);
  return { stdout };
}

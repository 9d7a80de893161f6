import { describe, expect, it } from "vitest";
import {
  checkArchitecture,
  countersignFloors,
  isTestFile,
  type Manifest,
  packageFloors,
  type Rule,
  type SourceFile,
  serverFloors,
} from "../tools/architecture.ts";
import { listFiles, readPackageJson, readText, workspaceFolders } from "../tools/files.ts";

const sources = ["packages", "examples", "tools", "tests"]
  .flatMap(listFiles)
  .filter((path) => /\.tsx?$/.test(path))
  // A file of tests/ is a test file; only what packages and tools consist of must explain itself.
  .filter((path) => !path.startsWith("tests/") || isTestFile(path));

describe("the tree", () => {
  it("keeps every rule of the architecture", () => {
    const files = sources.map((path) => ({ path, text: readText(path) }));
    expect(files.length).toBeGreaterThan(20);
    const violations = checkArchitecture(files, workspaceFolders().map(toManifest));
    expect(violations.map(({ rule, path, line, message }) => `${path}:${line} [${rule}] ${message}`)).toEqual([]);
  });

  it.each([
    { name: "packages", table: packageFloors },
    { name: "the folders of countersign", table: countersignFloors },
    { name: "some folders of the server", table: serverFloors },
  ])("draws $name in floors: no row reaches itself", ({ table }) => {
    const reach = (from: string, seen: readonly string[]): string[] =>
      (table[from] ?? []).flatMap((to) => (seen.includes(to) ? [[...seen, to].join(" → ")] : reach(to, [...seen, to])));
    expect(Object.keys(table).flatMap((row) => reach(row, [row]))).toEqual([]);
  });
});

const manifests: Manifest[] = [
  manifest("packages/verifier", "@countersign/verifier", { ".": "src/index.ts", "./node": "src/adapters/node.ts" }, [
    "jose",
  ]),
  manifest("packages/countersign", "countersign", { ".": "src/index.ts" }, ["@countersign/verifier", "zod"]),
  manifest("packages/server", "@countersign/server", {}, ["@countersign/verifier", "countersign"]),
  manifest("packages/client", "@countersign/client", { ".": "src/index.ts" }, []),
  manifest("examples/node", "example-node", {}, ["@countersign/verifier", "countersign"]),
];

const opening = "// A file of an example, which knows nothing else.\n";

interface Row {
  readonly it: string;
  readonly path: string;
  readonly code: string;
  readonly breaks?: Rule;
}

describe("the rules", () => {
  it.each<Row>([
    // The direction of packages and their doors.
    {
      it: "lets countersign use the verifier",
      path: "packages/countersign/src/http/a.ts",
      code: 'import "@countersign/verifier";',
    },
    {
      it: "keeps the verifier from countersign",
      path: "packages/verifier/src/a.ts",
      code: 'import "countersign";',
      breaks: "package-direction",
    },
    {
      it: "keeps countersign from the server",
      path: "packages/countersign/src/http/a.ts",
      code: 'import type { A } from "@countersign/server";',
      breaks: "package-direction",
    },
    {
      it: "sees re-exports",
      path: "packages/verifier/src/a.ts",
      code: 'export * from "countersign";',
      breaks: "package-direction",
    },
    {
      it: "sees imports under way",
      path: "packages/verifier/src/a.ts",
      code: 'export const a = () => import("countersign");',
      breaks: "package-direction",
    },
    {
      it: "sees import types",
      path: "packages/verifier/src/a.ts",
      code: 'export type A = import("countersign").A;',
      breaks: "package-direction",
    },
    {
      it: "lets examples through public doors",
      path: "examples/node/a.ts",
      code: 'import "countersign"; import "@countersign/verifier/node";',
    },
    {
      it: "keeps examples from inner files",
      path: "examples/node/a.ts",
      code: 'import "countersign/src/auth.ts";',
      breaks: "public-doors",
    },
    {
      it: "keeps examples from relative paths into packages",
      path: "examples/node/a.ts",
      code: 'import "../../packages/countersign/src/auth.ts";',
      breaks: "public-doors",
    },
    {
      it: "keeps packages from each other's files",
      path: "packages/server/src/a.ts",
      code: 'import "../../countersign/src/auth.ts";',
      breaks: "public-doors",
    },
    { it: "lets a package use what it declares", path: "packages/countersign/src/http/a.ts", code: 'import "zod/v4";' },
    {
      it: "keeps a package from what it does not declare",
      path: "packages/countersign/src/http/a.ts",
      code: 'import "left-pad";',
      breaks: "declared-dependencies",
    },

    // The verifier runs anywhere.
    { it: "lets an adapter know Node.js", path: "packages/verifier/src/adapters/a.ts", code: 'import "node:http";' },
    {
      it: "keeps the rest of the verifier from Node.js",
      path: "packages/verifier/src/a.ts",
      code: 'import "node:crypto";',
      breaks: "verifier-purity",
    },
    {
      it: "keeps the rest of the verifier from adapters",
      path: "packages/verifier/src/a.ts",
      code: 'import "./adapters/node.ts";',
      breaks: "verifier-purity",
    },

    // The client depends on nothing, and keeps nothing.
    {
      it: "lets the client use its own files and what browsers have",
      path: "packages/client/src/a.ts",
      code: 'import "./b.ts"; export const a = (request: Request) => fetch(request);',
    },
    {
      it: "keeps the client from the other packages",
      path: "packages/client/src/a.ts",
      code: 'import type { Identity } from "@countersign/verifier";',
      breaks: "package-direction",
    },
    {
      it: "keeps the other packages from the client",
      path: "packages/server/src/a.ts",
      code: 'import "@countersign/client";',
      breaks: "package-direction",
    },
    {
      it: "keeps the client from packages",
      path: "packages/client/src/a.ts",
      code: 'import "preact";',
      breaks: "declared-dependencies",
    },
    {
      it: "keeps the client from Node.js",
      path: "packages/client/src/a.ts",
      code: 'import "node:http";',
      breaks: "client-purity",
    },
    {
      it: "keeps the client from storage",
      path: "packages/client/src/a.ts",
      code: 'export const a = () => localStorage.getItem("a");',
      breaks: "client-purity",
    },
    {
      it: "keeps the client from storage that it reaches around a corner",
      path: "packages/client/src/a.ts",
      code: "export const a = () => globalThis.sessionStorage;",
      breaks: "client-purity",
    },
    {
      it: "keeps the client from cookies",
      path: "packages/client/src/a.ts",
      code: "export const a = () => document.cookie;",
      breaks: "client-purity",
    },
    {
      it: "keeps the client from the clock",
      path: "packages/client/src/a.ts",
      code: "export const a = () => Date.now();",
      breaks: "time",
    },
    {
      it: "keeps the client from the console",
      path: "packages/client/src/a.ts",
      code: "export const a = () => console.log(1);",
      breaks: "environment",
    },

    // Floors of countersign.
    {
      it: "lets strategies use sessions",
      path: "packages/countersign/src/strategies/a.ts",
      code: 'import "../sessions/judge.ts";',
    },
    {
      it: "keeps sessions from strategies",
      path: "packages/countersign/src/sessions/a.ts",
      code: 'import "../strategies/jwt.ts";',
      breaks: "floors",
    },
    {
      it: "lets siblings meet in a contract",
      path: "packages/countersign/src/sessions/a.ts",
      code: 'import "../strategies/contract.ts";',
    },
    {
      it: "keeps primitives from contracts",
      path: "packages/countersign/src/primitives/a.ts",
      code: 'import "../stores/contract.ts";',
      breaks: "floors",
    },
    {
      it: "keeps http from store implementations",
      path: "packages/countersign/src/http/a.ts",
      code: 'import "../stores/memory.ts";',
      breaks: "floors",
    },
    {
      it: "lets the door pick a store",
      path: "packages/countersign/src/auth.ts",
      code: 'import "./stores/memory.ts";',
    },
    {
      it: "asks for a row for a new folder",
      path: "packages/countersign/src/novelty/a.ts",
      code: "",
      breaks: "floors",
    },

    // Some floors of the server.
    {
      it: "lets the lab and the demonstration start processes",
      path: "packages/server/src/demonstration/children/a.ts",
      code: 'import "../../processes/child.ts";',
    },
    {
      it: "keeps the demonstration from the lab",
      path: "packages/server/src/demonstration/a.ts",
      code: 'import "../lab/lab.ts";',
      breaks: "floors",
    },
    {
      it: "keeps the lab from the demonstration",
      path: "packages/server/src/lab/a.ts",
      code: 'import "../demonstration/words.ts";',
      breaks: "floors",
    },
    {
      it: "lets the adviser know the lab's contract",
      path: "packages/server/src/adviser/a.ts",
      code: 'import type { Aspect } from "../lab/contract.ts";',
    },
    {
      it: "keeps what both stand on from either's contract",
      path: "packages/server/src/processes/a.ts",
      code: 'import type { Aspect } from "../lab/contract.ts";',
      breaks: "floors",
    },
    {
      it: "lets a folder of the server without a row import what it likes",
      path: "packages/server/src/web/a.ts",
      code: 'import "../demonstration/words.ts";',
    },

    // Tests.
    {
      it: "keeps what is for tests from the rest",
      path: "packages/countersign/src/keys/a.ts",
      code: 'import "../primitives/testing.ts";',
      breaks: "test-imports",
    },
    {
      it: "lets tests use it",
      path: "packages/countersign/src/keys/a.test.ts",
      code: 'import "../primitives/testing.ts";',
    },
    {
      it: "lets the published suite use it",
      path: "packages/countersign/src/stores/conformance/a.ts",
      code: 'import "../../primitives/testing.ts";',
    },

    // Time.
    {
      it: "lets the clock read the time",
      path: "packages/verifier/src/primitives/clock.ts",
      code: "export const a = Date.now();",
    },
    {
      it: "lets a date be made of a number",
      path: "packages/countersign/src/keys/a.ts",
      code: "export const a = (b: number): Date => new Date(b);",
    },
    {
      it: "lets a member be called so",
      path: "packages/countersign/src/keys/a.ts",
      code: "export const a = (b: { setTimeout: 1 }) => b.setTimeout;",
    },
    { it: "spares tests", path: "packages/countersign/src/keys/a.test.ts", code: "Date.now();" },
    ...[
      "Date.now()",
      "new Date()",
      "Date()",
      "Date['now']()",
      "{ Date }",
      "Date",
      "performance.now()",
      "setTimeout(() => {}, 1)",
      "setInterval(() => {}, 1)",
      "globalThis.performance && AbortSignal.timeout(1)",
    ].map(
      (code): Row => ({
        it: `refuses ${code} elsewhere`,
        path: "packages/countersign/src/keys/a.ts",
        code: `export const a = () => (${code});`,
        breaks: "time",
      }),
    ),
    {
      it: "refuses timers of Node.js",
      path: "packages/countersign/src/keys/a.ts",
      code: 'import { setTimeout as wait } from "node:timers/promises";',
      breaks: "time",
    },
    {
      it: "refuses the high-resolution clock",
      path: "packages/server/src/a.ts",
      code: "export const a = process.hrtime.bigint();",
      breaks: "time",
    },
    {
      it: "gives the server a clock too",
      path: "packages/server/src/a.ts",
      code: "export const a = Date.now();",
      breaks: "time",
    },
    {
      it: "lets the server's main file set timers",
      path: "packages/server/src/main.ts",
      code: "setTimeout(() => {}, 1);",
    },

    // Randomness.
    {
      it: "lets primitives/random draw",
      path: "packages/countersign/src/primitives/random.ts",
      code: 'import { randomBytes } from "node:crypto"; export const a = randomBytes;',
    },
    {
      it: "refuses randomBytes elsewhere",
      path: "packages/countersign/src/keys/a.ts",
      code: 'import { randomBytes as r } from "node:crypto"; export const a = r;',
      breaks: "randomness",
    },
    {
      it: "refuses getRandomValues elsewhere",
      path: "packages/verifier/src/a.ts",
      code: "export const a = crypto.getRandomValues;",
      breaks: "randomness",
    },
    {
      it: "refuses randomUUID elsewhere",
      path: "packages/verifier/src/a.ts",
      code: "export const a = crypto.randomUUID();",
      breaks: "randomness",
    },
    {
      it: "refuses Math.random elsewhere",
      path: "packages/verifier/src/a.ts",
      code: "export const a = Math.random();",
      breaks: "randomness",
    },
    { it: "lets Math reckon", path: "packages/verifier/src/a.ts", code: "export const a = Math.min(1, 2);" },

    // The web begins in http/.
    { it: "lets http/ answer", path: "packages/countersign/src/http/a.ts", code: "export const a = new Response();" },
    {
      it: "lets adapters and the verifier fetch",
      path: "packages/verifier/src/bounded-fetch.ts",
      code: "export const a = (b: Response) => b;",
    },
    {
      it: "refuses a Response below",
      path: "packages/countersign/src/sessions/a.ts",
      code: "export const a = new Response();",
      breaks: "web-types",
    },
    {
      it: "refuses a Request's type below",
      path: "packages/countersign/src/strategies/a.ts",
      code: "export type A = (request: Request) => void;",
      breaks: "web-types",
    },
    {
      it: "refuses Headers in the verifier's middle",
      path: "packages/verifier/src/a.ts",
      code: "export const a = new Headers();",
      breaks: "web-types",
    },

    // Environment, files, console.
    {
      it: "lets the server look around",
      path: "packages/server/src/a.ts",
      code: 'import "node:fs"; export const a = process.env; console.log(a);',
    },
    {
      it: "lets faults that nobody hears of become warnings of the process",
      path: "packages/verifier/src/primitives/warnings.ts",
      code: "process.emitWarning('a'); console.warn('a');",
    },
    {
      it: "lets the version of Node.js be asked for",
      path: "packages/countersign/src/primitives/node-version.ts",
      code: "export const a = process.versions.node;",
    },
    {
      it: "refuses the environment elsewhere",
      path: "packages/countersign/src/keys/a.ts",
      code: "export const a = process.env.A;",
      breaks: "environment",
    },
    {
      it: "refuses the console elsewhere",
      path: "packages/verifier/src/adapters/a.ts",
      code: "console.log(1);",
      breaks: "environment",
    },
    {
      it: "refuses files elsewhere",
      path: "packages/countersign/src/stores/a.ts",
      code: 'import "node:fs/promises";',
      breaks: "environment",
    },

    // What every file looks like.
    { it: "refuses a default export", path: "tools/a.ts", code: "export default 1;", breaks: "no-default-export" },
    {
      it: "refuses a default export by another name",
      path: "tools/a.ts",
      code: "const a = 1;\nexport { a as default };",
      breaks: "no-default-export",
    },
    { it: "refuses an enum", path: "packages/server/src/a.ts", code: "enum A { B }", breaks: "no-enum" },
    {
      it: "refuses a namespace",
      path: "packages/server/src/a.ts",
      code: "namespace A { export const b = 1; }",
      breaks: "no-enum",
    },
    {
      it: "lets a framework's types be extended",
      path: "packages/server/src/a.ts",
      code: 'declare module "x" { interface A {} }\ndeclare global { namespace B { interface C {} } }',
    },
    { it: "refuses .tsx", path: "packages/server/src/a.tsx", code: "", breaks: "no-tsx" },
    { it: "refuses other names", path: "packages/server/src/aB.ts", code: "", breaks: "file-name" },
    { it: "refuses what does not parse", path: "packages/server/src/a.ts", code: "const = ;", breaks: "syntax" },
  ])("$it", ({ path, code, breaks }) => {
    const violations = checkArchitecture([{ path, text: opening + code }], manifests);
    expect([...new Set(violations.map(({ rule }) => rule))]).toEqual(breaks === undefined ? [] : [breaks]);
  });

  it.each([
    {
      it: "takes a sentence over two lines",
      text: "// What a thing is, and what it\n// deliberately does not know.\n",
      ok: true,
    },
    {
      it: "takes a sentence after the line that starts Node.js",
      text: "#!/usr/bin/env node\n// The command of the project.\n",
      ok: true,
    },
    { it: "refuses none", text: "export const a = 1;\n", ok: false },
    { it: "refuses one that does not end", text: "// What a thing is\n", ok: false },
    { it: "refuses a label", text: "// Utils.\n", ok: false },
  ])("about the opening sentence: $it", ({ text, ok }) => {
    const violations = checkArchitecture([{ path: "tools/a.ts", text }], manifests);
    expect(violations.map(({ rule }) => rule)).toEqual(ok ? [] : ["opening-sentence"]);
  });

  it("find a cycle over three files, once", () => {
    const files = ["a", "b", "c"].map((name, index, all) => ({
      path: `packages/server/src/${name}.ts`,
      text: `${opening}import type { A } from "./${all[(index + 1) % 3]}.ts";`,
    }));
    expect(checkArchitecture(files, manifests)).toEqual([
      {
        rule: "no-cycles",
        path: "packages/server/src/a.ts",
        line: 1,
        message: ["a", "b", "c", "a"].map((name) => `packages/server/src/${name}.ts`).join(" → "),
      },
    ]);
  });

  it("refuse any dependency of the client", () => {
    const grown = manifests.map((each) =>
      each.name === "@countersign/client" ? { ...each, dependencies: ["preact"] } : each,
    );
    const index = { path: "packages/client/src/index.ts", text: opening };
    expect(checkArchitecture([index], grown).map(({ rule }) => rule)).toEqual(["client-purity"]);
    expect(checkArchitecture([index], manifests)).toEqual([]);
  });

  it.each([
    {
      it: "let a script of the pages use the verifier and what runs anywhere",
      code: 'import "@countersign/verifier";',
    },
    { it: "keep a script of the pages from Node.js", code: 'import "node:fs";', breaks: true },
    { it: "keep it from packages that need Node.js", code: 'import "countersign";', breaks: true },
    { it: "let it know their types", code: 'import type { A } from "countersign";' },
  ])("$it, itself and around a corner", ({ code, breaks = false }) => {
    const script = { path: "packages/server/src/browser/a.ts", text: `${opening}import "../b.ts";` };
    const near = { path: script.path, text: opening + code };
    const far = { path: "packages/server/src/b.ts", text: opening + code };
    const of = (path: string) => (breaks ? [`browser-purity ${path}`] : []);
    const found = (...files: readonly SourceFile[]) =>
      checkArchitecture(files, manifests).map(({ rule, path }) => `${rule} ${path}`);
    expect(found(near)).toEqual(of(near.path));
    expect(found(script, far)).toEqual(of(far.path));
    expect(found(far)).toEqual([]);
  });

  it("let a script of the pages name a file for its types alone", () => {
    const script = { path: "packages/server/src/browser/a.ts", text: `${opening}import type { B } from "../b.ts";` };
    const far = { path: "packages/server/src/b.ts", text: `${opening}import "node:fs";` };
    expect(checkArchitecture([script, far], manifests)).toEqual([]);
  });

  it("let two files share a third", () => {
    const files = [
      { path: "tools/a.ts", text: `${opening}import "./b.ts"; import "./c.ts";` },
      { path: "tools/b.ts", text: `${opening}import "./c.ts";` },
      { path: "tools/c.ts", text: opening },
    ];
    expect(checkArchitecture(files, manifests)).toEqual([]);
  });

  it("refuse a second dependency of the verifier", () => {
    const [verifier, ...others] = manifests;
    if (verifier === undefined) throw new Error("no manifest");
    const grown = [{ ...verifier, dependencies: ["jose", "zod"] }, ...others];
    const index = { path: "packages/verifier/src/index.ts", text: opening };
    expect(checkArchitecture([index], grown).map(({ rule }) => rule)).toEqual(["verifier-purity"]);
    expect(checkArchitecture([index], manifests)).toEqual([]);
  });

  it("name the line", () => {
    const file = { path: "tools/a.ts", text: `${opening}\n\nexport default 1;\n` };
    expect(checkArchitecture([file], manifests)).toEqual([
      { rule: "no-default-export", path: "tools/a.ts", line: 4, message: "named exports only" },
    ]);
  });
});

function manifest(folder: string, name: string, exports: Record<string, string>, dependencies: string[]): Manifest {
  return { folder, name, exports, dependencies };
}

function toManifest(folder: string): Manifest {
  const { name, exports = {}, dependencies = {}, peerDependencies = {} } = readPackageJson(folder);
  return { folder, name, exports, dependencies: [...Object.keys(dependencies), ...Object.keys(peerDependencies)] };
}

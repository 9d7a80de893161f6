// The rules of the tree, as pure functions over source texts. Reads no files and knows no test runner.

import { posix } from "node:path";
import { parseSync } from "oxc-parser";

/** A source file, by its path from the project's root with forward slashes. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

/** What a package says of itself. */
export interface Manifest {
  /** Its folder, from the project's root. */
  readonly folder: string;
  readonly name: string;
  /** `exports`: the public doors, each with its source file. */
  readonly exports: Readonly<Record<string, string>>;
  /** Dependencies and peer dependencies. */
  readonly dependencies: readonly string[];
}

/** A rule that a file breaks. */
export interface Violation {
  readonly rule: Rule;
  readonly path: string;
  readonly line: number;
  readonly message: string;
}

export type Rule =
  | "package-direction"
  | "public-doors"
  | "declared-dependencies"
  | "verifier-purity"
  | "client-purity"
  | "browser-purity"
  | "floors"
  | "no-cycles"
  | "test-imports"
  | "time"
  | "randomness"
  | "web-types"
  | "environment"
  | "no-default-export"
  | "no-enum"
  | "no-tsx"
  | "opening-sentence"
  | "file-name"
  | "syntax";

/** Which packages a package may import; examples may import all of them. */
export const packageFloors: Readonly<Record<string, readonly string[]>> = {
  "@countersign/verifier": [],
  countersign: ["@countersign/verifier"],
  "@countersign/server": ["@countersign/verifier", "countersign"],
  // Stands apart: it knows the issuer by HTTP alone, and nobody but applications knows it.
  "@countersign/client": [],
};

/**
 * What each folder, or file at the top, of packages/countersign/src may import beside itself. A folder stands for all of its
 * files. Besides, everything above `primitives` may import any `contract.ts`: that is where siblings meet.
 * `stores` is in no row but the doors': only they pick an implementation, everybody else knows the contract.
 */
export const countersignFloors: Readonly<Record<string, readonly string[]>> = {
  primitives: [],
  "options.ts": ["primitives"],
  "audit.ts": ["primitives"],
  stores: ["primitives"],
  // What ends something may wait until that holds everywhere.
  "ending.ts": ["audit.ts", "revocation/barrier.ts"],
  keys: ["primitives", "audit.ts", "ending.ts"],
  revocation: ["primitives"],
  sessions: ["primitives", "keys/secrets.ts", "options.ts", "audit.ts", "ending.ts"],
  strategies: ["primitives", "keys", "sessions", "options.ts"],
  "sign-in": ["primitives", "sessions", "strategies", "options.ts", "audit.ts", "ending.ts"],
  http: [
    "primitives",
    "keys",
    "sessions",
    "strategies",
    "sign-in",
    "revocation",
    "options.ts",
    "audit.ts",
    "ending.ts",
  ],
  "auth-compose.ts": ["*"],
  "auth.ts": ["*"],
  // A door of its own: it serves what `auth.ts` makes.
  "http/node.ts": ["http", "auth.ts"],
  "index.ts": ["*"],
  // A door of its own.
  "memory.ts": ["*"],
};

/**
 * The same for some folders of packages/server; those without a row import what they like. The lab measures and the demonstration shows: neither
 * knows the other.
 */
export const serverFloors: Readonly<Record<string, readonly string[]>> = {
  processes: [],
  lab: ["processes", "cli/table.ts", "log.ts", "version.ts"],
  demonstration: ["processes"],
  adviser: [],
};

/** The store that is a file makes it, so that nobody else can read it. */
export const fileStores: readonly string[] = ["packages/countersign/src/stores/sql/sqlite.ts"];

/** What warns of faults where the application listens to none, and what asks for the version of Node.js: they may know the process. */
export const runtimeFiles: readonly string[] = [
  "packages/verifier/src/primitives/warnings.ts",
  "packages/countersign/src/primitives/node-version.ts",
];

/** Files of packages/server that may read the time and set timers themselves. All others are given a clock. */
export const serverClockFiles: readonly string[] = ["packages/server/src/main.ts"];

/** What the scripts of the pages may import, besides files of packages/server that can run in a browser themselves. */
export const browserPackages: readonly string[] = ["@countersign/verifier", "htm", "jose", "preact"];

const verifier = "packages/verifier/src/";
const countersign = "packages/countersign/src/";
const server = "packages/server/src/";
const client = "packages/client/src/";
const browser = "packages/server/src/browser/";

/** Every violation in `files`, in the order of their paths. */
export function checkArchitecture(files: readonly SourceFile[], manifests: readonly Manifest[]): Violation[] {
  const parsed = [...files].sort((a, b) => (a.path < b.path ? -1 : 1)).map(parse);
  const paths = new Set(files.map((file) => file.path));
  const context: Context = { manifests, paths };
  return [
    ...parsed.flatMap((file) => fileRules.flatMap((rule) => rule(file, context))),
    ...checkCycles(parsed, context),
    ...checkBrowserPurity(parsed),
  ].sort((a, b) => (a.path === b.path ? a.line - b.line : a.path < b.path ? -1 : 1));
}

/** Whether a file is for tests only: most rules spare it, and the published packages leave it out. */
export function isTestFile(path: string): boolean {
  return /\.(test|test-d|fixture)\.ts$|(^|\/)testing\.ts$|(^|\/)(testing|fixtures|__snapshots__)\//.test(path);
}

interface Context {
  readonly manifests: readonly Manifest[];
  readonly paths: ReadonlySet<string>;
}

/** An import, a re-export, a dynamic import or an import type. */
interface Import {
  readonly specifier: string;
  /** It stands for types alone, and is gone at run time. */
  readonly isType: boolean;
  readonly line: number;
}

/** A mention of a name that is not a declaration, a member's key or a part of an import. */
interface Mention {
  readonly name: string;
  /** `now` in `Date.now`. */
  readonly member?: string;
  /** For `new Name(…)`: how many arguments. */
  readonly constructedWith?: number;
  /** It stands for a type, or is compared with by `instanceof`. */
  readonly asType?: boolean;
  readonly line: number;
}

interface ParsedFile extends SourceFile {
  readonly imports: readonly Import[];
  readonly mentions: readonly Mention[];
  /** Names of imported things and of members, wherever they stand. */
  readonly names: readonly { readonly name: string; readonly line: number }[];
  readonly defaultExports: readonly number[];
  readonly enums: readonly number[];
  readonly errors: readonly string[];
}

type FileRule = (file: ParsedFile, context: Context) => Violation[];

const fileRules: readonly FileRule[] = [
  checkSyntax,
  checkPackageDirection,
  checkDependencies,
  checkVerifierPurity,
  checkClientPurity,
  checkFloors,
  checkTestImports,
  checkTime,
  checkRandomness,
  checkWebTypes,
  checkEnvironment,
  checkForm,
];

function checkSyntax(file: ParsedFile): Violation[] {
  return file.errors.map((message) => violation("syntax", file, 1, message));
}

/** Packages point down; nothing reaches into another package but by its doors; nobody leaves the own folder. */
function checkPackageDirection(file: ParsedFile, { manifests }: Context): Violation[] {
  const home = homeOf(file.path, manifests);
  if (home === undefined) return [];
  return file.imports.flatMap(({ specifier, line }) => {
    if (specifier.startsWith(".")) {
      const target = resolve(file.path, specifier);
      if (target.startsWith(`${home.folder}/`) || isTestFile(file.path)) return [];
      return [
        violation("public-doors", file, line, `${specifier} leaves ${home.folder}: import the package by its name`),
      ];
    }
    const target = manifests.find(({ name }) => specifier === name || specifier.startsWith(`${name}/`));
    if (target === undefined || target === home) return [];
    if (!allowedPackages(home).includes(target.name)) {
      return [violation("package-direction", file, line, `${home.name} may not import ${target.name}`)];
    }
    const door = `.${specifier.slice(target.name.length)}`;
    if (door in target.exports) return [];
    return [violation("public-doors", file, line, `${target.name} has no door ${door}`)];
  });
}

function allowedPackages(home: Manifest): readonly string[] {
  return home.folder.startsWith("examples/") ? Object.keys(packageFloors) : (packageFloors[home.name] ?? []);
}

/** A package imports only what it declares. */
function checkDependencies(file: ParsedFile, { manifests }: Context): Violation[] {
  const home = homeOf(file.path, manifests);
  // What is bundled is installed by nobody; which packages that may be is another rule's matter.
  if (home === undefined || isTestFile(file.path) || file.path.startsWith(browser)) return [];
  return file.imports.flatMap(({ specifier, line }) => {
    if (/^(\.|node:)/.test(specifier)) return [];
    const name = specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
    // A package above is the matter of another rule.
    if (manifests.some((each) => each.name === name) && !allowedPackages(home).includes(name)) return [];
    if (home.dependencies.includes(name)) return [];
    return [violation("declared-dependencies", file, line, `${home.name} does not declare ${name}`)];
  });
}

/** The verifier has one dependency, and runs where Node.js is not: only its adapters may know `node:` modules. */
function checkVerifierPurity(file: ParsedFile, { manifests }: Context): Violation[] {
  const violations: Violation[] = [];
  if (file.path === `${verifier}index.ts`) {
    const extra = manifests
      .find(({ name }) => name === "@countersign/verifier")
      ?.dependencies.filter((name) => name !== "jose");
    for (const name of extra ?? []) {
      violations.push(violation("verifier-purity", file, 1, `the verifier depends on jose alone, not on ${name}`));
    }
  }
  if (!file.path.startsWith(verifier) || isTestFile(file.path)) return violations;
  for (const { specifier, line } of file.imports) {
    const inAdapters = file.path.startsWith(`${verifier}adapters/`);
    if (!inAdapters && specifier.startsWith("node:")) {
      violations.push(violation("verifier-purity", file, line, `${specifier} exists on Node.js only`));
    }
    if (!inAdapters && resolve(file.path, specifier).startsWith(`${verifier}adapters/`)) {
      violations.push(violation("verifier-purity", file, line, "adapters stand on top: nothing imports them"));
    }
  }
  return violations;
}

/** The client depends on nothing, runs where Node.js is not, and keeps what it holds in memory: it touches no storage. */
function checkClientPurity(file: ParsedFile, { manifests }: Context): Violation[] {
  if (!file.path.startsWith(client) || isTestFile(file.path)) return [];
  const manifest = manifests.find(({ name }) => name === "@countersign/client");
  const dependencies = file.path === `${client}index.ts` ? (manifest?.dependencies ?? []) : [];
  const storage = /^(localStorage|sessionStorage|indexedDB|cookieStore|caches|document|window|self)$/;
  return [
    ...dependencies.map((name) => ({ line: 1, message: `the client depends on nothing, not on ${name}` })),
    ...file.imports
      .filter(({ specifier }) => specifier.startsWith("node:"))
      .map(({ specifier, line }) => ({ line, message: `${specifier} exists on Node.js only` })),
    ...file.names
      .filter(({ name }) => storage.test(name))
      .map(({ name, line }) => ({ line, message: `${name}: the client keeps nothing but in memory` })),
  ].map(({ line, message }) => violation("client-purity", file, line, message));
}

/** Within `countersign`, folders import downwards by the table; in packages/server those do that have a row. */
function checkFloors(file: ParsedFile): Violation[] {
  if (isTestFile(file.path)) return [];
  if (file.path.startsWith(server)) return checkFloorsIn(server, serverFloors, file);
  if (!file.path.startsWith(countersign)) return [];
  const from = floorOf(file.path, countersign, countersignFloors);
  if (countersignFloors[from] !== undefined) return checkFloorsIn(countersign, countersignFloors, file);
  return [violation("floors", file, 1, `${from} has no row in countersignFloors (tools/architecture.ts)`)];
}

function checkFloorsIn(
  root: string,
  table: Readonly<Record<string, readonly string[]>>,
  file: ParsedFile,
): Violation[] {
  const from = floorOf(file.path, root, table);
  const allowed = table[from];
  if (allowed === undefined) return [];
  return file.imports.flatMap(({ specifier, line }) => {
    if (!specifier.startsWith(".")) return [];
    const target = resolve(file.path, specifier);
    if (!target.startsWith(root)) return [];
    const to = floorOf(target, root, table);
    const inFolder = target.slice(root.length);
    if (to === from || allowed.includes("*") || allowed.includes(to) || allowed.includes(inFolder)) return [];
    if (!grounds.includes(from) && inFolder.endsWith("/contract.ts")) return [];
    return [violation("floors", file, line, `${from} may not import ${inFolder}`)];
  });
}

/** The lowest floors: they know nobody's contract. */
const grounds = ["primitives", "processes"];

/** What is for tests stays with tests; the conformance suite is published for the tests of others. */
function checkTestImports(file: ParsedFile): Violation[] {
  if (!file.path.startsWith("packages/") || isTestFile(file.path)) return [];
  if (file.path.startsWith(`${countersign}stores/conformance`)) return [];
  return file.imports
    .filter(({ specifier }) => specifier.startsWith(".") && isTestFile(resolve(file.path, specifier)))
    .map(({ specifier, line }) => violation("test-imports", file, line, `${specifier} is for tests only`));
}

/** Only the clock reads the time. */
function checkTime(file: ParsedFile): Violation[] {
  const measured = [verifier, countersign, server, client].some((folder) => file.path.startsWith(folder));
  if (!measured || isTestFile(file.path) || file.path.endsWith("/primitives/clock.ts")) return [];
  if (serverClockFiles.includes(file.path)) return [];
  const found = [
    ...file.mentions.filter(readsTime).map((mention) => ({ line: mention.line, what: describeMention(mention) })),
    ...file.imports
      .filter(({ specifier }) => /^node:(timers|perf_hooks)/.test(specifier))
      .map(({ specifier, line }) => ({ line, what: specifier })),
  ];
  return found.map(({ line, what }) => violation("time", file, line, `${what}: take a Clock instead`));
}

function readsTime({ name, member, constructedWith, asType }: Mention): boolean {
  if (asType === true) return false;
  if (["setTimeout", "setInterval", "performance", "Temporal"].includes(name)) return true;
  if (name === "process") return member === "hrtime" || member === "uptime";
  if (name === "AbortSignal") return member === "timeout";
  // What is allowed of Date turns a number or a text into a date; every other mention may read the time.
  return name === "Date" && !(member === "parse" || member === "UTC" || (constructedWith ?? 0) > 0);
}

/** Only `primitives/random.ts` draws randomness. */
function checkRandomness(file: ParsedFile): Violation[] {
  const measured = [verifier, countersign, client].some((folder) => file.path.startsWith(folder));
  if (!measured || isTestFile(file.path) || file.path.endsWith("/primitives/random.ts")) return [];
  const drawing = /^(randomBytes|randomUUID(v7)?|randomInt|randomFill(Sync)?|getRandomValues|pseudoRandomBytes)$/;
  return [
    ...file.names.filter(({ name }) => drawing.test(name)),
    ...file.mentions.filter(({ name, member }) => name === "Math" && (member === undefined || member === "random")),
  ].map(({ name, line }) => violation("randomness", file, line, `${name}: take a Random instead`));
}

/** Web requests and answers begin in http/ (and where the verifier meets the web: adapters, and its one way to fetch). */
function checkWebTypes(file: ParsedFile): Violation[] {
  if (isTestFile(file.path)) return [];
  const free = [`${countersign}http/`, `${countersign}auth.ts`, `${verifier}adapters/`, `${verifier}bounded-fetch`];
  const measured = file.path.startsWith(verifier) || file.path.startsWith(countersign);
  if (!measured || free.some((prefix) => file.path.startsWith(prefix))) return [];
  return file.mentions
    .filter(({ name }) => ["Request", "Response", "Headers"].includes(name))
    .map(({ name, line }) => violation("web-types", file, line, `${name} belongs to http/ and adapters/`));
}

/** Environment, files and console belong to the server and the tools. */
function checkEnvironment(file: ParsedFile): Violation[] {
  const measured = [verifier, countersign, client].some((folder) => file.path.startsWith(folder));
  if (!measured || isTestFile(file.path) || runtimeFiles.includes(file.path)) return [];
  return [
    ...file.mentions
      .filter(({ name }) => name === "process" || name === "console")
      .map(({ name, line }) => ({ name, line })),
    ...file.imports
      .filter(
        ({ specifier }) => /^(node:)?(fs|process|console)(\/|$)/.test(specifier) && !fileStores.includes(file.path),
      )
      .map(({ specifier, line }) => ({ name: specifier, line })),
  ].map(({ name, line }) => violation("environment", file, line, `${name} belongs to packages/server and tools`));
}

/** What every file looks like. */
function checkForm(file: ParsedFile): Violation[] {
  const violations = [
    ...file.defaultExports.map((line) => violation("no-default-export", file, line, "named exports only")),
    ...file.enums.map((line) =>
      violation("no-enum", file, line, "neither enums nor namespaces: a union or a table does it"),
    ),
  ];
  const name = posix.basename(file.path);
  if (name.endsWith(".tsx")) {
    violations.push(violation("no-tsx", file, 1, "type stripping runs no .tsx: write .ts"));
  } else if (!/^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9-]+)*\.ts$/.test(name)) {
    violations.push(violation("file-name", file, 1, `${name} is not kebab-case`));
  }
  if (!isTestFile(file.path) && !opensWithSentence(file.text)) {
    violations.push(
      violation("opening-sentence", file, 1, "a file opens with a `// ` comment: what it is, in a sentence"),
    );
  }
  return violations;
}

/** The comment at the top begins with a capital or a quoted name and ends with a full stop. */
function opensWithSentence(text: string): boolean {
  const lines = text.replace(/^#!.*\n/, "").split("\n");
  const end = lines.findIndex((line) => !line.startsWith("// "));
  const comment = lines
    .slice(0, end === -1 ? undefined : end)
    .map((line) => line.slice(3))
    .join(" ");
  return /^[A-Z`"].{10,}[.!?]$/.test(comment.trimEnd());
}

/** Whatever a script of the pages reaches runs in a browser: it imports neither `node:` modules nor packages that need them. */
function checkBrowserPurity(files: readonly ParsedFile[]): Violation[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const scripts = files.filter(({ path }) => path.startsWith(browser) && !isTestFile(path));
  const reached = new Set(scripts);
  // What is added while the set is walked is walked too.
  for (const { path, imports } of reached) {
    for (const { specifier, isType } of imports) {
      const target = isType ? undefined : byPath.get(resolve(path, specifier));
      if (target !== undefined) reached.add(target);
    }
  }
  return [...reached].flatMap((file) =>
    file.imports
      .filter(({ specifier, isType }) => !isType && !specifier.startsWith(".") && !isBrowserPackage(specifier))
      .map(({ specifier, line }) =>
        violation("browser-purity", file, line, `${specifier}: a script of the pages reaches this file`),
      ),
  );
}

function isBrowserPackage(specifier: string): boolean {
  return browserPackages.some((name) => specifier === name || specifier.startsWith(`${name}/`));
}

/** No file imports itself, however far around. Each cycle is reported once, at its first file. */
function checkCycles(files: readonly ParsedFile[], { paths }: Context): Violation[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const violations: Violation[] = [];
  const done = new Set<string>();
  const trail: string[] = [];
  const visit = (path: string) => {
    const start = trail.indexOf(path);
    const file = byPath.get(start === -1 ? path : (trail[start] ?? path));
    if (start !== -1 && file !== undefined) {
      violations.push(violation("no-cycles", file, 1, [...trail.slice(start), path].join(" → ")));
    }
    if (start !== -1 || done.has(path)) return;
    trail.push(path);
    for (const { specifier } of byPath.get(path)?.imports ?? []) {
      const target = specifier.startsWith(".") ? resolve(path, specifier) : "";
      if (paths.has(target)) visit(target);
    }
    trail.pop();
    done.add(path);
  };
  for (const file of files) visit(file.path);
  return violations;
}

function parse({ path, text }: SourceFile): ParsedFile {
  const { program, errors } = parseSync(path, text);
  const lineOf = createLineIndex(text);
  const imports: Import[] = [];
  const mentions: Mention[] = [];
  const names: { name: string; line: number }[] = [];
  const defaultExports: number[] = [];
  const enums: number[] = [];
  const ambient = new Set<unknown>();
  const tree: unknown = program;
  if (!isNode(tree)) throw new Error(`${path}: the parser gave no tree`);
  walk(tree, undefined, "", (node, parent, key) => {
    const line = lineOf(typeof node.start === "number" ? node.start : 0);
    const specifier = importSpecifier(node);
    if (specifier !== undefined) {
      imports.push({ specifier, isType: node.importKind === "type" || node.exportKind === "type", line });
    }
    if (node.type === "ExportDefaultDeclaration" || exportsDefault(node)) defaultExports.push(line);
    for (const inner of globalDeclarations(node)) ambient.add(inner);
    if (node.type === "TSEnumDeclaration" || (isNamespace(node) && !ambient.has(node))) enums.push(line);
    if (node.type === "Identifier" && typeof node.name === "string") {
      names.push({ name: node.name, line });
      if (isMention(node, parent, key)) mentions.push(toMention(node.name, parent, key, line));
    }
  });
  return { path, text, imports, mentions, names, defaultExports, enums, errors: errors.map((error) => error.message) };
}

interface AstNode {
  readonly type: string;
  readonly [member: string]: unknown;
}

function walk(
  node: AstNode,
  parent: AstNode | undefined,
  key: string,
  visit: (node: AstNode, parent: AstNode | undefined, key: string) => void,
): void {
  visit(node, parent, key);
  for (const [member, value] of Object.entries(node)) {
    for (const child of Array.isArray(value) ? value : [value]) {
      if (isNode(child)) walk(child, node, member, visit);
    }
  }
}

function isNode(value: unknown): value is AstNode {
  return typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
}

function importSpecifier(node: AstNode): string | undefined {
  const imports = [
    "ImportDeclaration",
    "ExportNamedDeclaration",
    "ExportAllDeclaration",
    "ImportExpression",
    "TSImportType",
    "TSExternalModuleReference",
  ];
  if (!imports.includes(node.type)) return undefined;
  const source = node.source ?? node.argument ?? node.expression;
  const literal = isNode(source) && source.type === "TSLiteralType" ? source.literal : source;
  return isNode(literal) && typeof literal.value === "string" ? literal.value : undefined;
}

/** `export { x as default }`. */
function exportsDefault(node: AstNode): boolean {
  return node.type === "ExportSpecifier" && isNode(node.exported) && node.exported.name === "default";
}

function isNamespace(node: AstNode): boolean {
  return node.type === "TSModuleDeclaration" && node.kind === "namespace";
}

/** What stands in `declare global`: it extends the types of a framework, where a namespace may be the only way, and makes nothing. */
function globalDeclarations(node: AstNode): readonly unknown[] {
  const isGlobal =
    node.type === "TSGlobalDeclaration" || (node.type === "TSModuleDeclaration" && node.kind === "global");
  return isGlobal && isNode(node.body) && Array.isArray(node.body.body) ? node.body.body : [];
}

function isMention(node: AstNode, parent: AstNode | undefined, key: string): boolean {
  if (parent === undefined) return true;
  if (/^(Import|Export).*Specifier$/.test(parent.type)) return false;
  if (/Function|Class|^TSInterfaceDeclaration|^TSTypeAliasDeclaration/.test(parent.type) && key === "id") return false;
  if ((key === "property" || key === "key") && parent.computed !== true && parent.shorthand !== true) return false;
  // `{ Date }` mentions it once, by its value.
  if (key === "key" && parent.shorthand === true) return false;
  return !(parent.type === "TSQualifiedName" && key === "right") && node.type === "Identifier";
}

function toMention(name: string, parent: AstNode | undefined, key: string, line: number): Mention {
  if (parent?.type === "MemberExpression" && key === "object" && isNode(parent.property)) {
    const member = parent.computed === true ? parent.property.value : parent.property.name;
    return typeof member === "string" ? { name, member, line } : { name, line };
  }
  if (parent?.type === "NewExpression" && key === "callee" && Array.isArray(parent.arguments)) {
    return { name, constructedWith: parent.arguments.length, line };
  }
  if (parent?.type === "TSTypeReference" || parent?.operator === "instanceof") return { name, asType: true, line };
  return { name, line };
}

function describeMention({ name, member, constructedWith }: Mention): string {
  if (constructedWith !== undefined) return `new ${name}()`;
  return member === undefined ? name : `${name}.${member}`;
}

function createLineIndex(text: string): (offset: number) => number {
  const starts = [0];
  for (let index = text.indexOf("\n"); index !== -1; index = text.indexOf("\n", index + 1)) starts.push(index + 1);
  return (offset) => {
    const next = starts.findIndex((start) => start > offset);
    return next === -1 ? starts.length : next;
  };
}

function homeOf(path: string, manifests: readonly Manifest[]): Manifest | undefined {
  return manifests.find(({ folder }) => path.startsWith(`${folder}/`));
}

function resolve(from: string, specifier: string): string {
  return specifier.startsWith(".") ? posix.normalize(posix.join(posix.dirname(from), specifier)) : specifier;
}

/** The row of the table for a path below `root`: its own, or that of its folder. */
function floorOf(path: string, root: string, table: Readonly<Record<string, readonly string[]>>): string {
  const inFolder = path.slice(root.length);
  return Object.hasOwn(table, inFolder) ? inFolder : (inFolder.split("/", 1)[0] ?? "");
}

function violation(rule: Rule, file: SourceFile, line: number, message: string): Violation {
  return { rule, path: file.path, line, message };
}

// Reads the configuration from file, environment and command line, and says of each mistake where it stands and what is allowed.

import { readFileSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import type { z } from "zod";
import { type Config, configSchema } from "./config.ts";
import { environmentVariables, readEnvironment } from "./environment.ts";
import { misuse } from "./operator-error.ts";

/** Where the parts of a configuration are found. */
export interface ConfigSources {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The folder that relative paths are counted from. */
  readonly cwd: string;
  /** What the command line says, by option: `{ port: "4001" }`. It wins over everything else. */
  readonly flags?: Readonly<Record<string, string | undefined>>;
  /** The file that the command line names. */
  readonly file?: string | undefined;
}

/** The file that is read when it is there and no other is named. */
export const defaultFile = "countersign.json";

/**
 * Reads the configuration: file, then environment, then command line, each winning over the one before, option by option.
 * Throws an `OperatorError` that lists every mistake, a line each; no value is repeated in it, for it could be a secret.
 */
export function readConfig(sources: ConfigSources): Config {
  const settings = createSettings();
  const mistakes: string[] = [];
  const file = readFile(sources);
  if (file !== undefined) {
    settings.values = file.values;
    settings.file = file.name;
  }
  const fromEnvironment = readEnvironment(sources.env);
  mistakes.push(...fromEnvironment.mistakes);
  for (const { path, value, name } of fromEnvironment.settings) settings.set(path, value, name);
  for (const [option, value] of Object.entries(sources.flags ?? {})) {
    if (value !== undefined) settings.set([option], option === "port" ? numberOrText(value) : value, `--${option}`);
  }
  const parsed = configSchema.safeParse(settings.values, { reportInput: false });
  if (!parsed.success) mistakes.push(...mainIssues(parsed.error).flatMap((issue) => describeIssue(issue, settings)));
  if (parsed.success && mistakes.length === 0) {
    return { ...parsed.data, data: resolve(sources.cwd, parsed.data.data) };
  }
  const head = mistakes.length === 1 ? "The configuration has a mistake:" : "The configuration has mistakes:";
  throw misuse([head, ...mistakes.map((mistake) => `  ${mistake}`)].join("\n"));
}

interface Settings {
  values: Record<string, unknown>;
  file: string;
  set(path: readonly string[], value: unknown, source: string): void;
  /** Where the value at a path, or the nearest above it, comes from. */
  sourceOf(path: readonly string[]): string;
}

function createSettings(): Settings {
  const sources = new Map<string, string>();
  return {
    values: {},
    file: defaultFile,
    set(path, value, source) {
      sources.set(path.join("."), source);
      setAt(this.values, path, value);
    },
    sourceOf(path) {
      for (let length = path.length; length > 0; length -= 1) {
        const source = sources.get(path.slice(0, length).join("."));
        if (source !== undefined) return source;
      }
      return this.file;
    },
  };
}

function setAt(target: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [first, ...rest] = path;
  if (first === undefined) return;
  if (rest.length === 0) {
    target[first] = value;
    return;
  }
  const inner = target[first];
  const object = isRecord(inner) ? inner : {};
  target[first] = object;
  setAt(object, rest, value);
}

function readFile({ env, cwd, file }: ConfigSources): { name: string; values: Record<string, unknown> } | undefined {
  const named = file ?? (env.COUNTERSIGN_CONFIG || undefined);
  const name = named ?? defaultFile;
  const text = readText(resolve(cwd, name), name, named !== undefined);
  if (text === undefined) return undefined;
  const values = parseJson(text, name);
  if (!isRecord(values)) throw misuse(`${name}: must hold a JSON object, such as { "port": 4000 }`);
  return { name, values };
}

function readText(path: string, name: string, isNamed: boolean): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT" && !isNamed) return undefined;
    throw misuse(`${name}: cannot be read (${code === "ENOENT" ? "there is no such file" : String(code)})`);
  }
}

// The parser's own message quotes what stands there, which may be a secret: only the place is told.
function parseJson(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const at = error instanceof Error ? /line \d+ column \d+/.exec(error.message)?.[0] : undefined;
    throw misuse(`${name}: is not JSON${at === undefined ? "" : ` (${at})`}`);
  }
}

/** One issue for each option: where its own rule speaks, what the parts of its schema say adds nothing. */
function mainIssues({ issues }: z.ZodError): z.core.$ZodIssue[] {
  const place = (issue: z.core.$ZodIssue) => issue.path.join(".");
  const withRule = new Set(issues.filter((issue) => issue.code === "custom").map(place));
  return issues.filter((issue) => issue.code === "custom" || !withRule.has(place(issue)));
}

function describeIssue(issue: z.core.$ZodIssue, settings: Settings): string[] {
  const path = issue.path.map(String);
  if (issue.code !== "unrecognized_keys") {
    return [`${path.join(".")} (${settings.sourceOf(path)}): ${allowedWords(issue)}`];
  }
  return issue.keys.map((key) => {
    const wrong = [...path, key];
    return `${wrong.join(".")} (${settings.sourceOf(wrong)}): there is no such option; there are ${optionsAt(path).join(", ")}`;
  });
}

function optionsAt(path: readonly string[]): string[] {
  const found = environmentVariables()
    .filter((variable) => path.every((part, index) => variable.path[index] === part))
    .flatMap((variable) => variable.path[path.length] ?? []);
  return [...new Set(found)];
}

function allowedWords(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return `must be ${typeWords[issue.expected] ?? `of the type ${issue.expected}`}`;
    case "invalid_value":
      return `must be ${issue.values.length === 1 ? "" : "one of "}${issue.values.map(String).join(", ")}`;
    case "too_small":
      return `must ${boundWords[issue.origin] ?? "be"} at least ${issue.minimum}${unitWords[issue.origin] ?? ""}`;
    case "too_big":
      return `must ${boundWords[issue.origin] ?? "be"} at most ${issue.maximum}${unitWords[issue.origin] ?? ""}`;
    case "invalid_union":
      // The only alternatives in the schema are the two spellings of a duration.
      return "must be a duration: seconds, or a number with s, m, h or d, such as 30d";
    case "invalid_format":
      return issue.format === "url" ? "must be a URL" : `must match ${issue.pattern ?? issue.format}`;
    default:
      return `must be ${issue.message}`;
  }
}

const typeWords: Readonly<Record<string, string>> = {
  string: "a text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "an object",
};

const boundWords: Readonly<Record<string, string>> = { string: "have", array: "have" };
const unitWords: Readonly<Record<string, string>> = { string: " characters", array: " entries" };

function numberOrText(text: string): number | string {
  return /^\d{1,6}$/.test(text) ? Number(text) : text;
}

function resolve(cwd: string, path: string): string {
  return isAbsolute(path) ? path : join(cwd, path);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

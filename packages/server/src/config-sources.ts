// Reads the configuration from file, environment and command line, and says of each mistake where it stands and what is allowed.

import { readFileSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { optionMistakes } from "countersign";
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
    if (value !== undefined) settings.set([option], flagReaders[option]?.(value) ?? value, `--${option}`);
  }
  const parsed = configSchema.safeParse(settings.values, { reportInput: false });
  if (!parsed.success) {
    const found = optionMistakes(parsed.error, optionsAt);
    mistakes.push(...found.map(({ path, reason }) => `${path.join(".")} (${settings.sourceOf(path)}): ${reason}`));
  }
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

function optionsAt(path: readonly string[]): string[] {
  const found = environmentVariables()
    .filter((variable) => path.every((part, index) => variable.path[index] === part))
    .flatMap((variable) => variable.path[path.length] ?? []);
  return [...new Set(found)];
}

/** How the text of an option on the command line becomes a value, where that is no text. */
const flagReaders: Readonly<Record<string, (text: string) => unknown>> = { port: numberOrText, lab: onOrText };

function onOrText(text: string): boolean | string {
  return text === "on" ? true : text === "off" ? false : text;
}

function numberOrText(text: string): number | string {
  return /^\d{1,6}$/.test(text) ? Number(text) : text;
}

function resolve(cwd: string, path: string): string {
  return isAbsolute(path) ? path : join(cwd, path);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

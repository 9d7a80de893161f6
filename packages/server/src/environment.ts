// The environment variables of the configuration: their names derive from the schema. Judges no value.

import type { z } from "zod";
import { configSchema } from "./config.ts";

/** One environment variable. */
export interface EnvironmentVariable {
  readonly name: string;
  /** The option that it sets: `["session", "maxLifetime"]`. */
  readonly path: readonly string[];
  /** How its text becomes a value. */
  readonly kind: "text" | "number" | "flag" | "list" | "duration";
}

/** A value out of the environment. */
export interface EnvironmentSetting {
  readonly path: readonly string[];
  readonly value: unknown;
  readonly name: string;
}

/** The variables with a name of their own: the ones that platforms set, and the folder that everybody sets. */
const shortNames: Readonly<Record<string, string>> = { port: "PORT", data: "COUNTERSIGN_DATA" };

const prefix = "COUNTERSIGN_";
const secretsName = `${prefix}SECRETS`;

/**
 * Names with our prefix that others set: the file is read elsewhere; Kubernetes describes every service called `countersign` by
 * `COUNTERSIGN_SERVICE_…` and `COUNTERSIGN_PORT…`; test runners mark their processes.
 */
const notOurs = /^COUNTERSIGN_(CONFIG$|SERVICE_|PORT($|_)|RUN_ID$|TEST_)/;

/** The variable of an option: `session.maxLifetime` is `COUNTERSIGN_SESSION__MAX_LIFETIME`. */
export function environmentName(path: readonly string[]): string {
  const own = shortNames[path.join(".")];
  if (own !== undefined) return own;
  return prefix + path.map(shout).join("__");
}

// `memoryKiB` has two words, for the unit is one.
function shout(part: string): string {
  return part
    .replace("KiB", "Kib")
    .replace(/([a-z])([A-Z])/g, "$1_$2")
    .toUpperCase();
}

/** Every variable, in the order of the schema. */
export function environmentVariables(): readonly EnvironmentVariable[] {
  return leaves(configSchema.toJSONSchema({ io: "input", unrepresentable: "any" }), []);
}

/**
 * The settings of an environment. An empty value counts as absent, but for secrets: whoever meant to set them would go on with generated
 * ones and not know it. A list is written as JSON or with commas. A name that begins with
 * `COUNTERSIGN_` and is no variable is a mistake: a misspelt option must not go unnoticed.
 */
export function readEnvironment(env: Readonly<Record<string, string | undefined>>): {
  readonly settings: readonly EnvironmentSetting[];
  readonly mistakes: readonly string[];
} {
  const variables = environmentVariables();
  const names = new Set(variables.map((variable) => variable.name));
  const settings = variables.flatMap(({ name, path, kind }) => {
    const text = env[name];
    return text === undefined || text === "" ? [] : [{ path, name, value: readers[kind](text) }];
  });
  const mistakes = Object.keys(env)
    .filter((name) => name.startsWith(prefix) && !names.has(name) && !notOurs.test(name) && env[name] !== "")
    .map((name) => `${name}: there is no such variable${nearest(name, names)}`);
  if (env[secretsName] === "") {
    mistakes.push(`${secretsName}: is empty; set at least 32 characters, or unset it for the generated secret`);
  }
  return { settings, mistakes };
}

function leaves(schema: z.core.JSONSchema.BaseSchema, path: readonly string[]): EnvironmentVariable[] {
  return Object.entries(schema.properties ?? {}).flatMap(([member, inner]) => {
    const here = [...path, member];
    if (typeof inner === "boolean") return [];
    if (inner.properties !== undefined) return leaves(inner, here);
    return [{ name: environmentName(here), path: here, kind: kindOf(inner) }];
  });
}

function kindOf(schema: z.core.JSONSchema.BaseSchema): EnvironmentVariable["kind"] {
  if (schema.anyOf !== undefined) return "duration";
  if (schema.type === "array") return "list";
  if (schema.type === "boolean") return "flag";
  return schema.type === "integer" || schema.type === "number" ? "number" : "text";
}

// What cannot be read as its kind stays text, and the schema says what is allowed.
const readers: Readonly<Record<EnvironmentVariable["kind"], (text: string) => unknown>> = {
  text: (text) => text,
  number: asNumber,
  duration: asNumber,
  flag: (text) => (text === "true" ? true : text === "false" ? false : text),
  list: (text) => (text.trimStart().startsWith("[") ? asJson(text) : text.split(",").map((entry) => entry.trim())),
};

function asNumber(text: string): unknown {
  return /^\s*-?\d+(\.\d+)?\s*$/.test(text) ? Number(text) : text;
}

function asJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function nearest(name: string, names: ReadonlySet<string>): string {
  const plain = (text: string) => text.replaceAll("_", "");
  const found = [...names].find((each) => plain(each) === plain(name)) ?? closest(name, [...names]);
  return found === undefined ? "" : `; did you mean ${found}?`;
}

function closest(name: string, names: readonly string[]): string | undefined {
  const ranked = names.map((each) => ({ each, distance: editDistance(name, each) }));
  const [best] = ranked.toSorted((a, b) => a.distance - b.distance);
  return best !== undefined && best.distance <= 3 ? best.each : undefined;
}

/** How many characters have to be inserted, removed or replaced (Levenshtein). */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= to.length; j += 1) {
      const replaced = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}

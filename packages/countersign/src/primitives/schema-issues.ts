// Words for what a schema says is wrong with options: what is allowed, and never what stands there. Knows no option by name.

import { z } from "zod";

/** One mistake in options. */
export interface OptionMistake {
  /** The option at fault, exactly. */
  readonly path: readonly string[];
  /** What is wrong, to be read after its name: `must be at most 5`. No value is repeated in it, for it could be a secret. */
  readonly reason: string;
}

/** The mistakes, one for each option at fault, in the order in which the schema names them. `optionsAt` tells which options there are below a path. */
export function optionMistakes(
  error: z.ZodError,
  optionsAt: (path: readonly string[]) => readonly string[],
): OptionMistake[] {
  return mainIssues(error).flatMap((issue) => {
    const path = issue.path.map(String);
    if (issue.code !== "unrecognized_keys") return [{ path, reason: reasonOf(issue) }];
    const there = optionsAt(path).join(", ");
    return issue.keys.map((key) => ({ path: [...path, key], reason: `there is no such option; there are ${there}` }));
  });
}

/** The names of the options that a schema has below a path; none where there is nothing below. */
export function optionNames(schema: z.core.$ZodType, path: readonly string[]): readonly string[] {
  let at: z.core.$ZodType | undefined = schema;
  for (const part of path) {
    const inner: z.core.$ZodType = unwrapped(at);
    at = inner instanceof z.ZodObject ? inner.shape[part] : undefined;
    if (at === undefined) return [];
  }
  const found = unwrapped(at);
  return found instanceof z.ZodObject ? Object.keys(found.shape) : [];
}

function unwrapped(schema: z.core.$ZodType): z.core.$ZodType {
  const isWrapper =
    schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault;
  return isWrapper ? unwrapped(schema.unwrap()) : schema;
}

/** One issue for each option: where its own rule speaks, what the parts of its schema say adds nothing. */
function mainIssues({ issues }: z.ZodError): z.core.$ZodIssue[] {
  const place = (issue: z.core.$ZodIssue) => issue.path.join(".");
  const withRule = new Set(issues.filter((issue) => issue.code === "custom").map(place));
  return issues.filter((issue) => issue.code === "custom" || !withRule.has(place(issue)));
}

function reasonOf(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return `must be ${typeWords[issue.expected] ?? `of the type ${issue.expected}`}`;
    case "invalid_value":
      return `must be ${issue.values.length === 1 ? "" : "one of "}${issue.values.map(String).join(", ")}`;
    case "too_small":
      return `must ${boundWords[issue.origin] ?? "be"} at least ${issue.minimum}${unitWords[issue.origin] ?? ""}`;
    case "too_big":
      return `must ${boundWords[issue.origin] ?? "be"} at most ${issue.maximum}${unitWords[issue.origin] ?? ""}`;
    case "invalid_format":
      return issue.format === "url" ? "must be a URL" : `must match ${issue.pattern ?? issue.format}`;
    default:
      return issue.message.startsWith("must ") ? issue.message : `must be ${issue.message}`;
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

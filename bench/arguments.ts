// The command line of the bench. Knows the sections by name only.

import { parseArgs } from "node:util";

/** How the bench is to run. */
export interface Arguments {
  /** Few and short rounds: to see that everything works, not to be quoted. */
  readonly quick: boolean;
  /** Sections, or parts of one: `http`, `http/fastify`. Empty: all. */
  readonly only: readonly string[];
  /** How long one slice lasts, in seconds, where slices of two servers alternate. */
  readonly seconds: number;
  /** Where the figures are written as JSON. */
  readonly json: string | undefined;
}

export const usage = `npm run bench -- [--quick] [--only NAME]… [--seconds N] [--json FILE]

  --quick       few and short rounds: to see that it works, not to be quoted
  --only NAME   one section, or what in it has NAME in its path: in-process, http, http/fastify, revocation, …
  --seconds N   how long one slice lasts where two servers alternate (default 1, quick 0.5)
  --json FILE   also writes every figure as JSON`;

/** The arguments, or what is wrong with them. */
export function parseArguments(args: readonly string[], sections: readonly string[]): Arguments | string {
  const { values, message } = parse(args);
  if (values === undefined) return message;
  const { quick = false, only = [], json } = values;
  const unknown = only.find((name) => !sections.includes(name.split("/")[0] ?? ""));
  if (unknown !== undefined) return `There is no section ${unknown}. There are: ${sections.join(", ")}.`;
  const seconds = values.seconds === undefined ? (quick ? 0.5 : 1) : Number(values.seconds);
  if (!(seconds >= 0.1 && seconds <= 60)) return "--seconds takes a number from 0.1 to 60.";
  return { quick, only, seconds, json };
}

const options = {
  quick: { type: "boolean" },
  only: { type: "string", multiple: true },
  seconds: { type: "string" },
  json: { type: "string" },
} as const;

function parse(args: readonly string[]) {
  try {
    return { values: parseArgs({ args: [...args], options, strict: true }).values, message: "" };
  } catch (error) {
    return { values: undefined, message: error instanceof Error ? error.message : String(error) };
  }
}

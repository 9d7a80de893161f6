// The bound on everything that can be typed or pasted. Knows nothing of what it means.

/** The longest text that any tool looks at, in characters. */
export const longestInput = 16_384;

/** What is wrong with a text before anybody has looked into it; `undefined` when nothing is. */
export function inputProblem(text: string): string | undefined {
  if (text.length <= longestInput) return undefined;
  return `That is ${grouped(text.length)} characters. These tools look at ${grouped(longestInput)} at the most.`;
}

/** The JSON object in a text that a person typed, or what is wrong with it. */
export type TypedObject =
  | { readonly ok: true; readonly value: Readonly<Record<string, unknown>> }
  | { readonly ok: false; readonly problem: string };

/** Reads a JSON object that a person typed. Never throws. */
export function readTypedObject(text: string): TypedObject {
  const problem = inputProblem(text);
  if (problem !== undefined) return { ok: false, problem };
  if (text.trim() === "") return { ok: true, value: {} };
  try {
    const value: unknown = JSON.parse(text);
    if (isObject(value)) return { ok: true, value };
    return { ok: false, problem: "That is JSON, but not an object: it has to begin with { and end with }." };
  } catch (error) {
    return { ok: false, problem: `That is not JSON yet. ${whereOf(error)}` };
  }
}

/** Whether a value is an object with members. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A number with thin spaces between groups of three. */
export function grouped(number: number): string {
  return `${Math.round(number)}`.replace(/\B(?=(\d{3})+$)/g, "\u202f");
}

// Engines word their errors differently; where they tell a place, it is worth more than the words.
function whereOf(error: unknown): string {
  const message = error instanceof Error ? error.message : "";
  const place = /line \d+ column \d+|position \d+/.exec(message)?.[0];
  return place === undefined
    ? "Names and texts stand in double quotes, members are parted by commas, and the last one has none behind it."
    : `Something is wrong at ${place}. Names and texts stand in double quotes, and the last member has no comma behind it.`;
}

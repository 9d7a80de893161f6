// What the tools say of what they were given: findings, each with how much it matters. Knows neither tokens nor cookies, nor how it looks.

/** How much a finding matters: an open door, a weakness, something to know, something done well. */
export type Level = "danger" | "warning" | "note" | "good";

/** One thing found. Words between backquotes are code. */
export interface Finding {
  readonly level: Level;
  /** What it is, in a few words. */
  readonly title: string;
  /** Why it matters, and what to do. */
  readonly text: string;
}

const levels: readonly Level[] = ["danger", "warning", "note", "good"];

/** The worst first; equals stay in their order. */
export function worstFirst<T extends Finding>(findings: readonly T[]): readonly T[] {
  return levels.flatMap((level) => findings.filter((finding) => finding.level === level));
}

// Why an aim was missed where it was: the words for docs/performance.md. Knows no figure.

import type { JudgedAim } from "./aims.ts";

interface Remark {
  readonly about: RegExp;
  readonly words: string;
}

const remarks: readonly Remark[] = [];

/** The remarks on aims that were missed, each once. */
export function remarksOn(aims: readonly JudgedAim[]): string[] {
  const missed = aims.filter(({ isMet }) => !isMet);
  return remarks.filter(({ about }) => missed.some(({ aim }) => about.test(aim))).map(({ words }) => `- ${words}`);
}

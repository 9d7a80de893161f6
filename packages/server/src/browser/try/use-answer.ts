// Asks for something that takes a moment, and keeps the latest answer. Knows nothing of what is asked.

import { useEffect, useState } from "preact/hooks";

/** What became of a question. Until the next answer is there, the last one stays. */
export interface Answered<T> {
  readonly answer: T | undefined;
  /** Whether the browser could not do it. */
  readonly hasFailed: boolean;
}

/** Asks anew whenever one of `inputs` changes. Of two answers under way, the later question's counts. */
export function useAnswer<T>(ask: () => Promise<T>, inputs: readonly unknown[]): Answered<T> {
  const [answered, setAnswered] = useState<Answered<T>>({ answer: undefined, hasFailed: false });
  useEffect(() => {
    let isLatest = true;
    ask().then(
      (answer) => {
        if (isLatest) setAnswered({ answer, hasFailed: false });
      },
      // Whatever the reason, the words of the browser are no help, and may quote what was pasted.
      () => {
        if (isLatest) setAnswered({ answer: undefined, hasFailed: true });
      },
    );
    return () => {
      isLatest = false;
    };
  }, inputs);
  return answered;
}

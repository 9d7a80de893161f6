// Every combination of answers, for tests.

import { type Answers, defaultAnswers, questions, withAnswer } from "./questions.ts";

/** Every combination of answers, without any client too. */
export function* everyAnswer(): Generator<Answers> {
  yield* combined({ ...defaultAnswers, clients: [] }, 0);
}

function* combined(answers: Answers, at: number): Generator<Answers> {
  const question = questions[at];
  if (question === undefined) return yield answers;
  if (!question.isMultiple) {
    for (const { id } of question.options) yield* combined(withAnswer(answers, question.id, id), at + 1);
    return;
  }
  const sets = 2 ** question.options.length;
  for (let set = 0; set < sets; set += 1) {
    const chosen = question.options.filter((_, index) => Math.floor(set / 2 ** index) % 2 === 1);
    const given = chosen.reduce((so, { id }) => withAnswer(so, question.id, id), answers);
    yield* combined(given, at + 1);
  }
}

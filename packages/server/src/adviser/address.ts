// The answers as they stand in an address, `?clients=web,mobile&services=many`: written and read. Never throws over what somebody typed.

import { type Answers, defaultAnswers, isChosen, type QuestionId, questions, withAnswer } from "./questions.ts";

/** Longer texts are no answers of ours: what is behind this is not read. */
const longestSearch = 2000;

/**
 * The answers of the query of an address, or of a form; `undefined` where it has none, or where it names clients of which none is known. Whatever
 * else it does not know is ignored. Where some questions are answered, the others have their default; but who ticked no client has none.
 */
export function readAnswers(search: string | URLSearchParams): Answers | undefined {
  const params = paramsOf(search);
  let answers: Answers = { ...defaultAnswers, clients: [] };
  let isAnswered = false;
  for (const { id, isMultiple, options } of questions) {
    const given = givenTo(id, params);
    const known = options.filter((option) => given.includes(option.id));
    // Advice for clients that were not meant would mislead.
    if (isMultiple && given.length > 0 && known.length === 0) return undefined;
    for (const option of isMultiple ? known : known.slice(0, 1)) {
      answers = withAnswer(answers, id, option.id);
      isAnswered = true;
    }
  }
  return isAnswered ? answers : undefined;
}

/** Whether an address answers one of the questions by something that is no answer to it. */
export function hasUnknownAnswers(search: string | URLSearchParams): boolean {
  const params = paramsOf(search);
  return questions.some(({ id, options }) => {
    const known: readonly string[] = options.map((option) => option.id);
    return givenTo(id, params).some((text) => !known.includes(text));
  });
}

/** The query that says these answers, with its question mark. Reading it gives the same answers. */
export function answersQuery(answers: Answers): string {
  const members = questions.flatMap(({ id, options }) => {
    const chosen = options.filter((option) => isChosen(answers, id, option.id));
    return chosen.length === 0 ? [] : [`${id}=${chosen.map((option) => option.id).join(",")}`];
  });
  return `?${members.join("&")}`;
}

function paramsOf(search: string | URLSearchParams): URLSearchParams {
  return new URLSearchParams(search.toString().slice(0, longestSearch));
}

function givenTo(question: QuestionId, params: URLSearchParams): readonly string[] {
  return params
    .getAll(question)
    .flatMap((text) => text.split(","))
    .filter((text) => text !== "");
}

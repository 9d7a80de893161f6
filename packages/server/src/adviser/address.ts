// The answers as they stand in an address, `?clients=web,mobile&services=many`: written and read. Never throws over what somebody typed.

import { type Answers, defaultAnswers, isChosen, questions, withAnswer } from "./questions.ts";

/** Longer texts are no answers of ours: what is behind this is not read. */
const longestSearch = 2000;

/**
 * The answers of the query of an address, or of a form; `undefined` where it has none. Whatever it does not know is ignored. Where some questions
 * are answered, the others have their default; but who ticked no client has none.
 */
export function readAnswers(search: string | URLSearchParams): Answers | undefined {
  const params = new URLSearchParams(search.toString().slice(0, longestSearch));
  let answers: Answers = { ...defaultAnswers, clients: [] };
  let isAnswered = false;
  for (const { id, isMultiple, options } of questions) {
    const given = params.getAll(id).flatMap((text) => text.split(","));
    const known = options.filter((option) => given.includes(option.id));
    for (const option of isMultiple ? known : known.slice(0, 1)) {
      answers = withAnswer(answers, id, option.id);
      isAnswered = true;
    }
  }
  return isAnswered ? answers : undefined;
}

/** The query that says these answers, with its question mark. Reading it gives the same answers. */
export function answersQuery(answers: Answers): string {
  const members = questions.flatMap(({ id, options }) => {
    const chosen = options.filter((option) => isChosen(answers, id, option.id));
    return chosen.length === 0 ? [] : [`${id}=${chosen.map((option) => option.id).join(",")}`];
  });
  return `?${members.join("&")}`;
}

// Turns answers into advice, one for each audience, with its reasons and what would change it. Knows no words of its own, and no page.

import { type Audience, allAudiences, audienceClients, type Choice, isByCookie } from "./choices.ts";
import { type Answers, isChosen, type QuestionId, questions, withAnswer } from "./questions.ts";
import { type Condition, type Rule, rules } from "./rules.ts";

/** The advice for one audience. */
export interface Advice {
  readonly audience: Audience;
  readonly choice: Choice;
  /** The rule that made the choice. */
  readonly decision: Rule;
  /** What must be so for it to work. */
  readonly requirements: readonly Rule[];
  /** Further reasons. */
  readonly supports: readonly Rule[];
  /** What is paid. */
  readonly costs: readonly Rule[];
  /** One other answer each, which leads elsewhere. */
  readonly changes: readonly Change[];
}

/** Another answer to one question, and where it leads. */
export interface Change {
  readonly question: QuestionId;
  /** The answer that would be given, or, of clients, put in or taken out. */
  readonly option: string;
  /** All answers, this one among them. */
  readonly answers: Answers;
  readonly choice: Choice;
}

/** The advice for each audience among the clients, in the order of audiences. */
export function advise(answers: Answers): readonly Advice[] {
  return audiencesOf(answers).flatMap((audience) => {
    const decision = decide(answers, audience);
    const choice = decision?.advice[0];
    if (decision === undefined || choice === undefined) return [];
    const saying = (strength: Rule["strength"]) =>
      holding(answers, audience, strength).filter(({ advice }) => advice.includes(choice));
    return [
      {
        ...{ audience, choice, decision },
        requirements: saying("requires"),
        supports: saying("supports"),
        costs: saying("costs"),
        changes: changesOf(answers, audience, choice),
      },
    ];
  });
}

/** What is chosen for an audience, whether it is among the clients or not. */
export function choiceFor(answers: Answers, audience: Audience): Choice | undefined {
  return decide(answers, audience)?.advice[0];
}

/** The audiences that the clients make up. */
export function audiencesOf({ clients }: Answers): readonly Audience[] {
  return allAudiences.filter((audience) => audienceClients[audience].some((client) => clients.includes(client)));
}

function decide(answers: Answers, audience: Audience): Rule | undefined {
  return holding(answers, audience, "decides")[0];
}

function holding(answers: Answers, audience: Audience, strength: Rule["strength"]): readonly Rule[] {
  return rules.filter(
    (rule) => rule.strength === strength && rule.audiences.includes(audience) && holds(rule.when, answers),
  );
}

function holds({ withoutClients = [], byCookie, ...wanted }: Condition, answers: Answers): boolean {
  if (byCookie !== undefined && byCookie !== isByCookie(answers)) return false;
  if (withoutClients.some((client) => isChosen(answers, "clients", client))) return false;
  return questions.every(({ id }) => wanted[id]?.some((option) => isChosen(answers, id, option)) ?? true);
}

function changesOf(answers: Answers, audience: Audience, choice: Choice): readonly Change[] {
  return questions.flatMap(({ id, options }) =>
    options.flatMap(({ id: option }) => {
      const others = withAnswer(answers, id, option);
      // Who is advised stays: without it there would be nothing to advise.
      if (!audiencesOf(others).includes(audience)) return [];
      const other = choiceFor(others, audience);
      return other === undefined || other === choice ? [] : [{ question: id, option, answers: others, choice: other }];
    }),
  );
}

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { answersQuery, hasUnknownAnswers, readAnswers } from "./address.ts";
import { type Answers, defaultAnswers, questions } from "./questions.ts";
import { everyAnswer } from "./testing.ts";

const everything = [...everyAnswer()];
const anAnswer = fc.nat(everything.length - 1).map((index) => everything[index] ?? defaultAnswers);

describe("the answers in the address", () => {
  it("come back as they were", () => {
    fc.assert(
      fc.property(anAnswer, (answers) => {
        expect(readAnswers(answersQuery(answers))).toEqual(answers);
        expect(readAnswers(new URL(`http://localhost/${answersQuery(answers)}#verdict`).searchParams)).toEqual(answers);
      }),
    );
  });

  it("come back in whatever order they were given", () => {
    fc.assert(
      fc.property(
        anAnswer.chain((answers) => fc.tuple(fc.constant(answers), shuffled(answers))),
        ([answers, query]) => {
          expect(readAnswers(query)).toEqual(answers);
        },
      ),
    );
  });

  it("are read past anything else that stands there", () => {
    const noise = fc.array(fc.tuple(fc.string({ maxLength: 20 }), fc.string({ maxLength: 40 })), { maxLength: 10 });
    const known = new Set<string>(questions.map(({ id }) => id));
    fc.assert(
      fc.property(anAnswer, noise, (answers, pairs) => {
        const other = pairs.filter(([name]) => !known.has(name));
        const query = `${answersQuery(answers)}&${new URLSearchParams(other)}`;
        expect(readAnswers(query)).toEqual(answers);
      }),
    );
  });

  it("never throw, whatever was typed, and are answers that there are, or none", () => {
    const all = new Set(everything.map((answers) => JSON.stringify(answers)));
    const names = fc.constantFrom<string>(...questions.map(({ id }) => id), "other");
    const values = fc.oneof(
      fc.string(),
      fc.constantFrom("web", "many", "now,now", "web,web,mobile", "constructor", "__proto__"),
    );
    const typed = fc.array(fc.tuple(names, values)).map((pairs) => `?${pairs.map((pair) => pair.join("=")).join("&")}`);
    fc.assert(
      fc.property(fc.oneof(fc.string(), typed), (text) => {
        const answers = readAnswers(text);
        expect(answers === undefined || all.has(JSON.stringify(sorted(answers)))).toBe(true);
      }),
    );
  });

  it.each<{ it: string; query: string; answers: Partial<Answers> | undefined }>([
    { it: "nothing", query: "", answers: undefined },
    { it: "nothing known", query: "?utm_source=a&clients=robots&services=0", answers: undefined },
    {
      it: "one answer: the others have their default",
      query: "?services=many",
      answers: { clients: [], services: "many" },
    },
    { it: "clients with commas", query: "?clients=mobile,web", answers: { clients: ["web", "mobile"] } },
    {
      it: "clients as a form sends them",
      query: "?clients=web&clients=mobile",
      answers: { clients: ["web", "mobile"] },
    },
    {
      it: "clients of which none is known: whom to advise is not known either",
      query: "?clients=banana&services=many",
      answers: undefined,
    },
    { it: "no client, by name", query: "?clients=&services=many", answers: { clients: [], services: "many" } },
    { it: "a known client among unknown ones", query: "?clients=robots,spa,", answers: { clients: ["spa"] } },
    {
      it: "two answers where one may be given: the less demanding",
      query: "?revocation=now&revocation=minutes&clients=web",
      answers: {},
    },
    { it: "names in other letters are other names", query: "?Clients=web&clients=WEB", answers: undefined },
    { it: "what stands too far behind", query: `?${"a".repeat(3000)}&services=many`, answers: undefined },
  ])("mean, when they are $it", ({ query, answers }) => {
    expect(readAnswers(query)).toEqual(answers === undefined ? undefined : { ...defaultAnswers, ...answers });
  });

  it.each<{ it: string; query: string; isSo: boolean }>([
    { it: "an unknown client", query: "?clients=banana", isSo: true },
    { it: "an unknown client beside a known one", query: "?clients=web,banana", isSo: true },
    { it: "an unknown answer beside good ones", query: "?clients=web&services=0", isSo: true },
    { it: "good answers", query: "?clients=web,mobile&services=many", isSo: false },
    { it: "no client", query: "?clients=&services=many", isSo: false },
    { it: "something else altogether", query: "?utm_source=a", isSo: false },
    { it: "nothing", query: "", isSo: false },
  ])("are told from what is no answer: $it", ({ query, isSo }) => {
    expect(hasUnknownAnswers(query)).toBe(isSo);
  });

  it("have nothing unknown among them as they are written", () => {
    expect(everything.filter((answers) => hasUnknownAnswers(answersQuery(answers)))).toEqual([]);
  });

  it("are short and legible", () => {
    const answers: Answers = { ...defaultAnswers, clients: ["web", "mobile"], services: "many" };
    const query = "?clients=web,mobile&services=many&sites=host&revocation=minutes&traffic=small&team=process";
    expect(answersQuery(answers)).toBe(query);
  });
});

function shuffled(answers: Answers): fc.Arbitrary<string> {
  const members = answersQuery(answers).slice(1).split("&");
  return fc.shuffledSubarray(members, { minLength: members.length }).map((list) => `?${list.join("&")}`);
}

/** With the members in the order of the questions, as all combinations have them. */
function sorted(answers: Answers): Answers {
  const { clients, services, sites, revocation, traffic, team } = answers;
  return { clients, services, sites, revocation, traffic, team };
}

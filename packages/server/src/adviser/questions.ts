// What the adviser asks, as data: the questions, their answers, and the words for both. Knows neither rules nor pages.

/** One answer that may be chosen. */
export interface Option {
  /** Names it in addresses. */
  readonly id: string;
  readonly words: string;
  /** What is meant, where the words leave it open. */
  readonly hint?: string;
  /** The same as a condition: follows the word "if". */
  readonly condition: string;
}

/** One question. */
export interface Question {
  /** Names it in addresses. */
  readonly id: string;
  readonly words: string;
  /** Whether several answers may hold at once. */
  readonly isMultiple: boolean;
  /** From the least demanding to the most: the first is taken where nothing was chosen. */
  readonly options: readonly [Option, ...Option[]];
}

/** The questions, in the order in which they are asked. */
export const questions = [
  {
    id: "clients",
    words: "Who are your clients?",
    isMultiple: true,
    options: [
      {
        id: "web",
        words: "A site rendered on the server",
        hint: "Browsers ask for pages",
        condition: "a site is rendered on the server",
      },
      {
        id: "spa",
        words: "A single-page app",
        hint: "Its script calls an API",
        condition: "a single-page app comes along",
      },
      { id: "mobile", words: "Mobile or desktop apps", condition: "mobile apps come along" },
      {
        id: "own",
        words: "Your own programs and services",
        hint: "They call each other with the person’s credential",
        condition: "your own programs come along",
      },
      { id: "partners", words: "Partners’ programs", hint: "You do not run them", condition: "partners come along" },
    ],
  },
  {
    id: "services",
    words: "How many services check who is asking?",
    isMultiple: false,
    options: [
      { id: "one", words: "One", hint: "It issues credentials, too", condition: "one service does all the checking" },
      {
        id: "few",
        words: "A few, beside the store",
        hint: "Each can open the issuer’s database",
        condition: "a few services beside the store check who is asking",
      },
      {
        id: "many",
        words: "Many, or elsewhere",
        hint: "They cannot reach the database, or should not",
        condition: "services away from the store check who is asking",
      },
    ],
  },
  {
    id: "sites",
    words: "On how many sites?",
    isMultiple: false,
    options: [
      { id: "host", words: "One host", hint: "shop.example", condition: "everything stands on one host" },
      {
        id: "site",
        words: "One site, several hosts",
        hint: "app.shop.example and api.shop.example",
        condition: "one site has several hosts",
      },
      {
        id: "sites",
        words: "Several sites",
        hint: "shop.example and bank.example",
        condition: "there are several sites",
      },
    ],
  },
  {
    id: "revocation",
    words: "How soon must a sign-out hold?",
    isMultiple: false,
    options: [
      { id: "minutes", words: "Minutes are fine", condition: "minutes until a sign-out holds are fine" },
      { id: "seconds", words: "Within seconds", condition: "a sign-out must hold within seconds" },
      {
        id: "now",
        words: "At once",
        hint: "Everywhere, before the next request",
        condition: "a sign-out must hold at once",
      },
    ],
  },
  {
    id: "traffic",
    words: "How much traffic?",
    isMultiple: false,
    options: [
      { id: "small", words: "Small", hint: "Up to hundreds of requests a second", condition: "traffic is small" },
      { id: "large", words: "Large", hint: "Thousands a second", condition: "traffic is large" },
      {
        id: "huge",
        words: "Very large",
        hint: "Tens of thousands a second",
        condition: "traffic is very large",
      },
    ],
  },
  {
    id: "team",
    words: "What does your team run?",
    isMultiple: false,
    options: [
      {
        id: "process",
        words: "Nothing but a process",
        hint: "A folder to write to is all",
        condition: "your team runs nothing but a process",
      },
      { id: "database", words: "A database", condition: "your team runs a database" },
      { id: "cache", words: "A database and a shared cache", condition: "your team runs a shared cache, too" },
    ],
  },
] as const satisfies readonly Question[];

/** What names a question. */
export type QuestionId = (typeof questions)[number]["id"];

/** What names an answer to a question. */
export type OptionId<Id extends QuestionId> = Extract<(typeof questions)[number], { id: Id }>["options"][number]["id"];

/** A kind of client. */
export type Client = OptionId<"clients">;

/** The questions of which one answer holds. */
export type SingleQuestionId = Exclude<QuestionId, "clients">;

/** One answer to each question; of clients there may be several, in the order of the question, or none. */
export type Answers = { readonly clients: readonly Client[] } & {
  readonly [Id in SingleQuestionId]: OptionId<Id>;
};

/** What is taken where nothing was chosen: the least demanding answer to each question. */
export const defaultAnswers: Answers = {
  clients: ["web"],
  services: "one",
  sites: "host",
  revocation: "minutes",
  traffic: "small",
  team: "process",
};

/** Whether an answer is among those given. */
export function isChosen(answers: Answers, question: QuestionId, option: string): boolean {
  const given: string | readonly string[] = answers[question];
  return typeof given === "string" ? given === option : given.includes(option);
}

/** The same answers but for one: chosen in the place of another, or, where several may hold, put in or taken out. */
export function withAnswer(answers: Answers, question: QuestionId, option: string): Answers {
  if (question !== "clients") return readInto(answers, question, option);
  const isGiven = isChosen(answers, "clients", option);
  const clients = questions[0].options.map(({ id }) => id);
  return { ...answers, clients: clients.filter((id) => (id === option ? !isGiven : answers.clients.includes(id))) };
}

/** These answers with this one, where the question knows it. */
function readInto(answers: Answers, question: SingleQuestionId, option: string): Answers {
  const asked = questions.find(({ id }) => id === question);
  return asked?.options.some(({ id }) => id === option) === true ? { ...answers, [question]: option } : answers;
}

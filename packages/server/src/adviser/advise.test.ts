import { describe, expect, it } from "vitest";
import { columns } from "../lab/contract.ts";
import { readCommittedReport } from "../lab/report.ts";
import { type Advice, advise, audiencesOf, choiceFor } from "./advise.ts";
import type { Audience, Choice } from "./choices.ts";
import { signInFor } from "./configuration.ts";
import { type Answers, type Client, defaultAnswers, questions, withAnswer } from "./questions.ts";
import { type Rule, rules } from "./rules.ts";
import { everyAnswer } from "./testing.ts";

const all = [...everyAnswer()].map((answers) => ({ answers, advice: advise(answers) }));

/** The advice of all combinations whose answers are such. */
function adviceWhere(isSo: (answers: Answers) => boolean) {
  return all.filter(({ answers }) => isSo(answers)).flatMap(({ advice }) => advice);
}

/** The choice for each audience, given some answers and the defaults for the rest. */
function choices(given: Partial<Answers>): Partial<Record<Audience, Choice>> {
  const answers = { ...defaultAnswers, ...given };
  return Object.fromEntries(advise(answers).map(({ audience, choice }) => [audience, choice]));
}

describe("the adviser", () => {
  it("has an advice for each audience named, whatever the answers", () => {
    expect(all).toHaveLength(2 ** 5 * 3 ** 5);
    const lacking = all.filter(({ answers, advice }) => {
      const named = new Set(answers.clients.map(audienceOf));
      return advice.length !== named.size || !advice.every(({ audience }) => named.has(audience));
    });
    expect(lacking.map(({ answers }) => answers)).toEqual([]);
  });

  it("advises nobody where no client is named", () => {
    expect(advise({ ...defaultAnswers, clients: [] })).toEqual([]);
  });

  it("reaches every rule", () => {
    const advice = adviceWhere(() => true);
    const reached = new Set(advice.flatMap(reasonsOf));
    expect(rules.filter((rule) => !reached.has(rule)).map(({ id }) => id)).toEqual([]);
  });

  it("shows only reasons that speak of what it advises", () => {
    const wrong = adviceWhere(() => true).filter((each) =>
      reasonsOf(each).some((rule) => !rule.advice.includes(each.choice) || !rule.audiences.includes(each.audience)),
    );
    expect(wrong).toEqual([]);
    expect(adviceWhere(() => true).every(({ choice, decision }) => decision.advice.join() === choice)).toBe(true);
  });

  it("never advises anything without saying what it costs, but sessions", () => {
    const free = adviceWhere(() => true).filter(({ costs }) => costs.length === 0);
    expect(free.length).toBeGreaterThan(0);
    expect([...new Set(free.map(({ choice }) => choice))]).toEqual(["session"]);
  });

  it("tells which other answer would change it: each of them, and no other", () => {
    for (const { answers, advice } of all.filter((_, index) => index % 7 === 0)) {
      for (const { audience, choice, changes } of advice) {
        const others = questions.flatMap(({ id, options }) =>
          options
            .map((option) => ({ question: id, option: option.id, answers: withAnswer(answers, id, option.id) }))
            .filter((each) => audiencesOf(each.answers).includes(audience))
            .map((each) => ({ ...each, choice: choiceFor(each.answers, audience) }))
            .filter((each) => each.choice !== choice),
        );
        expect(changes).toEqual(others);
      }
    }
  });

  it("has a name for each rule, and none twice", () => {
    const ids = rules.map(({ id }) => id);
    expect(ids).toEqual([...new Set(ids)]);
    for (const { words } of rules) expect(words).toMatch(/^\S.*\.$|--wait`\.$/);
  });
});

describe("the classical advice", () => {
  it.each<{ it: string; given: Partial<Answers>; audience: Audience; choice: Choice }>([
    {
      it: "sessions for a site rendered on the server",
      given: { clients: ["web"] },
      audience: "browser",
      choice: "session",
    },
    {
      it: "sessions for such a site, also where a sign-out must hold at once",
      given: { clients: ["web"], revocation: "now" },
      audience: "browser",
      choice: "session",
    },
    {
      it: "sessions for a few services beside the store, at small traffic",
      given: { clients: ["web"], services: "few", revocation: "now" },
      audience: "browser",
      choice: "session",
    },
    {
      it: "sessions under the feed for one busy service",
      given: { clients: ["spa"], traffic: "huge", revocation: "seconds" },
      audience: "browser",
      choice: "session-feed",
    },
    { it: "JWTs for mobile apps", given: { clients: ["mobile"] }, audience: "mobile", choice: "jwt" },
    {
      it: "JWTs for mobile apps with many services",
      given: { clients: ["mobile"], services: "many" },
      audience: "mobile",
      choice: "jwt",
    },
    { it: "JWTs for partners", given: { clients: ["partners"] }, audience: "partners", choice: "jwt" },
    {
      it: "JWTs for partners, also where a sign-out must hold at once: they follow no feed",
      given: { clients: ["partners"], services: "many", sites: "sites", revocation: "now" },
      audience: "partners",
      choice: "jwt",
    },
    {
      it: "JWTs where many services accept minutes",
      given: { clients: ["spa"], services: "many" },
      audience: "browser",
      choice: "jwt",
    },
    {
      it: "the hybrid for services that are to see a sign-out at once",
      given: { clients: ["web"], services: "many", revocation: "now" },
      audience: "browser",
      choice: "hybrid",
    },
    {
      it: "sessions for busy services beside the store that are to see it at once",
      given: { clients: ["spa"], services: "few", revocation: "now", traffic: "large" },
      audience: "browser",
      choice: "session",
    },
    {
      it: "sessions for such services, also where seconds are fine",
      given: { clients: ["spa"], services: "few", revocation: "seconds", traffic: "large" },
      audience: "browser",
      choice: "session",
    },
    {
      it: "the hybrid for them at very large traffic",
      given: { clients: ["web"], services: "few", revocation: "now", traffic: "huge" },
      audience: "browser",
      choice: "hybrid",
    },
    {
      it: "sessions for apps of services beside the store, as for programs there",
      given: { clients: ["mobile", "own"], services: "few", revocation: "now" },
      audience: "mobile",
      choice: "session",
    },
    {
      it: "sessions for programs of one service whose sign-out must hold at once, as for apps there",
      given: { clients: ["mobile", "own"], revocation: "now" },
      audience: "own",
      choice: "session",
    },
    {
      it: "the hybrid for apps whose sign-out must hold at once",
      given: { clients: ["mobile"], services: "many", revocation: "now" },
      audience: "mobile",
      choice: "hybrid",
    },
    {
      it: "the hybrid for a site rendered on the server before many services: no page can renew a JWT",
      given: { clients: ["web"], services: "many" },
      audience: "browser",
      choice: "hybrid",
    },
    {
      it: "the hybrid also where such a site has a single-page app beside it",
      given: { clients: ["web", "spa"], services: "many", sites: "site" },
      audience: "browser",
      choice: "hybrid",
    },
    {
      it: "sessions for sites rendered on the server, one at each",
      given: { clients: ["web"], sites: "sites" },
      audience: "browser",
      choice: "session",
    },
    {
      it: "sessions at each of such sites, also where a sign-out must hold at once",
      given: { clients: ["web"], services: "few", sites: "sites", revocation: "now" },
      audience: "browser",
      choice: "session",
    },
    {
      it: "the hybrid for such sites before services that cannot reach the store",
      given: { clients: ["web"], services: "many", sites: "sites" },
      audience: "browser",
      choice: "hybrid",
    },
    {
      it: "JWTs for scripts that call several sites",
      given: { clients: ["spa"], sites: "sites" },
      audience: "browser",
      choice: "jwt",
    },
    {
      it: "the hybrid for such scripts whose sign-out must hold within seconds",
      given: { clients: ["web", "spa"], sites: "sites", revocation: "seconds" },
      audience: "browser",
      choice: "hybrid",
    },
    {
      it: "sessions for apps of one service whose sign-out must hold at once: it has nobody to hear from",
      given: { clients: ["mobile"], revocation: "now" },
      audience: "mobile",
      choice: "session",
    },
    {
      it: "JWTs alone for programs that sign in again by themselves",
      given: { clients: ["own"], services: "many" },
      audience: "own",
      choice: "jwt-alone",
    },
    {
      it: "JWTs with refresh for programs beside apps that need it",
      given: { clients: ["mobile", "own"], services: "many" },
      audience: "own",
      choice: "jwt",
    },
  ])("is $it", ({ given, audience, choice }) => {
    expect(choices(given)[audience]).toBe(choice);
  });

  it("never lets a cookie cross to another site: by cookie, each site has one of its own, and is said to", () => {
    for (const { answers, advice } of all.filter(({ answers }) => answers.sites === "sites")) {
      for (const { audience, choice, costs } of advice.filter((each) => each.audience === "browser")) {
        const isByCookie = signInFor(audience, choice, answers).transport === "cookie";
        expect(isByCookie).toBe(!answers.clients.includes("spa"));
        expect(costs.some(({ id }) => id === "sign-in-at-each")).toBe(isByCookie);
        // A secret that is looked up is no token that other sites could check.
        if (!isByCookie) expect(["jwt", "hybrid"]).toContain(choice);
      }
    }
  });

  it("says before anything else what cookies take where one site has several hosts", () => {
    for (const { answers, advice } of all) {
      for (const { audience, choice, requirements } of advice) {
        const isByCookie = signInFor(audience, choice, answers).transport === "cookie";
        expect(requirements.length).toBe(answers.sites === "site" && isByCookie ? 1 : 0);
      }
    }
  });

  it("is decided by no row of the table in which all are alike", () => {
    const { rows } = readCommittedReport();
    const telling = rows.filter(({ winners }) => winners.leaders.length > 0 && winners.leaders.length < columns.length);
    const deciding = rules.filter(({ strength }) => strength === "decides");
    const shown = telling.map(({ aspect }) => aspect);
    expect(deciding.filter(({ row }) => !shown.includes(row)).map(({ id }) => id)).toEqual([]);
  });

  it("is the same for rendered pages on one host and on several sites: each site has its cookie", () => {
    const rendered = all.filter(({ answers }) => answers.clients.includes("web") && !answers.clients.includes("spa"));
    const moved = rendered.filter(
      ({ answers }) => choiceFor(answers, "browser") !== choiceFor({ ...answers, sites: "host" }, "browser"),
    );
    expect(moved.map(({ answers }) => answers)).toEqual([]);
  });

  it("never gives a page that a server renders a token that no page can renew", () => {
    const rendered = all.filter(({ answers }) => answers.clients.includes("web") && !answers.clients.includes("spa"));
    const advised = rendered.flatMap(({ advice }) => advice.filter(({ audience }) => audience === "browser"));
    expect([...new Set(advised.map(({ choice }) => choice))].toSorted()).toEqual(["hybrid", "session", "session-feed"]);
  });

  it("never advises a feed to an app of one service", () => {
    const apps = adviceWhere(({ services }) => services === "one").filter(({ audience }) => audience === "mobile");
    expect([...new Set(apps.map(({ choice }) => choice))].toSorted()).toEqual(["jwt", "session"]);
  });

  it("never leaves a visitor's sign-out to the end of a token where it must hold sooner", () => {
    const prompt = adviceWhere(({ revocation }) => revocation !== "minutes");
    const lasting = prompt.filter(({ choice }) => choice === "jwt" || choice === "jwt-alone");
    expect([...new Set(lasting.map(({ audience }) => audience))]).toEqual(["partners"]);
  });

  it("says of each hybrid in a browser with cookies that it sends two", () => {
    const hybrids = all.flatMap(({ answers, advice }) =>
      advice.filter(
        ({ audience, choice }) =>
          audience === "browser" && choice === "hybrid" && signInFor(audience, choice, answers).transport === "cookie",
      ),
    );
    expect(hybrids.length).toBeGreaterThan(0);
    for (const { costs } of hybrids) expect(costs.map(({ id }) => id)).toContain("two-cookies");
  });

  it("never names a feed where one process with its file does everything", () => {
    const alone = adviceWhere(({ services, team }) => services === "one" && team === "process");
    const looked = alone.filter(({ choice }) => choice === "session" || choice === "session-feed");
    expect(looked.length).toBeGreaterThan(0);
    for (const { supports } of looked) expect(supports.map(({ id }) => id)).toContain("one-process");
  });
});

function reasonsOf({ decision, requirements, supports, costs }: Advice): readonly Rule[] {
  return [decision, ...requirements, ...supports, ...costs];
}

function audienceOf(client: Client): Audience {
  if (client === "web" || client === "spa") return "browser";
  return client;
}

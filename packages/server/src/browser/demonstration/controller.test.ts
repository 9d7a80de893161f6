import { describe, expect, it } from "vitest";
import type { Act, Failure, PaneView, Performed, VisitView } from "../../demonstration/contract.ts";
import { createController } from "./controller.ts";
import type { Screen } from "./screen.ts";

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");

const empty: PaneView = {
  credentials: { owner: null, thief: null },
  answers: { owner: [null, null, null], thief: [null, null, null] },
  ending: null,
  endedAgoMs: null,
};

/** A visitor whose jwt pane holds a token that runs out at 30 s by the server's clock. */
const signedIn: PaneView = {
  ...empty,
  credentials: {
    owner: { sid: "s", cookies: [], bearer: `${encode({})}.${encode({ exp: 30 })}.c2ln`, refresh: "r" },
    thief: null,
  },
  answers: { ...empty.answers, owner: [{ isAccepted: true, code: null, afterMs: null, acceptedSince: 0 }, null, null] },
};

const viewAt = (now: number, jwt: PaneView): VisitView => ({
  ...{ visit: "v", now, services: 3, accessLifetimeSeconds: 30 },
  panes: { jwt, session: empty, hybrid: empty },
});

/** A page whose server answers from `answer`, and whose time goes by a tick for each turn. */
function pageWith(answer: (act: Act, now: number) => Performed | Failure) {
  const asked: string[] = [];
  const time = { now: 5000 };
  const seen = { isSeen: true };
  const stop = new AbortController();
  let turns = 0;
  let last: Screen | undefined;
  const controller = createController({
    async ask(act, body) {
      asked.push([act, ...("who" in body ? [body.who] : [])].join(" "));
      return answer(act, time.now);
    },
    clock: {
      now: () => time.now,
      monotonic: () => time.now,
      async sleep(ms) {
        time.now += ms;
        turns -= 1;
        if (turns <= 0) stop.abort();
        await Promise.resolve();
      },
    },
    onChange: (screen) => {
      last = screen;
    },
    isSeen: () => seen.isSeen,
  });
  const run = (many: number) => {
    turns = many;
    return controller.run(stop.signal);
  };
  return { controller, asked, time, seen, run, last: () => last };
}

const performed = (now: number, jwt: PaneView): Performed => ({ view: viewAt(now, jwt), steps: [] });

describe("the page's side of the demonstration", () => {
  it("begins a visit with the first button, and only then", async () => {
    const { controller, asked } = pageWith((_act, now) => performed(now, signedIn));
    expect(asked).toEqual([]);
    await controller.press("sign-in", "jwt", "owner");
    await controller.press("use", "jwt", "owner");
    expect(asked).toEqual(["begin", "sign-in owner", "use owner"]);
  });

  it("does one thing at a time", async () => {
    const { controller, asked } = pageWith((_act, now) => performed(now, signedIn));
    await Promise.all([controller.press("sign-in", "jwt", "owner"), controller.press("use", "jwt", "owner")]);
    expect(asked).toEqual(["begin", "sign-in owner"]);
  });

  it("signs in three ways, one after another", async () => {
    const { controller, asked } = pageWith((_act, now) => performed(now, signedIn));
    await controller.signInAll();
    expect(asked).toEqual(["begin", "sign-in owner", "sign-in owner", "sign-in owner"]);
  });

  it.each<{ name: string; failing: Act; asked: readonly string[] }>([
    { name: "where nothing could be started", failing: "begin", asked: ["begin"] },
    { name: "where the stage has gone", failing: "sign-in", asked: ["begin", "sign-in owner"] },
  ])("signs in no further $name, and says why", async ({ failing, asked: expected }) => {
    const failure: Failure = { code: "stage_failed", words: "The processes did not answer." };
    const { controller, asked } = pageWith((act, now) => (act === failing ? failure : performed(now, signedIn)));
    await controller.signInAll();
    expect(asked).toEqual(expected);
    expect(controller.screen).toMatchObject({ view: null, saidOfAll: failure.words, isBusy: false });
  });

  it("says of all panes why there is no visit", async () => {
    const busy: Failure = { code: "busy", words: "The lab is measuring." };
    const { controller } = pageWith(() => busy);
    await controller.press("sign-in", "jwt", "owner");
    expect(controller.screen).toMatchObject({ view: null, saidOfAll: busy.words, said: { jwt: "" }, isBusy: false });
  });

  it("says in the pane that one thing is done at a time", async () => {
    const busy: Failure = { code: "busy", words: "One thing at a time." };
    const { controller } = pageWith((act, now) => (act === "use" ? busy : performed(now, signedIn)));
    await controller.press("use", "jwt", "owner");
    expect(controller.screen.said.jwt).toBe(busy.words);
  });

  it("asks no oftener for a look that fails", async () => {
    const broken: Failure = { code: "not_understood", words: "The request was not understood." };
    const { controller, asked, run } = pageWith((act, now) => (act === "look" ? broken : performed(now, signedIn)));
    await controller.press("sign-in", "jwt", "owner");
    await run(12);
    expect(asked.filter((act) => act.startsWith("look"))).toHaveLength(2);
  });

  it("forgets what it shows when the visit is over, and says why", async () => {
    const over: Failure = { code: "visit_over", words: "This demonstration is over." };
    const { controller } = pageWith((act, now) => (act === "use" ? over : performed(now, signedIn)));
    await controller.press("sign-in", "jwt", "owner");
    await controller.press("use", "jwt", "owner");
    expect(controller.screen).toMatchObject({ view: null, saidOfAll: over.words, isBusy: false });
  });

  it("says in the pane what cannot be done, and keeps what it shows", async () => {
    const no: Failure = { code: "not_possible", words: "Sign in first." };
    const { controller } = pageWith((act, now) => (act === "use" ? no : performed(now, empty)));
    await controller.press("use", "jwt", "owner");
    expect(controller.screen.said.jwt).toBe("Sign in first.");
    expect(controller.screen.view).not.toBeNull();
  });

  it("waits for the end of a token by the server's clock, then uses, renews and uses again", async () => {
    // The server is 20 seconds ahead of the browser: the token has five seconds left.
    const { controller, asked, run } = pageWith((_act, now) => performed(now + 20_000, signedIn));
    await controller.press("sign-in", "jwt", "owner");
    controller.wait("jwt");
    await run(30);
    const acts = asked.filter((act) => !act.startsWith("look"));
    expect(acts).toEqual(["begin", "sign-in owner", "use owner", "renew owner", "use owner"]);
    expect(controller.screen.waiting.size).toBe(0);
  });

  it("waits no more when the button is pressed again", async () => {
    const { controller, asked, run } = pageWith((_act, now) => performed(now + 20_000, signedIn));
    await controller.press("sign-in", "jwt", "owner");
    controller.wait("jwt");
    controller.wait("jwt");
    await run(30);
    expect(asked.filter((act) => act.startsWith("renew"))).toEqual([]);
  });

  it("looks at the services while one accepts, and asks nothing once none does", async () => {
    const { controller, asked, run } = pageWith((act, now) => performed(now, act === "look" ? empty : signedIn));
    await controller.press("sign-in", "jwt", "owner");
    await run(40);
    expect(asked.filter((act) => act.startsWith("look"))).toHaveLength(1);
  });

  it("asks nothing for a page that nobody sees", async () => {
    const { controller, asked, seen, run } = pageWith((_act, now) => performed(now, signedIn));
    await controller.press("sign-in", "jwt", "owner");
    seen.isSeen = false;
    await run(40);
    expect(asked).toEqual(["begin", "sign-in owner"]);
  });
});

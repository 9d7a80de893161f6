// What the buttons of the demonstration do on the page: asks the server, keeps what it said, waits for ends. Draws nothing.

import type { Clock } from "@countersign/verifier";
import type { Act, Failure, Pane, Performed, Person, Step, VisitView } from "../../demonstration/contract.ts";
import { panes, people } from "../../demonstration/contract.ts";
import { endingWords, secondsLeft, stepWords } from "../../demonstration/words.ts";

/** Everything that is drawn. */
export interface Screen {
  /** Null before the first button. */
  readonly view: VisitView | null;
  /** The requests that each pane's last button sent. */
  readonly steps: Readonly<Record<Pane, readonly Step[]>>;
  /** What there is to say beside that. */
  readonly said: Readonly<Record<Pane, string>>;
  /** What is said of all panes. */
  readonly saidOfAll: string;
  /** Panes that wait for their token's end. */
  readonly waiting: ReadonlySet<Pane>;
  readonly isBusy: boolean;
  /** The server's time. */
  readonly now: number;
}

export interface ControllerOptions {
  ask(act: Act, body: object): Promise<Performed | Failure>;
  readonly clock: Clock;
  /** Called when there is something new to draw. */
  onChange(screen: Screen): void;
  /** Whether anybody can see the page: nothing is asked for nobody. */
  isSeen(): boolean;
}

export interface Controller {
  readonly screen: Screen;
  press(act: Act, pane: Pane, who: Person): Promise<void>;
  /** Waits for the real end of a pane's token, then shows what becomes of it. Pressed again: waits no more. */
  wait(pane: Pane): void;
  /** Forgets the visit. */
  beginAgain(): void;
  /** Keeps the time and what the services say up to date until `signal` is aborted. */
  run(signal: AbortSignal): Promise<void>;
}

const nothing: Omit<Screen, "now"> = {
  view: null,
  steps: { jwt: [], session: [], hybrid: [] },
  said: { jwt: "", session: "", hybrid: "" },
  saidOfAll: "",
  waiting: new Set(),
  isBusy: false,
};

/** Between two looks at the time; and at the services, while something is going on there and while nothing is. */
const tickMs = 250;
const lookEveryMs = { busy: 300, quiet: 1500 } as const;

/** The page's side of the demonstration. */
export function createController({ ask, clock, onChange, isSeen }: ControllerOptions): Controller {
  let screen: Screen = { ...nothing, now: clock.now() };
  /** How far the server's time is ahead of ours. */
  let ahead = 0;
  let lookedAt = 0;
  /** Counts what changes the view: a look that began before the latest of them tells what was. */
  let changes = 0;
  const change = (part: Partial<Screen>) => {
    screen = { ...screen, ...part, now: clock.now() + ahead };
    onChange(screen);
  };
  const say = (pane: Pane, words: string) => change({ said: { ...screen.said, [pane]: words } });

  /** Asks; answers undefined where it failed, which is on the screen then. */
  async function send(act: Act, pane: Pane, who: Person = "owner"): Promise<Performed | undefined> {
    const visit = screen.view?.visit ?? "";
    if (act !== "look") changes += 1;
    const before = changes;
    const answer = await ask(act, act === "begin" ? {} : { visit, pane, who });
    if (act === "look" && before !== changes) return undefined;
    if ("view" in answer) {
      ahead = answer.view.now - clock.now();
      lookedAt = clock.monotonic();
      change({ view: answer.view });
      return answer;
    }
    // What the page shows is worth nothing any more where the visit or the stage has gone.
    if (answer.code === "visit_over" || answer.code === "stage_failed") change({ ...nothing, saidOfAll: answer.words });
    else if (answer.code !== "busy") say(pane, answer.words);
    return undefined;
  }

  /** One button: everything that it sends, one after another. */
  async function play(pane: Pane, acts: readonly (readonly [Act, Person])[]): Promise<void> {
    change({ isBusy: true, saidOfAll: "", said: { ...screen.said, [pane]: "" } });
    const steps: Step[] = [];
    for (const [act, who] of acts) {
      const performed = await send(act, pane, who);
      if (performed === undefined) return change({ isBusy: false });
      steps.push(...performed.steps);
      change({ steps: { ...screen.steps, [pane]: [...steps] } });
    }
    change({ isBusy: false });
  }

  async function press(act: Act, pane: Pane, who: Person): Promise<void> {
    if (screen.isBusy) return;
    if (screen.view === null) {
      change({ isBusy: true, saidOfAll: "The processes are started." });
      const begun = await send("begin", pane);
      change({ isBusy: false });
      if (begun === undefined) return;
    }
    if (act === "sign-out-everywhere") return everywhere();
    await play(pane, [[act, who]]);
    if (act === "steal" && screen.view?.panes[pane].credentials.thief != null) {
      say(pane, "The thief has a copy now. Nobody has noticed: the owner’s works as before.");
    }
  }

  async function everywhere(): Promise<void> {
    // What the panes said before is no news beside that.
    change({ isBusy: true, saidOfAll: "", said: nothing.said, steps: nothing.steps });
    const performed = await send("sign-out-everywhere", "session");
    const words = performed?.steps.map(stepWords).join(" ");
    change({ isBusy: false, saidOfAll: words ?? (screen.saidOfAll || screen.said.session) });
  }

  async function afterEnd(pane: Pane): Promise<void> {
    setWaiting(pane, false);
    await play(pane, [
      ["use", "owner"],
      ["renew", "owner"],
      ["use", "owner"],
    ]);
  }

  function setWaiting(pane: Pane, isWaiting: boolean): void {
    const waiting = new Set(screen.waiting);
    if (isWaiting) waiting.add(pane);
    else waiting.delete(pane);
    change({ waiting });
  }

  async function tick(): Promise<void> {
    const { view, isBusy } = screen;
    if (view === null || !isSeen()) return;
    change({});
    if (isBusy) return;
    const over = [...screen.waiting].find((pane) => secondsLeft(view.panes[pane].credentials.owner, screen.now) === 0);
    if (over !== undefined) return afterEnd(over);
    const every = lookEvery(view);
    if (every !== null && clock.monotonic() - lookedAt >= every) await send("look", "jwt");
  }

  return {
    get screen() {
      return screen;
    },
    press,
    wait: (pane) => setWaiting(pane, !screen.waiting.has(pane)),
    beginAgain() {
      changes += 1;
      change({ ...nothing });
    },
    async run(signal) {
      while (!signal.aborted) {
        await clock.sleep(tickMs, signal);
        await tick();
      }
    },
  };
}

/** How soon the services are looked at again; null where nothing can change. */
function lookEvery(view: VisitView): number | null {
  const all = panes.map((pane) => view.panes[pane]);
  if (all.some(({ endedAgoMs }) => endedAgoMs !== null && endedAgoMs < 3000)) return lookEveryMs.busy;
  const isLiving = all.some(({ answers, credentials }) =>
    people.some((who) => credentials[who] !== null && answers[who].some((answer) => answer?.isAccepted === true)),
  );
  return isLiving ? lookEveryMs.quiet : null;
}

/** What a pane says below its drawing. */
export interface PaneWords {
  /** How its session ended; empty while it lives. */
  readonly ending: string;
  readonly said: string;
  /** What its last button sent. */
  readonly steps: readonly string[];
}

/** The words of a pane. */
export function wordsOf({ view, said, steps }: Screen, pane: Pane): PaneWords {
  const ending = view === null ? "" : endingWords(view.panes[pane]);
  return { ending, said: said[pane], steps: steps[pane].map(stepWords) };
}

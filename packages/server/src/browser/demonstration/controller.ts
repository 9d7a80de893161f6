// What the buttons of the demonstration do on the page, and what goes on while nobody presses one: waiting, looking. Draws nothing.

import type { Clock } from "@countersign/verifier";
import type { Act, Failure, Pane, Performed, Person, Step, VisitView } from "../../demonstration/contract.ts";
import { panes, people } from "../../demonstration/contract.ts";
import { secondsLeft, stepWords } from "../../demonstration/words.ts";
import { type Asking, createAsking } from "./asking.ts";
import { keepScreen, nothing, type Screen, type ScreenKeeper } from "./screen.ts";

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
  /** Signs in in every pane; in no further one where there is no visit any more. */
  signInAll(): Promise<void>;
  /** Waits for the real end of a pane's token, then shows what becomes of it. Pressed again: waits no more. */
  wait(pane: Pane): void;
  /** Forgets the visit. */
  beginAgain(): void;
  /** Keeps the time and what the services say up to date until `signal` is aborted. */
  run(signal: AbortSignal): Promise<void>;
}

/** Between two looks at the time; and at the services, while something is going on there and while nothing is. */
const tickMs = 250;
const lookEveryMs = { busy: 300, quiet: 1500 } as const;

/** The page's side of the demonstration. */
export function createController({ ask, clock, onChange, isSeen }: ControllerOptions): Controller {
  const kept = keepScreen({ clock, onChange });
  const asking = createAsking({ ask, clock, kept });
  const parts: Parts = { kept, asking };
  const press: Controller["press"] = (act, pane, who) => pressOne(parts, act, pane, who);
  return {
    get screen() {
      return kept.screen;
    },
    press,
    async signInAll() {
      for (const pane of panes) {
        await press("sign-in", pane, "owner");
        if (kept.screen.view === null) return;
      }
    },
    wait: (pane) => setWaiting(kept, pane, !kept.screen.waiting.has(pane)),
    beginAgain() {
      asking.outdate();
      kept.change(nothing);
    },
    async run(signal) {
      while (!signal.aborted) {
        await clock.sleep(tickMs, signal);
        if (isSeen()) await tick(parts);
      }
    },
  };
}

interface Parts {
  readonly kept: ScreenKeeper;
  readonly asking: Asking;
}

async function pressOne(parts: Parts, act: Act, pane: Pane, who: Person): Promise<void> {
  const { kept, asking } = parts;
  if (kept.screen.isBusy) return;
  if (kept.screen.view === null) {
    kept.change({ isBusy: true, saidOfAll: "The processes are started." });
    const begun = await asking.send("begin", pane);
    kept.change({ isBusy: false });
    if (begun === undefined) return;
  }
  if (act === "sign-out-everywhere") return everywhere(parts);
  await play(parts, pane, [[act, who]]);
  if (act === "steal" && kept.screen.view?.panes[pane].credentials.thief != null) {
    kept.say(pane, "The thief has a copy now. Nobody has noticed: the owner’s works as before.");
  }
}

async function everywhere({ kept, asking }: Parts): Promise<void> {
  // What the panes said before is no news beside that.
  kept.change({ isBusy: true, saidOfAll: "", said: nothing.said, steps: nothing.steps });
  const performed = await asking.send("sign-out-everywhere", "session");
  const words = performed?.steps.map(stepWords).join(" ");
  const { saidOfAll, said } = kept.screen;
  kept.change({ isBusy: false, saidOfAll: words ?? (saidOfAll || said.session) });
}

/** One button: everything that it sends, one after another. */
async function play(
  { kept, asking }: Parts,
  pane: Pane,
  acts: readonly (readonly [act: Act, who: Person])[],
): Promise<void> {
  kept.change({ isBusy: true, saidOfAll: "", said: { ...kept.screen.said, [pane]: "" } });
  const steps: Step[] = [];
  for (const [act, who] of acts) {
    const performed = await asking.send(act, pane, who);
    if (performed === undefined) break;
    steps.push(...performed.steps);
    kept.change({ steps: { ...kept.screen.steps, [pane]: [...steps] } });
  }
  kept.change({ isBusy: false });
}

function setWaiting({ screen, change }: ScreenKeeper, pane: Pane, isWaiting: boolean): void {
  const waiting = new Set(screen.waiting);
  if (isWaiting) waiting.add(pane);
  else waiting.delete(pane);
  change({ waiting });
}

async function tick(parts: Parts): Promise<void> {
  const { kept, asking } = parts;
  const { view, isBusy, waiting } = kept.screen;
  if (view === null) return;
  kept.change({});
  if (isBusy) return;
  const { now } = kept.screen;
  const over = [...waiting].find((pane) => secondsLeft(view.panes[pane].credentials.owner, now) === 0);
  if (over !== undefined) {
    setWaiting(kept, over, false);
    return play(parts, over, afterEnd);
  }
  const every = lookEvery(view);
  if (every !== null && asking.sinceLook() >= every) await asking.send("look", "jwt");
}

/** What shows the end of a token: a refusal, a renewal, and on. */
const afterEnd = [
  ["use", "owner"],
  ["renew", "owner"],
  ["use", "owner"],
] as const;

/** How soon the services are looked at again; null where nothing can change. */
function lookEvery(view: VisitView): number | null {
  const all = panes.map((pane) => view.panes[pane]);
  if (all.some(({ endedAgoMs }) => endedAgoMs !== null && endedAgoMs < 3000)) return lookEveryMs.busy;
  const isLiving = all.some(({ answers, credentials }) =>
    people.some((who) => credentials[who] !== null && answers[who].some((answer) => answer?.isAccepted === true)),
  );
  return isLiving ? lookEveryMs.quiet : null;
}

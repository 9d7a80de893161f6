// What the demonstration shows: everything that is drawn, kept in one place, with the server's time. Asks nobody and draws nothing.

import type { Clock } from "@countersign/verifier";
import type { Pane, Step, VisitView } from "../../demonstration/contract.ts";
import { endingWords, stepWords } from "../../demonstration/words.ts";

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

/** What is drawn before the first button, and after the last of a visit. */
export const nothing: Omit<Screen, "now"> = {
  view: null,
  steps: { jwt: [], session: [], hybrid: [] },
  said: { jwt: "", session: "", hybrid: "" },
  saidOfAll: "",
  waiting: new Set(),
  isBusy: false,
};

/** The screen as it is now. */
export interface ScreenKeeper {
  readonly screen: Screen;
  /** Changes a part of it, and has it drawn. */
  change(part: Partial<Screen>): void;
  /** Says something in a pane. */
  say(pane: Pane, words: string): void;
  /** Shows what the server has just said of a visit; its time is the server's from then on. */
  show(view: VisitView): void;
}

export interface ScreenOptions {
  readonly clock: Clock;
  /** Called when there is something new to draw. */
  onChange(screen: Screen): void;
}

/** A screen with nothing on it. */
export function keepScreen({ clock, onChange }: ScreenOptions): ScreenKeeper {
  let screen: Screen = { ...nothing, now: clock.now() };
  /** How far the server's time is ahead of ours. */
  let ahead = 0;
  const change = (part: Partial<Screen>) => {
    screen = { ...screen, ...part, now: clock.now() + ahead };
    onChange(screen);
  };
  return {
    get screen() {
      return screen;
    },
    change,
    say: (pane, words) => change({ said: { ...screen.said, [pane]: words } }),
    show(view) {
      ahead = view.now - clock.now();
      change({ view });
    },
  };
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

// Asks the server for acts of the demonstration, and puts on the screen what it says. Knows no button.

import type { Clock } from "@countersign/verifier";
import type { Act, Failure, Pane, Performed, Person } from "../../demonstration/contract.ts";
import { nothing, type ScreenKeeper } from "./screen.ts";

export interface AskingOptions {
  ask(act: Act, body: object): Promise<Performed | Failure>;
  readonly clock: Clock;
  readonly kept: ScreenKeeper;
}

export interface Asking {
  /** Asks; answers `undefined` where it failed, which is on the screen then. */
  send(act: Act, pane: Pane, who?: Person): Promise<Performed | undefined>;
  /** Milliseconds since the last answer, whatever it was. */
  sinceLook(): number;
  /** What a look under way will tell is no news any more. */
  outdate(): void;
}

/** Asks by `ask`. */
export function createAsking({ ask, clock, kept }: AskingOptions): Asking {
  let lookedAt = 0;
  /** Counts what changes the view: a look that began before the latest of them tells what was. */
  let changes = 0;

  function fail(act: Act, pane: Pane, { code, words }: Failure): void {
    // What the page shows is worth nothing any more where the visit or the stage has gone.
    if (code === "visit_over" || code === "stage_failed") kept.change({ ...nothing, saidOfAll: words });
    else if (act === "begin") kept.change({ saidOfAll: words });
    else if (act !== "look") kept.say(pane, words);
  }

  return {
    async send(act, pane, who = "owner") {
      const visit = kept.screen.view?.visit ?? "";
      if (act !== "look") changes += 1;
      const before = changes;
      const answer = await ask(act, act === "begin" ? {} : { visit, pane, who });
      lookedAt = clock.monotonic();
      if (act === "look" && before !== changes) return undefined;
      if (!("view" in answer)) return void fail(act, pane, answer);
      kept.show(answer.view);
      return answer;
    },
    sinceLook: () => clock.monotonic() - lookedAt,
    outdate() {
      changes += 1;
    },
  };
}

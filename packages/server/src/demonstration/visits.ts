// The visits of the demonstration: what each visitor holds, bounded in number and in time. Sends nothing.

import { randomBytes } from "node:crypto";
import type { Answer, Credential, Ending, Pane, PaneView, Person, VisitView } from "./contract.ts";
import { panes } from "./contract.ts";

/** One strategy of one visit. */
export interface Part {
  readonly credentials: Record<Person, Credential | null>;
  readonly answers: Record<Person, (Answer | null)[]>;
  ending: { readonly how: Ending; readonly at: number } | null;
  /** Ends what still watches the services. */
  watch: AbortController;
  /** How many uses there were: each goes to the next service. */
  uses: number;
}

export interface Visit {
  readonly id: string;
  /** Its subject. */
  readonly email: string;
  readonly parts: Readonly<Record<Pane, Part>>;
  /** The time of the last act, on the monotonic clock. */
  usedAt: number;
  isBusy: boolean;
}

export interface Visits {
  /** A new visit. Where there are too many, the one unused for longest gives its place and its subject up. */
  begin(): Visit;
  /** A visit that is not over. */
  find(id: string): Visit | undefined;
  /** Ends all of them. */
  clear(): void;
}

export interface VisitsOptions {
  /** Milliseconds on the monotonic clock. */
  now(): number;
  readonly most: number;
  /** A visit that was not used for so long is over. */
  readonly lifetimeMs: number;
}

/** Visits. Their subjects are as many as there may be visits, and are taken over by later ones. */
export function createVisits({ now, most, lifetimeMs }: VisitsOptions): Visits {
  const visits = new Map<string, Visit>();
  const free: string[] = Array.from({ length: most }, (_, index) => `visitor-${most - index}@stage.example`);
  const drop = (visit: Visit) => {
    for (const pane of panes) visit.parts[pane].watch.abort();
    visits.delete(visit.id);
    free.push(visit.email);
  };
  const dropOver = () => {
    for (const visit of visits.values()) if (now() - visit.usedAt > lifetimeMs) drop(visit);
  };
  return {
    begin() {
      dropOver();
      const [oldest] = [...visits.values()].sort((a, b) => a.usedAt - b.usedAt);
      if (free.length === 0 && oldest !== undefined) drop(oldest);
      const id = randomBytes(16).toString("base64url");
      const parts = { jwt: newPart(), session: newPart(), hybrid: newPart() };
      const visit: Visit = { id, email: free.pop() ?? "", parts, usedAt: now(), isBusy: false };
      visits.set(id, visit);
      return visit;
    },
    find(id) {
      dropOver();
      return visits.get(id);
    },
    clear() {
      for (const visit of visits.values()) drop(visit);
    },
  };
}

/** What a pane begins with, and what a new sign-in makes of it; a thief's copy stays with the thief. */
export function newPart(): Part {
  return {
    credentials: { owner: null, thief: null },
    answers: { owner: [], thief: [] },
    ending: null,
    watch: new AbortController(),
    uses: 0,
  };
}

/** A visit as its page sees it. */
export function viewOf(
  { id, parts }: Visit,
  at: {
    readonly now: number;
    readonly monotonic: number;
    readonly services: number;
    readonly accessLifetimeSeconds: number;
  },
): VisitView {
  const { now, monotonic, services, accessLifetimeSeconds } = at;
  const view = (pane: Pane): PaneView => {
    const { credentials, answers, ending } = parts[pane];
    const all = (who: Person) => Array.from({ length: services }, (_, index) => answers[who][index] ?? null);
    return {
      credentials: { ...credentials },
      answers: { owner: all("owner"), thief: all("thief") },
      ending: ending?.how ?? null,
      endedAgoMs: ending === null ? null : monotonic - ending.at,
    };
  };
  const seen = { jwt: view("jwt"), session: view("session"), hybrid: view("hybrid") };
  return { visit: id, now, services, accessLifetimeSeconds, panes: seen };
}

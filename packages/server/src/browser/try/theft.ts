// For how long a stolen credential works under given lifetimes: one row per strategy and credential, each with its reason. Draws nothing.

import type { Lifetimes } from "./lifetimes.ts";
import { spanText } from "./words.ts";

/** What becomes of one stolen credential. In seconds. */
export interface Theft {
  readonly strategy: "session" | "jwt" | "hybrid";
  /** What was stolen. */
  readonly what: string;
  /** How long it works in all, the sign-in being ended at `noticed`. */
  readonly worksFor: number;
  /** How long it still works after its owner ended the sign-in; 0 when not at all. */
  readonly afterSignOut: number;
  /** How long it would work if nobody noticed. */
  readonly unnoticed: number;
  readonly why: string;
}

/** How far the clocks of services may differ: a token is taken that much longer. In seconds. */
export const leewaySeconds = 10;

/** The worst case of each theft. `isOwnerActive`: whether the owner's own client goes on renewing. */
export function judgeThefts(lifetimes: Lifetimes, isOwnerActive: boolean): readonly Theft[] {
  return [
    ...sessionThefts(lifetimes),
    ...tokenThefts(lifetimes),
    refreshTheft(lifetimes, isOwnerActive),
    ...hybridThefts(lifetimes),
  ];
}

function sessionThefts({ absolute, lag, noticed }: Lifetimes): readonly Theft[] {
  return [
    {
      strategy: "session",
      what: "Session cookie, looked up",
      ...ended(absolute, noticed, 0),
      why: "Every request looks the session up: the one after sign-out is refused. Until then the thief's own requests keep it from going idle.",
    },
    {
      strategy: "session",
      what: "Session cookie, under the feed",
      ...ended(absolute, noticed, lag),
      why: `Services keep the session in memory and hear of its end: usually within milliseconds, and after ${spanText(lag)} at the worst.`,
    },
  ];
}

function tokenThefts({ access, absolute, lag, noticed }: Lifetimes): readonly Theft[] {
  const life = Math.min(access, absolute) + leewaySeconds;
  return [
    {
      strategy: "jwt",
      what: "Access token, no feed",
      worksFor: life,
      afterSignOut: Math.max(0, life - noticed),
      unnoticed: life,
      why: `Nobody looks it up, so signing out does not reach it. It ends when it says so, and ${leewaySeconds} seconds later where clocks differ.`,
    },
    {
      strategy: "jwt",
      what: "Access token, services follow the feed",
      ...ended(life, noticed, lag),
      why: "It ends by itself, or when the feed says so, whichever comes first.",
    },
  ];
}

// The owner's next renewal shows the theft: two hold one refresh token, so one of the two is a thief, and the session ends.
function refreshTheft({ access, grace, absolute, noticed }: Lifetimes, isOwnerActive: boolean): Theft {
  const seen = isOwnerActive ? access + grace : absolute;
  const end = Math.min(noticed, seen, absolute);
  const last = access + leewaySeconds;
  const most = absolute + leewaySeconds;
  const worksFor = Math.min(end + last, most);
  return {
    strategy: "jwt",
    what: "Refresh token, no feed",
    worksFor,
    afterSignOut: Math.max(0, worksFor - Math.min(noticed, absolute)),
    unnoticed: Math.min(Math.min(seen, absolute) + last, most),
    why: isOwnerActive
      ? `The owner's client renews within ${spanText(access)}, with a refresh token that the thief has used: that ends the session, unless it falls into the grace. The access token taken last goes on for its own life.`
      : "The owner is away, so nobody else renews and nothing gives the thief away. The access token taken last goes on for its own life.",
  };
}

function hybridThefts({ access, absolute, lag, noticed }: Lifetimes): readonly Theft[] {
  const life = Math.min(access, absolute) + leewaySeconds;
  return [
    {
      strategy: "hybrid",
      what: "Token cookie",
      ...ended(life, noticed, lag),
      why: "As a cookie it opens nothing by itself. Presented as Bearer, it ends by itself or by the feed; verifiers that follow none refuse it.",
    },
    {
      strategy: "hybrid",
      what: "Session cookie",
      ...ended(absolute, noticed, lag),
      why: `As a session's: its end is heard of, after ${spanText(lag)} at the worst.`,
    },
  ];
}

function ended(life: number, noticed: number, lag: number): Pick<Theft, "worksFor" | "afterSignOut" | "unnoticed"> {
  const worksFor = Math.min(life, noticed + lag);
  return { worksFor, afterSignOut: Math.max(0, worksFor - noticed), unnoticed: life };
}

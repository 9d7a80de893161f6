// Judges who follows the revocation feed, from two looks at the issuers' rows with a pause between. Pure.

import type { IssuerRow } from "countersign/store";
import { type Finding, findingsAbout } from "./finding.ts";

const about = findingsAbout("followers");

/** Two looks at the rows. */
export interface FollowerLooks {
  readonly before: readonly IssuerRow[];
  /** Taken once every row of the first look had the time to be renewed. */
  readonly after: readonly IssuerRow[];
  /** The newest number of the log at the first look. */
  readonly head: number;
}

/** What there is to say of them. */
export function judgeFollowers({ before, after, head }: FollowerLooks): Finding[] {
  const now = new Map(after.map((row) => [row.incarnation, row]));
  const found = before.flatMap((row) => {
    const later = now.get(row.incarnation);
    // Removed meanwhile: a barrier has waited for it, and nobody relies on it any more.
    if (later === undefined || row.followers.length === 0) return [];
    return later.nonce === row.nonce
      ? [judgeSilent(row)]
      : later.followers.flatMap((each) => judgeFollower(each, head));
  });
  return found.length > 0 ? found : [about.ok("Nobody follows the feed.")];
}

function judgeSilent({ followers, longestLagMs }: IssuerRow): Finding {
  const names = followers.map(({ name }) => name).join(", ");
  return about.warn(
    `An issuer process with the followers ${names} has not been heard of for ${longestLagMs} ms: it has ended, or hangs.`,
    "If it still runs, restart it. Otherwise the next wait for everywhere takes so long once, and removes its row.",
  );
}

function judgeFollower({ name, applied, onStale }: IssuerRow["followers"][number], head: number): Finding[] {
  const found = [];
  if (onStale === "insecureAccept") {
    found.push(
      about.warn(
        `${name} accepts tokens also when it knows nothing (onStale is insecureAccept): no revocation is promised of it.`,
        "Set feed.onStale of that service to ask or refuse.",
      ),
    );
  }
  const lag = head - applied;
  if (lag > 0) {
    found.push(
      about.warn(
        `${name} has applied ${applied} of ${head} and does not go on: ${lag === 1 ? "one event is" : `${lag} events are`} missing.`,
        "Look at that service: its process hangs, or cannot read the feed.",
      ),
    );
  }
  return found.length > 0 ? found : [about.ok(`${name} follows, and has applied number ${applied} of ${head}.`)];
}

// The section that measures how fast a revocation reaches 100 followers over HTTP, beside 100 bare event streams. Knows no view.

import { setTimeout as pause } from "node:timers/promises";
import { type Child, startChild } from "./children.ts";
import type { FollowersMessage, Heard } from "./feed/followers.ts";
import type { IssuerMessage, Spoken, StartedIssuer } from "./feed/issuer.ts";
import type { Row, Table } from "./report.ts";
import { counted } from "./rounds.ts";
import { runSection } from "./section.ts";
import { quantile, spread } from "./statistics.ts";

const followerCount = 100;

await runSection(async ({ quick, folder }) => {
  await using issuer = startChild({ script: "feed/issuer.ts", core: 0 });
  await using followers = startChild({ script: "feed/followers.ts", core: 1 });
  const start: IssuerMessage = { start: { folder, sessions: 5000, events: 0 } };
  const at = await issuer.ask<StartedIssuer>(start);
  const follow: FollowersMessage = { follow: followerCount, issuer: at };
  const readBare: FollowersMessage = { readBare: followerCount, issuer: at };
  await followers.ask(follow);
  await followers.ask(readBare);
  const [rounds, times] = quick ? [1, 10] : [6, 40];
  const ours: Delivery[] = [];
  const bare: Delivery[] = [];
  // The first of each is thrown away: nothing is compiled yet.
  for (let round = 0; round <= rounds; round += 1) {
    const [own, floor] = [
      await speak(issuer, followers, { revoke: times, everyMs: 250 }),
      await speak(issuer, followers, { bare: times, everyMs: 250 }),
    ];
    if (round > 0) ours.push(...own);
    if (round > 0) bare.push(...floor);
  }
  const everywhere: IssuerMessage = { everywhere: quick ? 5 : 40 };
  const barrier = await issuer.ask<readonly number[]>(everywhere);
  const waited: Row = {
    id: "revocation/everywhere",
    name: "until it holds everywhere (the barrier)",
    unit: "ms",
    value: spread(barrier),
  };
  const table: Table = {
    title: `${followerCount} followers over HTTP, one revocation each 250 ms, SQLite flushed to the disk`,
    rows: [
      ...rowsOf(
        "revocation",
        "from the acknowledged commit to applied",
        ours.map(({ applied, acknowledged }) => applied - acknowledged),
      ),
      ...rowsOf(
        "revocation-called",
        "from the call to applied, the commit among it",
        ours.map(({ applied, called }) => applied - called),
      ),
      ...rowsOf(
        "revocation-floor",
        "100 bare event streams, from write to read",
        bare.map(({ applied, called }) => applied - called),
      ),
      waited,
    ],
    notes: [`${ours.length} deliveries, ${bare.length} bare ones; a negative time is one before the acknowledgement.`],
  };
  return [table];
});

interface Delivery {
  readonly called: number;
  readonly acknowledged: number;
  readonly applied: number;
}

/** Lets the issuer speak, and asks afterwards who heard it when. Throws when somebody did not. */
async function speak(issuer: Child, followers: Child, message: IssuerMessage): Promise<Delivery[]> {
  const spoken = await issuer.ask<readonly Spoken[]>(message);
  await pause(500);
  const question: FollowersMessage = { heard: true };
  const heard = await followers.ask<Heard>(question);
  return spoken.flatMap(({ id, calledAt, acknowledgedAt }) => {
    const times = heard.get(id) ?? [];
    if (times.length < followerCount)
      throw new Error(`${followerCount - times.length} followers did not hear of a revocation.`);
    return times.map((applied) => ({ called: calledAt, acknowledged: acknowledgedAt, applied }));
  });
}

function rowsOf(id: string, name: string, found: readonly number[]): Row[] {
  return [
    { id, name: `${name}: median`, unit: "ms", value: spread(found) },
    counted(`${id}/p99`, `${name}: p99`, "ms", quantile(found, 0.99)),
    counted(`${id}/max`, `${name}: the slowest`, "ms", quantile(found, 1)),
  ];
}

// The section that measures how long a new service takes to a full view, over HTTP. Knows neither issuer nor follower.

import { startChild } from "./children.ts";
import type { FollowersMessage } from "./feed/followers.ts";
import type { IssuerMessage, StartedIssuer } from "./feed/issuer.ts";
import { grouped, type Row, type Table } from "./report.ts";
import { runSection } from "./section.ts";
import { spread } from "./statistics.ts";

await runSection(async ({ quick, folder }) => {
  const rows: Row[] = [];
  for (const events of quick ? [1000, 100_000] : [1000, 1_000_000]) {
    await using issuer = startChild({ script: "feed/issuer.ts", core: 0 });
    const start: IssuerMessage = { start: { folder, sessions: 0, events } };
    const at = await issuer.ask<StartedIssuer>(start, 300_000);
    const found: number[] = [];
    for (let round = 0; round < (quick ? 2 : 5); round += 1) {
      // A new process each time, as a service that starts.
      await using service = startChild({ script: "feed/followers.ts", core: 1 });
      const coldStart: FollowersMessage = { coldStart: events, issuer: at };
      found.push(await service.ask<number>(coldStart));
    }
    rows.push({
      id: `cold-start/${events}`,
      name: `${grouped(events)} living events`,
      unit: "ms",
      value: spread(found),
    });
  }
  const table: Table = { title: "from a verifier that was just made to a full view", rows };
  return [table];
});

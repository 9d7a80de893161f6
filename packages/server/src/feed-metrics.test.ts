import type { FeedState } from "countersign";
import { Registry } from "prom-client";
import { describe, expect, it } from "vitest";
import { addFeedMetrics } from "./feed-metrics.ts";

const fresh: FeedState = {
  view: { state: "fresh", number: 42, ageMs: 1500, lagMs: 5000, revocations: 7, isStreaming: true },
  followers: [
    { name: "shop", applied: 42, leftMs: 4000 },
    { name: "news", applied: 40, leftMs: 100 },
  ],
  streams: 2,
};

/** What is read, as `name{labels}` to value. */
async function read(state: FeedState, act: (metrics: ReturnType<typeof addFeedMetrics>) => void = () => undefined) {
  const registry = new Registry();
  act(addFeedMetrics(() => state, [registry]));
  const lines = (await registry.metrics()).split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return Object.fromEntries(lines.map((line) => line.replace("countersign_feed_", "").split(" ")));
}

describe("the metrics of the feed", () => {
  it("tell age, number, state and size of the own view, and the leases and streams of followers", async () => {
    expect(await read(fresh)).toMatchObject({
      view_age_seconds: "1.5",
      view_number: "42",
      view_revocations: "7",
      leases: "2",
      leases_least_applied: "40",
      streams: "2",
      'view_state{state="fresh"}': "1",
      'view_state{state="stale"}': "0",
      'view_state{state="never"}': "0",
    });
  });

  it("tell of a view that nobody has asked for yet, and of no follower", async () => {
    const never = { ...fresh.view, state: "never", ageMs: Number.POSITIVE_INFINITY } as const;
    expect(await read({ view: never, followers: [], streams: 0 })).toMatchObject({
      view_age_seconds: "+Inf",
      leases: "0",
      leases_least_applied: "0",
      'view_state{state="never"}': "1",
      'view_state{state="fresh"}': "0",
    });
  });

  it("count waits by how long they took and how they ended, and who was waited out", async () => {
    const seen = await read(fresh, ({ note }) => {
      note({ outcome: "everywhere", ms: 3, waitedOut: [] });
      note({ outcome: "everywhere", ms: 5100, waitedOut: ["shop", "news"] });
      note({ outcome: "notKnown", ms: 0, waitedOut: [] });
    });
    expect(seen).toMatchObject({
      'barrier_seconds_bucket{le="0.0025",outcome="everywhere"}': "0",
      'barrier_seconds_bucket{le="0.005",outcome="everywhere"}': "1",
      'barrier_seconds_count{outcome="everywhere"}': "2",
      'barrier_seconds_count{outcome="notKnown"}': "1",
      waited_out_total: "2",
    });
  });

  it("name nobody: names are the followers' own choice, and without bound", async () => {
    expect(JSON.stringify(await read(fresh))).not.toMatch(/shop|news/);
  });
});

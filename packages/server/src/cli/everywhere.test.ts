import type { BarrierResult } from "countersign";
import { describe, expect, it } from "vitest";
import { everywhereJson, everywhereWords, exitCodeOf, outlivingWords } from "./everywhere.ts";

const reached: BarrierResult = { outcome: "everywhere", number: 42, ms: 12.3, waitedOut: [], insecure: [] };

describe("what is told of a wait", () => {
  it.each<[string, BarrierResult | undefined, string, number]>([
    ["nothing, where nothing was waited for", undefined, "", 0],
    ["how long it took", reached, "Refused everywhere after 13 ms.\n", 0],
    [
      "who was waited out",
      { ...reached, waitedOut: ["shop", "news"] },
      "Refused everywhere after 13 ms.\nWaited out, for they did not answer: shop, news. They judge by what they knew no more.\n",
      0,
    ],
    [
      "of whom nothing is promised",
      { ...reached, insecure: ["camera"] },
      "Refused everywhere after 13 ms.\nNothing is promised of those that accept when they know nothing (insecureAccept): camera.\n",
      0,
    ],
    [
      "that it is not known",
      { ...reached, outcome: "notKnown" },
      "Whether it is refused everywhere is not known: the database could not be read. It has ended, and services that\nfollow the feed refuse it once their lag is over.\n",
      1,
    ],
  ])("is %s", (_, result, words, code) => {
    expect(everywhereWords(result)).toBe(words);
    expect(exitCodeOf(result)).toBe(code);
  });

  it("is the same as JSON, and nothing where nothing was waited for", () => {
    expect(everywhereJson(undefined)).toEqual({});
    const everywhere = { outcome: "everywhere", number: 42, ms: 13, waited_out: ["shop"], insecure: [] };
    expect(everywhereJson({ ...reached, waitedOut: ["shop"] })).toEqual({ everywhere });
  });
});

describe("how long an access token may outlive its sign-in", () => {
  const options = { jwt: { lifetimeSeconds: 300 } } as Parameters<typeof outlivingWords>[0]["options"];

  it.each([
    ["the lifetime and what clocks may differ, to the end of that minute", "2026-11-23T10:00:00Z", "10:06Z"],
    ["no minute more where it ends with one", "2026-11-23T09:59:50Z", "10:05Z"],
    ["past midnight", "2026-11-23T23:58:00Z", "00:04Z"],
  ])("is told as %s", (_, at, latest) => {
    expect(outlivingWords({ options }, { now: () => Date.parse(at) })).toContain(
      `until it runs out, at ${latest} at the latest.`,
    );
  });
});

// Every finding of the pure judges, each beside the nearest state in which it is not told.

import type { KeyView } from "countersign";
import type { SqliteInspection } from "countersign/sqlite";
import type { IssuerRow } from "countersign/store";
import { describe, expect, it } from "vitest";
import { type Config, configSchema } from "../config.ts";
import { judgeClock } from "./clock.ts";
import { configurationMistake, judgeConfiguration } from "./configuration.ts";
import { judgeLog } from "./feed.ts";
import type { Finding } from "./finding.ts";
import { judgeFollowers } from "./followers.ts";
import { judgeKeys } from "./keys.ts";
import { judgeSecrets } from "./secrets.ts";
import { judgeStore } from "./store.ts";

const now = Date.UTC(2026, 10, 23, 10);
const [second, minute, hour, day] = [1000, 60_000, 3_600_000, 86_400_000];
const mebi = 1_048_576;

/** Levels and sentences in short. Whatever is wrong has a remedy, and nothing else has. */
function told(findings: readonly Finding[]): string[] {
  for (const { level, remedy } of findings) expect(remedy === undefined).toBe(level === "ok");
  return findings.map(({ level, finding }) => `${level}: ${finding}`);
}

describe("the configuration", () => {
  const config = (input: object): Config => configSchema.parse(input);
  const isPublic = { issuer: "https://auth.example", trustedProxyHops: 1, mail: { smtp: "smtps://mail.example" } };

  it.each([
    ["nothing configured", {}, "http://localhost:4000"],
    ["a public issuer with a proxy and mail", isPublic, "https://auth.example"],
    ["metrics that are open on this machine", { metrics: { access: "open" } }, "http://localhost:4000"],
    ["another loopback address", { host: "127.0.0.2" }, "http://localhost:4000"],
  ])("is good with %s", (_, input, issuer) => {
    expect(told(judgeConfiguration(config(input), issuer))).toEqual([
      `ok: It holds no mistake; the issuer is ${issuer}.`,
    ]);
  });

  it.each([
    ["no proxy before a public issuer", { ...isPublic, trustedProxyHops: 0 }, /^warn: .* trustedProxyHops is 0/],
    ["no mail at a public issuer", { ...isPublic, mail: {} }, /^warn: No mail is sent/],
    ["open metrics at a public issuer", { ...isPublic, metrics: { access: "open" } }, /^warn: Everybody may read/],
    ["a local name for a server that others reach", { host: "0.0.0.0" }, /^warn: .* calls itself http:\/\/localhost/],
  ])("is warned of with %s", (_, input, words) => {
    const read = config(input);
    expect(told(judgeConfiguration(read, read.issuer ?? "http://localhost:4000"))).toEqual([
      expect.stringMatching(words),
    ]);
  });

  it("that cannot be read is an error, in one line", () => {
    const words = "The configuration has a mistake:\n  port (PORT): must be a number";
    expect(told([configurationMistake(words)])).toEqual([
      "error: The configuration has a mistake: port (PORT): must be a number",
    ]);
  });
});

describe("the secrets", () => {
  it("are well where nobody else can open anything", () => {
    expect(told(judgeSecrets({ exposed: [] }))).toEqual([expect.stringMatching(/^ok: /)]);
  });

  it.each([
    [
      { exposed: [{ path: "/d/secret", mode: "0644", isNarrowed: true }] },
      /^warn: .* \/d\/secret \(mode 0644\): it was narrowed/,
    ],
    [
      { exposed: [{ path: "/d/secret", mode: "0644", isNarrowed: false }] },
      /^error: .* \/d\/secret \(mode 0644\), and it cannot/,
    ],
    [{ exposed: [], readableConfig: { path: "/c.json", mode: "0644" } }, /^error: \/c\.json holds secrets/],
    [{ exposed: [], fault: "/d/secret is missing" }, /^error: \/d\/secret is missing/],
  ])("in the state %j are not", (places, words) => {
    expect(told(judgeSecrets(places))).toEqual([expect.stringMatching(words)]);
  });
});

describe("the store", () => {
  const whole: SqliteInspection = {
    schemaVersion: 6,
    knownVersion: 6,
    journalMode: "wal",
    faults: [],
    bytes: 3 * mebi,
  };
  const roomy = { walBytes: 0, freeBytes: 20_000 * mebi };

  it.each([
    ["with room", whole, roomy],
    ["with a write-ahead log of 128 MB", whole, { ...roomy, walBytes: 128 * mebi }],
    ["with a gigabyte left", whole, { ...roomy, freeBytes: 1024 * mebi }],
    ["on a disk that does not tell", whole, { ...roomy, freeBytes: undefined }],
  ])("is good %s", (_, seen, surroundings) => {
    expect(told(judgeStore(seen, surroundings))).toEqual([expect.stringMatching(/^ok: .* whole .* step 6: 3\.0 MB/)]);
  });

  it.each([
    [
      "damaged",
      { ...whole, faults: ["row 1 missing", "more"] },
      roomy,
      /^error: The database is damaged: row 1 missing and 1 more/,
    ],
    ["of a newer program", { ...whole, schemaVersion: 7 }, roomy, /^error: .* step 7, and this program knows 6/],
    ["of an older program", { ...whole, schemaVersion: 5 }, roomy, /^warn: .* step 5, and this program brings it to 6/],
    ["somebody else's", { ...whole, schemaVersion: 0, journalMode: "delete" }, roomy, /^error: .* none of our tables/],
    ["in another journal mode", { ...whole, journalMode: "delete" }, roomy, /^error: .* journal mode delete/],
    ["held open", whole, { ...roomy, walBytes: 128 * mebi + 1 }, /^warn: The write-ahead log has grown to 128\.0 MB/],
    ["short of room", whole, { ...roomy, freeBytes: 1024 * mebi - 1 }, /^warn: Only .* are free/],
    ["almost out of room", whole, { ...roomy, freeBytes: 100 * mebi - 1 }, /^error: Only 100\.0 MB are free/],
  ])("%s is told", (_, seen, surroundings, words) => {
    expect(told(judgeStore(seen, surroundings))).toEqual([expect.stringMatching(words)]);
  });
});

describe("the keys", () => {
  const rules = { rotateAfterSeconds: (90 * day) / 1000, algorithm: "ES256" };
  const signing: KeyView = {
    ...{ kid: "abcd", alg: "ES256", state: "signing", createdAt: now - 10 * day, signsFrom: now - 10 * day },
    ...{ signsUntil: null, leavesAt: null },
  };
  const staged: KeyView = { ...signing, kid: "next", state: "published", createdAt: now, signsFrom: now + 10 * minute };
  const old = { ...signing, signsFrom: now - 90 * day - hour };

  it.each([
    ["young", [signing], ["ok: Key abcd (ES256) has signed for 10 days; its successor is due in 80 days."]],
    ["due a while ago, but within an hour", [old], [expect.stringContaining("its successor is due 1 hour ago")]],
    [
      "old with a successor that waits",
      [{ ...old, signsFrom: now - 100 * day }, staged],
      [
        "ok: Key abcd (ES256) has signed for 100 days.",
        expect.stringMatching(/^ok: Key next \(ES256\) is published, and signs from .*, in 10 minutes\.$/),
      ],
    ],
    [
      "of another algorithm with a successor",
      [{ ...signing, alg: "RS256" }, staged],
      [expect.stringContaining("ok: Key abcd (RS256)"), expect.stringContaining("ok: Key next")],
    ],
  ])("are good: %s", (_, keys, words) => {
    expect(told(judgeKeys(keys, rules, now))).toEqual(words);
  });

  it.each([
    [
      "overdue",
      [{ ...old, signsFrom: old.signsFrom - 1 }],
      undefined,
      /^warn: Key abcd has signed for 90 days, .* nobody keeps the keys up/,
    ],
    [
      "of another algorithm",
      [{ ...signing, alg: "RS256" }],
      undefined,
      /^warn: Key abcd signs by RS256, and jwt\.algorithm is ES256/,
    ],
    ["none", [], undefined, /^warn: No key signs yet/],
    ["retired alone", [{ ...signing, state: "retired" } as const], undefined, /^warn: No key signs yet/],
    ["shut", [signing], "The signing key cannot be opened: wrong secret.", /^error: The signing key cannot be opened/],
  ])("are not: %s", (_, keys, fault, words) => {
    expect(told(judgeKeys(keys, rules, now, fault))).toEqual([expect.stringMatching(words)]);
  });
});

describe("the feed", () => {
  const log = { number: 42, horizon: now - hour, events: 3, firstExpiry: now + minute };

  it.each([
    [log, "ok: The log stands at number 42 and keeps 3 events; what expired until 2026-11-23 09:00:00Z is pruned."],
    [{ ...log, firstExpiry: now - 10 * minute }, /^ok: /],
    [
      { number: 0, horizon: 0, events: 0, firstExpiry: undefined },
      "ok: The log stands at number 0 and keeps 0 events; nothing was pruned yet.",
    ],
  ])("%j is good", (seen, words) => {
    expect(told(judgeLog(seen, now))).toEqual([typeof words === "string" ? words : expect.stringMatching(words)]);
  });

  it("that nobody prunes is warned of", () => {
    const seen = { ...log, firstExpiry: now - 10 * minute - 1 };
    expect(told(judgeLog(seen, now))).toEqual([
      "warn: The log keeps events that expired 10 minutes ago: nobody prunes it.",
    ]);
  });
});

describe("the followers", () => {
  const shop = { id: "follower-1", name: "shop", applied: 42, onStale: "ask" } as const;
  const row: IssuerRow = { incarnation: "a", nonce: "1", longestLagMs: 5000, leastApplied: 42, followers: [shop] };
  const renewed = { ...row, nonce: "2" };
  const judge = (before: readonly IssuerRow[], after: readonly IssuerRow[]) =>
    told(judgeFollowers({ before, after, head: 42 }));

  it.each([
    ["none", [], []],
    ["those of a row that was removed meanwhile", [row], []],
    ["a row that nobody relies on any more", [{ ...row, followers: [] }], [{ ...row, followers: [] }]],
  ])("%s are told to be nobody", (_, before, after) => {
    expect(judge(before, after)).toEqual(["ok: Nobody follows the feed."]);
  });

  it("that go along are named, with what they have applied", () => {
    const behind = { ...row, followers: [{ ...shop, applied: 3 }] };
    expect(judge([behind], [renewed])).toEqual(["ok: shop follows, and has applied number 42 of 42."]);
  });

  it.each([
    [
      "behind by one",
      { ...renewed, followers: [{ ...shop, applied: 41 }] },
      /^warn: shop has applied 41 of 42 .* one event is missing/,
    ],
    [
      "behind by many",
      { ...renewed, followers: [{ ...shop, applied: 2 }] },
      /^warn: shop has applied 2 of 42 .* 40 events are missing/,
    ],
    ["of a process that is silent", row, /^warn: An issuer process with the followers shop .* 5000 ms/],
    [
      "that accept when stale",
      { ...renewed, followers: [{ ...shop, onStale: "insecureAccept" } as const] },
      /^warn: shop accepts tokens also/,
    ],
  ])("%s are warned of", (_, after, words) => {
    expect(judge([row], [after])).toEqual([expect.stringMatching(words)]);
  });
});

describe("the clock", () => {
  const issuer = (at: number, accuracyMs = 0) => ({ at, accuracyMs });

  it.each([
    ["with nothing to compare", { now }, []],
    [
      "with the issuer's",
      { now, issuer: issuer(now + 2 * second - 1) },
      ["ok: This machine's clock agrees with the issuer's."],
    ],
    ["with what counts whole seconds", { now, issuer: issuer(now - 2900, second) }, [expect.stringMatching(/^ok/)]],
    [
      "with both",
      { now, issuer: issuer(now), newestRecord: now + 2 * second },
      ["ok: This machine's clock agrees with the issuer's and the times in the database."],
    ],
  ])("agrees %s", (_, witnesses, words) => {
    expect(told(judgeClock(witnesses))).toEqual(words);
  });

  it.each([
    [
      "a little behind",
      { now, issuer: issuer(now + 2 * second) },
      /^warn: This machine's clock is 2 seconds behind the issuer's\.$/,
    ],
    ["at the edge of what is granted", { now, issuer: issuer(now - 10 * second) }, /^warn: .* 10 seconds ahead of/],
    [
      "too far ahead",
      { now, issuer: issuer(now - 10 * second - 1) },
      /^error: .* ahead of the issuer's: tokens would be refused/,
    ],
    [
      "behind what was written down",
      { now, newestRecord: now + 2 * second + 1 },
      /^error: The database holds a time that is 2 seconds ahead/,
    ],
  ])("%s is told", (_, witnesses, words) => {
    expect(told(judgeClock(witnesses))).toEqual([expect.stringMatching(words)]);
  });
});

import { describe, expect, it } from "vitest";
import { createSecrets } from "../keys/secrets.ts";
import { toBase64url } from "../primitives/bytes.ts";
import { createTestRandom } from "../primitives/testing.ts";
import type { SessionRecord } from "../stores/contract.ts";
import { isGenuine, judgeRefresh, makeRefreshToken, parseRefreshToken } from "./refresh-token.ts";

const random = createTestRandom("refresh tokens");
const sid = toBase64url(random.bytes(12));
const seed = toBase64url(random.bytes(32));
const otherSeed = toBase64url(random.bytes(32));
const [first, second] = ["a first server secret, long enough", "a second server secret, long enough"] as const;
const secrets = createSecrets([first, second]);
const record = {
  sid,
  refreshSeed: seed,
  refreshCounter: 5,
  rotatedAt: 100_000,
  client: { label: "Firefox on Linux" },
} as unknown as SessionRecord;

const genuine = (token: string, changes: Partial<SessionRecord> = {}, known = secrets) => {
  const parsed = parseRefreshToken(token);
  return parsed !== undefined && isGenuine(parsed, { ...record, ...changes }, known);
};

describe("a refresh token", () => {
  const token = makeRefreshToken(secrets.current, sid, seed, 5);

  it("is 55 characters and says which session and number it is", () => {
    expect(token).toHaveLength(55);
    expect(parseRefreshToken(token)).toMatchObject({ sid, counter: 5, version: secrets.current.version });
  });

  it("is the same whenever it is made, and another for another number, session, seed or secret", () => {
    const [old] = createSecrets([second]).all;
    const others = [
      makeRefreshToken(secrets.current, sid, seed, 6),
      makeRefreshToken(secrets.current, toBase64url(random.bytes(12)), seed, 5),
      makeRefreshToken(secrets.current, sid, otherSeed, 5),
      makeRefreshToken(old ?? secrets.current, sid, seed, 5),
    ];
    expect(makeRefreshToken(secrets.current, sid, seed, 5)).toBe(token);
    expect(new Set([token, ...others]).size).toBe(5);
  });

  it("is genuine under any secret of the list, and under no other", () => {
    const old = makeRefreshToken(createSecrets([second]).current, sid, seed, 5);
    expect([genuine(token), genuine(old)]).toEqual([true, true]);
    expect(genuine(token, {}, createSecrets([second]))).toBe(false);
  });

  it("is not genuine with any one of its characters changed", () => {
    for (let index = 0; index < token.length; index += 1) {
      const changed = `${token.slice(0, index)}${token[index] === "A" ? "B" : "A"}${token.slice(index + 1)}`;
      expect(genuine(changed), `character ${index}`).toBe(false);
    }
  });

  it.each([
    ["for another session's record", { sid: toBase64url(new Uint8Array(12)) }],
    ["for a record with another seed", { refreshSeed: otherSeed }],
    ["for a record without a seed", { refreshSeed: null }],
  ])("is not genuine %s", (_name, changes) => {
    expect(genuine(token, changes)).toBe(false);
  });

  it.each([
    ["nothing", ""],
    ["one character less", token.slice(1)],
    ["one more", `${token}A`],
    ["other characters", `${token.slice(0, 54)}=`],
  ])("is not read from %s", (_name, text) => expect(parseRefreshToken(text)).toBeUndefined());
});

describe("the judge of a genuine refresh token", () => {
  const grace = 10_000;
  const label = "Firefox on Linux";
  it.each([
    ["current", 5, label, 100_000, "rotate"],
    ["current, long after", 5, "curl", 9_000_000, "rotate"],
    ["the one before, at once", 4, label, 100_000, "repeat"],
    ["the one before, in the last moment of the grace", 4, label, 110_000, "repeat"],
    ["the one before, a millisecond later", 4, label, 110_001, "reuse"],
    ["the one before, from another client", 4, "curl", 100_000, "reuse"],
    ["an older one", 3, label, 100_000, "reuse"],
    ["one from the future: the store forgot something", 6, label, 100_000, "rewound"],
  ] as const)("%s", (_name, counter, presentedLabel, now, verdict) => {
    expect(judgeRefresh(counter, record, presentedLabel, grace, now)).toBe(verdict);
  });
});

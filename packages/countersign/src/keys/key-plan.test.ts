import { describe, expect, it } from "vitest";
import type { StoredKey } from "../stores/contract.ts";
import { judgeKey, pickSigning, pickStaged, succeededBy, withoutSuccessor } from "./key-plan.ts";

const key = (kid: string, life: Partial<StoredKey>): StoredKey => ({
  kid,
  alg: "ES256",
  publicJwk: "{}",
  sealedPrivateJwk: "",
  createdAt: 0,
  signsFrom: 0,
  signsUntil: null,
  leavesAt: null,
  ...life,
});

describe("judgeKey", () => {
  const life = { signsFrom: 100, signsUntil: 200, leavesAt: 300 };
  it.each([
    ["before it signs", 99, "published"],
    ["from its first millisecond", 100, "signing"],
    ["to its last", 199, "signing"],
    ["when its successor begins", 200, "retired"],
    ["while its tokens may live", 299, "retired"],
    ["once none can", 300, "left"],
  ])("%s", (_name, now, state) => {
    expect(judgeKey(life, now)).toBe(state);
  });

  it("lets a key without a successor sign for ever", () => {
    expect(judgeKey({ signsFrom: 100, signsUntil: null, leavesAt: null }, Number.MAX_SAFE_INTEGER)).toBe("signing");
  });
});

describe("pickSigning", () => {
  const first = key("aaaa", { signsUntil: 100, leavesAt: 500 });
  const second = key("bbbb", { signsFrom: 100 });

  it.each([
    ["the only one", [second], 100, "bbbb"],
    ["the present one before the change", [second, first], 99, "aaaa"],
    ["its successor from the change on", [first, second], 100, "bbbb"],
    ["the newest of several that may", [key("cccc", { signsFrom: 1 }), key("dddd", { signsFrom: 2 })], 50, "dddd"],
    ["the same of two that began together, whatever their order", [key("ffff", {}), key("eeee", {})], 50, "ffff"],
    [
      "the next one where a clock is behind and none may yet",
      [key("gggg", { signsFrom: 80 }), key("hhhh", { signsFrom: 70 })],
      50,
      "hhhh",
    ],
    ["none among retired ones", [first], 100, undefined],
    ["none of none", [], 0, undefined],
  ])("picks %s", (_name, keys, now, kid) => {
    expect(pickSigning(keys, now)?.kid).toBe(kid);
  });
});

describe("pickStaged", () => {
  it.each([
    ["the key that waits", [key("aaaa", {}), key("bbbb", { signsFrom: 100 })], 99, "bbbb"],
    ["none once it signs", [key("aaaa", { signsUntil: 100 }), key("bbbb", { signsFrom: 100 })], 100, undefined],
    ["none when the waiting one has to sign already", [key("bbbb", { signsFrom: 100 })], 99, undefined],
    ["none in a ring of one", [key("aaaa", {})], 0, undefined],
  ])("picks %s", (_name, keys, now, kid) => {
    expect(pickStaged(keys, now)?.kid).toBe(kid);
  });
});

it("keeps a retired key until its last token has run out, leeway and skew included", () => {
  const present = key("aaaa", {});
  const succeeded = succeededBy(present, 1_000_000, 300_000);
  expect(succeeded).toEqual({ ...present, signsUntil: 1_000_000, leavesAt: 1_000_000 + 300_000 + 40_000 });
  expect(withoutSuccessor(succeeded)).toEqual(present);
});

import { describe, expect, it } from "vitest";
import { sha256 } from "../primitives/bytes.ts";
import { createTestRandom } from "../primitives/testing.ts";
import { looksLikeSessionToken, nameSessionToken, newSessionToken, newSid } from "./session-token.ts";

describe("a session token", () => {
  it("is 160 random bits in 27 characters, another each time", () => {
    const random = createTestRandom("tokens");
    const tokens = Array.from({ length: 100 }, () => newSessionToken(random).token);
    expect(new Set(tokens).size).toBe(100);
    for (const token of tokens) {
      expect(token).toMatch(/^[\w-]{27}$/);
      expect(Buffer.from(token, "base64url")).toHaveLength(20);
    }
  });

  it("derives its sid and its hash from itself alone, so that both can be told without a store", () => {
    const { token, sid, tokenHash } = newSessionToken(createTestRandom("names"));
    expect({ sid, tokenHash }).toEqual(nameSessionToken(token));
    expect(tokenHash).toBe(sha256(token));
    expect(sid).toBe(sha256(`countersign/sid/v1/${token}`).slice(0, 16));
    expect(Buffer.from(sid, "base64url")).toHaveLength(12);
  });

  it("cannot be told from its sid, and the sid not from the stored hash", () => {
    const { token, sid, tokenHash } = newSessionToken(createTestRandom("apart"));
    expect(token).not.toContain(sid);
    expect(tokenHash).not.toContain(sid);
  });

  it.each([
    ["27 characters of base64url", "A".repeat(27), true],
    ["one less", "A".repeat(26), false],
    ["one more", "A".repeat(28), false],
    ["padding", `${"A".repeat(26)}=`, false],
    ["a dot", `${"A".repeat(26)}.`, false],
    ["a line break at the end", `${"A".repeat(26)}\n`, false],
    ["nothing", "", false],
  ])("has a shape: %s", (_name, text, expected) => {
    expect(looksLikeSessionToken(text)).toBe(expected);
  });
});

it("a sid that derives from no token is 16 random characters", () => {
  const random = createTestRandom("sids");
  const sids = Array.from({ length: 50 }, () => newSid(random));
  expect(new Set(sids).size).toBe(50);
  for (const sid of sids) expect(sid).toMatch(/^[\w-]{16}$/);
});

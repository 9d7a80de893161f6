import { describe, expect, it } from "vitest";
import { createPasswordPolicy, normalisePassword } from "./password-policy.ts";

const policy = createPasswordPolicy({ words: ["Acme Bank", "abc"] });
const alice = { email: "Margaret.Hale+news@example.com" };

describe("judge", () => {
  it.each([
    ["a passphrase", "tuesday morning rain over the harbour"],
    ["lower case only", "grzmkwoufpxenvb"],
    ["digits only, at random", "829374650192837"],
    ["punctuation only", "$%^&*(){}:?><|~"],
    ["spaces at both ends, which stay", " tuesday morning rain "],
    [
      "fifteen characters of four bytes each",
      `${"\u{1F600}\u{1F601}\u{1F602}\u{1F603}\u{1F604}".repeat(2)}\u{1F605}\u{1F606}\u{1F607}\u{1F608}\u{1F609}`,
    ],
    ["two different listed words", "sunshine football"],
    ["a listed word among others", "my password is long enough"],
    ["exactly 15 characters", "x7kq2mz9plw4vt1"],
    ["exactly 256 characters", "x7kq2mz9plw4vt1u".repeat(16)],
    ["a word of the service below four characters", "abc tuesday rain"],
  ])("accepts %s", (_name, password) => {
    expect(policy.judge(password, alice)).toEqual({ ok: true, normalised: password });
  });

  it.each([
    ["14 characters", "x7kq2mz9plw4vt", "password_too_short"],
    ["nothing", "", "password_too_short"],
    [
      "14 characters of four bytes each",
      "\u{1F600}\u{1F601}\u{1F602}\u{1F603}\u{1F604}\u{1F605}\u{1F606}".repeat(2),
      "password_too_short",
    ],
    ["15 characters that are 14 once composed", "x7kq2mz9plw4ve\u0301", "password_too_short"],
    ["257 characters", `${"x7kq2mz9plw4vt1u".repeat(16)}x`, "password_too_long"],
    ["a megabyte", "x".repeat(1_000_000), "password_too_long"],
    ["one character repeated", "aaaaaaaaaaaaaaa", "password_common"],
    ["one character repeated, in both cases", "aAaAaAaAaAaAaAaA", "password_common"],
    ["four different characters", "abbacddcabbacddcab", "password_common"],
    ["a pattern of four repeated", "x7k!x7k!x7k!x7k!x7", "password_common"],
    ["the alphabet", "abcdefghijklmnop", "password_common"],
    ["the alphabet backwards, in capitals", "ZYXWVUTSRQPONMLK", "password_common"],
    ["digits in order", "012345678901234567", "password_common"],
    ["a keyboard row, and digits", "qwertyuiop12345", "password_common"],
    ["two keyboard rows", "qwertyuiopasdfgh", "password_common"],
    ["a French keyboard row", "azertyuiopqsdfg", "password_common"],
    ["a listed password of full length", "1qaz2wsx3edc4rfv", "password_common"],
    ["an English word of full length", "congratulations", "password_common"],
    ["the same in capitals", "CONGRATULATIONS", "password_common"],
    ["a listed word with digits to reach the length", "Password1234567", "password_common"],
    ["a listed word with digits in front", "19841984password", "password_common"],
    ["a listed word with punctuation", "monkey!!!!!!!?.!", "password_common"],
    ["a listed word with a letter written as a sign", "p@ssw0rd83716492", "password_common"],
    ["a listed word repeated", "sunshinesunshine", "password_common"],
    ["a listed word repeated, with spaces", "sunshine sunshine", "password_common"],
    ["a listed word repeated and cut", "elephantelephantel", "password_common"],
    ["a listed word with a number, repeated", "welcome2welcome2", "password_common"],
    ["the name of the service", "rain over acme bank", "password_contains_context"],
    ["the same without its space, in capitals", "RAINOVERACMEBANK", "password_contains_context"],
    ["the local part of the address", "margaret.hale likes rain", "password_contains_context"],
    ["the same with other punctuation", "Margaret-Hale-2026", "password_contains_context"],
    ["the whole address", "margaret.hale@example.com", "password_contains_context"],
    ["a lone surrogate", "tuesday \uD800 morning rain", "request_invalid"],
  ])("refuses %s", (_name, password, code) => {
    expect(policy.judge(password, alice)).toMatchObject({ ok: false, code });
  });

  it("looks for the address of the account only", () => {
    expect(policy.judge("margaret.hale likes rain", { email: "john.thornton@example.com" })).toMatchObject({
      ok: true,
    });
    expect(policy.judge("margaret.hale likes rain")).toMatchObject({ ok: true });
  });

  it("does not look for a local part below four characters", () => {
    expect(policy.judge("bob likes tuesday rain", { email: "bob@example.com" })).toMatchObject({ ok: true });
  });

  it("composes what was typed in pieces, and counts it so", () => {
    expect(policy.judge("tuesday morning cafe\u0301")).toEqual({ ok: true, normalised: "tuesday morning caf\u00e9" });
  });

  it("keeps compatibility characters apart: NFC, not NFKC", () => {
    expect(policy.judge("tuesday morning \uFB01sh")).toEqual({ ok: true, normalised: "tuesday morning \uFB01sh" });
  });

  it("takes other lengths", () => {
    const short = createPasswordPolicy({ minLength: 8, maxLength: 64 });
    expect(short.judge("x7kq2mz9")).toMatchObject({ ok: true });
    expect(short.judge("x7kq2mz")).toEqual({
      ok: false,
      code: "password_too_short",
      detail: "A password needs at least 8 characters.",
    });
    expect(short.judge("x7kq2mz9plw4vt1u".repeat(4))).toMatchObject({ ok: true });
    expect(short.judge(`${"x7kq2mz9plw4vt1u".repeat(4)}x`)).toEqual({
      ok: false,
      code: "password_too_long",
      detail: "A password may have at most 64 characters.",
    });
  });
});

describe("normalisePassword", () => {
  it.each([
    ["composes", "cafe\u0301", "caf\u00e9"],
    ["does not trim", " rain ", " rain "],
    ["does not change case", "RaiN", "RaiN"],
    ["takes a short one: the rules for new passwords are not its business", "a", "a"],
    [
      "takes 256 characters that are 768 before they are composed",
      "\u1100\u1161\u11A8".repeat(256),
      "\uAC01".repeat(256),
    ],
  ])("%s", (_name, password, normalised) => {
    expect(normalisePassword(password)).toBe(normalised);
  });

  it.each([
    ["257 characters", "x".repeat(257)],
    ["what is far too long to normalise", "\u0301".repeat(1_000_000)],
    ["a lone high surrogate", "rain\uD83D"],
    ["a lone low surrogate", "\uDE00rain"],
  ])("refuses %s", (_name, password) => {
    expect(normalisePassword(password)).toBeUndefined();
  });
});

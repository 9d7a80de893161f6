import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { deriveSid, isSessionToken, sidLabel } from "./session-name.ts";

const token = "AbCdEfGhIjKlMnOpQrStUvWxY-_";

describe("the name of a session", () => {
  it("is the first 12 bytes of SHA-256 over label and token", async () => {
    const digest = createHash("sha256").update(`countersign/sid/v1/${token}`).digest();
    expect(await deriveSid(token)).toBe(digest.subarray(0, 12).toString("base64url"));
    expect(await deriveSid(token)).toMatch(/^[\w-]{16}$/);
  });

  it("is another for another token, and no beginning of the token's plain hash", async () => {
    expect(await deriveSid(`B${token.slice(1)}`)).not.toBe(await deriveSid(token));
    const plain = createHash("sha256").update(token).digest("base64url");
    expect(plain.startsWith(await deriveSid(token))).toBe(false);
    expect(sidLabel).not.toBe("");
  });

  it("stays what it was: cookies of yesterday name the sessions of yesterday", async () => {
    expect(await deriveSid("A".repeat(27))).toBe("o4CQzfUDi2xzIEGy");
  });
});

describe("a session token", () => {
  it.each([
    ["27 characters of base64url", token, true],
    ["26", token.slice(1), false],
    ["28", `${token}A`, false],
    ["none", "", false],
    ["a dot, as tokens of the other kind have", `${token.slice(0, 26)}.`, false],
    ["plus, of the other base64", `${token.slice(0, 26)}+`, false],
    ["padding", `${token.slice(0, 26)}=`, false],
    ["a space", ` ${token.slice(1)}`, false],
    ["a line break at its end", `${token.slice(0, 26)}\n`, false],
    ["a letter of another alphabet", `${token.slice(0, 26)}а`, false],
  ])("has a form of its own: %s", (_name, text, isOne) => {
    expect(isSessionToken(text)).toBe(isOne);
  });
});

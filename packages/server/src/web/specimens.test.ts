import { expect, it } from "vitest";
import { specimenBytes, specimenCookie, specimenParts, specimenToken } from "./specimens.ts";

it("shows a session cookie in its real format: 43 bytes, of which 27 are the secret", () => {
  expect(specimenCookie.value).toMatch(/^[A-Za-z0-9_-]{27}$/);
  expect(specimenBytes.cookie).toBe(43);
});

it("shows a token within the lean profile's 320 bytes, with the signature's 64", () => {
  expect(specimenBytes.token).toBeLessThanOrEqual(320);
  expect(Buffer.from(specimenParts.signature, "base64url")).toHaveLength(64);
  expect(Buffer.from(specimenParts.signature, "base64url").toString("base64url")).toBe(specimenParts.signature);
});

it("shows claims that the token really carries, for five minutes", () => {
  expect(JSON.parse(Buffer.from(specimenParts.claims, "base64url").toString())).toEqual(specimenToken.claims);
  expect(specimenToken.claims.exp - specimenToken.claims.iat).toBe(300);
});

import { describe, expect, it } from "vitest";
import type { Credential } from "./contract.ts";
import { accessTokenOf, endOf, headerOf, takeApartCookie, takeApartToken } from "./taken-apart.ts";

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
const token = (claims: unknown) => `${encode({ alg: "ES256", typ: "lean+jwt" })}.${encode(claims)}.c2lnbmF0dXJl`;

const byHeader: Credential = { sid: "s", cookies: [], bearer: token({ sub: "ada", exp: 100 }), refresh: "r" };
const byCookies: Credential = {
  sid: "s",
  cookies: ["sid=secret; Path=/; HttpOnly", `at=${token({ sub: "ada", exp: 100 })}; Max-Age=30; Path=/`],
  bearer: null,
  refresh: null,
};
const bySession: Credential = { sid: "s", cookies: ["sid=secret; Path=/; HttpOnly"], bearer: null, refresh: null };

describe("taking a cookie apart", () => {
  it("tells the name, the value with its own signs of equality, and each flag as it came", () => {
    expect(takeApartCookie("sid=a=b; Path=/;HttpOnly; SameSite=Lax")).toEqual({
      name: "sid",
      value: "a=b",
      attributes: ["Path=/", "HttpOnly", "SameSite=Lax"],
    });
  });
});

describe("taking a token apart", () => {
  it("tells what header and claims say, letters beyond ASCII too", () => {
    const parts = takeApartToken(token({ sub: "Zoë" }));
    expect(parts?.headerSays).toEqual({ alg: "ES256", typ: "lean+jwt" });
    expect(parts?.claimsSay).toEqual({ sub: "Zoë" });
    expect(parts?.signature).toBe("c2lnbmF0dXJl");
  });

  it.each([
    { name: "a session token", text: "q0Vd3xKfT8nWm2RzLJ7yB5hEaGU" },
    { name: "two parts", text: `${encode({})}.${encode({})}` },
    { name: "four parts", text: `${token({})}.more` },
    { name: "an empty signature", text: `${encode({})}.${encode({})}.` },
    { name: "a header that is no object", text: `${encode([])}.${encode({})}.c2ln` },
    { name: "claims that are no JSON", text: `${encode({})}.bm9uZQ.c2ln` },
    { name: "what is no base64url", text: "%%.%%.%%" },
    { name: "nothing", text: "" },
  ])("takes $name for no token", ({ text }) => {
    expect(takeApartToken(text)).toBeUndefined();
  });
});

describe("a credential", () => {
  it.each([
    { name: "a header", credential: byHeader, found: byHeader.bearer },
    { name: "a cookie beside the session's", credential: byCookies, found: token({ sub: "ada", exp: 100 }) },
    { name: "nothing, where there is a session alone", credential: bySession, found: null },
  ])("has its access token in $name", ({ credential, found }) => {
    expect(accessTokenOf(credential)).toBe(found);
  });

  it.each([
    { name: "a header of its own", credential: byHeader, header: ["authorization", `Bearer ${byHeader.bearer}`] },
    {
      name: "one cookie header for all cookies",
      credential: byCookies,
      header: ["cookie", `sid=secret; at=${token({ sub: "ada", exp: 100 })}`],
    },
  ])("travels in $name", ({ credential, header }) => {
    expect(headerOf(credential, 99_999)).toEqual(header);
  });

  it("goes on without the cookie of a token that has run out, as browsers do", () => {
    expect(headerOf(byCookies, 100_000)).toEqual(["cookie", "sid=secret"]);
    expect(headerOf(byHeader, 100_000)).toEqual(headerOf(byHeader, 0));
  });

  it("ends when its token says so, in milliseconds, and never where it says nothing", () => {
    expect(endOf(token({ exp: 100 }))).toBe(100_000);
    expect(endOf(token({ exp: "soon" }))).toBeNull();
    expect(endOf("no token")).toBeNull();
  });
});

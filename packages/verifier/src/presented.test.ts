import { describe, expect, it } from "vitest";
import { presentedCookieValues, presentedCredential, uncheckedBearer } from "./presented.ts";

const names = ["__Host-Http-sid", "__Host-Http-at"];

describe("the Authorization header", () => {
  it.each([
    { header: "Bearer abc", token: "abc" },
    { header: "bearer abc", token: "abc" },
    { header: "BEARER abc", token: "abc" },
    { header: "Bearer  abc", token: "abc" },
    { header: "Bearer a-._~+/b==", token: "a-._~+/b==" },
  ])("presents $token by $header", ({ header, token }) => {
    const headers = { authorization: header, cookie: "__Host-Http-sid=other" };
    expect(presentedCredential({ headers }, names)).toEqual({ ok: true, from: "authorization", token });
  });

  it.each([
    "",
    "Bearer",
    "Bearer ",
    "Bearerabc",
    "Bearer\tabc",
    "Bearer abc def",
    "Bearer abc, Bearer def",
    "Bearer abc,",
    " Bearer abc",
    "Bearer abc ",
    'Bearer "abc"',
    "Bearer token=abc",
    "Bearer =",
    "Bearer ab=c",
    "Bearer äbc",
    "Bearer abc\n",
    "Basic abc",
    "DPoP abc",
    "abc",
    "bear\u0065r\u00a0abc",
  ])("refuses %j, and looks at no cookie instead", (authorization) => {
    const headers = { authorization, cookie: "__Host-Http-sid=other" };
    expect(presentedCredential({ headers }, names)).toEqual({ ok: false, code: "authorization_malformed" });
  });

  it("is refused when sent twice", () => {
    const request = {
      headers: { authorization: "Bearer abc" },
      rawHeaders: ["authorization", "Bearer abc", "authorization", "Bearer abc"],
    };
    expect(presentedCredential(request, names)).toEqual({ ok: false, code: "credential_ambiguous" });
  });
});

describe("what stands after Bearer", () => {
  it.each([
    { headers: { authorization: "Bearer abc" }, found: "abc" },
    { headers: { authorization: "Bearer abc def" }, found: "abc def" },
    { headers: { authorization: "bearer abc" }, found: undefined },
    { headers: { authorization: "Basic abc" }, found: undefined },
    { headers: {}, found: undefined },
  ])("is $found, unchecked, for $headers", ({ headers, found }) => {
    expect(uncheckedBearer({ headers })).toBe(found);
  });

  it("is nothing where the header was sent twice", () => {
    const rawHeaders = ["Authorization", "Bearer abc", "authorization", "Bearer abc"];
    expect(uncheckedBearer({ headers: { authorization: "Bearer abc" }, rawHeaders })).toBe(undefined);
  });
});

describe("cookies", () => {
  it("present each of our cookies, in the order asked", () => {
    const headers = new Headers({ cookie: "__Host-Http-at=token; x=y; __Host-Http-sid=session" });
    expect(presentedCredential({ headers }, names)).toEqual({
      ok: true,
      from: "cookie",
      cookies: [
        { name: "__Host-Http-sid", value: "session" },
        { name: "__Host-Http-at", value: "token" },
      ],
    });
  });

  it.each([
    { it: "that are absent", cookie: undefined, code: "credential_missing" },
    { it: "of other names", cookie: "sid=a; at=b", code: "credential_missing" },
    { it: "that come twice", cookie: "__Host-Http-at=a; __Host-Http-at=a", code: "credential_ambiguous" },
    {
      it: "of which one comes twice",
      cookie: "__Host-Http-sid=a; __Host-Http-at=b; __Host-Http-at=c",
      code: "credential_ambiguous",
    },
  ])("$it are refused", ({ cookie, code }) => {
    expect(presentedCredential({ headers: { cookie } }, names)).toEqual({ ok: false, code });
  });

  it("are not looked at where none is accepted", () => {
    const headers = { cookie: "__Host-Http-sid=a" };
    expect(presentedCredential({ headers }, [])).toEqual({ ok: false, code: "credential_missing" });
  });

  it("present every value, of every name, each once, where they are to be ended", () => {
    const cookie = "__Host-Http-at=a; __Host-Http-sid=s; sid=x; __Host-Http-at=b; __Host-Http-at=a; __Host-Http-at=c";
    expect(presentedCookieValues({ headers: { cookie } }, names, 8)).toEqual(["s", "a", "b", "c"]);
    expect(presentedCookieValues({ headers: { cookie } }, names, 2)).toEqual(["s", "a", "b"]);
    expect(presentedCookieValues({ headers: { cookie } }, [], 8)).toEqual([]);
    expect(presentedCookieValues({ headers: {} }, names, 8)).toEqual([]);
  });

  it("alone count: a token in the query string or the body presents nothing", () => {
    const request = new Request("https://api.example/?access_token=abc", { method: "POST", body: "access_token=abc" });
    expect(presentedCredential(request, names)).toEqual({ ok: false, code: "credential_missing" });
  });
});

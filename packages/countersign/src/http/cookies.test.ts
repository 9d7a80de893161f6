import { describe, expect, it } from "vitest";
import type { Credentials } from "../strategies/contract.ts";
import { createCookieJar } from "./cookies.ts";

const site = "https://auth.example";
const local = "http://localhost:4000";
const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
const safari =
  "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15";
const chrome = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36";

const nowMs = 1_000_000;
const session: Credentials = { strategy: "session", sid: "s", session: { token: "secret", expiresAt: nowMs + 60_000 } };
const jwt: Credentials = {
  strategy: "jwt",
  sid: "s",
  access: { token: "a.b.c", expiresAt: nowMs + 300_000, lifetimeSeconds: 300 },
  refresh: { token: "r", expiresAt: nowMs + 3_600_000 },
};
const cleared = (name: string, path: string, sameSite: string) =>
  `${name}=; Max-Age=0; Path=${path}; HttpOnly; Secure; SameSite=${sameSite}`;

describe("cookies", () => {
  it("carry a session, and take the place of another strategy's", () => {
    expect(createCookieJar(site, firefox, []).set(session, nowMs)).toEqual([
      "__Host-Http-sid=secret; Max-Age=60; Path=/; HttpOnly; Secure; SameSite=Lax",
      cleared("__Host-Http-at", "/", "Lax"),
      cleared("__Secure-rt", "/auth/refresh", "Strict"),
    ]);
  });

  it("carry tokens, the refresh token to its one path", () => {
    expect(createCookieJar(site, firefox, []).set(jwt, nowMs)).toEqual([
      "__Host-Http-at=a.b.c; Max-Age=300; Path=/; HttpOnly; Secure; SameSite=Lax",
      "__Secure-rt=r; Max-Age=3600; Path=/auth/refresh; HttpOnly; Secure; SameSite=Strict",
      cleared("__Host-Http-sid", "/", "Lax"),
    ]);
  });

  it("are kept until where the server may move the end", () => {
    const extensible = { ...session, session: { token: "secret", expiresAt: nowMs + 1000, keepUntil: nowMs + 9999 } };
    expect(createCookieJar(site, firefox, []).set(extensible, nowMs)[0]).toContain("Max-Age=9;");
  });

  it("carry an access token beyond its own end where it is renewable, to tell what it belonged to", () => {
    const access = { token: "a.b.c", expiresAt: nowMs + 300_000, keepUntil: nowMs + 3_600_000, lifetimeSeconds: 300 };
    const [kept, refresh] = createCookieJar(site, firefox, []).set({ ...jwt, access }, nowMs);
    expect([kept, refresh]).toEqual([
      expect.stringContaining("Max-Age=3600;"),
      expect.stringContaining("Max-Age=3600;"),
    ]);
  });

  it("of what has ended already are gone at once, never kept for ever", () => {
    expect(createCookieJar(site, firefox, []).set(session, nowMs + 120_000)[0]).toContain("Max-Age=0;");
  });

  it("are all cleared at the end, but the device's", () => {
    expect(createCookieJar(site, firefox, []).clear()).toEqual([
      cleared("__Host-Http-sid", "/", "Lax"),
      cleared("__Host-Http-at", "/", "Lax"),
      cleared("__Secure-rt", "/auth/refresh", "Strict"),
    ]);
  });

  it("bring a refresh token to where privileges are changed too, and take it away there", () => {
    const jar = createCookieJar(site, firefox, [], ["/promote"]);
    const pathsOf = (cookies: readonly string[]) =>
      cookies.filter((cookie) => cookie.startsWith("__Secure-rt=")).map((cookie) => /Path=([^;]*)/.exec(cookie)?.[1]);
    for (const cookies of [jar.set(jwt, nowMs), jar.set(session, nowMs), jar.clear()]) {
      expect(pathsOf(cookies)).toEqual(["/auth/refresh", "/promote"]);
    }
  });

  it("make a device known wherever people sign in", () => {
    const cookies = createCookieJar(site, firefox, ["/sign-in"]).setDevice("device");
    expect(cookies).toEqual(
      ["/auth/sign-in", "/sign-in"].map(
        (path) => `__Secure-device=device; Max-Age=34560000; Path=${path}; HttpOnly; Secure; SameSite=Lax`,
      ),
    );
  });

  it.each([
    ["Safari on localhost", local, safari, "sid=secret; Max-Age=60; Path=/; HttpOnly; SameSite=Lax"],
    [
      "Chrome on localhost",
      local,
      chrome,
      "__Host-Http-sid=secret; Max-Age=60; Path=/; HttpOnly; Secure; SameSite=Lax",
    ],
    [
      "nobody known on localhost",
      local,
      undefined,
      "__Host-Http-sid=secret; Max-Age=60; Path=/; HttpOnly; Secure; SameSite=Lax",
    ],
    [
      "Safari anywhere else",
      site,
      safari,
      "__Host-Http-sid=secret; Max-Age=60; Path=/; HttpOnly; Secure; SameSite=Lax",
    ],
  ])("have plain names only where the browser needs them: %s", (_name, issuer, userAgent, expected) => {
    expect(createCookieJar(issuer, userAgent, []).set(session, nowMs)[0]).toBe(expected);
  });

  it("are looked for under plain names at localhost only", () => {
    expect(createCookieJar(local, safari, []).names("refresh")).toEqual(["__Secure-rt", "rt"]);
    expect(createCookieJar(site, safari, []).names("device")).toEqual(["__Secure-device"]);
  });

  it.each(["a;b", "a\r\nSet-Cookie: x=y", "a b", "a,b", 'a"b', "é", "a=b", "a\u0000b"])(
    "refuse to hold what could end a header: %j",
    (token) => {
      const jar = createCookieJar(site, firefox, []);
      expect(() => jar.set({ ...session, session: { token, expiresAt: nowMs } }, nowMs)).toThrow();
      expect(() => jar.setDevice(token)).toThrow();
    },
  );

  it("refuse a path that could", () => {
    expect(() => createCookieJar(site, firefox, ["/a; Domain=evil.example"]).setDevice("d")).toThrow();
  });
});

// What a browser makes of cookies, and what is said of them.

import { describe, expect, it } from "vitest";
import { parseCookieDate } from "./cookie-date.ts";
import { cookiePrefixes, readOrigin } from "./cookie-facts.ts";
import { type CookieJudgement, judgeReadCookies } from "./cookie-judgement.ts";
import { readCookies } from "./cookie-reading.ts";
import type { Level } from "./findings.ts";
import { longestInput } from "./input.ts";
import { cookieExamples } from "./samples.ts";

const nowMs = Date.UTC(2026, 10, 23, 10, 0, 0);
const here = "https://app.example.com/app/sign-in";

function judge(text: string, address = here): readonly CookieJudgement[] {
  const reading = readCookies(text);
  const origin = readOrigin(address);
  if (reading.state !== "read" || origin === undefined) throw new Error("no cookie");
  return judgeReadCookies(reading.cookies, origin, nowMs);
}

function judgeOne(line: string, address?: string): CookieJudgement {
  const [judged] = judge(line, address);
  if (judged === undefined) throw new Error("no cookie");
  return judged;
}

describe("reading", () => {
  it.each([
    { it: "a bare line", text: "a=1; Path=/", names: ["a"] },
    { it: "two bare lines", text: "a=1\n\nb=2", names: ["a", "b"] },
    { it: "a header line", text: "set-cookie: a=1", names: ["a"] },
    {
      it: "a response",
      text: "HTTP/2 200\r\ncontent-type: text/html\r\nset-cookie: a=1\r\nSet-Cookie: b=2\r\n\r\nset-cookie: no=1",
      names: ["a", "b"],
    },
    { it: "what curl -v shows", text: "< HTTP/1.1 200 OK\n< Set-Cookie: a=1\n<", names: ["a"] },
    { it: "a value with equals signs", text: "a=1=2", names: ["a"] },
    { it: "no name", text: "value; Secure", names: [""] },
  ])("finds the cookies: $it", ({ text, names }) => {
    const reading = readCookies(text);
    expect(reading.state === "read" ? reading.cookies.map(({ name }) => name) : reading).toEqual(names);
  });

  it("takes the last of an attribute, leaves long ones out, and trims", () => {
    const reading = readCookies(`  a = 1 ; Path=/x; path=/y; Domain=${"d".repeat(1025)}`);
    const [cookie] = reading.state === "read" ? reading.cookies : [];
    expect(cookie).toMatchObject({ name: "a", value: "1", doubled: ["path"] });
    expect([...(cookie?.attributes ?? [])]).toEqual([["path", "/y"]]);
  });

  it.each([
    { it: "a Cookie header", text: "Cookie: a=1", words: "`Cookie` header" },
    { it: "a response that sets none", text: "HTTP/1.1 200 OK\nServer: x", words: "no `Set-Cookie`" },
    { it: "a crowd", text: Array(51).fill("a=1").join("\n"), words: "51 cookies" },
    { it: "more than is looked at", text: "x".repeat(longestInput + 1), words: "at the most" },
  ])("explains $it", ({ text, words }) => {
    expect(readCookies(text)).toMatchObject({ state: "problem", problem: expect.stringContaining(words) });
  });

  it("says of nothing that there is nothing", () => {
    expect(readCookies(" \n")).toEqual({ state: "empty" });
  });

  it.each(["", "ftp://example.com", "https://", "not an address at all", "javascript:alert(1)"])(
    "takes no %j for the address of a server",
    (text) => {
      expect(readOrigin(text)).toBeUndefined();
    },
  );

  it.each([
    ["https://a.example/x?y", { host: "a.example", path: "/x", isSecure: true }],
    ["a.example", { host: "a.example", path: "/", isSecure: true }],
    ["http://a.example/", { host: "a.example", path: "/", isSecure: false }],
    ["http://localhost:4000/", { host: "localhost", path: "/", isSecure: true }],
    ["http://127.0.0.1/", { host: "127.0.0.1", path: "/", isSecure: true }],
  ])("reads the address %s", (text, origin) => {
    expect(readOrigin(text)).toEqual(origin);
  });
});

describe("a date as browsers read it", () => {
  it.each([
    ["Wed, 21 Oct 2099 07:28:00 GMT", Date.UTC(2099, 9, 21, 7, 28)],
    ["Wednesday, 21-Oct-99 07:28:00 GMT", Date.UTC(1999, 9, 21, 7, 28)],
    ["Wed Oct 21 07:28:00 2099", Date.UTC(2099, 9, 21, 7, 28)],
    ["21 Oct 69 7:28:0", Date.UTC(2069, 9, 21, 7, 28)],
  ])("%s", (text, ms) => {
    expect(parseCookieDate(text)).toBe(ms);
  });

  it.each([
    "",
    "tomorrow",
    "31 Feb 2099 07:28:00",
    "21 Oct 1600 07:28:00",
    "21 Oct 2099",
    "21 Oct 2099 24:00:00",
    "32 Oct 2099 07:28:00",
  ])("not %j", (text) => {
    expect(parseCookieDate(text)).toBeUndefined();
  });
});

const good = "Secure; HttpOnly; SameSite=Lax; Path=/";

describe("a browser", () => {
  it.each([
    { line: `__Host-Http-sid=x; ${good}` },
    { line: `__Host-sid=x; Secure; Path=/` },
    { line: `__Http-sid=x; Secure; HttpOnly; Domain=example.com` },
    { line: `__Secure-sid=x; Secure; Domain=example.com` },
    { line: "a=1; Domain=.example.com" },
    { line: "a=1; Domain=app.example.com" },
    { line: `a=${"x".repeat(4095)}` },
    { line: "a=1; SameSite=None; Secure" },
    { line: "a=1; Domain=" },
  ])("keeps $line", ({ line }) => {
    expect(judgeOne(line)).toMatchObject({ outcome: "stored", because: undefined });
  });

  it.each([
    { line: `a=${"x".repeat(4096)}`, words: "4097 bytes" },
    { line: "a=1; Secure", address: "http://app.example.com", words: "plain HTTP" },
    { line: "a=1; SameSite=None", words: "needs `Secure`" },
    { line: "a=1; Partitioned", words: "needs `Secure`" },
    { line: "a=\u0001", words: "control character" },
    { line: "=", words: "neither a name nor a value" },
    { line: "a=1; Domain=other.example", words: "does not belong" },
    { line: "a=1; Domain=pp.example.com", words: "does not belong" },
    { line: "a=1; Domain=sub.app.example.com", words: "does not belong" },
    { line: "a=1; Domain=com", words: "top-level domain" },
    { line: "a=1; Domain=co.uk", address: "https://app.co.uk", words: "public suffix list" },
    { line: "a=1; Domain=2.3.4", address: "https://1.2.3.4", words: "IP address" },
    { line: "__Secure-sid=x", words: "`__Secure-` needs `Secure`" },
    { line: "__Host-sid=x; Secure", words: "`__Host-` needs `Path=/`" },
    { line: "__Host-sid=x; Secure; Path=/; Domain=app.example.com", words: "no `Domain`" },
    { line: "__HOST-sid=x; Path=/", words: "`__Host-` needs `Secure`" },
    { line: "__Http-sid=x; Secure", words: "`__Http-` needs `HttpOnly`" },
    { line: "__Host-Http-sid=x; Secure; Path=/", words: "`__Host-Http-` needs `HttpOnly`" },
    { line: "__Host-Http-sid=x; HttpOnly; Secure; Path=/x", words: "`Path=/`" },
    { line: "=__Host-sid=x", words: "no name" },
  ])("drops $line", ({ line, address, words }) => {
    const judged = judgeOne(line, address);
    expect(judged).toMatchObject({ outcome: "refused", because: expect.stringContaining(words) });
    expect(judged.findings.filter(({ level }) => level === "good")).toEqual([]);
  });

  it.each([
    "a=; Max-Age=0",
    "a=; Max-Age=-1",
    "a=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
    "a=1; Max-Age=0; Expires=Wed, 21 Oct 2099 07:28:00 GMT",
  ])("removes by %s", (line) => {
    expect(judgeOne(line).outcome).toBe("removes");
  });

  it("checks each prefix", () => {
    expect(cookiePrefixes.map((prefix) => judgeOne(`${prefix}a=1`).outcome)).toEqual(
      cookiePrefixes.map(() => "refused"),
    );
  });

  it.each([
    { line: "a=1", row: "Sent to", words: "`app.example.com` alone" },
    { line: "a=1; Domain=example.com", row: "Sent to", words: "every host below" },
    { line: "a=1", row: "Paths", words: "`/app` and below" },
    { line: "a=1; Path=x", row: "Paths", words: "`/app` and below" },
    { line: "a=1; Path=/", row: "Paths", words: "all" },
    { line: "a=1; Max-Age=3600", row: "Life", words: "1 hour, until 23 Nov 2026, 11:00:00 UTC" },
    { line: "a=1; Expires=Tue, 24 Nov 2026 10:00:00 GMT", row: "Life", words: "1 day" },
    { line: "a=1; Max-Age=60; Expires=Tue, 24 Nov 2026 10:00:00 GMT", row: "Life", words: "1 minute" },
    { line: "a=1; Max-Age=99999999", row: "Life", words: "cut to 400 days" },
    { line: "a=1; Max-Age=x", row: "Life", words: "until the browser ends" },
    { line: "a=ä", row: "Size", words: "3 bytes of 4096" },
  ])("reads $row of $line", ({ line, row, words }) => {
    expect(judgeOne(line).rows.find(([name]) => name === row)?.[1]).toContain(words);
  });
});

describe("weaknesses", () => {
  const long = "q0Vd3xKfT8nWm2RzLJ7yB5hEaGU";
  it.each<[string, Level, string]>([
    [`sid=${long}; HttpOnly; SameSite=Lax`, "danger", "No `Secure`"],
    ["theme=dark; SameSite=Lax", "warning", "No `Secure`"],
    [`sid=${long}; Secure; SameSite=Lax`, "danger", "No `HttpOnly`"],
    ["theme=dark; Secure; SameSite=Lax", "note", "No `HttpOnly`"],
    [`csrf=${long}${long}; Secure; SameSite=Lax`, "note", "No `HttpOnly`"],
    [`sid=${long}; Secure; HttpOnly`, "warning", "No `SameSite`"],
    [`sid=${long}; Secure; HttpOnly; SameSite=Never`, "warning", "that browsers do not know"],
    [`sid=${long}; Secure; HttpOnly; SameSite=None`, "warning", "`SameSite=None`"],
    [`sid=${long}; ${good}; Domain=example.com`, "danger", "Every subdomain gets it"],
    [`sid=${long}; ${good}`, "warning", "Neighbours can plant one"],
    [`sid=${long}; ${good}; Path=/app`, "note", "A path is no wall"],
    [`sid=${long}; ${good}; Max-Age=31536000`, "warning", "A long life"],
    ["a=1; Max-Age=99999999", "note", "More than browsers grant"],
    ["a=1; Max-Age=1; Expires=x", "note", "`Max-Age` and `Expires`"],
    ["a=1; Max-Age=1.5", "warning", "no whole number"],
    ["a=1; Expires=tomorrow", "warning", "cannot be read"],
    [`at=eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.; ${good}`, "note", "It holds a JWT"],
    [`a=${"x".repeat(3000)}`, "warning", "Large"],
    [`sid=12345; ${good}`, "warning", "Short for a secret"],
    ["prefs=%7B%22admin%22%3Atrue%7D", "warning", "looks like data"],
    ["value", "warning", "No name"],
    ["a b=1", "warning", "An unusual name"],
    ["a=x, y", "warning", "Unusual characters"],
    ["a=1; Path=/; Path=/x", "warning", "An attribute twice"],
    ["a=1; Http-Only", "note", "that browsers ignore"],
    [`__Host-sid=${long}; ${good}`, "good", "The prefix `__Host-`"],
    [`__Http-sid=${long}; ${good}`, "note", "The prefix `__Http-`"],
    [`sid=${long}; ${good}`, "good", "Flags"],
  ])("of %s: %s, %s", (line, level, title) => {
    const found = judgeOne(line).findings.filter((finding) => finding.title.includes(title));
    expect(found.map((finding) => finding.level)).toEqual([level]);
  });

  it("are none for the cookie as it should be, and its value is never repeated", () => {
    const { findings } = judgeOne(cookieExamples[0]?.text ?? "");
    expect(findings.filter(({ level }) => level === "danger" || level === "warning")).toEqual([]);
    const judged = judgeOne(`sid=${long}; Secure`);
    expect(JSON.stringify([judged.findings, judged.because, judged.rows])).not.toContain(long);
  });

  it("leave a removal alone", () => {
    expect(judgeOne("sid=; Max-Age=0").findings).toEqual([]);
  });

  it("of the example with a whole response: one of each outcome", () => {
    const example = cookieExamples.find(({ name }) => name === "A whole response");
    expect(judge(example?.text ?? "", example?.address).map(({ outcome }) => outcome)).toEqual([
      "refused",
      "stored",
      "refused",
      "removes",
    ]);
  });
});

// What is said of tokens: taken apart, their weaknesses, the examples.

import { base64url } from "jose";
import { describe, expect, it } from "vitest";
import type { Level } from "./findings.ts";
import { longestInput } from "./input.ts";
import { findWeaknesses } from "./jwt-findings.ts";
import { type Jwt, takeApart } from "./jwt-parts.ts";
import { readPastedKey } from "./pasted-key.ts";
import { tokenExamples } from "./samples.ts";
import { checkSignature } from "./signature.ts";

const nowMs = Date.UTC(2026, 10, 23, 10, 0, 0);
const now = nowMs / 1000;
const header = { alg: "ES256", typ: "lean+jwt", kid: "k1" };
const claims = {
  iss: "https://auth.example.com",
  sub: "example-subject",
  sid: "s234567890123456",
  iat: now,
  exp: now + 300,
};
const signature = base64url.encode(new Uint8Array(64).fill(7));

const encode = (part: object | string) => base64url.encode(typeof part === "string" ? part : JSON.stringify(part));
const token = (changes: object = {}, headerChanges: object = {}) =>
  `${encode({ ...header, ...headerChanges })}.${encode({ ...claims, ...changes })}.${signature}`;

function read(text: string): Jwt {
  const reading = takeApart(text);
  if (reading.state !== "read") throw new Error(reading.state === "problem" ? reading.problem : "nothing there");
  return reading.jwt;
}

describe("taking apart", () => {
  it.each([
    { it: "a bare token", text: token() },
    { it: "a header line", text: `Authorization: Bearer ${token()}` },
    { it: "a quoted token", text: `"${token()}"` },
    { it: "a token broken over lines", text: token().replaceAll(".", ".\n  ") },
  ])("reads $it", ({ text }) => {
    const jwt = read(text);
    expect(jwt.text).toBe(token());
    expect(jwt.header.members).toEqual(header);
    expect(jwt.claims.members).toEqual(claims);
    expect(jwt.signature.bytes?.length).toBe(64);
  });

  it("shows what is no JSON as it stands", () => {
    const jwt = read(`${encode(header)}.${encode("not JSON")}.${signature}`);
    expect(jwt.claims).toMatchObject({ text: "not JSON", members: undefined });
  });

  it("says of nothing that there is nothing", () => {
    expect(takeApart(" \n ")).toEqual({ state: "empty" });
  });

  it.each([
    { it: "two parts", text: "a.b", words: "one dot" },
    { it: "five parts", text: "a.b.c.d.e", words: "encrypted" },
    { it: "JSON", text: JSON.stringify(claims), words: "That is JSON" },
    { it: "a key", text: "-----BEGIN PUBLIC KEY-----", words: "That is a key" },
    { it: "a session token", text: "q0Vd3xKfT8nWm2RzLJ7yB5hEaGU", words: "a secret without meaning" },
    { it: "three parts that are none of a JWT", text: "a.b.c", words: "no JWT header" },
    { it: "a header that is a list", text: `${encode("[]")}.e30.`, words: "no JWT header" },
    { it: "more than is looked at", text: "x".repeat(longestInput + 1), words: "at the most" },
    { it: "broken base64", text: "%%%.%%%.%%%", words: "no JWT header" },
  ])("explains $it", ({ text, words }) => {
    expect(takeApart(text)).toMatchObject({ state: "problem", problem: expect.stringContaining(words) });
  });
});

interface Row {
  readonly it: string;
  readonly text: string;
  readonly level: Level;
  readonly title: string;
}

const changed = (it: string, changes: object, level: Level, title: string): Row => ({
  it,
  text: token(changes),
  level,
  title,
});
const headed = (it: string, changes: object, level: Level, title: string): Row => ({
  it,
  text: token({}, changes),
  level,
  title,
});
const spoiled = (it: string, text: string, level: Level, title: string): Row => ({ it, text, level, title });
const [head = "", body = ""] = token().split(".");

const weaknesses: readonly Row[] = [
  headed("alg none", { alg: "none" }, "danger", "nobody signed it"),
  headed("alg None, as an attacker spells it", { alg: "NoNe" }, "danger", "nobody signed it"),
  headed("no alg", { alg: undefined }, "danger", "No algorithm"),
  headed("an HMAC", { alg: "HS256" }, "warning", "One secret both signs and checks"),
  headed("an HMAC, which is open to confusion", { alg: "HS512" }, "note", "Open to confusion"),
  headed("an algorithm that is not taken", { alg: "PS512" }, "note", "the gate does not take"),
  ...["jku", "x5u", "jwk", "x5c", "crit", "b64", "zip"].map((name) =>
    headed(name, { [name]: "x" }, "danger", `\`${name}\` in the header`),
  ),
  headed("no typ", { typ: undefined }, "warning", "does not say what it is for"),
  headed("typ JWT", { typ: "JWT" }, "warning", "only that it is a JWT"),
  headed("no kid", { kid: undefined }, "note", "No `kid`"),
  headed("a kid that is a path", { kid: "../../dev/null" }, "danger", "looks like an attack"),
  headed("a kid that is a query", { kid: "1' OR '1'='1" }, "danger", "looks like an attack"),
  headed("a kid that is a number", { kid: 7 }, "warning", "no short text"),
  changed("no exp", { exp: undefined }, "danger", "It never ends"),
  changed("exp as a text", { exp: `${now + 300}` }, "danger", "`exp` is no number"),
  changed("exp in milliseconds", { exp: nowMs }, "danger", "in milliseconds"),
  changed("exp before iat", { exp: now - 1 }, "danger", "ends before it begins"),
  changed("a life of two days", { exp: now + 172_800 }, "danger", "It lives for 2 days"),
  changed("a life of two hours", { exp: now + 7200 }, "warning", "It lives for 2 hours"),
  changed("an end in the past", { iat: now - 600, exp: now - 300 }, "note", "Expired"),
  changed("a beginning in the future", { iat: now + 60, exp: now + 300 }, "warning", "Issued in the future"),
  changed("no iat", { iat: undefined }, "warning", "No `iat`"),
  changed("half a second", { nbf: now + 0.5 }, "warning", "no whole number"),
  changed("no iss", { iss: undefined }, "warning", "No issuer"),
  changed("no sub", { sub: undefined }, "warning", "No subject"),
  changed("no sid", { sid: undefined }, "note", "No session id"),
  changed("no aud", {}, "note", "No audience"),
  headed("at+jwt without aud", { typ: "at+jwt" }, "danger", "No audience"),
  changed("an e-mail address", { email: "ada@example.com" }, "warning", "personal data"),
  changed("an e-mail address under another name", { login: "ada@example.com" }, "warning", "personal data"),
  changed("a name within", { profile: { given_name: "Ada" } }, "warning", "personal data"),
  changed("a password", { db_password: "x" }, "danger", "It carries a secret"),
  changed("a token within", { upstream: token() }, "danger", "It carries a secret"),
  changed("rights", { roles: ["admin"] }, "note", "fixed until it ends"),
  changed("a bound key", { cnf: { jkt: "x" } }, "note", "Bound to a key"),
  changed("2 KB", { fill: "x".repeat(2000) }, "warning", "Large"),
  changed("5 KB", { fill: "x".repeat(5000) }, "danger", "Too large for a cookie"),
  changed("9 KB", { fill: "x".repeat(9000) }, "danger", "Too long to be looked at"),
  spoiled("a claim twice", `${head}.${encode('{"sub":"a","sub":"b"}')}.${signature}`, "danger", "A member twice"),
  spoiled("a claim twice, within", `${head}.${encode('{"a":{"b":1,"b":2}}')}.${signature}`, "danger", "A member twice"),
  spoiled("__proto__", `${head}.${encode('{"__proto__":{"admin":true}}')}.${signature}`, "danger", "Ambiguous JSON"),
  spoiled("claims that are a list", `${head}.${encode("[1]")}.${signature}`, "danger", "No JSON object"),
  spoiled("padding", `${head}.${body}=.${signature}`, "warning", "Not canonical base64url"),
  spoiled(
    "stray bits",
    `${head}.${body}.${signature.slice(0, -1)}${signature.endsWith("w") ? "x" : "_"}`,
    "warning",
    "Not canonical base64url",
  ),
  spoiled("line breaks", `${head}.\n${body}.${signature}`, "note", "Spaces or line breaks"),
  spoiled("no signature", `${head}.${body}.`, "danger", "There is no signature"),
  spoiled("a signature of zeros", `${head}.${body}.${base64url.encode(new Uint8Array(64))}`, "danger", "All zeros"),
  spoiled(
    "a signature cut off",
    `${head}.${body}.${base64url.encode(new Uint8Array(60).fill(1))}`,
    "warning",
    "Not the length",
  ),
  spoiled(
    "a signature in DER",
    `${head}.${body}.${base64url.encode(Uint8Array.of(0x30, 68, ...new Uint8Array(68).fill(2)))}`,
    "warning",
    "In DER",
  ),
  spoiled(
    "RSA of 1024 bits",
    `${encode({ ...header, alg: "RS256" })}.${body}.${base64url.encode(new Uint8Array(128).fill(1))}`,
    "danger",
    "weak RSA",
  ),
  spoiled(
    "RSA of 2048 bits",
    `${encode({ ...header, alg: "RS256" })}.${body}.${base64url.encode(new Uint8Array(256).fill(1))}`,
    "note",
    "2048 bits",
  ),
];

describe("the weaknesses of a token", () => {
  it.each(weaknesses)("are told: $it", ({ text, level, title }) => {
    const found = findWeaknesses(read(text), nowMs).filter((finding) => finding.title.includes(title));
    expect(found.map((finding) => finding.level)).toContain(level);
  });

  it("are none but the missing audience where everything is as it should be", () => {
    const bad = findWeaknesses(read(token()), nowMs).filter(({ level }) => level !== "good");
    expect(bad.map(({ title }) => title)).toEqual(["No audience"]);
  });

  it("repeat no value of a claim", () => {
    const text = token({ email: "ada@example.com", password: "hunter-two", note: "x" });
    expect(JSON.stringify(findWeaknesses(read(text), nowMs))).not.toMatch(/ada@example|hunter-two/);
  });
});

describe("the examples", () => {
  it.each([
    { name: "A good token", state: "good", title: "The signature is good" },
    { name: "Signed by nobody", state: "unknown", title: "nobody signed it" },
    { name: "Public key as secret", state: "forged", title: "the public key was used as a secret" },
    { name: "Guessable secret", state: "forged", title: "The secret was guessed" },
    { name: "Brings its own key", state: "good", title: "`jwk` in the header" },
    { name: "For years, and personal", state: "good", title: "personal data" },
    { name: "A claim twice", state: "good", title: "A member twice" },
  ])("$name: shows what it promises", async ({ name, state, title }) => {
    const sample = await tokenExamples.find((example) => example.name === name)?.make(nowMs);
    const jwt = read(sample?.token ?? "");
    const checked = await checkSignature(jwt, await readPastedKey(sample?.key ?? ""));
    expect(checked.state).toBe(state);
    const titles = [...checked.findings, ...findWeaknesses(jwt, nowMs)].map((finding) => finding.title);
    expect(titles.filter((each) => each.includes(title))).not.toEqual([]);
  });

  it("are all tried", () => {
    expect(tokenExamples).toHaveLength(7);
  });
});

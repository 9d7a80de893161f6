import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { acceptedCookieNames, findCookie, findCookies, findCookieValues, isPlainLocalhost } from "./cookies.ts";
import { twice } from "./request.ts";

const name = "__Host-Http-sid";

describe("findCookie", () => {
  it.each([
    { it: "finds the only cookie", header: `${name}=v`, found: "v" },
    { it: "finds one among others", header: `a=b; ${name}=v; c=d`, found: "v" },
    { it: "needs no space after the semicolon", header: `a=b;${name}=v;c=d`, found: "v" },
    { it: "trims space and tab", header: `a=b; \t ${name}=v \t; c=d`, found: "v" },
    { it: "keeps an equals sign in the value", header: `${name}=v=w==`, found: "v=w==" },
    { it: "leaves quotes as they are", header: `${name}="v"`, found: '"v"' },
    { it: "decodes nothing", header: `${name}=%76`, found: "%76" },
    { it: "finds an empty value", header: `${name}=; a=b`, found: "" },
    { it: "finds nothing in an empty header", header: "", found: undefined },
    { it: "finds no other case", header: "__HOST-HTTP-SID=v", found: undefined },
    { it: "finds no longer name", header: `x${name}=v; ${name}x=v`, found: undefined },
    { it: "finds no name with a space before the equals sign", header: `${name} =v`, found: undefined },
    { it: "finds no nameless cookie that imitates one", header: `=${name}=v`, found: undefined },
    { it: "finds no cookie without an equals sign", header: name, found: undefined },
    { it: "trims no other white space before a name", header: `\u00a0${name}=v; \u2003${name}=v`, found: undefined },
    { it: "trims no line end", header: `\n${name}=v`, found: undefined },
    { it: "looks into no value", header: `a=${name}=v`, found: undefined },
    { it: "refuses two", header: `${name}=v; ${name}=w`, found: twice },
    { it: "refuses two with the same value", header: `${name}=v; a=b; ${name}=v`, found: twice },
    { it: "refuses an empty one beside another", header: `${name}=; ${name}=v`, found: twice },
    { it: "looks into 16 KB", header: `${name}=v; a=${"b".repeat(16_384 - 22)}`, found: "v" },
    { it: "looks into no more", header: `${name}=v; a=${"b".repeat(16_384 - 18)}`, found: undefined },
  ])("$it", ({ header, found }) => {
    expect(findCookie(header, name)).toBe(found);
    const values = findCookieValues(header, name, 8);
    expect(values.length > 1 ? twice : values[0]).toBe(found);
  });

  it("finds exactly what was written, wherever it stands", () => {
    const token = fc.stringMatching(/^[!#$%&'*+\-.^_`|~\w]{1,9}$/);
    const other = fc.tuple(token, token).filter(([n]) => n !== name);
    fc.assert(
      fc.property(fc.array(other), token, fc.array(other), (before, value, after) => {
        const header = [...before, [name, value], ...after].map((pair) => pair.join("=")).join("; ");
        expect(findCookie(header, name)).toBe(value);
      }),
    );
  });
});

describe("findCookies", () => {
  it("finds what `findCookie` finds of each name", () => {
    const names = [name, "at", `x${name}`];
    const piece = fc.constantFrom(...names, "=", ";", " ", "\t", "a");
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 16 }), (pieces) => {
        const header = pieces.join("");
        const each = names.map((one) => findCookie(header, one));
        expect(findCookies(header, names)).toEqual(each.includes(twice) ? twice : each);
      }),
    );
  });
});

describe("findCookieValues", () => {
  it("finds every value in the order sent, equal ones too, up to the number asked for", () => {
    const header = `${name}=v; a=b;${name}= w ; x${name}=y;\t${name}=v;${name}=`;
    expect(findCookieValues(header, name, 8)).toEqual(["v", " w", "v", ""]);
    expect(findCookieValues(header, name, 3)).toEqual(["v", " w", "v"]);
  });

  it("reads values as `findCookie` reads a single one", () => {
    const piece = fc.constantFrom(name, "=", ";", " ", "\t", "a", '"', "\u00a0");
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const header = pieces.join("");
        const [value, another] = findCookieValues(header, name, 2);
        expect(another === undefined ? value : twice).toBe(findCookie(header, name));
      }),
    );
  });
});

describe("the names that count", () => {
  it.each([
    { issuer: "https://auth.example", names: ["__Host-Http-at"] },
    { issuer: "http://auth.example", names: ["__Host-Http-at"] },
    { issuer: "https://localhost", names: ["__Host-Http-at"] },
    { issuer: "http://localhost:4000", names: ["__Host-Http-at", "at"] },
    { issuer: "http://127.0.0.1:4000", names: ["__Host-Http-at", "at"] },
    { issuer: "http://[::1]:4000", names: ["__Host-Http-at", "at"] },
    { issuer: "http://localhost.evil.example", names: ["__Host-Http-at"] },
    { issuer: "http://127.0.0.1.evil.example", names: ["__Host-Http-at"] },
    { issuer: "my-issuer", names: ["__Host-Http-at"] },
  ])("for $issuer are $names", ({ issuer, names }) => {
    expect(acceptedCookieNames(issuer, "accessToken")).toEqual(names);
    expect(isPlainLocalhost(issuer)).toBe(names.length === 2);
  });
});

import { runInNewContext } from "node:vm";
import { type JsonObject, parseStrictObject, registeredClaims } from "@countersign/verifier";
import { describe, expect, it } from "vitest";
import { checkClaims, maxClaimsBytes, maxClaimsDepth } from "./claims.ts";

const nested = (levels: number): JsonObject => ({ a: levels === 1 ? "x" : nested(levels - 1) });
const listed = (levels: number): object => (levels === 1 ? [] : [listed(levels - 1)]);
const sized = (bytes: number): JsonObject => ({ a: "é", b: "x".repeat(bytes - `{"a":"__","b":""}`.length) });

class Role {
  readonly name = "editor";
}

function circle(): object {
  const made: Record<string, unknown> = { list: [] };
  made.list = [made];
  return made;
}

const hidden = Object.defineProperty({}, "role", { value: "admin", enumerable: false });
const holes = new Array(2).concat("x");

describe("the claims of a hook", () => {
  it.each<readonly [string, object]>([
    ["none", {}],
    ["every kind of JSON", { a: [1, -0.5, 1e300, "", true, false, null, {}, []], "": { b: "c" } }],
    ["names that look like those of the token", { Sub: 1, issuer: true, "https://example.com/sub": [] }],
    ["names of every object's own methods", { constructor: 1, toString: { valueOf: null } }],
    ["a whole emoji, and the character 0", { "\ud83d\ude00": "\ud83d\ude00\u0000" }],
    ["as many levels of objects as are allowed", nested(maxClaimsDepth)],
    ["as many levels of lists", { a: listed(maxClaimsDepth - 1) }],
    ["as many bytes as are allowed", sized(maxClaimsBytes)],
  ])("are taken as they are: %s", (_name, claims) => {
    expect(checkClaims(claims)).toEqual(claims);
    // What a token or an answer wraps around them still leaves them readable.
    const wrapped = Buffer.from(JSON.stringify({ answer: { claims: checkClaims(claims) } }));
    expect(parseStrictObject(wrapped)).toEqual({ answer: { claims } });
  });

  it("are a copy: what the hook does with its object later changes nothing", () => {
    const answer = { roles: ["editor"] };
    const claims = checkClaims(answer);
    answer.roles.push("admin");
    expect(claims).toEqual({ roles: ["editor"] });
  });

  it("may come without a prototype, or from another realm", () => {
    expect(checkClaims(Object.assign(Object.create(null), { a: 1 }))).toEqual({ a: 1 });
    expect(checkClaims(runInNewContext("({ a: { b: [1] } })"))).toEqual({ a: { b: [1] } });
  });

  it.each<readonly [string, unknown]>([
    ["nothing", undefined],
    ["null", null],
    ["a text", "admin"],
    ["a number", 1],
    ["a list", ["admin"]],
    ["a function", () => ({})],
    ["a promise", Promise.resolve({})],
    ["a Map", new Map([["role", "admin"]])],
    ["an object of a class", new Role()],
    ["a member without a value", { role: undefined }],
    ["such a member deeper", { user: { role: undefined } }],
    ["such a member of a list", { roles: ["editor", undefined] }],
    ["a list with holes", { roles: holes }],
    ["a list with a name of its own", { roles: Object.assign(["editor"], { of: "ada" }) }],
    ["a BigInt", { balance: 1n }],
    ["a number that is none", { balance: Number.NaN }],
    ["an infinite number", { balance: Number.NEGATIVE_INFINITY }],
    ["a Date", { since: new Date(0) }],
    ["a Map within", { roles: new Map() }],
    ["an object of a class within", { roles: [new Role()] }],
    ["a boxed text", { name: new String("ada") }],
    ["a function within", { can: () => true }],
    ["a symbol within", { tag: Symbol("x") }],
    ["a symbol as name", { [Symbol("role")]: "admin" }],
    ["a symbol as name within", { user: { [Symbol("role")]: "admin" } }],
    ["a hidden member within", { user: hidden }],
    ["what writes itself otherwise", { user: { role: "editor", toJSON: () => ({ role: "admin", toJSON: 1 }) } }],
    ["what cannot be written", { user: { toJSON: () => JSON.parse("{") } }],
    ["half an emoji", { name: "\ud83d" }],
    ["half an emoji as name", { "\ude00": 1 }],
    ["the name __proto__", JSON.parse('{"__proto__":{"role":"admin"}}')],
    ["the name __proto__ within", { user: JSON.parse('{"__proto__":1}') }],
    ["a circle", circle()],
    ["a level too many", nested(maxClaimsDepth + 1)],
    ["a level of lists too many", { a: listed(maxClaimsDepth) }],
    ["100,000 levels", nestedText(100_000)],
  ])("may not be or hold what does not arrive as it is: %s", (_name, answer) => {
    expect(() => checkClaims(answer)).toThrow(expect.objectContaining({ name: "UsageError", code: "claims_invalid" }));
  });

  it("are refused with the name of the claim, and without what it says", () => {
    expect(() => checkClaims({ fine: 1, since: new Date(0) })).toThrow(/"since"/);
    expect(() => checkClaims({ since: { secret: 1n } })).toThrow(/^(?!.*secret).*"since"/);
  });

  it.each([...registeredClaims])("may not name the token's own: %s", (name) => {
    expect(() => checkClaims({ mine: 1, [name]: 2 })).toThrow(
      expect.objectContaining({ name: "UsageError", code: "claims_reserved" }),
    );
  });

  it("may not take a byte more than is allowed, counted as UTF-8", () => {
    expect(() => checkClaims(sized(maxClaimsBytes + 1))).toThrow(
      expect.objectContaining({ name: "UsageError", code: "claims_too_large" }),
    );
  });
});

function nestedText(levels: number): object {
  let made = {};
  for (let level = 0; level < levels; level += 1) made = { a: made };
  return made;
}

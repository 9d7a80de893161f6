import { describe, expect, it } from "vitest";
import { sha256 } from "../primitives/bytes.ts";
import { createTestRandom } from "../primitives/testing.ts";
import { createMemoryStore } from "../stores/memory.ts";
import { covers, findService, newServiceKey, requireFittingScopes } from "./service-key.ts";

async function setting() {
  const store = createMemoryStore();
  const { id, secret, secretHash } = newServiceKey(createTestRandom("service"));
  await store.services.create({ id, name: "api", secretHash, scopes: ["introspect"], audience: null });
  const find = (authorization: string | readonly string[] | undefined) =>
    findService(store, { headers: authorization === undefined ? {} : { authorization } });
  return { id, secret, find, basic: (text: string) => `Basic ${Buffer.from(text).toString("base64")}` };
}

describe("a service key", () => {
  it("is a public id and a secret of 256 bits that is kept as a hash", () => {
    const { id, secret, secretHash } = newServiceKey(createTestRandom("key"));
    expect(id).toMatch(/^[\w-]{12}$/);
    expect(Buffer.from(secret, "base64url")).toHaveLength(32);
    expect(secretHash).toBe(sha256(secret));
  });

  it("is recognised as Basic and as Bearer, in whatever case the scheme is written", async () => {
    const { id, secret, find, basic } = await setting();
    const headers = [basic(`${id}:${secret}`), `Bearer ${id}.${secret}`, `bearer  ${id}.${secret}`];
    for (const header of headers) expect((await find(header))?.id).toBe(id);
    expect((await find(basic(`${id}:${secret}`).replace("Basic", "bASIC")))?.id).toBe(id);
  });

  it.each<
    readonly [string, (id: string, secret: string, basic: (text: string) => string) => string | string[] | undefined]
  >([
    ["none", () => undefined],
    ["empty", () => ""],
    ["without a scheme", (id, secret) => `${id}.${secret}`],
    ["of another scheme", (id, secret) => `Token ${id}.${secret}`],
    ["with a wrong secret", (id) => `Bearer ${id}.${"A".repeat(43)}`],
    ["with the hash as secret", (id, secret) => `Bearer ${id}.${sha256(secret)}`],
    ["with an unknown id", (_, secret) => `Bearer ${"A".repeat(12)}.${secret}`],
    ["with no secret", (id, _, basic) => basic(`${id}:`)],
    ["with something behind it", (id, secret) => `Bearer ${id}.${secret}.x`],
    ["with a line break", (id, secret, basic) => basic(`${id}:${secret}\n`)],
    ["sent twice", (id, secret) => [`Bearer ${id}.${secret}`, `Bearer ${id}.${secret}`]],
    ["very long", (id, secret) => `Bearer ${" ".repeat(600)}${id}.${secret}`],
  ])("is not recognised when it is %s", async (_name, make) => {
    const { id, secret, find, basic } = await setting();
    expect(await find(make(id, secret, basic))).toBeUndefined();
  });
});

describe("the scopes of a service key", () => {
  const audience = "https://api.example";
  it.each([
    ["introspect", ["introspect"], null, true],
    ["introspect", ["introspect"], audience, true],
    ["introspect", ["admin"], null, false],
    ["revoke", ["introspect", "revoke"], audience, true],
    ["admin", ["introspect", "admin"], null, true],
    ["admin", ["introspect", "admin"], audience, false],
    ["admin", ["introspect", "revoke"], null, false],
    ["introspect", ["introspect", "admin"], audience, true],
    ["introspect", [], null, false],
  ] as const)("cover %s where they are %j for the audience %s: %s", (scope, scopes, of, expected) => {
    expect(covers({ scopes, audience: of }, scope)).toBe(expected);
  });

  it.each([
    [["admin"], audience],
    [["introspect", "revoke", "admin"], audience],
    [["admin"], ""],
  ] as const)("%j for the audience %j are refused when a key is made", (scopes, of) => {
    expect(() => requireFittingScopes({ scopes, audience: of })).toThrow(
      expect.objectContaining({ name: "UsageError", code: "service_audience_admin" }),
    );
  });

  it.each([
    [["admin"], null],
    [["introspect", "revoke", "admin"], null],
    [["introspect", "revoke"], audience],
    [[], audience],
  ] as const)("%j for the audience %j are taken", (scopes, of) => {
    expect(() => requireFittingScopes({ scopes, audience: of })).not.toThrow();
  });
});

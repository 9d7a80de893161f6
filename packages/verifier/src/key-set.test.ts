import { createServer } from "node:http";
import type { JWK } from "jose";
import { describe, expect, it } from "vitest";
import { createLocalKeySet, createRemoteKeySet, type KeySource, type RemoteKeySetOptions } from "./key-set.ts";
import { ConfigurationError, Unavailable } from "./primitives/errors.ts";
import { createTestClock, createTestKey, listen } from "./testing.ts";

const [k1, k2, k1Again] = await Promise.all([createTestKey("k1"), createTestKey("k2"), createTestKey("k1")]);
const url = "https://auth.example/.well-known/jwks.json";

type Answer = () => Response | Promise<Response>;

const publish =
  (...keys: JWK[]): Answer =>
  () =>
    Response.json({ keys });
const fail: Answer = () => Promise.reject(new TypeError("fetch failed"));

/** A remote set whose issuer answers as `answer` says at the time. */
function remote(options: Partial<RemoteKeySetOptions> = {}) {
  const clock = createTestClock();
  const issuer = { answer: publish(k1.publicJwk), fetches: 0 };
  const fetch = async () => {
    issuer.fetches += 1;
    return issuer.answer();
  };
  return { clock, issuer, keys: createRemoteKeySet({ url, fetch, clock, ...options }) };
}

/** Whether a key is known, unknown, or cannot be told. */
async function ask(keys: KeySource, kid: string): Promise<string> {
  try {
    return (await keys.find(kid)) === undefined ? "unknown" : "known";
  } catch (error) {
    if (error instanceof Unavailable) return error.code;
    throw error;
  }
}

/** Lets what was begun in the background come to its end. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

describe("a remote key set", () => {
  it("is fetched at first use, once for all who wait, and then kept", async () => {
    const { keys, issuer } = remote();
    expect(issuer.fetches).toBe(0);
    const found = await Promise.all(Array.from({ length: 100 }, () => ask(keys, "k1")));
    expect(new Set(found)).toEqual(new Set(["known"]));
    expect(issuer.fetches).toBe(1);
    expect(keys.find("k1")).not.toBeInstanceOf(Promise);
    expect(keys.has("k1")).toBe(true);
    expect(keys.has("k2")).toBe(false);
    expect(issuer.fetches).toBe(1);
  });

  it("asks for JSON and follows no redirect", async () => {
    const requests: [string, RequestInit][] = [];
    const fetch = async (target: string, init: RequestInit) => {
      requests.push([target, init]);
      return Response.json({ keys: [k1.publicJwk] });
    };
    await ask(createRemoteKeySet({ url, fetch, clock: createTestClock() }), "k1");
    expect(requests).toMatchObject([[url, { redirect: "manual", headers: { accept: "application/json" } }]]);
  });

  it("is fetched again for an unknown key, after the cool-down", async () => {
    const { keys, issuer, clock } = remote();
    await ask(keys, "k1");
    issuer.answer = publish(k1.publicJwk, k2.publicJwk);
    clock.advance(29);
    expect(await ask(keys, "k2")).toBe("unknown");
    expect(issuer.fetches).toBe(1);
    clock.advance(1);
    expect(await ask(keys, "k2")).toBe("known");
    expect(issuer.fetches).toBe(2);
  });

  it("is not fetched by a flood of unknown keys", async () => {
    const { keys, issuer, clock } = remote();
    for (let second = 0; second < 60; second += 1) {
      await Promise.all(Array.from({ length: 20 }, (_, index) => ask(keys, `unknown-${second}-${index}`)));
      clock.advance(1);
    }
    expect(issuer.fetches).toBe(2);
  });

  it("says that it cannot tell, not that a key is unknown, after a failed fetch", async () => {
    const { keys, issuer, clock } = remote();
    await ask(keys, "k1");
    issuer.answer = fail;
    clock.advance(30);
    expect(await ask(keys, "k2")).toBe("key_set_unavailable");
    expect(await ask(keys, "k2")).toBe("key_set_unavailable");
    expect(issuer.fetches).toBe(2);
    expect(await ask(keys, "k1")).toBe("known");
  });

  it("soon finds an issuer that starts late, and does not press one that is down", async () => {
    const { keys, issuer, clock } = remote();
    issuer.answer = fail;
    expect(await ask(keys, "k1")).toBe("key_set_unavailable");
    expect(await ask(keys, "k1")).toBe("key_set_unavailable");
    expect(issuer.fetches).toBe(1);
    clock.advance(1);
    await ask(keys, "k1");
    expect(issuer.fetches).toBe(2);
    clock.advance(1);
    await ask(keys, "k1");
    expect(issuer.fetches).toBe(2);
    for (let second = 0; second < 300; second += 1) {
      clock.advance(1);
      await ask(keys, "k1");
    }
    expect(issuer.fetches).toBeLessThanOrEqual(2 + 3 + 10);
    issuer.answer = publish(k1.publicJwk);
    clock.advance(30);
    expect(await ask(keys, "k1")).toBe("known");
  });

  it("tells for how long it will not ask again", async () => {
    const { keys, issuer, clock } = remote();
    issuer.answer = fail;
    for (const wait of [1, 2, 4, 8, 16, 30, 30]) {
      await ask(keys, "k1");
      const error: unknown = await Promise.resolve(keys.find("k1")).catch((caught: unknown) => caught);
      expect(error).toMatchObject({ code: "key_set_unavailable", retryAfterSeconds: wait });
      clock.advance(wait);
    }
  });

  it("is renewed in the background when it is used after the refresh interval", async () => {
    const { keys, issuer, clock } = remote();
    await ask(keys, "k1");
    issuer.answer = publish(k2.publicJwk);
    clock.advance(299);
    expect(await ask(keys, "k1")).toBe("known");
    expect(issuer.fetches).toBe(1);
    clock.advance(1);
    expect(await ask(keys, "k1")).toBe("known");
    await settle();
    expect(issuer.fetches).toBe(2);
    expect(await ask(keys, "k1")).toBe("unknown");
    expect(keys.has("k1")).toBe(false);
    expect(keys.has("k2")).toBe(true);
  });

  it("is renewed too when only remembered tokens use it", async () => {
    const { keys, issuer, clock } = remote();
    await ask(keys, "k1");
    issuer.answer = publish(k2.publicJwk);
    clock.advance(300);
    expect(keys.has("k1")).toBe(true);
    await settle();
    expect(keys.has("k1")).toBe(false);
  });

  it("serves the last good set while the issuer is down, for a bounded time", async () => {
    const { keys, issuer, clock } = remote({ staleSeconds: 3600 });
    await ask(keys, "k1");
    issuer.answer = fail;
    clock.advance(3599);
    expect(keys.has("k1")).toBe(true);
    expect(await ask(keys, "k1")).toBe("known");
    await settle();
    clock.advance(1);
    expect(keys.has("k1")).toBe(false);
    expect(await ask(keys, "k1")).toBe("key_set_unavailable");
    clock.advance(30);
    issuer.answer = publish(k1.publicJwk);
    expect(await ask(keys, "k1")).toBe("known");
  });

  it("knows a key that changed under its name from the one before", async () => {
    const { keys, issuer, clock } = remote();
    const before = await keys.find("k1");
    clock.advance(300);
    keys.has("k1");
    await settle();
    expect(issuer.fetches).toBe(2);
    expect(keys.has("k1", before)).toBe(true);
    issuer.answer = publish(k1Again.publicJwk);
    clock.advance(300);
    keys.has("k1");
    await settle();
    expect(keys.has("k1")).toBe(true);
    expect(keys.has("k1", before)).toBe(false);
  });

  it("leaves out keys of other kinds and keys that are no longer secret", async () => {
    const { keys, issuer } = remote();
    const oct = { kty: "oct", k: "AAAA", kid: "oct", alg: "HS256" };
    issuer.answer = publish(oct, { kty: "XYZ", kid: "x" }, k2.privateJwk, k1.publicJwk);
    expect(await ask(keys, "k1")).toBe("known");
    expect(await ask(keys, "oct")).toBe("unknown");
    expect(await ask(keys, "k2")).toBe("unknown");
  });

  it("takes an empty set at its word", async () => {
    const { keys, issuer } = remote();
    issuer.answer = publish();
    expect(await ask(keys, "k1")).toBe("unknown");
  });

  it.each<{ it: string; answer: Answer }>([
    { it: "a kid twice", answer: publish(k1.publicJwk, k2.publicJwk, k1Again.publicJwk) },
    {
      it: "too many keys",
      answer: publish(...Array.from({ length: 33 }, (_, n) => ({ ...k1.publicJwk, kid: `k${n}` }))),
    },
    { it: "too many bytes", answer: () => Response.json({ keys: [k1.publicJwk], x: "x".repeat(65_536) }) },
    { it: "no keys member", answer: () => Response.json({}) },
    { it: "keys that are no list", answer: () => Response.json({ keys: { k1: k1.publicJwk } }) },
    { it: "keys twice", answer: () => new Response(`{"keys":[],"keys":[${JSON.stringify(k1.publicJwk)}]}`) },
    { it: "a list", answer: () => Response.json([k1.publicJwk]) },
    { it: "no JSON", answer: () => new Response("<html>") },
    { it: "no body", answer: () => new Response(null) },
    { it: "a redirect", answer: () => Response.redirect("https://evil.example/jwks.json") },
    { it: "status 404", answer: () => Response.json({ keys: [k1.publicJwk] }, { status: 404 }) },
    { it: "status 500", answer: () => new Response("", { status: 500 }) },
    {
      it: "a body that breaks off",
      answer: () => new Response(new ReadableStream({ pull: (c) => c.error(new Error("gone")) })),
    },
    { it: "no answer", answer: fail },
  ])("keeps the last good set when the next has $it", async ({ answer }) => {
    const { keys, issuer, clock } = remote();
    await ask(keys, "k2");
    issuer.answer = answer;
    clock.advance(30);
    expect(await ask(keys, "k2")).toBe("key_set_unavailable");
    expect(await ask(keys, "k1")).toBe("known");
    expect(keys.has("k1")).toBe(true);
  });

  it.each<{ it: string; answer: Answer }>([
    { it: "that never answers", answer: () => new Promise(() => undefined) },
    {
      it: "whose body never ends",
      answer: () => new Response(new ReadableStream({ pull: () => new Promise(() => undefined) })),
    },
  ])("gives up an issuer $it", async ({ answer }) => {
    const { keys, issuer, clock } = remote({ timeoutMs: 5000 });
    issuer.answer = answer;
    const asked = ask(keys, "k1");
    await settle();
    clock.advance(4.999);
    await settle();
    expect(await Promise.race([asked, "waiting"])).toBe("waiting");
    clock.advance(0.001);
    expect(await asked).toBe("key_set_unavailable");
  });

  it("stops reading a document that is too long", async () => {
    let pulled = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        pulled += 1;
        controller.enqueue(new Uint8Array(16_384).fill(0x20));
      },
    });
    const { keys, issuer } = remote();
    issuer.answer = () => new Response(endless);
    expect(await ask(keys, "k1")).toBe("key_set_unavailable");
    expect(pulled).toBeLessThan(10);
  });

  it("really fetches, and really does not follow a redirect", async () => {
    const seen: string[] = [];
    const server = createServer((request, response) => {
      seen.push(request.url ?? "");
      if (request.url === "/moved") response.writeHead(302, { location: "/jwks.json" }).end();
      else response.end(JSON.stringify({ keys: [k1.publicJwk] }));
    });
    const { origin, close } = await listen(server);
    const at = (path: string) => createRemoteKeySet({ url: `${origin}${path}` });
    expect(await ask(at("/jwks.json"), "k1")).toBe("known");
    expect(await ask(at("/moved"), "k1")).toBe("key_set_unavailable");
    expect(seen).toEqual(["/jwks.json", "/moved"]);
    await close();
  });

  it.each([
    { option: "url", options: { url: "http://auth.example/jwks.json" } },
    { option: "url", options: { url: "ftp://localhost/jwks.json" } },
    { option: "url", options: { url: "https://user:pass@auth.example/" } },
    { option: "url", options: { url: "/jwks.json" } },
    { option: "refreshSeconds", options: { refreshSeconds: 0 } },
    { option: "cooldownSeconds", options: { cooldownSeconds: -1 } },
    { option: "staleSeconds", options: { staleSeconds: Number.NaN } },
    { option: "timeoutMs", options: { timeoutMs: Number.POSITIVE_INFINITY } },
    { option: "maxBytes", options: { maxBytes: 0 } },
    { option: "maxKeys", options: { maxKeys: 0 } },
  ])("refuses a wrong $option: $options", ({ option, options }) => {
    const make = () => createRemoteKeySet({ url, ...options });
    expect(make).toThrow(ConfigurationError);
    expect(make).toThrow(`${option}: `);
  });
});

describe("a local key set", () => {
  it("holds its keys, at once after the first use", async () => {
    const keys = createLocalKeySet({ keys: [k1.publicJwk, k2.publicJwk] });
    const key = await keys.find("k1");
    expect(key).toMatchObject({ kid: "k1", algorithm: "ES256" });
    expect(keys.find("k1")).toBe(key);
    expect(keys.has("k1", key)).toBe(true);
    expect(keys.has("k2", key)).toBe(false);
    expect(keys.has("k3")).toBe(false);
    expect(await keys.find("k3")).toBeUndefined();
  });

  it.each([
    { it: "no object", jwks: "jwks", says: "jwks.keys: must be an array" },
    { it: "no keys", jwks: {}, says: "jwks.keys: must be an array" },
    { it: "a private key", jwks: { keys: [k1.publicJwk, k2.privateJwk] }, says: "jwks.keys[1]: must be public" },
    {
      it: "a kid twice",
      jwks: { keys: [k1.publicJwk, k1Again.publicJwk] },
      says: "jwks.keys: must not use a kid twice",
    },
  ])("refuses $it", ({ jwks, says }) => {
    expect(() => createLocalKeySet(jwks)).toThrow(says);
  });

  it("tells of a key that turns out to be none", async () => {
    const keys = createLocalKeySet({ keys: [{ ...k1.publicJwk, y: k1.publicJwk.x }] });
    await expect(keys.find("k1")).rejects.toThrow(ConfigurationError);
  });
});

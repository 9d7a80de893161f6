import { describe, expect, it } from "vitest";
import { type FeedOptions, readFeedOptions } from "./feed-options.ts";
import { ConfigurationError } from "./primitives/errors.ts";
import { createTestClock, issuer } from "./testing.ts";

const serviceKey = `${"k".repeat(12)}.${"s".repeat(43)}`;
const clock = createTestClock();
const random = { bytes: (length: number) => new Uint8Array(length) };

const read = (options: object = {}, at = issuer) =>
  readFeedOptions(at, { serviceKey, ...options } as FeedOptions, { fetch: undefined, clock, random });

/** Where the first question is sent, and with which key. */
async function firstQuestion(options: object = {}, at = issuer) {
  let asked: { url: string; key: string | null } | undefined;
  const { transport } = readFeedOptions(at, { serviceKey, ...options } as FeedOptions, {
    clock,
    random,
    fetch: (url, init) => {
      asked = { url, key: new Headers(init.headers).get("authorization") };
      return Promise.reject(new TypeError("fetch failed"));
    },
  });
  const question = {
    follower: "F".repeat(16),
    name: "",
    applied: 0,
    mark: "",
    lagMs: 5000,
    onStale: "ask",
    nonce: "n",
  } as const;
  await expect(transport.ask(question, new AbortController().signal)).rejects.toThrow("fetch failed");
  return asked;
}

describe("the options of the feed", () => {
  it("have defaults: five seconds, then the issuer is asked, in the background", () => {
    expect(read()).toMatchObject({ name: "service", lagMs: 5000, onStale: "ask", follow: "background", clock, random });
  });

  it.each([
    ["a key alone", {}],
    ["the shortest lag", { lagMs: 100 }],
    ["the longest lag", { lagMs: 60_000 }],
    ["the shortest patience", { timeoutMs: 1 }],
    ["the longest patience", { timeoutMs: 60_000 }],
    ["a name of 64 characters", { name: "n".repeat(64) }],
    ["refusing when stale", { onStale: "refuse" }],
    ["accepting when stale, by its name", { onStale: "insecureAccept" }],
    ["following on demand", { follow: "on-demand" }],
    ["an address of its own", { url: "https://feed.example/x" }],
    ["an address on this machine", { url: "http://localhost:4000/auth/revocations" }],
    ["options that are absent", { url: undefined, name: undefined, lagMs: undefined, timeoutMs: undefined }],
  ])("may be %s", (_name, options) => {
    expect(read(options)).toMatchObject(
      Object.fromEntries(
        Object.entries(options).filter(
          ([name, value]) => value !== undefined && name !== "url" && name !== "timeoutMs",
        ),
      ),
    );
  });

  it.each([
    ["no key", { serviceKey: undefined }, "feed.serviceKey"],
    ["a key without its secret", { serviceKey: "k".repeat(12) }, "feed.serviceKey"],
    ["a key one character short", { serviceKey: serviceKey.slice(0, -1) }, "feed.serviceKey"],
    ["a key with a line break", { serviceKey: `${serviceKey}\n` }, "feed.serviceKey"],
    ["an address without TLS", { url: "http://auth.example/auth/revocations" }, "feed.url"],
    ["an address that is none", { url: "/auth/revocations" }, "feed.url"],
    ["no name", { name: "" }, "feed.name"],
    ["a name of 65 characters", { name: "n".repeat(65) }, "feed.name"],
    ["a name that is no text", { name: 7 }, "feed.name"],
    ["a lag too short", { lagMs: 99 }, "feed.lagMs"],
    ["a lag too long", { lagMs: 60_001 }, "feed.lagMs"],
    ["a lag that is no number", { lagMs: Number.NaN }, "feed.lagMs"],
    ["a lag without end", { lagMs: Number.POSITIVE_INFINITY }, "feed.lagMs"],
    ["a lag in words", { lagMs: "5s" }, "feed.lagMs"],
    ["no patience", { timeoutMs: 0 }, "feed.timeoutMs"],
    ["too much patience", { timeoutMs: 60_001 }, "feed.timeoutMs"],
    ["accepting when stale, by a harmless name", { onStale: "accept" }, "feed.onStale"],
    ["following in some other way", { follow: "sometimes" }, "feed.follow"],
    ["an option misspelt", { lag: 5000 }, "feed.lag"],
  ])("may not be %s, and the error names the option and no secret", (_name, options, option) => {
    expect(() => read(options)).toThrow(ConfigurationError);
    expect(() => read(options)).toThrow(expect.objectContaining({ option }));
    expect(() => read(options)).not.toThrow("s".repeat(42));
  });

  it("lead to /auth/revocations under the issuer, unless they say where else", async () => {
    const key = `Bearer ${serviceKey}`;
    expect(await firstQuestion()).toEqual({ url: `${issuer}/auth/revocations/ack`, key });
    expect(await firstQuestion({}, `${issuer}/`)).toEqual({ url: `${issuer}/auth/revocations/ack`, key });
    expect(await firstQuestion({ url: "https://feed.example/x" })).toEqual({ url: "https://feed.example/x/ack", key });
  });
});

import { createVerifier } from "@countersign/verifier";
import { describe, expect, it } from "vitest";
import { createKeyRing } from "../keys/key-ring.ts";
import { createSecrets } from "../keys/secrets.ts";
import type { Random } from "../primitives/random.ts";
import { createTestClock, createTestRandom } from "../primitives/testing.ts";
import { createMemoryStore } from "../stores/memory.ts";
import { type AccessTokenInput, createAccessTokenIssuer } from "./access-token.ts";

const issuer = "https://auth.example.com";
const input = { typ: "lean+jwt", sub: "subject-of-tests", sid: "session-of-tests", claims: {} } as const;

function setting(options: { random?: Random; maxBytes?: number; ready?: () => Promise<void> } = {}) {
  const clock = createTestClock();
  const random = createTestRandom("access tokens");
  const secrets = createSecrets(["a server secret for access tokens"]);
  const keys = createKeyRing({ store: createMemoryStore({ clock }), secrets, clock, random, maxTokenSeconds: 300 });
  const tokens = createAccessTokenIssuer({
    issuer,
    keys,
    random: options.random ?? random,
    lifetimeSeconds: 300,
    maxBytes: options.maxBytes ?? 1024,
    ready: options.ready ?? (async () => undefined),
  });
  const verifier = createVerifier({ issuer, keys: keys.source, clock });
  const nowMs = clock.now();
  const issue = (more: Partial<AccessTokenInput> = {}) =>
    tokens.issue({ ...input, issuedAtMs: nowMs, endsAtMs: nowMs + 86_400_000, ...more });
  return { clock, verifier, issue, nowMs };
}

const always = (byte: number): Random => ({ bytes: (length) => new Uint8Array(length).fill(byte) });
const payloadOf = (token: string) => JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());

describe("an access token", () => {
  it("says who, in which session, and for how long, and a verifier accepts it", async () => {
    const { issue, verifier, nowMs } = setting({ random: always(0) });
    const { token, expiresAt, lifetimeSeconds } = await issue({ claims: { role: "editor" } });
    const seconds = nowMs / 1000;
    expect(payloadOf(token)).toEqual({
      ...{ iss: issuer, sub: input.sub, sid: input.sid },
      ...{ iat: seconds, exp: seconds + 300, role: "editor" },
    });
    expect([expiresAt, lifetimeSeconds]).toEqual([nowMs + 300_000, 300]);
    expect(await verifier.verify(token)).toMatchObject({ ok: true, identity: { claims: { role: "editor" } } });
  });

  it("carries the log number where it has no record, and a verifier tells it", async () => {
    const { issue, verifier } = setting();
    const { token } = await issue({ logNumber: 7 });
    expect(payloadOf(token).n).toBe(7);
    expect(await verifier.verify(token)).toMatchObject({ ok: true, identity: { logNumber: 7 } });
  });

  it.each([
    ["the longest", 0x00, 300],
    ["the shortest", 0xff, 240],
  ])("lives between four fifths and the whole of its lifetime: %s", async (_name, byte, seconds) => {
    expect((await setting({ random: always(byte) }).issue()).lifetimeSeconds).toBe(seconds);
  });

  it.each([
    ["a second before", 299_000, 299],
    ["within the last second", 1999, 1],
    ["after", 600_000, 300],
  ])("never passes the end of its session: %s", async (_name, leftMs, seconds) => {
    const { issue, nowMs } = setting({ random: always(0) });
    const { lifetimeSeconds, expiresAt } = await issue({ endsAtMs: nowMs + leftMs });
    expect(lifetimeSeconds).toBe(seconds);
    expect(expiresAt).toBeLessThanOrEqual(nowMs + leftMs);
  });

  it("of exactly the budget is issued, and one byte over it is an error", async () => {
    const { token } = await setting({ random: always(0) }).issue({ claims: { role: "editor" } });
    const claims = { role: "editor" };
    const exactly = setting({ random: always(0), maxBytes: token.length });
    expect((await exactly.issue({ claims })).token).toHaveLength(token.length);
    const less = setting({ random: always(0), maxBytes: token.length - 1 });
    await expect(less.issue({ claims })).rejects.toMatchObject({ name: "UsageError", code: "claims_too_large" });
  });

  it("is not made before the log knows how long tokens live", async () => {
    let isReady = false;
    const order: string[] = [];
    const { issue } = setting({
      ready: async () => {
        if (!isReady) throw new Error("the store is down");
        order.push("registered");
      },
    });
    await expect(issue()).rejects.toThrow("the store is down");
    isReady = true;
    await issue();
    expect(order).toEqual(["registered"]);
  });
});

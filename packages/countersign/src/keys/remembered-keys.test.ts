import { createVerifier, insecureJudgeIgnoringExpiry } from "@countersign/verifier";
import { expect, it } from "vitest";
import { createTestClock, createTestRandom } from "../primitives/testing.ts";
import { createMemoryStore } from "../stores/memory.ts";
import { isForgotten } from "./key-plan.ts";
import { createKeyRing } from "./key-ring.ts";
import { createSecrets } from "./secrets.ts";

const issuer = "https://auth.example";
const rememberSeconds = 30 * 86_400;
/** From the rotation until the old key leaves: published 600 s before, tokens of 300 s, and the slack of 40 s. */
const leavesAfter = 600 + 300 + 40;

/** A ring, and a token of its first key after that key has left. */
async function afterRotation(more: { rememberSeconds?: number } = { rememberSeconds }) {
  const clock = createTestClock();
  const store = createMemoryStore({ clock, random: createTestRandom("marks") });
  const secrets = createSecrets(["a secret of remembered keys, long enough"]);
  const parts = { store, secrets, clock, maxTokenSeconds: 300, ...more };
  const ring = createKeyRing({ ...parts, random: createTestRandom("ring") });
  const signer = await ring.signer();
  const iat = clock.now() / 1000;
  const token = await signer.sign("lean+jwt", { iss: issuer, sub: "alice", sid: "a", iat, exp: iat + 300 });
  await ring.rotate();
  clock.advance(leavesAfter * 1000);
  await ring.maintain();
  const restarted = () => createKeyRing({ ...parts, random: createTestRandom("another") });
  return { clock, store, ring, restarted, first: signer.kid, token };
}

it("a key that has left is found where the past is told, by other processes too, and nowhere else", async () => {
  const { ring, restarted, first, token, clock } = await afterRotation();
  for (const each of [ring, restarted()]) {
    const past = insecureJudgeIgnoringExpiry({ issuer, keys: each.pastSource, clock });
    expect(await past(token)).toMatchObject({ ok: true, identity: { sub: "alice" } });
    const verifier = createVerifier({ issuer, keys: each.source, clock });
    expect(await verifier.verify(token)).toMatchObject({ ok: false, code: "token_key_unknown" });
    expect(each.source.has(first)).toBe(false);
    expect((await each.jwks()).keys.map(({ kid }) => kid)).not.toContain(first);
    expect((await each.list()).map(({ kid }) => kid)).not.toContain(first);
  }
});

it("it is forgotten after its time, and removed", async () => {
  const { ring, first, clock, store } = await afterRotation();
  clock.advance(rememberSeconds * 1000 - 1);
  expect((await ring.maintain()).removed).toEqual([]);
  expect(await ring.pastSource.find(first)).toBeDefined();
  clock.advance(1);
  expect(await ring.pastSource.find(first)).toBeUndefined();
  expect((await ring.maintain()).removed).toEqual([first]);
  expect((await store.keys.list()).keys.map(({ kid }) => kid)).not.toContain(first);
});

it("it is not remembered at all unless told so", async () => {
  const { ring, first } = await afterRotation({});
  expect(await ring.pastSource.find(first)).toBeUndefined();
});

it("revoked, it is gone from there too, however late", async () => {
  const { ring, restarted, first } = await afterRotation();
  expect(await ring.revoke(first)).toMatchObject({ ok: true });
  for (const each of [ring, restarted()]) expect(await each.pastSource.find(first)).toBeUndefined();
});

it("a key without a successor is never forgotten", () => {
  expect(isForgotten({ leavesAt: null }, 0, Number.MAX_SAFE_INTEGER)).toBe(false);
});

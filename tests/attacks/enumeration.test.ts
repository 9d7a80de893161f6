// Whether an address has an account must show neither in what a request makes the store write, nor in how long a password is judged.

import { createAuth } from "countersign";
import type { Store } from "countersign/store";
import { describe, expect, it } from "vitest";
import { systemClock } from "../../packages/countersign/src/primitives/clock.ts";
import {
  expectStatus,
  goodPassword,
  interceptStore,
  serverSecret,
  signInBody,
  signUp,
  startIssuer,
} from "../support/issuer.ts";

const writing = /^accounts\.(create|record)|^(audit\.append|tickets\.create)$/;

/** The writes of a request, and of what goes on after its answer, in order. */
async function writesOf(options: object, prepare: (email: string) => object, path: string, email: string) {
  const calls: string[] = [];
  const wrapStore = (store: Store) => interceptStore(store, (call) => void calls.push(call));
  await using issuer = await startIssuer({ ...options, wrapStore });
  await issuer.auth.subjects.create({ email: "ada@example.com", password: goodPassword });
  await issuer.auth.idle();
  calls.length = 0;
  const answer = await issuer.client({ address: "127.0.0.9" }).post(path, { json: prepare(email) });
  const beforeAnswer = calls.filter((call) => writing.test(call));
  await issuer.auth.idle();
  return { status: answer.status, beforeAnswer, all: calls.filter((call) => writing.test(call)) };
}

describe("an address with an account and one without make the store write alike", () => {
  it.each([
    {
      name: "at a sign-in with a wrong password",
      path: "/auth/sign-in",
      options: {},
      body: (email: string) => ({ email, password: "a password that is wrong" }),
      writes: ["accounts.recordFailure", "audit.append"],
      // All of it before the answer: what came after would hold up the next request of whoever asks.
      isAnsweredLast: true,
    },
    {
      name: "when a password is said to be forgotten",
      path: "/auth/password/forgot",
      options: {},
      body: (email: string) => ({ email }),
      writes: ["audit.append", "tickets.create"],
      isAnsweredLast: false,
    },
    {
      name: "at a sign-up that must be confirmed",
      path: "/auth/sign-up",
      options: { signUp: "confirm" },
      body: (email: string) => ({ email, password: goodPassword }),
      writes: ["accounts.create", "audit.append", "tickets.create"],
      isAnsweredLast: false,
    },
  ])("$name", async ({ path, options, body, writes, isAnsweredLast }) => {
    const known = await writesOf(options, body, path, "ada@example.com");
    const unknown = await writesOf(options, body, path, "nobody@example.com");
    expect(known.status).toBe(unknown.status);
    expect(known.all).toEqual(writes);
    expect(unknown.all).toEqual(writes);
    if (isAnsweredLast) expect([known.beforeAnswer, unknown.beforeAnswer]).toEqual([writes, writes]);
  });

  it("and a disabled one like both when a password is said to be forgotten", async () => {
    const calls: string[] = [];
    await using issuer = await startIssuer({
      wrapStore: (store) => interceptStore(store, (call) => void calls.push(call)),
    });
    await signUp(issuer.client());
    await issuer.auth.subjects.disable((await issuer.auth.subjects.findByEmail("ada@example.com"))?.sub ?? "");
    await issuer.auth.idle();
    calls.length = 0;
    const forgot = { json: { email: "ada@example.com" } };
    expectStatus(await issuer.client({ address: "127.0.0.9" }).post("/auth/password/forgot", forgot), 202);
    await issuer.auth.idle();
    expect(calls.filter((call) => writing.test(call))).toEqual(["audit.append", "tickets.create"]);
  });
});

describe("after the parameters of hashing were raised", () => {
  it("an unknown address takes as long as an account that has not signed in since", async () => {
    const cheap = { memoryKiB: 7168, passes: 1 };
    await using issuer = await startIssuer({ hashing: cheap });
    for (let index = 0; index < 6; index += 1) {
      await issuer.auth.subjects.create({ email: `dormant${index}@example.com`, password: goodPassword });
    }
    const raised = createAuth({
      upkeep: false,
      issuer: issuer.url,
      secrets: [serverSecret],
      store: issuer.store,
      clock: issuer.clock,
      hashing: { memoryKiB: 131_072, passes: 2 },
    });
    const time = async (email: string) => {
      const begin = systemClock.monotonic();
      const request = new Request(`${issuer.url}/auth/sign-in`, {
        method: "POST",
        headers: { "content-type": "application/json", "sec-fetch-site": "same-origin" },
        body: JSON.stringify(signInBody({ email })).replace(goodPassword, "a password that is wrong"),
      });
      expect((await raised.handle(request)).status).toBe(401);
      return systemClock.monotonic() - begin;
    };
    await time("warm-up@example.com");
    const dormant: number[] = [];
    const unknown: number[] = [];
    for (let index = 0; index < 6; index += 1) {
      dormant.push(await time(`dormant${index}@example.com`));
      unknown.push(await time(`nobody${index}@example.com`));
    }
    // Forty times the work apart, so that a busy machine does not decide.
    expect(median(unknown)).toBeLessThan(5 * median(dormant));
  });
});

function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN;
}

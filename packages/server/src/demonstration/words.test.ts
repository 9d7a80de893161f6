import { createAuth } from "countersign";
import { createMemoryStore } from "countersign/memory";
import { describe, expect, it } from "vitest";
import type { Answer, PaneView, Step } from "./contract.ts";
import { usualStage } from "./demonstration.ts";
import { afterWords, answerWords, durationText, endingWords, lifetimeWords, secondsLeft, stepWords } from "./words.ts";

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
const credential = {
  ...{ sid: "s", cookies: [], refresh: "r" },
  bearer: `${encode({})}.${encode({ exp: 100 })}.c2ln`,
};

/** As it is read: a space is a space. */
const plain = (text: string) => text.replaceAll("\u00a0", " ");

const step: Step = {
  ...{
    who: "owner",
    to: 2,
    request: "GET /",
    status: 200,
    code: null,
    microseconds: 41.4,
    sentIn: "header",
    sentBytes: 325,
  },
  ...{ issuerAsked: 0, keysFetched: 0, storeReads: 0, sessionReads: 0, serviceKeyReads: 0 },
  ...{ storeWrites: 0, isRemembered: false },
};

describe("durations", () => {
  it.each([
    { microseconds: 0.94, text: "0.94 µs" },
    { microseconds: 41.4, text: "41 µs" },
    { microseconds: 999.4, text: "999 µs" },
    { microseconds: 999.6, text: "1 ms" },
    { microseconds: 12_340, text: "12 ms" },
    { microseconds: 23_400_000, text: "23 s" },
  ])("reads $microseconds µs as $text", ({ microseconds, text }) => {
    expect(plain(durationText(microseconds))).toBe(text);
  });

  it("call what was refused before the answer at once", () => {
    expect(afterWords(0.9)).toBe("at once");
    expect(plain(afterWords(6.24))).toBe("after 6.2 ms");
  });
});

describe("the words of a request", () => {
  it.each<{ name: string; step: Partial<Step>; words: string }>([
    {
      name: "a judgement that asked nobody",
      step: {},
      words: "Service 2 accepted it in 41 µs. It asked nobody. 325 bytes of header sent.",
    },
    {
      name: "one known from before",
      step: { isRemembered: true },
      words: "Service 2 accepted it in 41 µs, knowing it from before. It asked nobody. 325 bytes of header sent.",
    },
    {
      name: "a thief's copy",
      step: { who: "thief" },
      words: "Service 2 accepted the thief’s copy in 41 µs. It asked nobody. 325 bytes of header sent.",
    },
    {
      name: "a session that the issuer was asked about",
      step: { issuerAsked: 1, storeReads: 4, sessionReads: 3, serviceKeyReads: 1 },
      words:
        "Service 2 accepted it in 41 µs. It asked the issuer, and that cost 4 store reads: 3 of the session, 1 of the service’s key. 325 bytes of header sent.",
    },
    {
      name: "reads of other things",
      step: { issuerAsked: 1, storeReads: 2, sessionReads: 1 },
      words:
        "Service 2 accepted it in 41 µs. It asked the issuer, and that cost 2 store reads: 1 of the session, 1 of other things. 325 bytes of header sent.",
    },
    {
      name: "an issuer that read nothing",
      step: { issuerAsked: 1 },
      words:
        "Service 2 accepted it in 41 µs. It asked the issuer, and that cost no store read. 325 bytes of header sent.",
    },
    {
      name: "keys that had to be fetched",
      step: { keysFetched: 1 },
      words:
        "Service 2 accepted it in 41 µs. It fetched the issuer’s public keys, once. It asked nobody else. 325 bytes of header sent.",
    },
    {
      name: "a refusal, with its reason",
      step: { status: 401, code: "token_expired" },
      words:
        "Service 2 refused it with 401, because the token has run out. Judged in 41 µs. It asked nobody. 325 bytes of header sent.",
    },
    {
      name: "a refusal without words of its own",
      step: { status: 401, code: "token_claims" },
      words:
        "Service 2 refused it with 401, because of token_claims. Judged in 41 µs. It asked nobody. 325 bytes of header sent.",
    },
    {
      name: "an answer of the issuer",
      step: { to: 0, request: "POST /auth/sign-in", storeReads: 2, storeWrites: 1, sentIn: "body" },
      words: "POST /auth/sign-in: the issuer answered 200 in 41 µs. Store: 2 reads, 1 write. 325 bytes of body sent.",
    },
    {
      name: "a refusal of the issuer",
      step: { to: 0, request: "POST /auth/refresh", status: 401, code: "refresh_invalid" },
      words:
        "POST /auth/refresh: the issuer answered 401, because this refresh token counts no more. Store: no read, no write. 325 bytes of header sent.",
    },
  ])("tell of $name", ({ step: different, words }) => {
    expect(plain(stepWords({ ...step, ...different }))).toBe(words);
  });
});

const accepts: Answer = { isAccepted: true, code: null, afterMs: null, acceptedSince: 0 };
const refuses = (afterMs: number | null, code = "token_revoked", acceptedSince = 0): Answer => ({
  ...{ isAccepted: false, code, afterMs, acceptedSince },
});

describe("the words of a service", () => {
  it.each([
    { answer: null, words: "not asked" },
    { answer: accepts, words: "accepts" },
    { answer: refuses(null), words: "refuses" },
    { answer: refuses(4.4), words: "refuses after 4.4 ms" },
  ])("$words", ({ answer, words }) => {
    expect(plain(answerWords(answer))).toBe(words);
  });
});

describe("the words of an end", () => {
  const pane = (
    ending: PaneView["ending"],
    owner: readonly (Answer | null)[],
    thief: readonly (Answer | null)[] = [],
  ): PaneView => ({
    credentials: { owner: credential, thief: thief.length === 0 ? null : credential },
    answers: { owner, thief },
    ending,
    endedAgoMs: 10,
  });

  it.each([
    { name: "a session that lives", seen: pane(null, [accepts]), words: "" },
    {
      name: "the last service's refusal",
      seen: pane("signed-out", [refuses(2), refuses(4.4, "token_revoked", 2), refuses(3, "token_revoked", 1)]),
      words:
        "Signed out. The last of 3 services refused it after 4.4 ms, the asking included. Before, they accepted 3 requests sent after the end.",
    },
    {
      name: "services that accepted nothing sent later",
      seen: pane("signed-out", [refuses(2), refuses(4.4), refuses(3)]),
      words:
        "Signed out. Each of 3 services refused the very next request with it. The last answer came after 4.4 ms, the asking included.",
    },
    {
      name: "a thief's copy that was refused last",
      seen: pane("signed-out", [refuses(2), refuses(3)], [refuses(14), refuses(4)]),
      words:
        "Signed out. Each of 2 services refused the very next request with either copy. The last answer came after 14 ms, the asking included.",
    },
    {
      name: "a thief's copy that lives on",
      seen: pane("signed-out", [refuses(2), refuses(3)], [accepts, refuses(4)]),
      words: "Signed out. 1 of 2 services still accept the thief’s copy.",
    },
    {
      name: "a thief's copy that nobody was asked about",
      seen: pane("signed-out", [refuses(0), refuses(0)], [null, null]),
      words: "Signed out. Each of 2 services refused it at once.",
    },
    {
      name: "a token that lives on",
      seen: pane("everywhere", [accepts, accepts, refuses(1)]),
      words: "Signed out everywhere. 2 of 3 services still accept it.",
    },
    {
      name: "refusals before the answer",
      seen: pane("signed-out", [refuses(0), refuses(0.2), refuses(0.4)]),
      words: "Signed out. Each of 3 services refused it at once.",
    },
    {
      name: "what had run out already",
      seen: pane("everywhere", [refuses(null, "token_expired"), refuses(null, "token_expired")]),
      words: "Signed out everywhere. It had run out before.",
    },
    {
      name: "a token that ran out by itself",
      seen: pane("signed-out", [refuses(9000, "token_expired"), refuses(9400, "token_expired")]),
      words: "Signed out. The services went on accepting the token until it ran out, 9.4 s later.",
    },
  ])("tell of $name", ({ seen, words }) => {
    expect(plain(endingWords(seen))).toBe(words);
  });

  it("name a theft", () => {
    expect(endingWords(pane("theft", [accepts]))).toMatch(/^Theft noticed: /);
  });
});

describe("the words of a lifetime", () => {
  const defaults = async () => {
    const auth = createAuth({
      ...{ issuer: "http://localhost:4000", secrets: ["x".repeat(32)] },
      store: createMemoryStore(),
    });
    auth.close();
    return auth.options;
  };

  it("name the defaults of a session", async () => {
    const { session } = await defaults();
    const days = (ms: number) => `${ms / 86_400_000} days`;
    expect(lifetimeWords("session", null, null)).toBe(
      `Nothing runs out soon: by default after ${days(session.idleMs)} unused, and after ${days(session.lifetimeMs)} anyway.`,
    );
  });

  it.each(["jwt", "hybrid"] as const)("name that of the stage and the default of a token: %s", async (pane) => {
    const { jwt } = await defaults();
    expect(lifetimeWords(pane, null, null)).toBe(
      `Here a token runs out after ${usualStage.accessLifetimeSeconds} s at most; by default after ${jwt.lifetimeSeconds / 60} minutes.`,
    );
    expect(lifetimeWords(pane, null, 12)).toMatch(/^Here a token runs out after 12 s at most; /);
  });

  it.each([
    { left: 7, words: /^It runs out in 7 s\. Here / },
    { left: 0, words: /^It has run out\. Here / },
  ])("tell of $left seconds left", ({ left, words }) => {
    expect(lifetimeWords("jwt", left, 30)).toMatch(words);
  });
});

describe("the seconds that a token has left", () => {
  it.each([
    { now: 90_000, left: 10 },
    { now: 99_001, left: 1 },
    { now: 100_000, left: 0 },
    { now: 200_000, left: 0 },
  ])("are $left at $now", ({ now, left }) => {
    expect(secondsLeft(credential, now)).toBe(left);
  });

  it("are none where nothing runs out", () => {
    expect(secondsLeft(null, 0)).toBeNull();
    expect(secondsLeft({ ...credential, bearer: null }, 0)).toBeNull();
  });
});

// Signing up and in with a password, by HTTP: nothing is told that should not be, and nothing is tried too often.

import { createAuth } from "countersign";
import { describe, expect, it } from "vitest";
import type { Answer, Client } from "../support/http-client.ts";
import {
  cheapHashing,
  expectStatus,
  goodPassword,
  interceptStore,
  linkToken,
  otherPassword,
  type StoreKind,
  serverSecret,
  signIn,
  signInBody,
  signUp,
  startIssuer,
  storeKinds,
  type TestIssuer,
} from "../support/issuer.ts";

const wrong = "a password that is wrong";
const subOf = async (issuer: TestIssuer, email = "ada@example.com") =>
  (await issuer.auth.subjects.findByEmail(email))?.sub ?? expect.fail("no such account");
const trySignIn = (client: Client, wish: Parameters<typeof signInBody>[0] = {}) =>
  client.post("/auth/sign-in", { json: signInBody(wish) });

/** Failures as if they had been tried: by the store, for the limits in front of it would take hours. */
async function failTimes(issuer: TestIssuer, count: number) {
  const sub = await subOf(issuer);
  for (let index = 0; index < count; index += 1) await issuer.store.accounts.recordFailure(sub);
}

/** What keeps somebody out who knows the address, and perhaps the password. */
const reasons: readonly (readonly [string, (issuer: TestIssuer) => Promise<object>])[] = [
  ["an unknown address", async () => ({ email: "nobody@example.com" })],
  ["a wrong password", async () => ({ password: wrong })],
  [
    "a disabled account",
    async (issuer) => {
      await issuer.auth.subjects.disable(await subOf(issuer));
      return {};
    },
  ],
  [
    "an account closed to strangers",
    async (issuer) => {
      await failTimes(issuer, 100);
      return {};
    },
  ],
];

describe("a sign-in that is refused", () => {
  it("is answered alike to the byte, whatever the reason", async () => {
    const answers = await Promise.all(
      reasons.map(async ([, prepare]) => {
        await using issuer = await startIssuer({ issuer: "https://auth.example.com" });
        await signUp(issuer.client());
        const wish = await prepare(issuer);
        const stranger = issuer.client({ address: "127.0.0.9" });
        return (await trySignIn(stranger, wish)).fingerprint();
      }),
    );
    expect(new Set(answers).size).toBe(1);
    expect(answers[0]).toContain("credentials_wrong");
  });

  it("is answered alike for an address that was never proved, where it must be", async () => {
    await using issuer = await startIssuer({ signUp: "confirm" });
    const ada = issuer.client();
    expectStatus(await ada.post("/auth/sign-up", { json: signInBody() }), 202);
    await issuer.auth.idle();
    const unproved = await trySignIn(ada);
    const unknown = await trySignIn(ada, { email: "nobody@example.com" });
    expect(unproved.fingerprint()).toBe(unknown.fingerprint());
  });

  // With one hash at a time and nobody waiting, two at once collide exactly if each of them hashes.
  it.each(reasons)("costs a hash for %s too", async (_name, prepare) => {
    const slow = { memoryKiB: 65_536, passes: 3, concurrency: 1, queueLimit: 0 };
    await using issuer = await startIssuer({ hashing: slow });
    await signUp(issuer.client());
    const wish = await prepare(issuer);
    const strangers = [issuer.client({ address: "127.0.0.9" }), issuer.client({ address: "127.0.0.10" })];
    const statuses = await Promise.all(strangers.map(async (each) => (await trySignIn(each, wish)).status));
    expect(statuses.sort()).toEqual([401, 503]);
  });

  it("leaves its reason in the audit log, where the operator can read it", async () => {
    await using issuer = await startIssuer();
    await signUp(issuer.client());
    const stranger = issuer.client({ address: "127.0.0.9", userAgent: "curl/8.0" });
    await trySignIn(stranger, { password: wrong });
    await trySignIn(stranger, { email: "nobody@example.com" });
    const entries = await issuer.auth.audit({ limit: 10, act: "session.sign_in" });
    expect(entries.map(({ outcome, detail, actor, sub }) => [outcome, detail, actor, sub])).toEqual([
      ["refused", "unknown", "anonymous", null],
      ["refused", "password", "anonymous", await subOf(issuer)],
    ]);
    expect(entries[0]).toMatchObject({ address: "127.0.0.9", client: "curl" });
  });
});

describe("a password", () => {
  it.each([
    ["too short", "fourteen chars", "password_too_short"],
    ["too long", "x y".repeat(86), "password_too_long"],
    ["common", "passwordpassword", "password_common"],
    ["made of the address", "ada.lovelace likes it", "password_contains_context"],
    ["made of the service's name", "wombatworld rules", "password_contains_context"],
  ])("that is %s is not taken", async (_name, password, code) => {
    await using issuer = await startIssuer({ password: { words: ["wombatworld"] } });
    const json = { email: "ada.lovelace@example.com", password };
    const refused = await issuer.client().post("/auth/sign-up", { json });
    expect([refused.status, refused.json.code]).toEqual([422, code]);
    const said = /too_(short|long)$/.exec(code)?.[1];
    const words = {
      short: "A password needs at least 15 characters.",
      long: "A password may have at most 256 characters.",
    };
    expect(refused.json.detail).toBe(said === "short" || said === "long" ? words[said] : undefined);
  });

  it("is one password however a keyboard composes its letters", async () => {
    await using issuer = await startIssuer();
    const ada = issuer.client();
    const composed = "café au lait à minuit".normalize("NFC");
    const decomposed = composed.normalize("NFD");
    expect(decomposed).not.toBe(composed);
    await signUp(ada, { password: decomposed });
    await signIn(ada, { password: composed });
  });

  it("belongs to one account, however the address is written", async () => {
    await using issuer = await startIssuer();
    const ada = issuer.client();
    await signUp(ada, { email: "Ada@Example.com" });
    await signIn(ada, { email: "aDA@eXAMPLE.COM" });
    const taken = await ada.post("/auth/sign-up", { json: signInBody({ email: "ADA@example.com" }) });
    expect([taken.status, taken.json.code]).toEqual([409, "address_taken"]);
  });

  it("is hashed anew after the answer when the parameters have changed, and stays the same password", async () => {
    await using issuer = await startIssuer();
    const ada = issuer.client();
    await signUp(ada);
    const stronger = createAuth({
      issuer: issuer.url,
      secrets: [serverSecret],
      store: issuer.store,
      clock: issuer.clock,
      hashing: { ...cheapHashing, passes: 2 },
    });
    const before = await issuer.store.accounts.findByEmail("ada@example.com");
    const request = new Request(`${issuer.url}/auth/sign-in`, {
      method: "POST",
      headers: { "content-type": "application/json", "sec-fetch-site": "same-origin" },
      body: JSON.stringify(signInBody()),
    });
    expect((await stronger.handle(request)).status).toBe(200);
    await stronger.idle();
    const after = await issuer.store.accounts.findByEmail("ada@example.com");
    expect([before?.passwordHash, after?.passwordHash].map((hash) => /t=\d/.exec(hash ?? "")?.[0])).toEqual([
      "t=1",
      "t=2",
    ]);
    expect(after?.generation).toBe(before?.generation);
    expect((await ada.get("/auth/session")).status).toBe(200);
    await signIn(ada);
  });
});

describe.each(storeKinds)("a sign-in while the password changes, in %s", (store: StoreKind) => {
  it("that was judged by the old password makes no session", async () => {
    let meanwhile: (() => Promise<unknown>) | undefined;
    await using issuer = await startIssuer({
      store,
      // Between the reading of the account and the creation of the session.
      wrapStore: (inner) =>
        interceptStore(inner, (call) => {
          const now = call === "sessions.create" ? meanwhile : undefined;
          if (now === undefined) return undefined;
          meanwhile = undefined;
          return now();
        }),
    });
    const owner = issuer.client();
    const thief = issuer.client({ address: "127.0.0.9" });
    await signUp(owner);
    let changed: Answer | undefined;
    meanwhile = async () => {
      const json = { current_password: goodPassword, new_password: otherPassword };
      changed = await owner.post("/auth/password", { json });
    };
    const refused = await trySignIn(thief);
    expect(changed?.status).toBe(200);
    expect([refused.status, refused.json.code]).toEqual([401, "credentials_wrong"]);
    const devices = (await owner.get("/auth/sessions")).json.sessions as { sid: string }[];
    expect(devices.map(({ sid }) => sid)).toEqual([changed?.json.sid]);
  });

  it("leaves none of many alive", async () => {
    await using issuer = await startIssuer({ store });
    const owner = issuer.client();
    await signUp(owner);
    const others = Array.from({ length: 8 }, () => issuer.client());
    const json = { current_password: goodPassword, new_password: otherPassword };
    const [changed] = await Promise.all([
      owner.post("/auth/password", { json }),
      ...others.map((each) => trySignIn(each)),
    ]);
    expect(changed?.status).toBe(200);
    const living = await issuer.auth.sessions.list(await subOf(issuer));
    expect(living.map(({ sid }) => sid)).toEqual([changed?.json.sid]);
    const statuses = await Promise.all(others.map(async (each) => (await each.get("/auth/session")).status));
    expect(new Set(statuses)).toEqual(new Set([401]));
  });

  it.each([
    ["disabled", (issuer: TestIssuer, sub: string) => issuer.auth.subjects.disable(sub), 401],
    ["ended everywhere", (issuer: TestIssuer, sub: string) => issuer.auth.subjects.revoke(sub), 200],
  ])("and one whose subject is %s meanwhile does not outlive it", async (_name, act, status) => {
    let meanwhile: (() => Promise<unknown>) | undefined;
    await using issuer = await startIssuer({
      store,
      wrapStore: (inner) =>
        interceptStore(inner, (call) => {
          const now = call === "sessions.create" ? meanwhile : undefined;
          if (now === undefined) return undefined;
          meanwhile = undefined;
          return now();
        }),
    });
    await signUp(issuer.client());
    const sub = await subOf(issuer);
    meanwhile = () => act(issuer, sub);
    // Ended everywhere is no reason against signing in anew: the password is judged once more, and is right.
    expect((await trySignIn(issuer.client())).status).toBe(status);
  });
});

describe("the queue of hashes", () => {
  it("turns away what comes when it is full: 503 with Retry-After, and no verdict", async () => {
    await using issuer = await startIssuer({
      hashing: { memoryKiB: 65_536, passes: 3, concurrency: 1, queueLimit: 1 },
    });
    const ada = issuer.client();
    await signUp(ada);
    const answers = await Promise.all(
      Array.from({ length: 5 }, (_, index) => trySignIn(issuer.client({ address: `127.0.1.${index}` }))),
    );
    const turnedAway = answers.filter(({ status }) => status === 503);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(2);
    expect(turnedAway).toHaveLength(3);
    for (const answer of turnedAway) {
      expect(answer.json.code).toBe("temporarily_unavailable");
      expect(answer.headers["retry-after"]).toMatch(/^[1-9]\d*$/);
    }
    expect(issuer.errors).toEqual([]);
    expect(issuer.auth.hashing.depth()).toEqual({ waiting: 0, running: 0 });
  });
});

describe("limits", () => {
  it("stop guessing at one account before the queue of hashes, from wherever it comes, with the time to wait", async () => {
    await using issuer = await startIssuer();
    const ada = issuer.client();
    await signUp(ada);
    const guess = (index: number) =>
      trySignIn(issuer.client({ address: `127.0.2.${index}` }), { password: `${wrong} ${index}` });
    const statuses: number[] = [];
    for (let index = 1; index <= 12; index += 1) statuses.push((await guess(index)).status);
    expect(statuses).toEqual([...Array.from({ length: 10 }, () => 401), 429, 429]);
    const stopped = await guess(13);
    expect(stopped.json.code).toBe("attempts_exceeded");
    expect(Number(stopped.headers["retry-after"])).toBeGreaterThan(0);
    // The right password from a stranger is not judged either; the owner's own device is not locked out.
    expect((await trySignIn(issuer.client({ address: "127.0.2.99" }))).status).toBe(429);
    expect((await trySignIn(ada)).status).toBe(200);
  });

  it("answer an unknown account exactly as a known one", async () => {
    const run = async (email: string) => {
      await using issuer = await startIssuer({ issuer: "https://auth.example.com" });
      await signUp(issuer.client());
      const stranger = issuer.client({ address: "127.0.0.9" });
      const answers: string[] = [];
      for (let index = 0; index < 12; index += 1) {
        answers.push((await trySignIn(stranger, { email, password: wrong })).fingerprint());
      }
      return answers;
    };
    const [known, unknown] = await Promise.all([run("ada@example.com"), run("nobody@example.com")]);
    expect(unknown).toEqual(known);
    expect(known.at(-1)).toContain("attempts_exceeded");
  });

  it("stop one address that tries many accounts", async () => {
    await using issuer = await startIssuer();
    const sprayer = issuer.client({ address: "127.0.0.66" });
    const statuses: number[] = [];
    for (let index = 0; index < 52; index += 1) {
      statuses.push((await trySignIn(sprayer, { email: `person${index}@example.com`, password: wrong })).status);
    }
    expect(statuses.slice(0, 50)).toEqual(Array.from({ length: 50 }, () => 401));
    expect(statuses.slice(50)).toEqual([429, 429]);
    expect((await trySignIn(issuer.client({ address: "127.0.0.67" }), { password: wrong })).status).toBe(401);
  });

  it("count step-up and a change of password as proofs too", async () => {
    await using issuer = await startIssuer();
    const ada = issuer.client();
    await signUp(ada);
    const statuses: number[] = [];
    for (let index = 0; index < 11; index += 1) {
      const [path, json] =
        index % 2 === 0
          ? ["/auth/step-up", { password: wrong }]
          : ["/auth/password", { current_password: wrong, new_password: otherPassword }];
      statuses.push((await ada.post(`${path}`, { json })).status);
    }
    expect(statuses).toEqual([...Array.from({ length: 10 }, () => 401), 429]);
  });

  it("bound how many accounts one address makes", async () => {
    await using issuer = await startIssuer();
    const statuses: number[] = [];
    for (let index = 0; index < 21; index += 1) {
      const json = signInBody({ email: `person${index}@example.com` });
      statuses.push((await issuer.client().post("/auth/sign-up", { json })).status);
    }
    expect(statuses.slice(-2)).toEqual([200, 429]);
  });
});

describe("an account with 100 consecutive failures", () => {
  it("is closed to strangers, who cannot tell, and not to a device that signed in to it before", async () => {
    await using issuer = await startIssuer();
    const ada = issuer.client({ address: "127.0.0.1" });
    await signUp(ada);
    await failTimes(issuer, 100);
    const stranger = issuer.client({ address: "127.0.0.9" });
    expect((await trySignIn(stranger)).json.code).toBe("credentials_wrong");
    // The device is known by its cookie, wherever it is now; a place by its address, whatever the device.
    const elsewhere = ada.copy({ address: "127.0.0.10" });
    await elsewhere.post("/auth/sign-out");
    expect((await trySignIn(elsewhere)).status).toBe(200);
    expect((await issuer.auth.subjects.findByEmail("ada@example.com"))?.failures).toBe(0);
    // A success opens it again for all.
    expect((await trySignIn(stranger)).status).toBe(200);
  });

  it.each([
    [
      "a password set by mail",
      async (issuer: TestIssuer, owner: Client) => {
        await owner.post("/auth/password/forgot", { json: { email: "ada@example.com" } });
        await issuer.auth.idle();
        const json = { token: linkToken(issuer.mails), new_password: goodPassword };
        expect((await owner.post("/auth/password/reset", { json })).status).toBe(204);
      },
    ],
    [
      "an operator who enables it",
      async (issuer: TestIssuer) => void (await issuer.auth.subjects.enable(await subOf(issuer))),
    ],
  ])("is opened by %s, for an owner at a place that nobody knows", async (_by, open) => {
    await using issuer = await startIssuer();
    await signUp(issuer.client());
    await failTimes(issuer, 100);
    const owner = issuer.client({ address: "127.0.0.9" });
    expect((await trySignIn(owner)).status).toBe(401);
    await open(issuer, owner);
    expect((await trySignIn(owner)).status).toBe(200);
  });

  it("is still open to the address that it was signed up from", async () => {
    await using issuer = await startIssuer();
    await signUp(issuer.client());
    await failTimes(issuer, 100);
    expect((await trySignIn(issuer.client())).status).toBe(200);
  });

  it("is not closed yet with 99", async () => {
    await using issuer = await startIssuer();
    await signUp(issuer.client());
    await failTimes(issuer, 99);
    expect((await trySignIn(issuer.client({ address: "127.0.0.9" }))).status).toBe(200);
  });

  it("counts each failure in the account's row, and a success sets it to none", async () => {
    await using issuer = await startIssuer();
    const ada = issuer.client();
    await signUp(ada);
    const failures = async () => (await issuer.auth.subjects.findByEmail("ada@example.com"))?.failures;
    for (let index = 0; index < 3; index += 1) await trySignIn(ada, { password: wrong });
    await issuer.auth.idle();
    expect(await failures()).toBe(3);
    await signIn(ada);
    await issuer.auth.idle();
    expect(await failures()).toBe(0);
  });

  it("does not believe a device cookie that it did not make", async () => {
    await using issuer = await startIssuer();
    await signUp(issuer.client());
    await failTimes(issuer, 100);
    const cookie = `__Secure-device=${"A".repeat(22)}`;
    const forged = await issuer
      .client({ address: "127.0.0.9" })
      .post("/auth/sign-in", { json: signInBody(), headers: { cookie } });
    expect(forged.status).toBe(401);
  });
});

describe("the address of a client", () => {
  const addressSeen = async (hops: number, forwardedFor: string) => {
    await using issuer = await startIssuer({ trustedProxyHops: hops });
    const ada = issuer.client({ headers: { "x-forwarded-for": forwardedFor } });
    await signUp(ada);
    const devices = (await ada.get("/auth/sessions")).json.sessions as { address: string }[];
    return devices[0]?.address;
  };

  it.each([
    ["ignored without a trusted proxy", 0, "203.0.113.7", "127.0.0.1"],
    ["believed from one", 1, "203.0.113.7", "203.0.113.7"],
    ["believed from the right only", 1, "10.9.9.9, 203.0.113.7", "203.0.113.7"],
    ["counted by hops", 2, "10.9.9.9, 203.0.113.7, 10.0.0.1", "203.0.113.7"],
    ["not believed when it is none", 1, "' OR 1=1 --", "127.0.0.1"],
    ["not believed when an entry is missing", 2, "203.0.113.7", "127.0.0.1"],
  ])("in X-Forwarded-For is %s", async (_name, hops, forwardedFor, expected) => {
    expect(await addressSeen(hops, forwardedFor)).toBe(expected);
  });

  it.each([
    ["one /64 of IPv6 is one client", (index: number) => `2001:db8:1:2:${index}::${index}`, 429],
    ["another /64 is another", (index: number) => `2001:db8:1:${index}::1`, 202],
    ["spellings of one address are one", (index: number) => (index % 2 ? "203.0.113.7" : "::ffff:203.0.113.7"), 429],
    ["another IPv4 address is another", (index: number) => `203.0.113.${index}`, 202],
  ])("counts: %s", async (_name, addressOf, last) => {
    await using issuer = await startIssuer({ trustedProxyHops: 1 });
    const client = issuer.client();
    const statuses: number[] = [];
    for (let index = 1; index <= 6; index += 1) {
      const headers = { "x-forwarded-for": addressOf(index) };
      const json = { email: `person${index}@example.com` };
      statuses.push((await client.post("/auth/password/forgot", { json, headers })).status);
    }
    expect(statuses).toEqual([202, 202, 202, 202, 202, last]);
  });

  it("cannot be changed by a stranger's header to escape a limit", async () => {
    await using issuer = await startIssuer();
    const client = issuer.client();
    const statuses: number[] = [];
    for (let index = 1; index <= 6; index += 1) {
      const headers = {
        "x-forwarded-for": `203.0.113.${index}`,
        "x-real-ip": `203.0.113.${index}`,
        forwarded: "for=1.2.3.4",
      };
      const json = { email: `person${index}@example.com` };
      statuses.push((await client.post("/auth/password/forgot", { json, headers })).status);
    }
    expect(statuses.at(-1)).toBe(429);
  });
});

describe("sign-up", () => {
  it("can be closed", async () => {
    await using issuer = await startIssuer({ signUp: "closed" });
    const refused = await issuer.client().post("/auth/sign-up", { json: signInBody() });
    expect([refused.status, refused.json.code]).toEqual([403, "sign_up_closed"]);
    expect(await issuer.auth.subjects.list({ limit: 10 })).toEqual([]);
  });

  it("makes one account of 10 at once for one address", async () => {
    await using issuer = await startIssuer();
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => issuer.client().post("/auth/sign-up", { json: signInBody() })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array.from({ length: 9 }, () => 409)]);
  });

  it.each(["no address", "two@@example.com", "a@b", "ada@example.com\nbcc: x@example.com", "ａda@example.com"])(
    "takes no address that is none: %j",
    async (email) => {
      await using issuer = await startIssuer();
      const refused = await issuer.client().post("/auth/sign-up", { json: signInBody({ email }) });
      expect([refused.status, refused.json.code]).toEqual([400, "request_invalid"]);
      const words = "must be an e-mail address, such as ada@example.com";
      expect(refused.json.errors).toContainEqual({ at: "email", message: words });
    },
  );
});

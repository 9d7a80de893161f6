// Guessing, spraying and crowding out from one network address, with and without accounts of one's own behind it.

import { describe, expect, it } from "vitest";
import type { Client } from "../support/http-client.ts";
import { goodPassword, linkToken, otherPassword, signIn, signInBody, signUp, startIssuer } from "../support/issuer.ts";

const wrong = "a password that is wrong";
const shared = "127.0.0.77";
const trySignIn = async (client: Client, email: string, password = wrong) =>
  (await client.post("/auth/sign-in", { json: signInBody({ email, password, transport: "token" }) })).status;

/** Accounts whose owners have signed in from the shared address, and are gone. */
async function colleagues(issuer: Awaited<ReturnType<typeof startIssuer>>, count: number) {
  const emails = Array.from({ length: count }, (_, index) => `colleague${index}@example.com`);
  for (const email of emails) {
    await issuer.auth.subjects.create({ email, password: goodPassword });
    await signIn(issuer.client({ address: shared }), { email });
  }
  return emails;
}

describe("a network address that several people share", () => {
  it("does not tell whose accounts were used there: beyond its limit everybody is answered alike", async () => {
    await using issuer = await startIssuer();
    const [colleague = ""] = await colleagues(issuer, 1);
    const neighbour = issuer.client({ address: shared });
    for (let index = 0; index < 50; index += 1) await trySignIn(neighbour, `nobody${index}@example.com`);
    expect(await trySignIn(neighbour, "nobody@example.com")).toBe(429);
    expect(await trySignIn(neighbour, colleague)).toBe(429);
  });

  it("is stopped after 50 guesses, also where they are at accounts that know it", async () => {
    await using issuer = await startIssuer();
    const emails = await colleagues(issuer, 8);
    const neighbour = issuer.client({ address: shared });
    let judged = 0;
    for (let index = 0; index < 80; index += 1) {
      if ((await trySignIn(neighbour, emails[index % emails.length] ?? "")) === 401) judged += 1;
    }
    expect(judged).toBe(50);
  });

  it("does not keep an owner from the device that signed in before, neither there nor at home", async () => {
    await using issuer = await startIssuer();
    const owner = issuer.client({ address: shared });
    await signUp(owner);
    const neighbour = issuer.client({ address: shared });
    for (let index = 0; index < 12; index += 1) await trySignIn(neighbour, "ada@example.com");
    expect(await trySignIn(neighbour, "ada@example.com")).toBe(429);
    for (let index = 0; index < 50; index += 1) await trySignIn(neighbour, `nobody${index}@example.com`);
    expect(await trySignIn(issuer.client({ address: shared }), "bob@example.com")).toBe(429);
    expect(await trySignIn(owner.copy({ address: shared }), "ada@example.com", goodPassword)).toBe(200);
    expect(await trySignIn(owner.copy({ address: "127.0.0.78" }), "ada@example.com", goodPassword)).toBe(200);
  });

  it("does not keep a device from becoming known, as it would anywhere else", async () => {
    await using issuer = await startIssuer();
    await signUp(issuer.client({ address: shared }));
    const phone = issuer.client({ address: shared });
    await signIn(phone);
    for (let index = 0; index < 12; index += 1) await trySignIn(issuer.client({ address: shared }), "ada@example.com");
    expect(await trySignIn(phone.copy({ address: shared }), "ada@example.com", goodPassword)).toBe(200);
    expect(await trySignIn(issuer.client({ address: shared }), "ada@example.com", goodPassword)).toBe(429);
  });

  it("keeps an account open to it after 100 failures, if its owner signed in there, and to no other", async () => {
    await using issuer = await startIssuer();
    const [email = ""] = await colleagues(issuer, 1);
    const sub = (await issuer.auth.subjects.findByEmail(email))?.sub ?? "";
    for (let index = 0; index < 100; index += 1) await issuer.store.accounts.recordFailure(sub);
    expect(await trySignIn(issuer.client({ address: "127.0.0.78" }), email, goodPassword)).toBe(401);
    expect(await trySignIn(issuer.client({ address: shared }), email, goodPassword)).toBe(200);
  });
});

describe("somebody with accounts of their own", () => {
  it("cannot fill the queue of hashes from one address: others are judged meanwhile", async () => {
    const slow = { memoryKiB: 65_536, passes: 2, concurrency: 1, queueLimit: 8 };
    await using issuer = await startIssuer({ hashing: slow });
    for (const email of ["ada@example.com", "eve@example.com"]) {
      await issuer.auth.subjects.create({ email, password: goodPassword });
    }
    const crowd = Array.from({ length: 24 }, () =>
      trySignIn(issuer.client({ address: shared }), "eve@example.com", goodPassword),
    );
    // Once somebody of the crowd was turned away, so that it has all the room that it will get.
    await Promise.race(crowd);
    expect(await trySignIn(issuer.client({ address: "127.0.0.78" }), "ada@example.com", goodPassword)).toBe(200);
    expect((await Promise.all(crowd)).filter((status) => status === 503).length).toBeGreaterThan(0);
  });

  it("cannot have passwords hashed without end by being right: 300 in a quarter of an hour", {
    timeout: 60_000,
  }, async () => {
    await using issuer = await startIssuer();
    const emails = ["eve0@example.com", "eve1@example.com", "eve2@example.com"];
    for (const email of emails) await issuer.auth.subjects.create({ email, password: goodPassword });
    const program = issuer.client({ kind: "program", address: shared });
    const statuses: number[] = [];
    for (let index = 0; index < 302; index += 1) {
      statuses.push(await trySignIn(program, emails[index % 3] ?? "", goodPassword));
    }
    expect(statuses.filter((status) => status === 200)).toHaveLength(300);
    expect(statuses.slice(300)).toEqual([429, 429]);
  });
});

describe("many at once", () => {
  const statuses = (client: Client, count: number, password: string) =>
    Promise.all(Array.from({ length: count }, () => trySignIn(client, "ada@example.com", password)));

  it.each([
    ["a program at a new address", () => ({ kind: "program", address: shared }) as const],
    ["a program at an address that the account knows", () => ({ kind: "program" }) as const],
  ])("who are right are all signed in, 50 of them by %s, and nobody is locked out", async (_name, options) => {
    await using issuer = await startIssuer();
    await signUp(issuer.client());
    const program = issuer.client(options());
    expect(new Set(await statuses(program, 50, goodPassword))).toEqual(new Set([200]));
    expect(await trySignIn(program, "ada@example.com", goodPassword)).toBe(200);
    expect(await issuer.auth.audit({ limit: 10, act: "session.sign_in" })).not.toContainEqual(
      expect.objectContaining({ outcome: "refused" }),
    );
  });

  it("who are wrong are judged ten times, and then nobody is, right or wrong", async () => {
    await using issuer = await startIssuer();
    await signUp(issuer.client());
    const stranger = issuer.client({ kind: "program", address: shared });
    const found = await statuses(stranger, 50, wrong);
    expect([found.filter((status) => status === 401).length, found.filter((status) => status === 429).length]).toEqual([
      10, 40,
    ]);
    expect(
      await trySignIn(issuer.client({ kind: "program", address: "127.0.0.78" }), "ada@example.com", goodPassword),
    ).toBe(429);
  });

  it("from everywhere, who know the password, sign in 300 times in a quarter of an hour, and keep no session from acting", {
    timeout: 60_000,
  }, async () => {
    await using issuer = await startIssuer();
    await signUp(issuer.client());
    const found: number[] = [];
    let bearer = "";
    for (let index = 0; index < 302; index += 1) {
      const elsewhere = issuer.client({ kind: "program", address: `127.0.8.${(index % 200) + 1}` });
      const answer = await elsewhere.post("/auth/sign-in", { json: signInBody({ transport: "token" }) });
      elsewhere.close();
      found.push(answer.status);
      if (answer.status === 200) bearer = answer.str("session_token");
    }
    expect(found.filter((status) => status === 200)).toHaveLength(300);
    expect(found.slice(300)).toEqual([429, 429]);
    const stepUp = await issuer
      .client({ kind: "program" })
      .post("/auth/step-up", { bearer, json: { password: goodPassword } });
    expect(stepUp.status).toBe(200);
  });
});

describe("asking for somebody's new password", () => {
  it("does not spoil the link that the owner asked for, as long as mails are sent at all; its use voids the others", async () => {
    await using issuer = await startIssuer();
    await signUp(issuer.client());
    await issuer.auth.idle();
    const forgot = async (address: string) => {
      await issuer.client({ address }).post("/auth/password/forgot", { json: { email: "ada@example.com" } });
      await issuer.auth.idle();
    };
    await forgot("127.0.0.1");
    const own = linkToken(issuer.mails);
    for (let index = 1; index <= 8; index += 1) await forgot(`127.0.5.${index}`);
    const latest = linkToken(issuer.mails);
    expect(latest).not.toBe(own);
    const reset = async (token: string) =>
      (await issuer.client().post("/auth/password/reset", { json: { token, new_password: otherPassword } })).status;
    expect(await reset(own)).toBe(204);
    expect(await reset(latest)).toBe(400);
  });
});

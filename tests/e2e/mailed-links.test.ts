// Links by mail, by HTTP: a new password and the proof of an address.

import type { Store } from "countersign/store";
import { describe, expect, it } from "vitest";
import type { Client } from "../support/http-client.ts";
import {
  expectStatus,
  goodPassword,
  linkToken,
  otherPassword,
  type StoreKind,
  signIn,
  signInBody,
  signUp,
  startIssuer,
  storeKinds,
  type TestIssuer,
} from "../support/issuer.ts";

const forgot = (client: Client, email = "ada@example.com") => client.post("/auth/password/forgot", { json: { email } });
const reset = (client: Client, token: string, password = otherPassword) =>
  client.post("/auth/password/reset", { json: { token, new_password: password } });
const verify = (client: Client, token: string, password?: string) =>
  client.post("/auth/verify-address", { json: { token, ...(password === undefined ? {} : { password }) } });

/** The latest mail's secret, once the work after the answer is done. */
async function mailedToken(issuer: TestIssuer): Promise<string> {
  await issuer.auth.idle();
  return linkToken(issuer.mails);
}

async function forgottenPassword(issuer: TestIssuer) {
  const ada = issuer.client();
  await signUp(ada);
  await issuer.auth.idle();
  expectStatus(await forgot(issuer.client()), 202);
  return { ada, token: await mailedToken(issuer) };
}

describe.each(storeKinds)("a forgotten password, in %s", (store: StoreKind) => {
  it("is replaced by a mailed link: every session ends, nobody is signed in, the address counts as proved", async () => {
    await using issuer = await startIssuer({ store });
    const { ada, token } = await forgottenPassword(issuer);
    const phone = issuer.client();
    await signIn(phone);
    const browser = issuer.client();
    const done = await reset(browser, token);
    expect([done.status, done.text]).toEqual([204, ""]);
    const statuses = await Promise.all(
      [ada, phone, browser].map(async (each) => (await each.get("/auth/session")).status),
    );
    expect(statuses).toEqual([401, 401, 401]);
    expect((await ada.post("/auth/sign-in", { json: signInBody() })).status).toBe(401);
    const again = await signIn(ada, { password: otherPassword });
    expect(again.json.email_verified).toBe(true);
    await issuer.auth.idle();
    expect(issuer.mails.at(-1)).toMatchObject({
      to: "ada@example.com",
      subject: expect.stringContaining("was changed"),
    });
  });

  it("its link works once, of 50 at once", async () => {
    await using issuer = await startIssuer({ store });
    const { token } = await forgottenPassword(issuer);
    const answers = await Promise.all(
      // From several addresses: one alone may follow 30 links in five minutes.
      Array.from({ length: 50 }, (_, index) =>
        reset(issuer.client({ address: `127.0.3.${1 + (index % 5)}` }), token, `${otherPassword} ${index}`),
      ),
    );
    const won = answers.flatMap(({ status }, index) => (status === 204 ? [index] : []));
    expect(won).toHaveLength(1);
    expect(new Set(answers.map(({ status, json }) => `${status} ${json.code ?? ""}`))).toEqual(
      new Set(["204 ", "400 link_invalid"]),
    );
    await signIn(issuer.client(), { password: `${otherPassword} ${won[0]}` });
  });

  it("its link ends at the millisecond that its lifetime says", async () => {
    await using issuer = await startIssuer({ store, mail: { resetLifetime: "30m" } });
    const { token } = await forgottenPassword(issuer);
    issuer.clock.advance(30 * 60_000);
    expect((await reset(issuer.client(), token)).json.code).toBe("link_invalid");
    issuer.clock.advance(-1);
    expect((await reset(issuer.client(), token)).status).toBe(204);
  });

  it("its link survives what a mail scanner does: GET and HEAD change nothing", async () => {
    await using issuer = await startIssuer({ store });
    const { token } = await forgottenPassword(issuer);
    const scanner = issuer.client({ kind: "program" });
    for (const method of ["GET", "HEAD"]) {
      expect((await scanner.send(method, `/auth/password/reset?token=${token}`)).status).toBe(405);
      expect((await scanner.send(method, `/auth/verify-address?token=${token}`)).status).toBe(405);
    }
    expect((await reset(issuer.client(), token)).status).toBe(204);
  });

  it("its link is worth nothing once a later or an earlier one was used, or the password was changed", async () => {
    await using issuer = await startIssuer({ store });
    const { ada, token: first } = await forgottenPassword(issuer);
    const another = async () => {
      await forgot(issuer.client());
      return mailedToken(issuer);
    };
    const [second, third] = [await another(), await another()];
    expect(new Set([first, second, third]).size).toBe(3);
    expect((await reset(issuer.client(), second)).status).toBe(204);
    for (const token of [first, second, third]) {
      expect((await reset(issuer.client(), token)).json.code).toBe("link_invalid");
    }
    const fourth = await another();
    await signIn(ada, { password: otherPassword });
    const json = { current_password: otherPassword, new_password: "a third password, why not" };
    expectStatus(await ada.post("/auth/password", { json }), 200);
    expect((await reset(issuer.client(), fourth)).json.code).toBe("link_invalid");
  });

  it("its link is good for nothing else, and no other link for it", async () => {
    await using issuer = await startIssuer({ store });
    const ada = issuer.client();
    await signUp(ada);
    const verifyToken = await mailedToken(issuer);
    expect((await reset(issuer.client(), verifyToken)).json.code).toBe("link_invalid");
    await forgot(issuer.client());
    const resetToken = await mailedToken(issuer);
    expect((await verify(issuer.client(), resetToken)).json.code).toBe("link_invalid");
    expect((await verify(issuer.client(), verifyToken)).status).toBe(200);
    expect((await reset(issuer.client(), resetToken)).status).toBe(204);
  });

  it("a password that is not taken leaves the link as it was", async () => {
    await using issuer = await startIssuer({ store });
    const { token } = await forgottenPassword(issuer);
    expect((await reset(issuer.client(), token, "short")).status).toBe(422);
    expect((await reset(issuer.client(), token)).status).toBe(204);
  });

  it("a disabled account gets no mail, and its link does nothing", async () => {
    await using issuer = await startIssuer({ store });
    const { token } = await forgottenPassword(issuer);
    const sub = (await issuer.auth.subjects.findByEmail("ada@example.com"))?.sub ?? "";
    await issuer.auth.subjects.disable(sub);
    expect((await reset(issuer.client(), token)).json.code).toBe("link_invalid");
    const before = issuer.mails.length;
    expectStatus(await forgot(issuer.client()), 202);
    await issuer.auth.idle();
    expect(issuer.mails.length).toBe(before);
  });

  it.each([
    ["reset", async (client: Client, token: string) => reset(client, token)],
    ["verify", async (client: Client, token: string) => verify(client, token)],
  ] as const)("a %s link is bound to the address it was mailed to", async (kind, follow) => {
    let hasMoved = false;
    await using issuer = await startIssuer({ store, wrapStore: (inner) => withMovedAddress(inner, () => hasMoved) });
    await signUp(issuer.client());
    if (kind === "reset") await forgot(issuer.client());
    const token = await mailedToken(issuer);
    hasMoved = true;
    expect((await follow(issuer.client(), token)).json.code).toBe("link_invalid");
    hasMoved = false;
    expect((await follow(issuer.client(), token)).status).toBeLessThan(300);
  });
});

/** A store whose accounts have another address by now. */
function withMovedAddress(store: Store, hasMoved: () => boolean): Store {
  const accounts = new Proxy(store.accounts, {
    get(target, member) {
      const value: unknown = Reflect.get(target, member);
      if (member !== "find") return value;
      return async (sub: string) => {
        const account = await store.accounts.find(sub);
        return account && hasMoved() ? { ...account, emailKey: "ada@elsewhere.example" } : account;
      };
    },
  });
  return { ...store, accounts };
}

describe("asking for a link", () => {
  it("is answered alike, to the byte, whether the address has an account, and only its mailbox knows", async () => {
    await using issuer = await startIssuer();
    await signUp(issuer.client());
    await issuer.auth.idle();
    const before = issuer.mails.length;
    const known = await forgot(issuer.client());
    const unknown = await forgot(issuer.client(), "nobody@example.com");
    expect(unknown.fingerprint()).toBe(known.fingerprint());
    await issuer.auth.idle();
    expect(issuer.mails.slice(before).map(({ to }) => to)).toEqual(["ada@example.com"]);
  });

  it("spares a mailbox that has had five, without a word, also one that nobody has", async () => {
    const run = async (email: string) => {
      await using issuer = await startIssuer({ issuer: "https://auth.example.com" });
      await signUp(issuer.client());
      const answers: string[] = [];
      for (let index = 1; index <= 6; index += 1) {
        answers.push((await forgot(issuer.client({ address: `127.0.4.${index}` }), email)).fingerprint());
      }
      await issuer.auth.idle();
      return { answers, mails: issuer.mails.filter(({ subject }) => subject.includes("new password")).length };
    };
    const known = await run("ada@example.com");
    const unknown = await run("nobody@example.com");
    expect(unknown.answers).toEqual(known.answers);
    expect(new Set(known.answers).size).toBe(1);
    expect([known.mails, unknown.mails]).toEqual([5, 0]);
  });

  it("leads to the configured page, and the secret stands in the link alone", async () => {
    await using issuer = await startIssuer({
      mail: { appName: "Wombat World", resetUrl: "https://app.example/new-password?lang=en" },
    });
    await forgottenPassword(issuer);
    const mail = issuer.mails.at(-1);
    expect(mail?.text).toMatch(/https:\/\/app\.example\/new-password\?lang=en&token=[\w-]{43}\n/);
    expect(mail).toMatchObject({ to: "ada@example.com", subject: "Choose a new password for Wombat World" });
  });

  it("is not possible where the server sends no mail", async () => {
    await using issuer = await startIssuer({ sendsMail: false });
    const answer = await forgot(issuer.client());
    expect([answer.status, answer.json.code]).toEqual([404, "mail_not_configured"]);
  });

  it("is not undone by a mail server that is down: the answer is given, the operator hears of it", async () => {
    const sendMail = () => Promise.reject(new Error("connection refused"));
    await using issuer = await startIssuer({ sendMail });
    const ada = issuer.client();
    await signUp(ada);
    expectStatus(await forgot(ada), 202);
    await issuer.auth.idle();
    expect(issuer.errors.map(String)).toEqual(["Error: connection refused", "Error: connection refused"]);
  });

  it("says in the audit log what was asked, and never the secret", async () => {
    await using issuer = await startIssuer();
    const { token } = await forgottenPassword(issuer);
    await reset(issuer.client(), token);
    await issuer.auth.idle();
    const entries = await issuer.auth.audit({ limit: 100 });
    expect(entries.map(({ act, outcome }) => `${act} ${outcome}`)).toEqual([
      "password.reset ok",
      "password.forgot ok",
      "subject.sign_up ok",
    ]);
    expect(JSON.stringify(entries)).not.toContain(token);
  });
});

describe("the proof of an address", () => {
  it("comes by a link that the sign-up mails, and signs nobody in", async () => {
    await using issuer = await startIssuer();
    const ada = issuer.client();
    expect((await signUp(ada)).json.email_verified).toBe(false);
    const done = await verify(issuer.client(), await mailedToken(issuer));
    expect([done.status, done.json, done.setCookies]).toEqual([
      200,
      { email: "ada@example.com", email_verified: true },
      [],
    ]);
    expect((await ada.get("/auth/session")).json.email_verified).toBe(true);
  });

  it("is mailed again on demand, five times an hour, and not once it is given", async () => {
    await using issuer = await startIssuer();
    const ada = issuer.client();
    await signUp(ada);
    await issuer.auth.idle();
    const statuses: number[] = [];
    for (let index = 0; index < 6; index += 1) statuses.push((await ada.post("/auth/verify-address/send")).status);
    expect(statuses).toEqual([202, 202, 202, 202, 202, 429]);
    const token = await mailedToken(issuer);
    expect(issuer.mails).toHaveLength(6);
    expect((await verify(issuer.client(), token)).status).toBe(200);
    expect((await verify(issuer.client(), token)).json.code).toBe("link_invalid");
  });

  it("ends with its lifetime", async () => {
    await using issuer = await startIssuer({ mail: { verifyLifetime: "1h" } });
    await signUp(issuer.client());
    const token = await mailedToken(issuer);
    issuer.clock.advance(3_600_000);
    expect((await verify(issuer.client(), token)).json.code).toBe("link_invalid");
    issuer.clock.advance(-1);
    expect((await verify(issuer.client(), token)).status).toBe(200);
  });
});

describe("sign-up that must be confirmed", () => {
  it("is answered alike, to the byte, for a free address and a taken one; the mails tell", async () => {
    await using issuer = await startIssuer({ signUp: "confirm" });
    const up = (email: string) => issuer.client().post("/auth/sign-up", { json: signInBody({ email }) });
    const free = await up("ada@example.com");
    await issuer.auth.idle();
    const taken = await up("ada@example.com");
    const other = await up("bob@example.com");
    await issuer.auth.idle();
    expect([free.status, free.json]).toEqual([202, { status: "check_mail" }]);
    expect([taken.fingerprint(), other.fingerprint()]).toEqual([free.fingerprint(), free.fingerprint()]);
    expect(issuer.mails.map(({ to, subject }) => `${to}: ${subject}`)).toEqual([
      "ada@example.com: Confirm your address for Countersign",
      "ada@example.com: You already have an account at Countersign",
      "bob@example.com: Confirm your address for Countersign",
    ]);
  });

  it("needs the link and the password chosen: whoever only has the mailbox gets no account of a stranger's", async () => {
    await using issuer = await startIssuer({ signUp: "confirm" });
    await issuer.client().post("/auth/sign-up", { json: signInBody() });
    const token = await mailedToken(issuer);
    const ada = issuer.client();
    expect((await verify(ada, token)).json.code).toBe("credentials_wrong");
    expect((await verify(ada, token, otherPassword)).json.code).toBe("credentials_wrong");
    expect((await ada.post("/auth/sign-in", { json: signInBody() })).status).toBe(401);
    expect((await verify(ada, token, goodPassword)).status).toBe(200);
    await signIn(ada);
  });

  it("a stranger's account for somebody's address falls to the owner by a reset", async () => {
    await using issuer = await startIssuer({ signUp: "confirm" });
    await issuer.client().post("/auth/sign-up", { json: signInBody() });
    await issuer.auth.idle();
    const ada = issuer.client();
    await forgot(ada);
    expectStatus(await reset(ada, await mailedToken(issuer)), 204);
    expect((await ada.post("/auth/sign-in", { json: signInBody() })).status).toBe(401);
    await signIn(ada, { password: otherPassword });
  });
});

describe.each(storeKinds)("whether a mailed link still opens something, in %s", (store: StoreKind) => {
  it("is told without using it up, until it is used or has run out", async () => {
    await using issuer = await startIssuer({ store, mail: { resetLifetime: "30m" } });
    const { token } = await forgottenPassword(issuer);
    const { auth, clock } = issuer;
    for (let times = 0; times < 3; times += 1) expect(await auth.isLinkLiving("reset", token)).toBe(true);
    expect(await auth.isLinkLiving("verify", token)).toBe(false);
    expect(await auth.isLinkLiving("reset", `${token.slice(0, -1)}${token.endsWith("A") ? "B" : "A"}`)).toBe(false);
    clock.advance(30 * 60_000);
    expect(await auth.isLinkLiving("reset", token)).toBe(false);
    clock.advance(-1);
    expect(await auth.isLinkLiving("reset", token)).toBe(true);
    expectStatus(await reset(issuer.client(), token), 204);
    expect(await auth.isLinkLiving("reset", token)).toBe(false);
  });

  it("of a subject that was disabled is no", async () => {
    await using issuer = await startIssuer({ store });
    const { token } = await forgottenPassword(issuer);
    const subject = await issuer.auth.subjects.findByEmail("ada@example.com");
    await issuer.auth.subjects.disable(subject?.sub ?? "");
    expect(await issuer.auth.isLinkLiving("reset", token)).toBe(false);
  });
});

// What single pages say in single states.

import { describe, expect, it } from "vitest";
import { devMailPage } from "./dev-mail-page.ts";
import { messagePage, messages } from "./message-page.ts";
import type { PageContext } from "./page.ts";
import { resetPage } from "./reset-page.ts";
import { type DeviceSession, type SessionsModel, sessionsPage } from "./sessions-page.ts";
import { type SignInModel, signInPage } from "./sign-in-page.ts";
import { signUpPage } from "./sign-up-page.ts";
import { strategyChoices } from "./strategy-words.ts";
import { readMarkup } from "./testing/markup.ts";
import { verifyPage } from "./verify-page.ts";

const now = Date.UTC(2026, 10, 23, 10, 4, 30);
const assets = { style: "/assets/a.css", favicon: "/assets/b.svg" };
const context: PageContext = { assets, now, site: { name: "Countersign", showcase: true } };
const ada: PageContext = { ...context, account: { email: "ada@example.com" } };
const elsewhere: PageContext = { ...context, site: { name: "Wren & Sons", showcase: false } };
const passwordRule = { min: 15, max: 256 };

const inputs = (document: string) =>
  readMarkup(document)
    .elements.filter(({ name }) => name === "input")
    .map(({ attributes }) => attributes);

describe("the sign-in page", () => {
  const model: SignInModel = {
    strategies: strategyChoices(["session", "jwt"]),
    chosen: "jwt",
    canReset: true,
    canSignUp: true,
  };

  it("offers the allowed strategies and marks the chosen one", () => {
    const radios = inputs(signInPage(context, model)).filter(({ type }) => type === "radio");
    expect(radios.map(({ value, checked }) => [value, checked !== undefined])).toEqual([
      ["session", false],
      ["jwt", true],
    ]);
  });

  it.each([
    ["one strategy is allowed", strategyChoices(["session"])],
    ["nobody is to be asked", []],
  ])("does not ask when %s, and sends none: the server takes its first", (_, strategies) => {
    const sent = inputs(signInPage(context, { ...model, strategies })).filter(({ name }) => name === "strategy");
    expect(sent).toEqual([]);
  });

  it("says who is signed in already, with the ways to the sessions and out, and to nobody else", () => {
    const document = signInPage(ada, model);
    const { elements } = readMarkup(document.slice(0, document.indexOf("</main>")).slice(document.indexOf("<main")));
    const text = elements[0]?.text.replace(/\s+/g, " ");
    expect(text).toContain("You are signed in as ada@example.com.");
    expect(elements.map(({ attributes }) => attributes.href)).toContain("/sessions");
    expect(elements.map(({ attributes }) => attributes.action)).toContain("/sign-out");
    expect(signInPage(context, model)).not.toContain("You are signed in as");
  });

  it("keeps the address and where to go, for the next attempt", () => {
    const document = signInPage(context, { ...model, email: "ada@example.com", returnTo: "/x?a=1&b=2", error: "No." });
    const values = Object.fromEntries(inputs(document).map(({ name, value }) => [name, value]));
    expect(values.email).toBe("ada@example.com");
    expect(values.return_to).toBe("/x?a=1&amp;b=2");
  });

  it("sends no return_to when there is none", () => {
    expect(inputs(signInPage(context, model)).some(({ name }) => name === "return_to")).toBe(false);
  });

  it("says an error first in the title and as an alert, and takes no focus away from it", () => {
    const document = signInPage(context, { ...model, error: "That was wrong." });
    expect(document).toContain("<title>Error: Sign in · Countersign</title>");
    expect(document).toMatch(/role="alert"><p>That was wrong\.<\/p>/);
    expect(document).not.toContain("autofocus");
    expect(signInPage(context, model)).toContain("autofocus");
  });

  it("shows links to sign up and to reset only where those exist", () => {
    const document = signInPage(context, { ...model, canReset: false, canSignUp: false });
    expect(document).not.toContain("Forgotten your password?");
    expect(document).not.toContain("No account yet?");
    expect(signInPage(context, model)).toContain("Forgotten your password?");
  });
});

describe("the sign-up page", () => {
  it("says an error at its field and in the summary", () => {
    const document = signUpPage(context, { passwordRule, canReset: true, fieldErrors: { password: "Too common." } });
    expect(document).toContain(`<a href="#field-password">Too common.</a>`);
    const password = inputs(document).find(({ name }) => name === "password");
    expect(password?.["aria-invalid"]).toBe("true");
    expect(password?.["aria-describedby"]).toBe("field-password-hint field-password-error");
    const email = inputs(document).find(({ name }) => name === "email");
    expect(email?.["aria-invalid"]).toBeUndefined();
  });

  it.each([
    [true, ["/sign-in", "/forgot-password"]],
    [false, ["/sign-in"]],
  ])("shows whose address has an account the ways in, where passwords can be reset: %j", (canReset, ways) => {
    const taken = { passwordRule, canReset, isTaken: true, fieldErrors: { email: "Taken." } };
    const [alert = ""] = signUpPage(context, taken).split('role="alert"')[1]?.split("</div>") ?? [];
    expect([...alert.matchAll(/href="(\/[^"]*)"/g)].map(([, href]) => href)).toEqual(ways);
    expect(signUpPage(context, { ...taken, isTaken: false })).not.toContain("set a new password");
  });

  it("tells the rule for passwords to people and to password managers", () => {
    const document = signUpPage(context, { passwordRule: { min: 20, max: 100 }, canReset: true });
    expect(document).toContain("At least 20 characters");
    expect(document).toContain(`passwordrules="minlength: 20; maxlength: 100;"`);
  });
});

describe("links by mail", () => {
  it("send their token only in a form", () => {
    const reset = inputs(resetPage(context, { token: "the-token", passwordRule }));
    expect(reset.find(({ name }) => name === "token")).toMatchObject({ type: "hidden", value: "the-token" });
    const verify = inputs(verifyPage(context, { token: "the-token", askPassword: false }));
    expect(verify.find(({ name }) => name === "token")).toMatchObject({ type: "hidden", value: "the-token" });
  });

  it("without a token have no form", () => {
    expect(inputs(resetPage(context, { passwordRule }))).toEqual([]);
    expect(inputs(verifyPage(context, { askPassword: true }))).toEqual([]);
  });

  it("ask for the password on confirmation only when told to", () => {
    const fields = (askPassword: boolean) =>
      inputs(verifyPage(context, { token: "t", askPassword })).map(({ name }) => name);
    expect(fields(true)).toEqual(["token", "password"]);
    expect(fields(false)).toEqual(["token"]);
  });
});

describe("your sessions", () => {
  const device: DeviceSession = {
    sid: "sid-here",
    strategy: "session",
    label: "Firefox on Linux",
    createdAt: now - 60_000,
    lastUsedAt: now,
    expiresAt: now + 30 * 86_400_000 - 29_000,
    idleEndsAt: now + 7 * 86_400_000 - 29_000,
    current: true,
    amr: ["pwd"],
  };
  const model: SessionsModel = {
    email: "ada@example.com",
    emailVerified: true,
    sessions: [{ ...device, sid: "sid-there", strategy: "jwt", label: "Chrome on Android", current: false }, device],
    credential: { strategy: "jwt", by: "token", bytes: 1306, expiresAt: now + 240_000 },
    mayChoose: true,
    passwordRule,
  };
  const actions = (document: string) =>
    readMarkup(document)
      .elements.filter(({ name }) => name === "form")
      .map(({ attributes }) => attributes.action);

  it("ends another device by its sid, and this one by signing out", () => {
    const document = sessionsPage(context, model);
    const sids = inputs(document).filter(({ name }) => name === "sid");
    expect(sids.map(({ value }) => value)).toEqual(["sid-there"]);
    expect(actions(document)).toContain("/sign-out");
  });

  it("offers to sign out elsewhere only when there is an elsewhere", () => {
    expect(actions(sessionsPage(context, model))).toContain("/sessions/sign-out-elsewhere");
    expect(actions(sessionsPage(context, { ...model, sessions: [device] }))).not.toContain(
      "/sessions/sign-out-elsewhere",
    );
  });

  it("offers to send the link again only while the address is not confirmed", () => {
    expect(actions(sessionsPage(context, model))).not.toContain("/sessions/send-verification");
    expect(actions(sessionsPage(context, { ...model, emailVerified: false }))).toContain("/sessions/send-verification");
  });

  it("tells what the present credential is, how large, and what becomes of it", () => {
    const document = sessionsPage(context, model);
    expect(document).toContain("1\u202f306 bytes");
    expect(document).toContain("others take it until it expires");
    expect(document).toContain("in 4 minutes");
    expect(document).not.toContain("Nothing is looked up");
    expect(document).toContain("Only to list your devices was the store asked");
  });

  it.each([
    ["token", ["judged here without a look-up", "Token ends", "Sign-in ends"]],
    ["record", ["whose record was looked up", "A new one comes with this answer"]],
  ] as const)("tells of a hybrid whether its %s told who asks", (by, words) => {
    const credential = { strategy: "hybrid", by, bytes: 377, expiresAt: now + 240_000 } as const;
    const document = sessionsPage(context, { ...model, credential });
    for (const each of words) expect(document).toContain(each);
    expect(document.includes("judged here without a look-up")).toBe(by === "token");
    expect(document.includes("Token ends")).toBe(by === "token");
  });

  it("shows this device first, and both of its ends", () => {
    const document = sessionsPage(context, model);
    expect(document.indexOf("Firefox on Linux")).toBeLessThan(document.indexOf("Chrome on Android"));
    const words = readMarkup(document)
      .elements.find(({ name }) => name === "main")
      ?.text.replace(/\s+/g, " ");
    expect(words).toContain("Endsin 30 days");
    expect(words).toContain("If unusedin 7 days");
  });

  it("tells no end of an unused sign-in where the sign-in itself is over before", () => {
    const { expiresAt } = device;
    expect(sessionsPage(context, { ...model, sessions: [{ ...device, idleEndsAt: expiresAt }] })).not.toContain(
      "If unused",
    );
  });

  it("offers to see another strategy only where one may be chosen", () => {
    expect(sessionsPage(context, model)).toContain("Want to see another?");
    expect(sessionsPage(context, { ...model, mayChoose: false })).not.toContain("Want to see another?");
  });

  it("names no strategy where the application is all there is", () => {
    const document = sessionsPage(elsewhere, model);
    expect(document).not.toMatch(/JWT|How this request was recognised/);
    expect(document).toContain("Change your password");
  });

  it("names known ways of proof once, and no unknown ones", () => {
    const proved = (amr: readonly string[]) => sessionsPage(context, { ...model, sessions: [{ ...device, amr }] });
    expect(proved(["hwk", "swk"])).toContain("<dd><span>passkey</span></dd>");
    expect(proved(["unheard-of"])).not.toContain("Proved by");
  });
});

describe("mail in development", () => {
  it("makes web addresses into links, without the full stop after them, and nothing else", () => {
    const text = "Open http://localhost:4000/x?a=1&b=2. Not javascript:alert(1) or <http://a.example/>";
    const document = devMailPage(context, { id: "1", to: "a@b.example", subject: "S", sentAt: now, text });
    const pre = document.slice(document.indexOf("<pre"), document.indexOf("</pre>"));
    expect([...pre.matchAll(/href="([^"]*)"/g)].map((match) => match[1])).toEqual([
      "http://localhost:4000/x?a=1&amp;b=2",
      "http://a.example/",
    ]);
  });
});

describe("messages", () => {
  it.each([
    [1, "Try again in one second."],
    [89, "Try again in 89 seconds."],
    [90, "Try again in 2 minutes."],
  ])("say when to try again, after %d s", (retryAfterSeconds, words) => {
    expect(messagePage(context, { ...messages.tooMany, retryAfterSeconds })).toContain(words);
  });

  it("say nothing of time when there is none", () => {
    expect(messagePage(context, messages.tooMany)).not.toContain("Try again in");
  });
});

describe("whose pages they are", () => {
  const model: SignInModel = { strategies: [], chosen: "session", canReset: true, canSignUp: true };

  it("is the application's: its name in title, header and footer, and no word of Countersign", () => {
    const document = signInPage(elsewhere, model);
    expect(document).toContain("<title>Sign in · Wren &amp; Sons</title>");
    expect(document).toMatch(/class="brand" href="\/"><span>Wren &amp; Sons<\/span>/);
    expect(document).not.toMatch(/Countersign|Compare|Verdict|OpenAPI|API reference|rel="icon"|class="logo"/);
  });

  it("is Countersign's where it shows itself: the ways to the comparison and the reference", () => {
    const hrefs = readMarkup(signInPage(context, model)).elements.map(({ attributes }) => attributes.href);
    expect(hrefs).toEqual(expect.arrayContaining(["/#side-by-side", "/#verdict", "/docs", "/openapi.json"]));
  });

  it("shows the mails of development either way", () => {
    expect(signInPage({ ...elsewhere, devMail: true }, model)).toContain('href="/dev/mail"');
    expect(signInPage(elsewhere, model)).not.toContain("/dev/mail");
  });
});

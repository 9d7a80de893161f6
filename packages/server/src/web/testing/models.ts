// Models of every page for tests and previews, each text of which can be passed through a function. The server never uses it.

import type { Answers } from "../../adviser/questions.ts";
import type { Report } from "../../lab/contract.ts";
import { readCommittedReport } from "../../lab/report.ts";
import type { LabStatus } from "../../lab-runs.ts";
import { type Comparison, comparison } from "../comparison.ts";
import { devMailListPage, devMailPage } from "../dev-mail-page.ts";
import { forgotPage } from "../forgot-page.ts";
import { type FrontModel, frontPage } from "../front-page.ts";
import { mailSentPage } from "../mail-sent-page.ts";
import { messagePage, messages } from "../message-page.ts";
import type { PageContext } from "../page.ts";
import { referencePage } from "../reference-page.ts";
import { resetPage } from "../reset-page.ts";
import { type SessionsModel, sessionsPage } from "../sessions-page.ts";
import { signInPage } from "../sign-in-page.ts";
import { signUpPage } from "../sign-up-page.ts";
import { strategyChoices } from "../strategy-words.ts";
import { tryPage } from "../try-page.ts";
import { verifyPage } from "../verify-page.ts";

/** What every text of a model passes through. Tests make it hostile; previews leave it alone. */
export type Tint = (text: string) => string;

const now = Date.UTC(2026, 10, 23, 10, 4, 30);
const minute = 60_000;
const day = 1440 * minute;
const passwordRule = { min: 15, max: 256 } as const;

/** Every page in every state that looks different, by name. */
export function samplePages(
  tint: Tint,
  assets: PageContext["assets"],
): readonly { readonly name: string; readonly render: () => string }[] {
  const site = { name: tint("Countersign"), showcase: true };
  const stranger: PageContext = { assets, now, devMail: true, site };
  const elsewhere: PageContext = { assets, now, site: { name: tint("Wren & Sons Orchard"), showcase: false } };
  const ada: PageContext = { ...stranger, account: { email: tint("ada.lovelace@example.com") } };
  const email = tint("ada@example.com");
  const origin = "http://localhost:4000";
  const front: FrontModel = { comparison, origin, report, isOwn: false };
  const wrong = { error: tint("That address and password do not belong together."), fieldErrors: {} };
  const fieldErrors = { email: tint("Enter an e-mail address."), password: tint("This password is too short.") };
  const guest: PageContext = { ...elsewhere, account: ada.account };
  const strategies = strategyChoices(["session", "jwt", "hybrid"]).map((choice) => ({
    ...choice,
    title: tint(choice.title),
    hint: tint(choice.hint),
  }));
  const signIn = { strategies, chosen: "session", canReset: true, canSignUp: true } as const;
  const signUp = { email, passwordRule, canReset: true } as const;
  const mail = { id: tint("mail-1"), to: email, subject: tint("Set a new password"), sentAt: now - 2 * minute };
  const mailText = tint(
    "Hello,\n\nsomebody asked for a new password for this address. To set one, open\n\nhttp://localhost:4000/reset-password?token=example-token-example-token-0.\n\nThe link works once, for 30 minutes.\n",
  );
  return [
    {
      name: "front",
      render: () =>
        frontPage(stranger, { ...front, comparison: tintComparison(tint), report: tintReport(tint), lab: idle }),
    },
    { name: "front-signed-in", render: () => frontPage(ada, front) },
    { name: "front-advised", render: () => frontPage(stranger, { ...front, answers: manyAnswers }) },
    { name: "front-advised-unknown", render: () => frontPage(stranger, { ...front, hasUnknownAnswers: true }) },
    { name: "front-advised-nobody", render: () => frontPage(stranger, { ...front, answers: noClients }) },
    { name: "front-lab-running", render: () => frontPage(stranger, { ...front, lab: labRunning(tint) }) },
    {
      name: "front-measured-here",
      render: () =>
        frontPage(stranger, { ...front, isOwn: true, report: quickReport, lab: { ...idle, lastRun: "stopped" } }),
    },
    {
      name: "sign-in",
      render: () =>
        signInPage(stranger, { ...signIn, returnTo: tint("/sessions"), notice: tint("Your password was set.") }),
    },
    { name: "sign-in-refused", render: () => signInPage(stranger, { ...signIn, email, chosen: "jwt", ...wrong }) },
    {
      name: "sign-in-one-strategy",
      render: () => signInPage(stranger, { ...signIn, strategies: [], canSignUp: false }),
    },
    { name: "sign-in-signed-in", render: () => signInPage(ada, { ...signIn, notice: tint("Your password was set.") }) },
    { name: "sign-in-elsewhere", render: () => signInPage(elsewhere, { ...signIn, strategies: [] }) },
    { name: "sign-up", render: () => signUpPage(stranger, { passwordRule, canReset: true }) },
    {
      name: "sign-up-refused",
      render: () => signUpPage(stranger, { ...signUp, error: tint("The account was not made."), fieldErrors }),
    },
    {
      name: "sign-up-taken",
      render: () =>
        signUpPage(stranger, { ...signUp, isTaken: true, fieldErrors: { email: tint("It has an account.") } }),
    },
    { name: "forgot", render: () => forgotPage(stranger, { email }) },
    { name: "mail-sent", render: () => mailSentPage(stranger, { purpose: "forgot", email, linkMinutes: 30 }) },
    { name: "mail-sent-sign-up", render: () => mailSentPage(stranger, { purpose: "sign-up", email, linkMinutes: 60 }) },
    { name: "mail-sent-verify", render: () => mailSentPage(ada, { purpose: "verify", email, linkMinutes: 1440 }) },
    { name: "reset", render: () => resetPage(stranger, { token: tint("token"), passwordRule }) },
    {
      name: "reset-refused",
      render: () =>
        resetPage(stranger, { token: tint("token"), passwordRule, fieldErrors: { password: tint("Too common.") } }),
    },
    { name: "reset-used-up", render: () => resetPage(stranger, { passwordRule }) },
    { name: "verify", render: () => verifyPage(stranger, { token: tint("token"), askPassword: false }) },
    { name: "verify-password", render: () => verifyPage(stranger, { token: tint("token"), askPassword: true }) },
    { name: "verify-confirmed", render: () => verifyPage(stranger, { askPassword: false, confirmed: true }) },
    { name: "verify-used-up", render: () => verifyPage(ada, { askPassword: false }) },
    { name: "sessions", render: () => sessionsPage(ada, sessionsModel(tint)) },
    { name: "sessions-hybrid", render: () => sessionsPage(ada, { ...sessionsModel(tint), ...byHybrid }) },
    {
      name: "sessions-hybrid-renewed",
      render: () => sessionsPage(ada, { ...sessionsModel(tint), ...byHybridLookedUp }),
    },
    { name: "sessions-elsewhere", render: () => sessionsPage(guest, { ...sessionsModel(tint), emailVerified: true }) },
    { name: "sessions-refused", render: () => sessionsPage(ada, { ...sessionsModel(tint), ...refusedChange(tint) }) },
    {
      name: "dev-mail",
      render: () =>
        devMailListPage(stranger, {
          mails: [mail, { ...mail, id: tint("mail-2"), subject: tint("Confirm your address"), sentAt: now - 3 * day }],
        }),
    },
    { name: "dev-mail-empty", render: () => devMailListPage(stranger, { mails: [] }) },
    { name: "dev-mail-one", render: () => devMailPage(stranger, { ...mail, text: mailText }) },
    { name: "try", render: () => tryPage(stranger) },
    { name: "try-signed-in", render: () => tryPage(ada) },
    { name: "reference", render: () => referencePage(stranger, { document: sampleDocument(tint), origin }) },
    ...Object.entries(messages).map(([name, message]) => ({
      name: `message-${name}`,
      render: () =>
        messagePage(stranger, {
          ...message,
          title: tint(message.title),
          text: tint(message.text),
          retryAfterSeconds: 120,
        }),
    })),
  ];
}

const manyAnswers: Answers = {
  clients: ["web", "spa", "mobile", "own", "partners"],
  ...{ services: "many", sites: "site", revocation: "now", traffic: "large", team: "cache" },
};

const noClients: Answers = { ...manyAnswers, clients: [] };

function sessionsModel(tint: Tint): SessionsModel {
  const laptop = {
    amr: ["pwd"],
    createdAt: now - 3 * day,
    lastUsedAt: now - 20_000,
    expiresAt: now + 27 * day,
    idleEndsAt: now + 7 * day - 20_000,
    current: true,
  };
  const phone = {
    amr: ["pwd", "otp"],
    createdAt: now - 90 * minute,
    lastUsedAt: now - 4 * minute,
    expiresAt: now + 29 * day,
    idleEndsAt: now + 7 * day - 4 * minute,
    current: false,
  };
  return {
    email: tint("ada.lovelace@example.com"),
    emailVerified: false,
    notice: tint("Safari on iPad was signed out."),
    sessions: [
      {
        ...phone,
        sid: tint("session-2"),
        strategy: "hybrid",
        label: tint("Chrome on Android"),
        address: tint("2001:db8:85a3::8a2e:370:7334"),
      },
      {
        ...laptop,
        sid: tint("session-1"),
        strategy: "session",
        label: tint("Firefox on Linux"),
        address: tint("192.0.2.17"),
      },
      {
        ...phone,
        sid: tint("session-3"),
        strategy: "jwt",
        label: tint("curl"),
        lastUsedAt: now - 6 * day,
        idleEndsAt: now + day,
        amr: [tint("pwd")],
      },
    ],
    credential: { strategy: "session", by: "record", bytes: 43, expiresAt: now + 27 * day },
    mayChoose: true,
    passwordRule,
  };
}

const byHybrid = {
  credential: { strategy: "hybrid", by: "token", bytes: 377, expiresAt: now + 4 * minute },
} as const satisfies Partial<SessionsModel>;

const byHybridLookedUp = {
  credential: { strategy: "hybrid", by: "record", bytes: 43, expiresAt: now + 27 * day },
} as const satisfies Partial<SessionsModel>;

function refusedChange(tint: Tint): Partial<SessionsModel> {
  return {
    emailVerified: true,
    notice: undefined,
    credential: { strategy: "jwt", by: "token", bytes: 1306, expiresAt: now + 4 * minute },
    fieldErrors: { current_password: tint("That is not your current password.") },
  };
}

const report = readCommittedReport();
const quickReport: Report = { ...report, conditions: { ...report.conditions, quick: true } };
const idle: LabStatus = { running: false };

function labRunning(tint: Tint): LabStatus {
  return {
    running: true,
    progress: { done: 2, of: 7, aspect: "scalability", words: tint("Scalability: 2 services"), elapsedSeconds: 65 },
  };
}

function tintReport(tint: Tint): Report {
  const texts = ["title", "name", "sentence", "limits", "text", "detail", "cpu", "os", "command"];
  return JSON.parse(JSON.stringify(report), (key, value: unknown) =>
    typeof value === "string" && texts.includes(key) ? tint(value) : value,
  );
}

function tintComparison(tint: Tint): Comparison {
  return JSON.parse(JSON.stringify(comparison), (key, value: unknown) =>
    typeof value === "string" && !["side", "key", "choice", "href"].includes(key) ? tint(value) : value,
  );
}

function sampleDocument(tint: Tint): object {
  return {
    openapi: "3.1.0",
    info: {
      title: tint("Countersign"),
      version: tint("0.1.0"),
      description: tint("Sign-in by `session` and by `jwt`."),
    },
    tags: [{ name: tint("Signing in"), description: tint("Making and ending sign-ins.") }],
    paths: {
      "/auth/sign-in": {
        post: {
          tags: [tint("Signing in")],
          summary: tint("Signs in with an address and a password."),
          description: tint("One reading of the store and one password hash.\n\nAnswers alike for unknown accounts."),
          requestBody: { content: { "application/json": { schema: { $ref: "#/components/schemas/SignIn" } } } },
          responses: {
            "200": {
              description: tint("Signed in."),
              content: {
                "application/json": {
                  schema: {
                    anyOf: [{ $ref: "#/components/schemas/Identity" }, { $ref: "#/components/schemas/Tokens" }],
                  },
                },
              },
            },
            "401": {
              description: tint("The two do not belong together."),
              content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
            },
          },
        },
      },
      "/auth/sessions/{sid}": {
        delete: {
          tags: [tint("Devices")],
          summary: tint("Ends one sign-in."),
          security: [{ bearer: [] }, { cookie: [] }],
          parameters: [
            {
              name: tint("sid"),
              in: "path",
              required: true,
              description: tint("Which."),
              schema: { type: "string", minLength: 16, maxLength: 16 },
            },
          ],
          responses: { "204": { description: tint("Ended.") } },
        },
      },
    },
    components: {
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer", description: tint("access or session token as Bearer") },
        cookie: { type: "apiKey", in: "cookie", name: "__Host-Http-sid", description: tint("the session cookie") },
      },
      schemas: {
        SignIn: {
          type: "object",
          required: ["email", "password"],
          properties: {
            email: { type: "string", format: "email", description: tint("The address of the account.") },
            password: { type: "string", minLength: 15, maxLength: 256 },
            strategy: { enum: ["session", "jwt"], default: "session", description: tint("How to be recognised.") },
            transport: { enum: ["cookie", "token"], default: "cookie" },
          },
        },
        Identity: {
          title: tint("With cookies"),
          type: "object",
          required: ["sub", "sid"],
          properties: {
            sub: { type: "string" },
            sid: { type: "string" },
            client: {
              type: "object",
              properties: { label: { type: ["string", "null"], description: tint("For people.") } },
            },
            amr: { type: "array", items: { type: "string" } },
          },
        },
        Tokens: {
          title: tint("With tokens"),
          type: "object",
          required: ["access_token", "expires_in"],
          properties: { access_token: { type: "string" }, expires_in: { type: "integer", minimum: 0 } },
        },
        Problem: {
          type: "object",
          required: ["code"],
          properties: { code: { type: "string", example: tint("credentials_wrong") } },
        },
      },
    },
  };
}

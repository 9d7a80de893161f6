// What the application's `claims` hook says, where it may travel, and what happens when it fails. By HTTP.

import { createVerifier, type JsonObject } from "@countersign/verifier";
import type { ClaimsHook } from "countersign";
import { describe, expect, it } from "vitest";
import { addService, signIn, signInBody, signUp, startIssuer, type TestIssuer } from "../support/issuer.ts";

const claims = () => ({ role: "admin" });

function payloadOf(token: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString("utf8"));
}

describe("claims", () => {
  it("are in a token that travels in the answer, and stay there at renewal", async () => {
    await using issuer = await startIssuer({ claims });
    const program = issuer.client({ kind: "program" });
    await signUp(program, { strategy: "jwt", transport: "token" });
    const { json } = await signIn(program, { strategy: "jwt", transport: "token" });
    expect(payloadOf(String(json.access_token))).toMatchObject({ role: "admin" });
    const renewed = await program.post("/auth/refresh", { json: { refresh_token: json.refresh_token } });
    expect(payloadOf(String(renewed.json.access_token))).toMatchObject({ role: "admin" });
  });

  it("are not in a token that travels by cookie, which holds identifiers only; the issuer still tells them", async () => {
    await using issuer = await startIssuer({ claims });
    const ada = issuer.client();
    await signUp(ada, { strategy: "jwt", transport: "cookie" });
    const identifiers = ["exp", "iat", "iss", "sid", "sub"];
    expect(Object.keys(payloadOf(ada.cookie("__Host-Http-at") ?? "")).sort()).toEqual(identifiers);
    expect((await ada.post("/auth/refresh")).status).toBe(200);
    expect(Object.keys(payloadOf(ada.cookie("__Host-Http-at") ?? "")).sort()).toEqual(identifiers);
    const stepped = await ada.post("/auth/step-up", { json: { password: "wren plays slow cello" } });
    expect(stepped.status).toBe(200);
    expect(Object.keys(payloadOf(ada.cookie("__Host-Http-at") ?? "")).sort()).toEqual(identifiers);
    expect((await ada.get("/auth/session")).json.claims).toEqual({ role: "admin" });
  });

  it("leave no account behind when the hook fails at sign-up, so that the next try succeeds", async () => {
    let fails = true;
    await using issuer = await startIssuer({
      claims: () => {
        if (fails) throw new Error("the directory is down");
        return {};
      },
    });
    const ada = issuer.client();
    expect((await ada.post("/auth/sign-up", { json: signInBody() })).status).toBe(500);
    expect(await issuer.auth.subjects.findByEmail("ada@example.com")).toBeUndefined();
    fails = false;
    expect((await ada.post("/auth/sign-up", { json: signInBody() })).status).toBe(200);
  });

  it("the name of the service is refused in a password", async () => {
    await using issuer = await startIssuer({ mail: { appName: "Larkspur" } });
    const json = { ...signInBody(), password: "my larkspur pass phrase" };
    expect((await issuer.client().post("/auth/sign-up", { json })).json.code).toBe("password_contains_context");
  });
});

/** A text in this many levels of objects. */
const nested = (levels: number): JsonObject => ({ a: levels === 1 ? "x" : nested(levels - 1) });
/** Claims of exactly this many bytes as JSON. */
const sized = (bytes: number): JsonObject => ({ story: "x".repeat(bytes - `{"story":""}`.length) });

/** A service in another process: it has the verifier, a service key, and nothing else. */
async function serviceOf(issuer: TestIssuer) {
  const { id, secret } = await addService(issuer.auth, ["introspect"]);
  const sessions = { serviceKey: `${id}.${secret}` };
  return createVerifier({ issuer: issuer.url, clock: issuer.clock, sessions });
}

const wishes = {
  jwt: { strategy: "jwt", transport: "token" },
  session: { strategy: "session", transport: "token" },
} as const;
const secretOf = { jwt: "access_token", session: "session_token" } as const;

/** What a hook in JavaScript may answer, whatever its type says. */
const answering =
  (value: unknown): ClaimsHook =>
  () =>
    value as JsonObject;

describe.each(["jwt", "session"] as const)("claims that would not arrive as they are, by %s", (strategy) => {
  it.each<readonly [string, unknown, string]>([
    ["half an emoji in a text", { name: "\ud83d" }, "claims_invalid"],
    ["half an emoji in a name", { "\ude00": 1 }, "claims_invalid"],
    ["20 levels", nested(20), "claims_invalid"],
    ["13 levels", nested(13), "claims_invalid"],
    ["a circle", circle(), "claims_invalid"],
    ["an array", ["admin"], "claims_invalid"],
    ["null", null, "claims_invalid"],
    ["nothing", undefined, "claims_invalid"],
    ["a text", "admin", "claims_invalid"],
    ["a BigInt", { balance: 1n }, "claims_invalid"],
    ["a member without a value", { role: undefined }, "claims_invalid"],
    ["a Date", { since: new Date(0) }, "claims_invalid"],
    ["20 KB of text", sized(20_000), "claims_too_large"],
    ["4,097 bytes", sized(4097), "claims_too_large"],
    ["a claim of the token itself", { scope: "admin" }, "claims_reserved"],
  ])("are refused before anything is created: %s", async (_name, value, code) => {
    let isBad = false;
    const claims: ClaimsHook = (subject) => (isBad ? answering(value)(subject) : { role: "editor" });
    await using issuer = await startIssuer({ claims, jwt: { maxBytes: 8192 } });
    const ada = issuer.client({ kind: "program" });
    const up = await signUp(ada, wishes[strategy]);
    isBad = true;
    const refused = await ada.post("/auth/sign-in", { json: signInBody(wishes[strategy]) });
    expect([refused.status, refused.json.code]).toEqual([500, code]);
    const unmade = signInBody({ ...wishes[strategy], email: "bob@example.com" });
    expect((await ada.post("/auth/sign-up", { json: unmade })).json.code).toBe(code);
    expect(await issuer.auth.subjects.findByEmail("bob@example.com")).toBeUndefined();
    expect(await issuer.store.sessions.count()).toBe(1);
    expect(issuer.errors).toMatchObject([
      { name: "UsageError", code },
      { name: "UsageError", code },
    ]);
    // What was signed in before is judged at a service as ever.
    const service = await serviceOf(issuer);
    const verdict = await service.verify(up.str(secretOf[strategy]));
    expect(verdict).toMatchObject({ ok: true, identity: { claims: { role: "editor" } } });
  });

  it.each<readonly [string, JsonObject]>([
    ["a whole emoji", { name: "\ud83d\ude00" }],
    ["12 levels", nested(12)],
    ["4,096 bytes", sized(4096)],
    ["4,096 bytes of two-byte letters", { story: "é".repeat((4096 - `{"story":""}`.length) / 2) }],
    ["every kind of JSON", { a: [1, -0.5, "", true, null, {}], "": {} }],
  ])("are told by a service as the hook said them, beside all data there may be: %s", async (_name, value) => {
    await using issuer = await startIssuer({ claims: () => value, jwt: { maxBytes: 8192 } });
    const ada = issuer.client({ kind: "program" });
    const secret = (await signUp(ada, wishes[strategy])).str(secretOf[strategy]);
    for (const data of [nested(12), { note: "x".repeat(4096 - `{"note":""}`.length), a: null }]) {
      const patched = await ada.send("PATCH", "/auth/session/data", { bearer: secret, json: data });
      expect(patched.status).toBe(200);
      const verdict = await (await serviceOf(issuer)).verify(secret);
      expect(verdict).toMatchObject({ ok: true, identity: { strategy } });
      expect(verdict.ok && verdict.identity.claims).toEqual(value);
    }
  });
});

function circle(): object {
  const made: Record<string, unknown> = {};
  made.self = made;
  return made;
}

// A store that cannot answer is neither an accept nor a refusal (attack class 42): 503, everywhere, and nothing half done.

import { Unavailable } from "@countersign/verifier";
import { describe, expect, it } from "vitest";
import { routes } from "../../packages/countersign/src/http/routes.ts";
import type { Client, Sending } from "../support/http-client.ts";
import {
  addService,
  expectStatus,
  goodPassword,
  interceptStore,
  leaseQuestion,
  linkToken,
  otherPassword,
  signIn,
  signInBody,
  signUp,
  startIssuer,
} from "../support/issuer.ts";

/** An issuer whose store is cut off when the test says so, with a client for every route. */
async function cuttable() {
  const state = { isDown: false };
  const issuer = await startIssuer({
    wrapStore: (store) =>
      interceptStore(store, (call) => {
        if (state.isDown && call !== "now") throw new Unavailable("store_unavailable", "the disk is gone");
      }),
  });
  const ada = issuer.client();
  await signUp(ada);
  const jwt = await signIn(issuer.client({ kind: "program" }), { strategy: "jwt" });
  await ada.post("/auth/password/forgot", { json: { email: "ada@example.com" } });
  await issuer.auth.idle();
  const { bearer } = await addService(issuer.auth, ["introspect", "revoke", "follow", "admin"]);
  return {
    issuer,
    state,
    ada,
    jwt,
    link: linkToken(issuer.mails),
    bearer,
    [Symbol.asyncDispose]: () => issuer[Symbol.asyncDispose](),
  };
}

type Setting = Awaited<ReturnType<typeof cuttable>>;

/** A good request to every route. */
const requests: Readonly<Record<string, (setting: Setting) => Sending>> = {
  "POST /auth/sign-up": () => ({ json: signInBody({ email: "bob@example.com" }) }),
  "POST /auth/sign-in": () => ({ json: signInBody() }),
  "POST /auth/refresh": ({ jwt }) => ({ json: { refresh_token: jwt.str("refresh_token") } }),
  "POST /auth/step-up": () => ({ json: { password: goodPassword } }),
  "POST /auth/password": () => ({ json: { current_password: goodPassword, new_password: otherPassword } }),
  "POST /auth/password/reset": ({ link }) => ({ json: { token: link, new_password: otherPassword } }),
  "POST /auth/verify-address": () => ({ json: { token: "x" } }),
  "PATCH /auth/session/data": () => ({ json: { a: 1 } }),
  "POST /auth/introspect": ({ bearer }) => ({ form: { token: "A".repeat(27) }, headers: { authorization: bearer } }),
  "POST /auth/revoke": ({ bearer }) => ({ form: { token: "A".repeat(27) }, headers: { authorization: bearer } }),
  "POST /auth/revocations/ack": ({ bearer }) => ({ json: leaseQuestion, headers: { authorization: bearer } }),
};

// These ask the store nothing, or not before they answer.
const without = new Set([
  "POST /auth/password/forgot",
  "GET /.well-known/jwks.json",
  "GET /.well-known/oauth-authorization-server",
]);

const names = routes.map(({ method, path }) => `${method} ${path}`).filter((name) => !without.has(name));

async function send(setting: Setting, name: string) {
  const [method = "", path = ""] = name.split(" ");
  const headers = /^\/auth\/(admin|revocations)/.test(path) ? { authorization: setting.bearer } : {};
  const sending = requests[name]?.(setting) ?? { headers };
  return setting.ada.send(method, path.replace(/:\w+/g, "AAAAAAAAAAAAAAAA"), sending);
}

describe("while the store is down", () => {
  it.each(names)("%s is answered 503 with Retry-After, says nothing of why, and sets no cookie", async (name) => {
    await using setting = await cuttable();
    setting.state.isDown = true;
    const answer = await send(setting, name);
    expect([answer.status, answer.json.code]).toEqual([503, "temporarily_unavailable"]);
    expect(answer.headers["retry-after"]).toBe("1");
    expect(answer.headers["content-type"]).toBe("application/problem+json");
    expect(answer.setCookies).toEqual([]);
    expect(answer.text).not.toContain("disk");
    // The operator hears of it, once.
    expect(setting.issuer.errors).toMatchObject([{ code: "store_unavailable" }]);
  });

  it.each([
    ["a session", (ada: Client) => ({ cookie: `__Host-Http-sid=${ada.cookie("__Host-Http-sid")}` })],
    ["a made-up session", () => ({ cookie: `__Host-Http-sid=${"A".repeat(27)}` })],
  ])("authenticate throws for %s, and does not decide", async (_name, headersOf) => {
    await using setting = await cuttable();
    const headers = headersOf(setting.ada);
    setting.state.isDown = true;
    const judge = async () => setting.issuer.auth.authenticate({ method: "GET", headers });
    await expect(judge()).rejects.toMatchObject({ name: "Unavailable", code: "store_unavailable" });
  });

  it("a token is still judged, for it needs no store; keys and metadata are still served", async () => {
    await using setting = await cuttable();
    setting.state.isDown = true;
    const headers = { authorization: `Bearer ${setting.jwt.str("access_token")}` };
    expect(await setting.issuer.auth.authenticate({ method: "GET", headers })).toMatchObject({ ok: true });
    expect((await setting.ada.get("/.well-known/jwks.json")).status).toBe(200);
    expect((await setting.ada.get("/.well-known/oauth-authorization-server")).status).toBe(200);
  });

  it("and when it is back everything goes on as it was", async () => {
    await using setting = await cuttable();
    setting.state.isDown = true;
    for (const name of names) await send(setting, name);
    setting.state.isDown = false;
    expectStatus(await setting.ada.get("/auth/session"), 200);
    const refresh = { json: { refresh_token: setting.jwt.str("refresh_token") } };
    expectStatus(await setting.ada.post("/auth/refresh", refresh), 200);
    const reset = { json: { token: setting.link, new_password: otherPassword } };
    expectStatus(await setting.ada.post("/auth/password/reset", reset), 204);
    expect(await setting.issuer.auth.subjects.findByEmail("bob@example.com")).toBeUndefined();
  });
});

describe("a store that fails in the middle of a sign-in", () => {
  it.each([
    // One call writes the session and all that is noted of the sign-in.
    { broken: "sessions.create", refresh: true },
    // A token without a record has no such call.
    { broken: "accounts.recordSuccess", refresh: false },
    { broken: "audit.append", refresh: false },
  ])("at $broken, with refresh: $refresh, gives nobody a credential", async ({ broken, refresh }) => {
    let isBroken = false;
    await using issuer = await startIssuer({
      ...(refresh ? {} : { strategies: ["jwt"], jwt: { refresh } }),
      wrapStore: (store) =>
        interceptStore(store, (call) => {
          if (isBroken && call === broken) throw new Unavailable("store_unavailable", "the disk is gone");
        }),
    });
    await signUp(issuer.client());
    isBroken = true;
    const stranger = issuer.client({ address: "127.0.0.9" });
    const answer = await stranger.post("/auth/sign-in", { json: signInBody() });
    expect([answer.status, answer.setCookies]).toEqual([503, []]);
    expect((await stranger.get("/auth/session")).status).toBe(401);
  });
});

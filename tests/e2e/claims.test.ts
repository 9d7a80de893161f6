// What the application's `claims` hook says, where it may travel, and what happens when it fails. By HTTP.

import { describe, expect, it } from "vitest";
import { signIn, signInBody, signUp, startIssuer } from "../support/issuer.ts";

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

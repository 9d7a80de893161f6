// What OWASP ASVS asks for and no other suite shows: each test is named by a row of docs/security/asvs.md.

import { startServer } from "@countersign/server";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { routes } from "../../packages/countersign/src/http/routes.ts";
import { systemRandom } from "../../packages/countersign/src/primitives/random.ts";
import { readMarkup } from "../../packages/server/src/web/testing/markup.ts";
import { samplePages } from "../../packages/server/src/web/testing/models.ts";
import { goodPassword, linkToken, otherPassword, signIn, signInBody, signUp, startIssuer } from "../support/issuer.ts";
import { scratchFolder } from "./server-fixture.ts";

const day = 86_400_000;

it("a change of password needs the current one and the new one", async () => {
  await using issuer = await startIssuer();
  const ada = issuer.client();
  await signUp(ada);
  const change = async (json: object) => (await ada.post("/auth/password", { json })).status;
  expect(await change({ new_password: otherPassword })).toBe(400);
  expect(await change({ current_password: goodPassword })).toBe(400);
  expect(await change({ current_password: "", new_password: otherPassword })).toBe(400);
  expect(await change({ current_password: otherPassword, new_password: otherPassword })).toBe(401);
  await signIn(issuer.client());
  expect(await change({ current_password: goodPassword, new_password: otherPassword })).toBe(200);
  await signIn(issuer.client(), { password: otherPassword });
});

describe("a password", () => {
  it("is judged exactly as it was typed", async () => {
    await using issuer = await startIssuer();
    const ada = issuer.client();
    const password = ` Wren plays ${"slow cello, ".repeat(8)}and sleeps `;
    expect(password.length).toBeGreaterThan(100);
    await signUp(ada, { password });
    const others = [
      ...[password.toLowerCase(), password.trim(), `${password} `, password.replaceAll(", ", ",")],
      ...[password.slice(0, 72), password.slice(0, -1), password.replace("W", "\uFF37")],
    ];
    expect(new Set([password, ...others]).size).toBe(others.length + 1);
    for (const other of others) {
      const refused = await issuer.client().post("/auth/sign-in", { json: signInBody({ password: other }) });
      expect([other, refused.status]).toEqual([other, 401]);
    }
    await signIn(ada, { password });
  });

  it.each([64, 256])("may have 64 characters, and 256", async (length) => {
    await using issuer = await startIssuer();
    const password = "x7kq2mz9plw4vt1u".repeat(length / 16);
    expect(password).toHaveLength(length);
    await signUp(issuer.client(), { password });
    await signIn(issuer.client(), { password });
    const shorter = signInBody({ password: password.slice(0, -1) });
    expect((await issuer.client().post("/auth/sign-in", { json: shorter })).status).toBe(401);
  });

  it("is as good after twenty years", async () => {
    await using issuer = await startIssuer();
    await signUp(issuer.client());
    issuer.clock.advance(20 * 365 * day);
    await issuer.auth.maintain();
    await signIn(issuer.client());
  });

  it("is masked in every field for one", () => {
    const pages = samplePages((text) => text, { style: "/assets/a.css", favicon: "/assets/a.svg" });
    const fields = pages.flatMap(({ render }) =>
      readMarkup(render())
        .elements.filter(({ name }) => name === "input")
        .map(({ attributes }) => attributes)
        .filter(({ name = "", type }) => name.includes("password") || type === "password"),
    );
    expect(new Set(fields.map(({ name }) => name))).toEqual(new Set(["password", "current_password", "new_password"]));
    expect(fields.filter(({ name = "", type }) => type !== "password" || !name.includes("password"))).toEqual([]);
  });
});

it("begins with no account and no service key", async () => {
  using folder = scratchFolder();
  await using server = await startServer({ port: 0, data: folder.path });
  const { auth } = server.composed;
  expect(await auth.subjects.list({ limit: 10 })).toEqual([]);
  expect(await auth.services.list()).toEqual([]);
});

it("asks for no hint and no secret question", () => {
  const bodies = routes.filter(({ tag }) => tag === "Signing in" || tag === "Passwords and addresses");
  const members = bodies.flatMap(({ body }) => {
    const { properties = {} } = body === undefined ? {} : z.toJSONSchema(body.schema, { io: "input" });
    return Object.keys(properties);
  });
  expect([...new Set(members)].sort()).toEqual([
    ...["current_password", "email", "new_password", "password", "refresh_token", "strategy", "token", "transport"],
  ]);
});

describe("the random bits", () => {
  /** An issuer that notes what it draws. */
  const startNoting = async () => {
    const drawn = new Map<string, number>();
    const random = {
      bytes(length: number) {
        const bytes = systemRandom.bytes(length);
        drawn.set(Buffer.from(bytes).toString("base64url"), length * 8);
        return bytes;
      },
    };
    return { drawn, issuer: await startIssuer({ random }) };
  };

  it("in a session token are 160, and never the same twice", async () => {
    const { drawn, issuer: made } = await startNoting();
    await using issuer = made;
    const program = issuer.client({ kind: "program" });
    const tokens = [(await signUp(program, { transport: "token" })).str("session_token")];
    while (tokens.length < 20) tokens.push((await signIn(program, { transport: "token" })).str("session_token"));
    expect(tokens.map((token) => drawn.get(token))).toEqual(tokens.map(() => 160));
    expect(new Set(tokens).size).toBe(tokens.length);
  });

  it("in a mailed link are 256", async () => {
    const { drawn, issuer: made } = await startNoting();
    await using issuer = made;
    const ada = issuer.client();
    await signUp(ada);
    await issuer.auth.idle();
    const verify = linkToken(issuer.mails);
    await ada.post("/auth/password/forgot", { json: { email: "ada@example.com" } });
    await issuer.auth.idle();
    const reset = linkToken(issuer.mails);
    expect([drawn.get(verify), drawn.get(reset)]).toEqual([256, 256]);
    expect(reset).not.toBe(verify);
  });
});

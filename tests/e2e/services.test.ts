// Services and operators, by HTTP: introspection (RFC 7662), revocation (RFC 7009), administration, and the audit log.

import { describe, expect, it } from "vitest";
import type { Client, HeaderValues } from "../support/http-client.ts";
import {
  addService,
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

const basic = (id: string, secret: string) => `Basic ${Buffer.from(`${id}:${secret}`).toString("base64")}`;

const introspect = (service: Client, authorization: string, token: string) =>
  service.post("/auth/introspect", { form: { token }, headers: { authorization } });
const revoke = (service: Client, authorization: string, token: string) =>
  service.post("/auth/revoke", { form: { token }, headers: { authorization } });

async function signedUpByBoth(issuer: TestIssuer) {
  const program = issuer.client({ kind: "program" });
  const jwt = await signUp(program, { strategy: "jwt" });
  const session = await signIn(program, { strategy: "session", transport: "token" });
  return {
    program,
    sub: (await issuer.auth.subjects.findByEmail("ada@example.com"))?.sub ?? "",
    access: jwt.str("access_token"),
    refresh: jwt.str("refresh_token"),
    jwtSid: jwt.str("sid"),
    session: session.str("session_token"),
    sessionSid: session.str("sid"),
  };
}

describe("a service key", () => {
  it("is taken as HTTP Basic and as Bearer", async () => {
    await using issuer = await startIssuer();
    const { id, secret, bearer } = await addService(issuer.auth, ["introspect"]);
    const { program, session } = await signedUpByBoth(issuer);
    expect((await introspect(program, basic(id, secret), session)).json.active).toBe(true);
    expect((await introspect(program, bearer, session)).json.active).toBe(true);
  });

  it.each([
    ["none", () => undefined],
    ["a wrong secret", (id: string) => basic(id, "A".repeat(43))],
    ["an unknown id", (_id: string, secret: string) => basic("A".repeat(12), secret)],
    ["a shorter secret", (id: string, secret: string) => basic(id, secret.slice(0, -1))],
    ["an empty secret", (id: string) => basic(id, "")],
    ["another scheme", (id: string, secret: string) => `Digest ${id}.${secret}`],
    ["no scheme", (id: string, secret: string) => `${id}.${secret}`],
    ["two keys", (id: string, secret: string) => [basic(id, secret), basic(id, secret)]],
    ["base64 that is none", () => "Basic %%%"],
  ] as const)("is refused alike when it is %s", async (_name, make) => {
    await using issuer = await startIssuer();
    const { id, secret } = await addService(issuer.auth, ["introspect", "revoke", "admin"]);
    const headers: HeaderValues = { authorization: make(id, secret) };
    const client = issuer.client({ kind: "program" });
    const answers = [
      await client.post("/auth/introspect", { form: { token: "x" }, headers }),
      await client.post("/auth/revoke", { form: { token: "x" }, headers }),
      await client.get("/auth/admin/subjects", { headers }),
      await client.get("/auth/admin/audit", { headers }),
    ];
    for (const answer of answers) {
      expect([answer.status, answer.json.code]).toEqual([401, "service_invalid"]);
      expect(answer.headers["www-authenticate"]).toBe('Basic realm="countersign"');
    }
  });

  it("is no credential of a subject, nor the other way round", async () => {
    await using issuer = await startIssuer();
    const { bearer } = await addService(issuer.auth, ["introspect", "revoke", "admin"]);
    const { program, access, session } = await signedUpByBoth(issuer);
    expect((await program.get("/auth/session", { headers: { authorization: bearer } })).status).toBe(401);
    for (const own of [access, session]) {
      expect((await program.get("/auth/admin/subjects", { bearer: own })).status).toBe(401);
      expect((await introspect(program, `Bearer ${own}`, session)).status).toBe(401);
    }
  });

  it("covers what its scopes say, and the log knows who asked for more", async () => {
    await using issuer = await startIssuer();
    const client = issuer.client({ kind: "program" });
    const ask = {
      introspect: (authorization: string) => introspect(client, authorization, "x"),
      revoke: (authorization: string) => revoke(client, authorization, "x"),
      admin: (authorization: string) => client.get("/auth/admin/audit", { headers: { authorization } }),
    };
    for (const scope of ["introspect", "revoke", "admin"] as const) {
      const { id, bearer } = await addService(issuer.auth, [scope]);
      for (const [wanted, go] of Object.entries(ask)) {
        const answer = await go(bearer);
        expect([answer.status, answer.json.code]).toEqual(
          wanted === scope ? [200, undefined] : [403, "service_scope_missing"],
        );
      }
      const [latest] = await issuer.auth.audit({ limit: 1, act: "service.authenticate" });
      expect(latest).toMatchObject({ outcome: "refused", actor: `service:${id}`, detail: "service_scope_missing" });
    }
  });

  it.each([
    ["bound to an audience", 403, "https://api.example"],
    ["bound to none", 200, null],
  ] as const)("for administration and %s, made by an older version, gets %i", async (_name, status, audience) => {
    await using issuer = await startIssuer();
    const { id, secret } = await addService(issuer.auth, ["introspect"]);
    const made = await issuer.store.services.find(id);
    if (made === undefined) throw new Error("expected a service");
    const older = { ...made, id: "A".repeat(12), scopes: ["admin"] as const, audience };
    await issuer.store.services.create(older);
    const headers = { authorization: basic(older.id, secret) };
    const answer = await issuer.client({ kind: "program" }).get("/auth/admin/subjects", { headers });
    expect([answer.status, answer.json.code]).toEqual([status, status === 200 ? undefined : "service_scope_missing"]);
  });

  it("is refused once it is removed", async () => {
    await using issuer = await startIssuer();
    const { id, bearer } = await addService(issuer.auth, ["introspect"]);
    const client = issuer.client({ kind: "program" });
    expect((await introspect(client, bearer, "x")).status).toBe(200);
    expect(await issuer.auth.services.remove(id)).toBe(true);
    expect((await introspect(client, bearer, "x")).status).toBe(401);
    expect(await issuer.auth.services.remove(id)).toBe(false);
  });
});

describe("introspection", () => {
  it("describes a session, an access token and a current refresh token", async () => {
    await using issuer = await startIssuer();
    const { bearer } = await addService(issuer.auth, ["introspect"]);
    const { program, sub, access, refresh, jwtSid, session, sessionSid } = await signedUpByBoth(issuer);
    const iat = issuer.clock.now() / 1000;
    const common = { active: true, sub, iss: issuer.url, iat };
    expect((await introspect(program, bearer, session)).json).toEqual({
      ...common,
      sid: sessionSid,
      exp: iat + 30 * 86_400,
      token_type: "Bearer",
      strategy: "session",
      auth_time: iat,
      amr: ["pwd"],
      acr: "aal1",
      data: {},
      claims: {},
      cache_seconds: 300,
    });
    expect((await introspect(program, bearer, access)).json).toEqual({
      ...common,
      sid: jwtSid,
      exp: expect.any(Number),
      token_type: "Bearer",
      strategy: "jwt",
      claims: {},
    });
    expect((await introspect(program, bearer, refresh)).json).toEqual({
      ...common,
      sid: jwtSid,
      exp: iat + 30 * 86_400,
      token_type: "refresh_token",
    });
  });

  it.each<readonly [string, (on: Awaited<ReturnType<typeof signedUpByBoth>>, issuer: TestIssuer) => Promise<string>]>([
    ["a text that is no credential", async () => "nonsense"],
    ["a token with another signature", async ({ access }) => `${access.slice(0, -4)}AAAA`],
    [
      "an expired token",
      async ({ access }, issuer) => {
        issuer.clock.advance(320_000);
        return access;
      },
    ],
    [
      "a token whose session has ended",
      async ({ access, jwtSid }, issuer) => {
        await issuer.auth.sessions.end(jwtSid);
        return access;
      },
    ],
    [
      "a session that has ended",
      async ({ session, sessionSid }, issuer) => {
        await issuer.auth.sessions.end(sessionSid);
        return session;
      },
    ],
    [
      "a session of a disabled subject",
      async ({ session, sub }, issuer) => {
        await issuer.auth.subjects.disable(sub);
        return session;
      },
    ],
    [
      "a refresh token that has a successor",
      async ({ program, refresh }) => {
        await program.post("/auth/refresh", { json: { refresh_token: refresh } });
        return refresh;
      },
    ],
  ])("says of %s that it is not active, and nothing more", async (_name, make) => {
    await using issuer = await startIssuer();
    const { bearer } = await addService(issuer.auth, ["introspect"]);
    const signedUp = await signedUpByBoth(issuer);
    const token = await make(signedUp, issuer);
    const answer = await introspect(signedUp.program, bearer, token);
    expect([answer.status, answer.text]).toEqual([200, '{"active":false}']);
  });

  it("does not spend a refresh token", async () => {
    await using issuer = await startIssuer();
    const { bearer } = await addService(issuer.auth, ["introspect"]);
    const { program, refresh } = await signedUpByBoth(issuer);
    for (let count = 0; count < 3; count += 1) await introspect(program, bearer, refresh);
    expectStatus(await program.post("/auth/refresh", { json: { refresh_token: refresh } }), 200);
  });

  it("is limited to the caller's own audience: first-party credentials are none of a service's that stands for one", async () => {
    await using issuer = await startIssuer();
    const { id, bearer } = await addService(issuer.auth, ["introspect", "revoke"], "https://api.example");
    const { program, access, refresh, session } = await signedUpByBoth(issuer);
    for (const token of [access, session, refresh]) {
      expect((await introspect(program, bearer, token)).text).toBe('{"active":false}');
      expect((await revoke(program, bearer, token)).status).toBe(200);
    }
    for (const token of [access, session])
      expect((await program.get("/auth/session", { bearer: token })).status).toBe(200);
    expectStatus(await program.post("/auth/refresh", { json: { refresh_token: refresh } }), 200);
    expect(await issuer.auth.audit({ limit: 10, act: "token.introspect" })).toMatchObject([
      { outcome: "refused", actor: `service:${id}`, detail: "audience" },
      { outcome: "refused", actor: `service:${id}`, detail: "audience" },
    ]);
  });

  it("of a token without a record knows when it was ended", async () => {
    await using issuer = await startIssuer({ jwt: { refresh: false } });
    const { bearer } = await addService(issuer.auth, ["introspect", "revoke"]);
    const program = issuer.client({ kind: "program" });
    const token = (await signUp(program, { strategy: "jwt" })).str("access_token");
    expect((await introspect(program, bearer, token)).json.active).toBe(true);
    expect((await revoke(program, bearer, token)).status).toBe(200);
    expect((await introspect(program, bearer, token)).json).toEqual({ active: false });
  });
});

describe.each(storeKinds)("revocation, in %s", (store: StoreKind) => {
  it.each(["access", "refresh", "session"] as const)("ends the session behind a %s token, at once", async (kind) => {
    await using issuer = await startIssuer({ store });
    const { id, bearer } = await addService(issuer.auth, ["revoke"]);
    const signedUp = await signedUpByBoth(issuer);
    const { program, access, refresh, session } = signedUp;
    const revoked = await revoke(program, bearer, signedUp[kind]);
    expect([revoked.status, revoked.text]).toEqual([200, ""]);
    const [ended, other] = kind === "session" ? [session, access] : [access, session];
    expect((await program.get("/auth/session", { bearer: ended })).status).toBe(401);
    expect((await program.get("/auth/session", { bearer: other })).status).toBe(200);
    const renewed = await program.post("/auth/refresh", { json: { refresh_token: refresh } });
    expect(renewed.status).toBe(kind === "session" ? 200 : 401);
    const sid = kind === "session" ? signedUp.sessionSid : signedUp.jwtSid;
    expect(await issuer.auth.audit({ limit: 10, act: "token.revoke" })).toMatchObject([
      { outcome: "ok", actor: `service:${id}`, sid },
    ]);
  });

  it("answers 200 for what it does not know, as often as it is asked", async () => {
    await using issuer = await startIssuer({ store });
    const { bearer } = await addService(issuer.auth, ["revoke"]);
    const { program, session } = await signedUpByBoth(issuer);
    for (const token of ["nonsense", session, session, "x".repeat(8192)]) {
      expect((await revoke(program, bearer, token)).status).toBe(200);
    }
  });
});

describe.each(storeKinds)("administration, in %s", (store: StoreKind) => {
  it("lists subjects page by page, and finds some", async () => {
    await using issuer = await startIssuer({ store });
    const { bearer } = await addService(issuer.auth, ["admin"]);
    for (const name of ["ada", "bob", "carol"]) {
      await issuer.auth.subjects.create({ email: `${name}@example.com`, password: goodPassword });
    }
    const client = issuer.client({ kind: "program", headers: { authorization: bearer } });
    const page = async (query: string) => {
      const { json } = expectStatus(await client.get(`/auth/admin/subjects?${query}`), 200);
      return { subjects: json.subjects as { email: string; sub: string }[], next: json.next as string | null };
    };
    const first = await page("limit=2");
    const second = await page(`limit=2&after=${first.next}`);
    expect([...first.subjects, ...second.subjects].map(({ email }) => email).sort()).toEqual([
      "ada@example.com",
      "bob@example.com",
      "carol@example.com",
    ]);
    expect([first.subjects.length, second.next]).toEqual([2, null]);
    expect((await page("search=CAR")).subjects).toEqual([
      {
        sub: expect.stringMatching(/^[\w-]{16}$/),
        email: "carol@example.com",
        email_verified: true,
        created_at: issuer.clock.now() / 1000,
        disabled: false,
      },
    ]);
  });

  it("ends everything of a subject, disables and enables it, and says each in the log", async () => {
    await using issuer = await startIssuer({ store });
    const { id, bearer } = await addService(issuer.auth, ["admin"]);
    const { program, sub, session, access, refresh } = await signedUpByBoth(issuer);
    const admin = issuer.client({ kind: "program", headers: { authorization: bearer } });
    const act = (what: string, whom = sub) => admin.post(`/auth/admin/subjects/${whom}/${what}`);
    expect((await act("revoke")).json).toEqual({ ended: 2 });
    for (const token of [session, access])
      expect((await program.get("/auth/session", { bearer: token })).status).toBe(401);
    expect((await program.post("/auth/refresh", { json: { refresh_token: refresh } })).status).toBe(401);
    await signIn(program, { strategy: "jwt" });
    expect((await act("disable")).json).toEqual({ ended: 1 });
    expect((await program.post("/auth/sign-in", { json: signInBody({ strategy: "jwt" }) })).status).toBe(401);
    expect((await act("enable")).json).toEqual({ ended: 0 });
    await signIn(program, { strategy: "jwt" });
    for (const what of ["revoke", "disable", "enable"]) {
      const unknown = await act(what, "AAAAAAAAAAAAAAAA");
      expect([unknown.status, unknown.json.code]).toEqual([404, "subject_not_found"]);
    }
    const { json } = await admin.get(`/auth/admin/audit?sub=${sub}&limit=100`);
    const entries = json.entries as { act: string; actor: string }[];
    expect(entries.filter(({ act }) => act.startsWith("subject.")).map(({ act, actor }) => [act, actor])).toEqual([
      ["subject.enable", `service:${id}`],
      ["subject.disable", `service:${id}`],
      ["subject.revoke", `service:${id}`],
      ["subject.sign_up", `subject:${sub}`],
    ]);
  });

  it("reads the audit log page by page, newest first", async () => {
    await using issuer = await startIssuer({ store });
    const { bearer } = await addService(issuer.auth, ["admin"]);
    const ada = issuer.client();
    await signUp(ada);
    for (let count = 0; count < 4; count += 1) await signIn(ada);
    const admin = issuer.client({ kind: "program", headers: { authorization: bearer } });
    const ids: number[] = [];
    let before = "";
    for (;;) {
      const { json } = expectStatus(await admin.get(`/auth/admin/audit?limit=2&act=session.sign_in${before}`), 200);
      ids.push(...(json.entries as { id: number }[]).map(({ id }) => id));
      if (json.next === null) break;
      before = `&before=${json.next}`;
    }
    expect(ids).toHaveLength(4);
    expect(ids).toEqual([...ids].sort((a, b) => b - a));
  });

  it("keeps audit entries for a bounded time and in a bounded number", async () => {
    await using issuer = await startIssuer({ store, audit: { keep: "1h", entries: 100 } });
    const by = { actor: "test" };
    await issuer.auth.services.add({ name: "old", scopes: ["admin"] }, { by });
    issuer.clock.advance(3_600_001);
    for (let count = 0; count < 120; count += 1)
      await issuer.auth.services.add({ name: "new", scopes: ["admin"] }, { by });
    await issuer.auth.maintain();
    const entries = await issuer.auth.audit({ limit: 500 });
    expect(entries).toHaveLength(100);
    expect(entries.every(({ at }) => at === issuer.clock.now())).toBe(true);
  });
});

describe("the audit log", () => {
  it("records every act that matters: who, what, when, from where, with what outcome, and no secret", async () => {
    const told: string[] = [];
    await using issuer = await startIssuer({ onAudit: ({ act, outcome }) => void told.push(`${act} ${outcome}`) });
    const ada = issuer.client({ userAgent: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0" });
    const secrets: string[] = [goodPassword, otherPassword];
    const learn = (...values: (string | undefined)[]) => secrets.push(...values.filter((value) => value !== undefined));

    const up = await signUp(ada);
    learn(...up.setCookies.map(({ value }) => value));
    await ada.post("/auth/sign-in", { json: signInBody({ password: "a wrong password, sorry" }) });
    learn("a wrong password, sorry", ...(await signIn(ada)).setCookies.map(({ value }) => value));
    learn(
      ...(await ada.post("/auth/step-up", { json: { password: goodPassword } })).setCookies.map(({ value }) => value),
    );
    const change = { current_password: goodPassword, new_password: otherPassword };
    learn(...(await ada.post("/auth/password", { json: change })).setCookies.map(({ value }) => value));
    const jwt = await signIn(ada, { password: otherPassword, strategy: "jwt" });
    learn(jwt.str("access_token"), jwt.str("refresh_token"));
    const renewed = await ada.post("/auth/refresh", { json: { refresh_token: jwt.str("refresh_token") } });
    learn(renewed.str("refresh_token"));
    issuer.clock.advance(60_000);
    await ada.post("/auth/refresh", { json: { refresh_token: jwt.str("refresh_token") } });
    const phone = issuer.client();
    const onPhone = await signIn(phone, { password: otherPassword });
    await ada.send("DELETE", `/auth/sessions/${onPhone.json.sid}`);
    await issuer.auth.sessions.shorten(`${(await signIn(ada, { password: otherPassword })).json.sid}`, {
      idleSeconds: 900,
    });
    await issuer.auth.idle();
    await ada.post("/auth/password/forgot", { json: { email: "ada@example.com" } });
    await issuer.auth.idle();
    const link = linkToken(issuer.mails);
    learn(link);
    await ada.post("/auth/password/reset", { json: { token: link, new_password: goodPassword } });
    await signIn(ada);
    await ada.post("/auth/sign-out-everywhere");
    await signIn(ada);
    await ada.post("/auth/sign-out");
    const service = await addService(issuer.auth, ["admin", "revoke", "introspect"]);
    learn(service.secret);
    await ada.get("/auth/admin/audit", { headers: { authorization: basic(service.id, "A".repeat(43)) } });
    const sub = (await issuer.auth.subjects.findByEmail("ada@example.com"))?.sub ?? "";
    await issuer.auth.subjects.disable(sub);
    await issuer.auth.subjects.enable(sub);
    await issuer.auth.subjects.revoke(sub);
    await issuer.auth.keys.rotate();
    await issuer.auth.idle();

    const entries = await issuer.auth.audit({ limit: 500 });
    const acts = entries.map(({ act, outcome }) => `${act} ${outcome}`).reverse();
    expect(acts).toEqual([
      "subject.sign_up ok",
      "session.sign_in refused",
      "session.sign_in ok",
      "session.step_up ok",
      "password.change ok",
      "session.sign_in ok",
      "session.reuse refused",
      "session.sign_in ok",
      "session.revoke ok",
      "session.sign_in ok",
      "session.lifetime ok",
      "password.forgot ok",
      "password.reset ok",
      "session.sign_in ok",
      "session.sign_out_everywhere ok",
      "session.sign_in ok",
      "session.sign_out ok",
      "service.add ok",
      "service.authenticate refused",
      "subject.disable ok",
      "subject.enable ok",
      "subject.revoke ok",
      "key.rotate ok",
    ]);
    expect(told).toEqual(acts);
    expect(entries.at(-1)).toMatchObject({
      actor: `subject:${sub}`,
      sub,
      sid: up.json.sid,
      address: "127.0.0.1",
      client: "Firefox on Linux",
    });
    const text = JSON.stringify(entries);
    expect(secrets.length).toBeGreaterThan(10);
    for (const secret of secrets.filter((value) => value !== "")) expect(text).not.toContain(secret);
  });
});

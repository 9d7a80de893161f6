// The strategy `session`, by HTTP: what the comparison says of sessions is true of ours.

import { createAuth } from "countersign";
import { describe, expect, it } from "vitest";
import {
  cheapHashing,
  expectStatus,
  goodPassword,
  otherPassword,
  type StoreKind,
  serverSecret,
  signIn,
  signInBody,
  signUp,
  startIssuer,
  storeKinds,
} from "../support/issuer.ts";

const cookieName = "__Host-Http-sid";
const day = 86_400_000;

describe.each(storeKinds)("a session in %s", (store: StoreKind) => {
  describe("data", () => {
    it("keeps every one of 50 merges at once", async () => {
      await using issuer = await startIssuer({ store });
      const ada = issuer.client();
      await signUp(ada);
      const answers = await Promise.all(
        Array.from({ length: 50 }, (_, index) =>
          ada.send("PATCH", "/auth/session/data", { json: { [`key${index}`]: index } }),
        ),
      );
      expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 50 }, () => 200));
      const { json } = await ada.get("/auth/session");
      expect(json.data).toEqual(Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`key${index}`, index])));
    });

    it("merges members, and null removes one (RFC 7396)", async () => {
      await using issuer = await startIssuer({ store });
      const ada = issuer.client();
      await signUp(ada);
      const patch = (json: object) => ada.send("PATCH", "/auth/session/data", { json });
      await patch({ theme: "dark", cart: { apples: 2, pears: 1 } });
      expect((await patch({ theme: null, cart: { pears: null, figs: 3 } })).json).toEqual({
        data: { cart: { apples: 2, figs: 3 } },
      });
    });

    it("takes 4,096 bytes and not one more, and then stays as it was", async () => {
      await using issuer = await startIssuer({ store });
      const ada = issuer.client();
      await signUp(ada);
      const patch = (json: object) => ada.send("PATCH", "/auth/session/data", { json });
      const whole = 4096 - '{"a":""}'.length;
      expect((await patch({ a: "x".repeat(whole) })).status).toBe(200);
      const tooLarge = await patch({ a: "y".repeat(whole + 1) });
      expect([tooLarge.status, tooLarge.json.code]).toEqual([413, "data_too_large"]);
      expect((await ada.get("/auth/session")).json.data).toEqual({ a: "x".repeat(whole) });
    });

    it("takes 12 levels and not one more", async () => {
      await using issuer = await startIssuer({ store });
      const ada = issuer.client();
      await signUp(ada);
      const nested = (levels: number): object => ({ a: levels === 1 ? 1 : nested(levels - 1) });
      const patch = (json: object) => ada.send("PATCH", "/auth/session/data", { json });
      expect((await patch(nested(12))).status).toBe(200);
      const tooDeep = await patch(nested(13));
      expect([tooDeep.status, tooDeep.json.code]).toEqual([413, "data_too_large"]);
      expect(tooDeep.str("title")).toContain("12 levels");
      expect((await ada.get("/auth/session")).json.data).toEqual(nested(12));
    });

    it("is not the data of another session of the same subject", async () => {
      await using issuer = await startIssuer({ store });
      const phone = issuer.client();
      const laptop = issuer.client();
      await signUp(phone);
      await signIn(laptop);
      await phone.send("PATCH", "/auth/session/data", { json: { on: "phone" } });
      expect((await laptop.get("/auth/session")).json.data).toEqual({});
    });
  });

  describe("its lifetime belongs to the server", () => {
    it("ends at the very millisecond of its absolute end", async () => {
      await using issuer = await startIssuer({ store, session: { lifetime: "1h", idle: "1h" } });
      const ada = issuer.client({ now: () => 0 });
      await signUp(ada);
      issuer.clock.advance(3_600_000 - 1);
      await issuer.store.sessions.touch((await ada.get("/auth/session")).str("sid"), hour);
      expect((await ada.get("/auth/session")).status).toBe(200);
      issuer.clock.advance(1);
      const over = await ada.get("/auth/session");
      expect([over.status, over.json.code]).toEqual([401, "session_ended"]);
    });

    it("ends at the very millisecond of its idle end, and each use moves that", async () => {
      await using issuer = await startIssuer({ store, session: { lifetime: "30d", idle: "1h" } });
      const ada = issuer.client();
      await signUp(ada);
      issuer.clock.advance(3_600_000 - 1);
      expect((await ada.get("/auth/session")).status).toBe(200);
      await issuer.auth.idle();
      issuer.clock.advance(3_600_000 - 1);
      expect((await ada.get("/auth/session")).status).toBe(200);
      await issuer.auth.idle();
      issuer.clock.advance(3_600_000);
      expect((await ada.get("/auth/session")).status).toBe(401);
    });

    it("is shortened per session, to the millisecond, and no other session with it", async () => {
      await using issuer = await startIssuer({ store });
      const ada = issuer.client();
      const other = issuer.client();
      const { json } = await signUp(ada);
      await signIn(other);
      const end = issuer.clock.now() + 5000;
      const shortened = await issuer.auth.sessions.shorten(`${json.sid}`, { until: new Date(end) });
      expect(shortened).toMatchObject({ ok: true, session: { expiresAt: end } });
      issuer.clock.advance(4999);
      expect((await ada.get("/auth/session")).status).toBe(200);
      issuer.clock.advance(1);
      expect((await ada.get("/auth/session")).status).toBe(401);
      expect((await other.get("/auth/session")).status).toBe(200);
    });

    it("is given a shorter idle lifetime per session", async () => {
      await using issuer = await startIssuer({ store });
      const ada = issuer.client();
      const { json } = await signUp(ada);
      await issuer.auth.sessions.shorten(`${json.sid}`, { idleSeconds: 60 });
      issuer.clock.advance(60_000);
      expect((await ada.get("/auth/session")).status).toBe(401);
    });

    it("is extended per session as far as the policy allows, and the browser keeps the cookie that long", async () => {
      await using issuer = await startIssuer({
        store,
        session: { lifetime: "1d", idle: "60d", maxIdle: "60d", maxLifetime: "30d" },
      });
      const ada = issuer.client();
      const { json } = await signUp(ada);
      const signedUpAt = issuer.clock.now();
      const extended = await issuer.auth.sessions.extend(`${json.sid}`, { until: new Date(signedUpAt + 90 * day) });
      expect(extended).toMatchObject({ ok: true, session: { expiresAt: signedUpAt + 30 * day } });
      issuer.clock.advance(30 * day - 1);
      expect((await ada.get("/auth/session")).status).toBe(200);
      issuer.clock.advance(1);
      expect((await ada.get("/auth/session")).status).toBe(401);
    });

    it("cannot be extended once it is over", async () => {
      await using issuer = await startIssuer({ store, session: { lifetime: "1h", maxLifetime: "30d" } });
      const ada = issuer.client();
      const { json } = await signUp(ada);
      issuer.clock.advance(3_600_000);
      const later = { until: new Date(issuer.clock.now() + day) };
      expect(await issuer.auth.sessions.extend(`${json.sid}`, later)).toEqual({ ok: false, code: "session_not_found" });
      expect((await ada.copy({ now: () => 0 }).get("/auth/session")).status).toBe(401);
    });

    it.each([
      ["maxLifetime", { maxLifetime: "1h" }],
      ["maxIdle", { maxIdle: "1h" }],
    ] as const)("a policy with a shorter %s binds sessions already issued", async (_name, session) => {
      await using issuer = await startIssuer({ store });
      const ada = issuer.client();
      const { json } = await signUp(ada);
      const stricter = createAuth({
        upkeep: false,
        issuer: issuer.url,
        secrets: [serverSecret],
        store: issuer.store,
        clock: issuer.clock,
        hashing: cheapHashing,
        session,
      });
      const ask = () =>
        stricter.authenticate({ method: "GET", headers: { cookie: `${cookieName}=${ada.cookie(cookieName)}` } });
      issuer.clock.advance(3_600_000 - 1);
      expect(await ask()).toMatchObject({ ok: true, identity: { sid: json.sid } });
      await stricter.idle();
      issuer.clock.advance(3_600_000);
      expect(await ask()).toMatchObject({ ok: false });
      // Under the policy of the one that issued it, it goes on.
      expect((await ada.get("/auth/session")).status).toBe(200);
    });
  });

  describe("its end", () => {
    it("is seen by the very next request, and nothing is left to revive", async () => {
      await using issuer = await startIssuer({ store });
      const ada = issuer.client();
      const { json } = await signUp(ada);
      expect(await issuer.auth.sessions.end(`${json.sid}`)).toEqual({ ended: [json.sid], reached: undefined });
      expect((await ada.get("/auth/session")).json.code).toBe("session_ended");
      const gone = { ok: false, code: "session_not_found" };
      const later = { until: new Date(issuer.clock.now() + day) };
      expect(await issuer.auth.sessions.extend(`${json.sid}`, later)).toEqual(gone);
      expect(await issuer.auth.sessions.mergeData(`${json.sid}`, { a: 1 })).toEqual(gone);
      expect((await ada.get("/auth/session")).status).toBe(401);
    });

    it("comes with sign-out, which clears the cookies; a copy of the cookie is worthless", async () => {
      await using issuer = await startIssuer({ store });
      const ada = issuer.client();
      await signUp(ada);
      const thief = ada.copy();
      const out = await ada.post("/auth/sign-out");
      expect(out.status).toBe(204);
      expect(ada.cookie(cookieName)).toBeUndefined();
      expect((await thief.get("/auth/session")).json.code).toBe("session_ended");
    });

    it("comes with sign-out everywhere, for every device, or for every other one", async () => {
      await using issuer = await startIssuer({ store });
      const devices = [issuer.client(), issuer.client(), issuer.client()] as const;
      await signUp(devices[0]);
      await signIn(devices[1]);
      await signIn(devices[2]);
      const kept = await devices[1].post("/auth/sign-out-everywhere", { json: { keep_current: true } });
      expect(kept.json).toEqual({ ended: 2 });
      const statuses = async () => Promise.all(devices.map(async (each) => (await each.get("/auth/session")).status));
      expect(await statuses()).toEqual([401, 200, 401]);
      expect((await devices[1].post("/auth/sign-out-everywhere")).json).toEqual({ ended: 1 });
      expect(await statuses()).toEqual([401, 401, 401]);
    });

    it("comes to one device from another, by its sid; a stranger's and a made-up one look the same", async () => {
      await using issuer = await startIssuer({ store });
      const phone = issuer.client();
      const laptop = issuer.client();
      const eve = issuer.client();
      const onPhone = await signUp(phone);
      await signIn(laptop);
      const ofEve = await signUp(eve, { email: "eve@example.com" });
      const listed = await laptop.get("/auth/sessions");
      const devices = listed.json.sessions as { sid: string; current: boolean }[];
      expect(devices.map(({ sid, current }) => [sid === onPhone.json.sid, current]).sort()).toEqual([
        [false, true],
        [true, false],
      ]);
      const foreign = await laptop.send("DELETE", `/auth/sessions/${ofEve.json.sid}`);
      const madeUp = await laptop.send("DELETE", "/auth/sessions/AAAAAAAAAAAAAAAA");
      expect([foreign.status, foreign.fingerprint()]).toEqual([404, madeUp.fingerprint()]);
      expect((await laptop.send("DELETE", `/auth/sessions/${onPhone.json.sid}`)).status).toBe(204);
      expect((await phone.get("/auth/session")).status).toBe(401);
      expect((await eve.get("/auth/session")).status).toBe(200);
    });

    it("comes to the longest unused when a subject has too many", async () => {
      await using issuer = await startIssuer({ store, session: { perSubject: 2 } });
      const devices = [issuer.client(), issuer.client(), issuer.client()] as const;
      await signUp(devices[0]);
      issuer.clock.advance(1000);
      await signIn(devices[1]);
      issuer.clock.advance(1000);
      await signIn(devices[2]);
      expect(await Promise.all(devices.map(async (each) => (await each.get("/auth/session")).status))).toEqual([
        401, 200, 200,
      ]);
    });
  });

  describe("its secret", () => {
    it("takes 43 bytes in a cookie that only this host gets back, out of reach for scripts", async () => {
      await using issuer = await startIssuer({ store });
      const { setCookies } = await signUp(issuer.client());
      const cookie = setCookies.find(({ name }) => name === cookieName);
      expect(`${cookie?.name}=${cookie?.value}`).toHaveLength(43);
      expect(cookie?.attributes).toEqual({
        "max-age": `${30 * 86_400}`,
        path: "/",
        httponly: "",
        secure: "",
        samesite: "Lax",
      });
    });

    it("is new at sign-in over a session, and the old one ends", async () => {
      await using issuer = await startIssuer({ store });
      const ada = issuer.client();
      await signUp(ada);
      const before = ada.copy();
      await signIn(ada);
      expect(ada.cookie(cookieName)).not.toBe(before.cookie(cookieName));
      expect((await before.get("/auth/session")).status).toBe(401);
      expect((await ada.get("/auth/session")).status).toBe(200);
    });

    it("is new at sign-up over a session, whoever's it was, and the old one ends", async () => {
      await using issuer = await startIssuer({ store });
      const shared = issuer.client();
      await signUp(shared);
      const before = shared.copy();
      await signUp(shared, { email: "bob@example.com" });
      expect((await before.get("/auth/session")).status).toBe(401);
      expect((await shared.get("/auth/session")).json.email).toBe("bob@example.com");
    });

    it("is new at step-up: data and devices go over, the old one is refused", async () => {
      await using issuer = await startIssuer({ store });
      const ada = issuer.client();
      const first = await signUp(ada);
      await ada.send("PATCH", "/auth/session/data", { json: { cart: 3 } });
      const before = ada.copy();
      issuer.clock.advance(60_000);
      const raised = expectStatus(await ada.post("/auth/step-up", { json: { password: goodPassword } }), 200);
      expect(raised.json.sid).not.toBe(first.json.sid);
      expect(raised.json).toMatchObject({ data: { cart: 3 }, authenticated_at: issuer.clock.now() / 1000 });
      expect((await before.get("/auth/session")).status).toBe(401);
      expect((await ada.get("/auth/session")).json).toMatchObject({ sid: raised.json.sid, data: { cart: 3 } });
    });

    it("stays at a step-up with a wrong password", async () => {
      await using issuer = await startIssuer({ store });
      const ada = issuer.client();
      const first = await signUp(ada);
      const refused = await ada.post("/auth/step-up", { json: { password: otherPassword } });
      expect([refused.status, refused.json.code, refused.setCookies]).toEqual([401, "credentials_wrong", []]);
      expect((await ada.get("/auth/session")).json.sid).toBe(first.json.sid);
    });

    it("is new at a change of password, and every other session ends", async () => {
      await using issuer = await startIssuer({ store });
      const ada = issuer.client();
      const phone = issuer.client();
      await signUp(ada);
      await signIn(phone);
      const before = ada.copy();
      const json = { current_password: goodPassword, new_password: otherPassword };
      expectStatus(await ada.post("/auth/password", { json }), 200);
      const statuses = await Promise.all(
        [ada, before, phone].map(async (each) => (await each.get("/auth/session")).status),
      );
      expect(statuses).toEqual([200, 401, 401]);
      expect((await phone.post("/auth/sign-in", { json: signInBody() })).json.code).toBe("credentials_wrong");
      await signIn(phone, { password: otherPassword });
    });

    it("is never one that a stranger chose: an id unknown to the store is not adopted", async () => {
      await using issuer = await startIssuer({ store });
      await signUp(issuer.client());
      const planted = "A".repeat(27);
      const victim = issuer.client();
      const answer = expectStatus(
        await victim.post("/auth/sign-in", { json: signInBody(), headers: { cookie: `${cookieName}=${planted}` } }),
        200,
      );
      expect(victim.cookie(cookieName)).not.toBe(planted);
      const attacker = await issuer.client().get("/auth/session", { headers: { cookie: `${cookieName}=${planted}` } });
      expect([answer.status, attacker.status]).toEqual([200, 401]);
    });

    it("serves as Bearer token for clients without cookies, which then get none", async () => {
      await using issuer = await startIssuer({ store });
      const program = issuer.client({ kind: "program" });
      const up = await signUp(program, { transport: "token" });
      expect(up.setCookies).toEqual([]);
      expect(up.json).toEqual({
        session_token: expect.stringMatching(/^[\w-]{27}$/),
        expires_in: 30 * 86_400,
        sid: expect.stringMatching(/^[\w-]{16}$/),
      });
      const bearer = up.str("session_token");
      expect((await program.get("/auth/session", { bearer })).json).toMatchObject({ sid: up.json.sid, data: {} });
      const raised = await program.post("/auth/step-up", { bearer, json: { password: goodPassword } });
      expect([raised.status, raised.setCookies]).toEqual([200, []]);
      expect((await program.get("/auth/session", { bearer })).status).toBe(401);
      const successor = raised.str("session_token");
      expect((await program.post("/auth/sign-out", { bearer: successor })).status).toBe(204);
      expect((await program.get("/auth/session", { bearer: successor })).status).toBe(401);
    });
  });

  it("tells its identity whole", async () => {
    await using issuer = await startIssuer({ store, claims: ({ email }) => ({ team: email.length }) });
    const ada = issuer.client();
    const up = await signUp(ada);
    const seconds = issuer.clock.now() / 1000;
    const whole = {
      sub: expect.stringMatching(/^[\w-]{16}$/),
      sid: expect.stringMatching(/^[\w-]{16}$/),
      strategy: "session",
      email: "ada@example.com",
      email_verified: false,
      issued_at: seconds,
      authenticated_at: seconds,
      expires_at: seconds + 30 * 86_400,
      amr: ["pwd"],
      acr: "aal1",
      data: {},
      claims: { team: 15 },
    };
    expect(up.json).toEqual(whole);
    expect((await ada.get("/auth/session")).json).toEqual(up.json);
  });
});

const hour = { maxIdleMs: 3_600_000, maxAgeMs: 3_600_000 };

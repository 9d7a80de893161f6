// What anybody can send without a credential, in any number: it must not wash out the log, nor use up what belongs to others.

import { describe, expect, it } from "vitest";
import { addService, goodPassword, otherPassword, signIn, signInBody, signUp, startIssuer } from "../support/issuer.ts";

describe("floods by strangers", () => {
  it("refused service keys are limited, and recorded until the pause begins, not after", async () => {
    await using issuer = await startIssuer();
    const stranger = issuer.client({ kind: "program" });
    const statuses: number[] = [];
    for (let index = 0; index < 60; index += 1) {
      const answer = await stranger.post("/auth/introspect", { headers: { authorization: "x" }, form: { token: "x" } });
      statuses.push(answer.status);
    }
    expect([statuses[29], statuses[59]]).toEqual([401, 429]);
    const entries = await issuer.auth.audit({ limit: 500, act: "service.authenticate" });
    expect(entries.length).toBeLessThanOrEqual(31);
  });

  it("sign-ins beyond the limit are recorded once a pause", async () => {
    await using issuer = await startIssuer();
    const stranger = issuer.client();
    for (let index = 0; index < 40; index += 1) await stranger.post("/auth/sign-in", { json: signInBody() });
    const entries = await issuer.auth.audit({ limit: 500, act: "session.sign_in" });
    expect(entries.filter(({ detail }) => detail === "attempts_exceeded")).toHaveLength(1);
    expect(entries).toHaveLength(11);
  });

  it("an address that has asked for too many mails cannot use up what others may ask for", async () => {
    await using issuer = await startIssuer();
    await signUp(issuer.client());
    await issuer.auth.idle();
    const mailsBefore = issuer.mails.length;
    const stranger = issuer.client({ address: "127.0.0.9" });
    const forgot = (email: string) => ({ json: { email } });
    for (let index = 0; index < 6; index += 1)
      await stranger.post("/auth/password/forgot", forgot(`x${index}@example.com`));
    for (let index = 0; index < 6; index += 1) {
      expect((await stranger.post("/auth/password/forgot", forgot("ada@example.com"))).status).toBe(429);
    }
    const ada = issuer.client({ address: "127.0.0.10" });
    expect((await ada.post("/auth/password/forgot", forgot("ada@example.com"))).status).toBe(202);
    await issuer.auth.idle();
    expect(issuer.mails).toHaveLength(mailsBefore + 1);
  });

  it("sign-ups with somebody else's address send its mailbox five mails at the most, and answer alike beyond that", async () => {
    await using issuer = await startIssuer({ signUp: "confirm" });
    const statuses = new Set<number>();
    for (let index = 0; index < 9; index += 1) {
      const stranger = issuer.client({ address: `127.0.7.${index + 1}` });
      statuses.add((await stranger.post("/auth/sign-up", { json: signInBody() })).status);
      await issuer.auth.idle();
    }
    expect([...statuses]).toEqual([202]);
    expect(issuer.mails).toHaveLength(5);
  });

  it("a token without a record never outlives what was ended while a password was being changed", async () => {
    await using issuer = await startIssuer({
      jwt: { refresh: false },
      wrapStore: (store) => ({
        ...store,
        now: () => store.now(),
        accounts: {
          ...store.accounts,
          async changePassword(change) {
            const changed = await store.accounts.changePassword(change);
            await store.accounts.endAll(change.sub, "revoked");
            return changed;
          },
        },
      }),
    });
    const program = issuer.client({ kind: "program" });
    const up = await signUp(program, { strategy: "jwt", transport: "token" });
    const authorization = `Bearer ${String(up.json.access_token)}`;
    const json = { current_password: goodPassword, new_password: otherPassword };
    const changed = await program.post("/auth/password", { headers: { authorization }, json });
    expect(changed.status).toBe(200);
    const fresh = { authorization: `Bearer ${String(changed.json.access_token)}` };
    expect((await program.get("/auth/session", { headers: fresh })).json.code).toBe("credential_revoked");
  });
});

describe("repetition by whoever holds a credential", () => {
  const repeated = 50;
  const kinds = [
    ["a JWT without a record", { jwt: { refresh: false } }, "jwt", "access_token"],
    ["a JWT with a record", {}, "jwt", "access_token"],
    ["a refresh token", {}, "jwt", "refresh_token"],
    ["a session token", {}, "session", "session_token"],
  ] as const;

  it.each(kinds)("of sign-out with %s leaves one event and one entry", async (_name, options, strategy, member) => {
    await using issuer = await startIssuer(options);
    const program = issuer.client({ kind: "program" });
    const token = (await signUp(program, { strategy, transport: "token" })).str(member);
    const before = (await issuer.store.log.head()).number;
    const sending = member === "refresh_token" ? { json: { refresh_token: token } } : { bearer: token };
    // At once and one after another.
    const asks = () => Promise.all(Array.from({ length: repeated }, () => program.post("/auth/sign-out", sending)));
    for (const { status } of [...(await asks()), ...(await asks())]) expect(status).toBe(204);
    expect((await issuer.store.log.head()).number).toBe(before + 1);
    expect(await issuer.auth.audit({ limit: 500, act: "session.sign_out" })).toHaveLength(1);
    expect((await program.get("/auth/session", { bearer: token })).status).toBe(401);
  });

  it.each(kinds)("of revocation of %s leaves one event and one entry", async (_name, options, strategy, member) => {
    await using issuer = await startIssuer(options);
    const program = issuer.client({ kind: "program" });
    const token = (await signUp(program, { strategy, transport: "token" })).str(member);
    const { bearer } = await addService(issuer.auth, ["revoke"]);
    const before = (await issuer.store.log.head()).number;
    const sending = { headers: { authorization: bearer }, form: { token } };
    const asks = () => Promise.all(Array.from({ length: repeated }, () => program.post("/auth/revoke", sending)));
    for (const { status } of [...(await asks()), ...(await asks())]) expect(status).toBe(200);
    expect((await issuer.store.log.head()).number).toBe(before + 1);
    expect(await issuer.auth.audit({ limit: 500, act: "token.revoke" })).toHaveLength(1);
  });

  it("of sign-in over a token without a record, which is over already, appends nothing more", async () => {
    await using issuer = await startIssuer({ jwt: { refresh: false } });
    const program = issuer.client({ kind: "program" });
    const token = (await signUp(program, { strategy: "jwt", transport: "token" })).str("access_token");
    const before = (await issuer.store.log.head()).number;
    for (let index = 0; index < 5; index += 1) {
      const json = signInBody({ strategy: "jwt", transport: "token" });
      expect((await program.post("/auth/sign-in", { bearer: token, json })).status).toBe(200);
    }
    expect((await issuer.store.log.head()).number).toBe(before + 1);
  });

  it.each([
    ["changes of data", "PATCH", "/auth/session/data", { theme: "dark" }],
    ["signing out everywhere else", "POST", "/auth/sign-out-everywhere", { keep_current: true }],
  ])("of %s is bounded: 120 a minute for each session, with the time to wait", async (_name, method, path, json) => {
    await using issuer = await startIssuer();
    const ada = issuer.client();
    await signUp(ada);
    const statuses: number[] = [];
    for (let index = 0; index < 120; index += 1) statuses.push((await ada.send(method, path, { json })).status);
    expect(new Set(statuses)).toEqual(new Set([200]));
    const { number } = await issuer.store.log.head();
    for (let index = 0; index < 5; index += 1) {
      const answer = await ada.send(method, path, { json });
      expect([answer.status, answer.json.code, answer.headers["retry-after"]]).toEqual([
        429,
        "attempts_exceeded",
        "60",
      ]);
    }
    expect((await issuer.store.log.head()).number).toBe(number);
    // Nobody else's session pays for it, and this one can still do what ends it.
    const phone = issuer.client();
    await signIn(phone);
    expect((await phone.send(method, path, { json })).status).toBe(200);
  });

  it("of changes does not keep a session from ending", async () => {
    await using issuer = await startIssuer();
    const ada = issuer.client();
    await signUp(ada);
    for (let index = 0; index < 121; index += 1) await ada.send("PATCH", "/auth/session/data", { json: {} });
    expect((await ada.post("/auth/sign-out-everywhere")).status).toBe(200);
    expect((await ada.get("/auth/session")).status).toBe(401);
  });
});

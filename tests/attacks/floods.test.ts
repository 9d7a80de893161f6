// What anybody can send without a credential, in any number: it must not wash out the log, nor use up what belongs to others.

import { describe, expect, it } from "vitest";
import { goodPassword, otherPassword, signInBody, signUp, startIssuer } from "../support/issuer.ts";

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

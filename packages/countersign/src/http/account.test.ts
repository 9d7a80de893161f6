import type { Identity } from "@countersign/verifier";
import { describe, expect, it } from "vitest";
import { createTestStore, hourMs, testSub, widePolicy } from "../sessions/testing.ts";
import { findAccountSession, whyEnded } from "./account.ts";

async function setting() {
  const made = await createTestStore();
  const parts = { store: made.store, policy: widePolicy };
  const identityOf = (sid: string, more: Partial<Identity> = {}): Identity => ({
    ...{ sub: testSub, sid, strategy: "jwt", issuer: "https://auth.example", issuedAt: 0, expiresAt: 1, claims: {} },
    ...more,
  });
  const find = (sid: string, more: Partial<Identity> = {}) => findAccountSession(parts, identityOf(sid, more));
  return { ...made, parts, identityOf, find };
}

describe("the session behind an identity", () => {
  it("is found with its account while it lives", async () => {
    const { add, find } = await setting();
    const sid = await add();
    expect(await find(sid)).toMatchObject({ account: { sub: testSub }, record: { sid }, identity: { sid } });
  });

  it("is refused from the moment it ended, though the token goes on", async () => {
    const { add, find, store, parts, identityOf } = await setting();
    const sid = await add();
    expect(await whyEnded(parts, identityOf(sid))).toBeUndefined();
    await store.sessions.end(sid, "sign_out");
    expect(await find(sid)).toBe("session_revoked");
    expect(await whyEnded(parts, identityOf(sid))).toBe("session_revoked");
  });

  it.each([
    ["idle", 10, "session_idle"],
    ["past its end", 100, "session_expired"],
  ])("is refused when it is %s", async (_name, hours, code) => {
    const { add, find, clock } = await setting();
    const sid = await add();
    clock.advance(hours * hourMs);
    expect(await find(sid)).toBe(code);
  });

  it("is refused when nobody knows it, or it is somebody else's", async () => {
    const { add, find } = await setting();
    expect(await find("AAAAAAAAAAAAAAAA")).toBe("session_unknown");
    expect(await find(await add(), { sub: "somebody-else-00" })).toBe("session_unknown");
  });

  it("is refused while its subject is disabled", async () => {
    const { add, find, store } = await setting();
    const sid = await add();
    await store.accounts.setDisabled(testSub, true);
    expect(await find(sid)).toBe("session_revoked");
  });

  it("is refused while its subject is disabled, though nothing had ended it", async () => {
    const { add, store, identityOf } = await setting();
    const sid = await add();
    const find = async (sub: string) => {
      const account = await store.accounts.find(sub);
      return account && { ...account, disabledAt: 1 };
    };
    const parts = { store: { ...store, accounts: { ...store.accounts, find } }, policy: widePolicy };
    expect(await findAccountSession(parts, identityOf(sid))).toBe("session_revoked");
  });

  it("is a sign-in, never a client's: neither by its token nor by its record", async () => {
    const { add, find } = await setting();
    const sid = await add();
    const child = await add({ parent: sid });
    const ofClient = await add({ clientId: "app" });
    expect(await find(sid, { clientId: "app" })).toBe("insufficient_scope");
    expect(await find(sid, { audience: ["https://api.example"] })).toBe("insufficient_scope");
    expect(await find(child)).toBe("insufficient_scope");
    expect(await find(ofClient)).toBe("insufficient_scope");
  });
});

describe("a token without a record", () => {
  const events = [
    ["its session", "session", "token-of-nothing"],
    ["its subject", "subject", testSub],
    ["everyone", "everyone", ""],
  ] as const;

  it("stands for its account", async () => {
    const { find } = await setting();
    expect(await find("token-of-nothing", { logNumber: 0 })).toMatchObject({
      account: { sub: testSub },
      record: undefined,
    });
  });

  it.each(events)("is cut off by an event that came after it and speaks of %s", async (_name, scope, target) => {
    const { find, store } = await setting();
    const before = (await store.log.head()).number;
    const { number } = await store.log.append({ scope, target });
    expect(await find("token-of-nothing", { logNumber: before })).toBe("token_revoked");
    expect(await find("token-of-nothing", { logNumber: number })).toMatchObject({ record: undefined });
  });

  it("is not cut off by what speaks of others", async () => {
    const { find, store } = await setting();
    await store.log.append({ scope: "session", target: "another-session0" });
    await store.log.append({ scope: "subject", target: "another-subject0" });
    await store.log.append({ scope: "key", target: "kid1" });
    await store.log.append({ scope: "changed", target: "token-of-nothing" });
    expect(await find("token-of-nothing", { logNumber: 0 })).toMatchObject({ record: undefined });
  });
});

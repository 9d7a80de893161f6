// Ending that waits until it holds everywhere, and ending everything of everybody. By the API and by HTTP, with a service that follows.

import { type Auth, createAuth, type EndOptions } from "countersign";
import { describe, expect, it } from "vitest";
import { startFollowing } from "../support/following.ts";
import {
  addService,
  cheapHashing,
  type IssuerOptions,
  interceptStore,
  serverSecret,
  signIn,
  signUp,
  startIssuer,
  storeKinds,
} from "../support/issuer.ts";

const strategies: ("session" | "jwt" | "hybrid")[] = ["session", "jwt", "hybrid"];
const day = 86_400_000;

/** Ada, signed in by JWT and known to a service that follows the feed. */
async function following(options: IssuerOptions = {}) {
  const issuer = await startIssuer({ strategies, ...options });
  const program = issuer.client({ kind: "program" });
  const up = await signUp(program, { strategy: "jwt" });
  const headers = { authorization: `Bearer ${up.str("access_token")}` };
  const service = await startFollowing(issuer);
  expect((await service.judge(headers)).status).toBe(200);
  const { sub = "" } = (await issuer.auth.subjects.findByEmail("ada@example.com")) ?? {};
  return {
    ...{ issuer, service, headers, sub, sid: up.str("sid") },
    async [Symbol.asyncDispose]() {
      await service[Symbol.asyncDispose]();
      await issuer[Symbol.asyncDispose]();
    },
  };
}

interface Named {
  readonly sub: string;
  readonly sid: string;
  readonly kid: string;
}

const endings: readonly (readonly [
  string,
  (auth: Auth, named: Named, options: EndOptions) => Promise<{ readonly ok?: boolean; readonly reached?: unknown }>,
])[] = [
  ["sessions.end", (auth, { sid }, options) => auth.sessions.end(sid, options)],
  ["subjects.revoke", (auth, { sub }, options) => auth.subjects.revoke(sub, options)],
  ["subjects.disable", (auth, { sub }, options) => auth.subjects.disable(sub, options)],
  ["keys.revoke", (auth, { kid }, options) => auth.keys.revoke(kid, options)],
  ["revokeEveryone", (auth, _, options) => auth.revokeEveryone(options)],
];

describe.each(endings)("%s", (_name, end) => {
  it("with a wait resolves once a service that follows refuses: not a moment later, the next request is refused", async () => {
    await using setting = await following();
    const { issuer, service } = setting;
    const [key] = await issuer.auth.keys.list();
    const named = { sub: setting.sub, sid: setting.sid, kid: key?.kid ?? "" };
    const ended = await end(issuer.auth, named, { wait: "everywhere", by: { actor: "operator:grace" } });
    const { number } = await issuer.store.log.head();
    expect(ended.reached).toEqual({
      ...{ outcome: "everywhere", number, waitedOut: [], insecure: [] },
      ms: expect.any(Number),
    });
    const refused = await service.judge(setting.headers);
    expect(refused.status).toBe(401);
    expect(await issuer.auth.audit({ limit: 1 })).toMatchObject([{ actor: "operator:grace", outcome: "ok" }]);
  });

  it("without one tells of no wait", async () => {
    await using issuer = await startIssuer();
    const up = await signUp(issuer.client({ kind: "program" }), { strategy: "jwt" });
    const [key] = await issuer.auth.keys.list();
    const { sub = "" } = (await issuer.auth.subjects.findByEmail("ada@example.com")) ?? {};
    const ended = await end(issuer.auth, { sub, sid: up.str("sid"), kid: key?.kid ?? "" }, {});
    expect([ended.ok ?? true, ended.reached]).toEqual([true, undefined]);
    expect(await issuer.auth.audit({ limit: 1 })).toMatchObject([{ actor: "operator", outcome: "ok" }]);
  });

  it("tells when it is not known how far it has come", async () => {
    let isDown = false;
    const wrapStore: IssuerOptions["wrapStore"] = (store) =>
      interceptStore(store, (call) =>
        isDown && call === "issuers.list" ? Promise.reject(new Error("gone")) : undefined,
      );
    await using issuer = await startIssuer({ wrapStore });
    const up = await signUp(issuer.client({ kind: "program" }), { strategy: "jwt" });
    const [key] = await issuer.auth.keys.list();
    const { sub = "" } = (await issuer.auth.subjects.findByEmail("ada@example.com")) ?? {};
    isDown = true;
    const named = { sub, sid: up.str("sid"), kid: key?.kid ?? "" };
    expect((await end(issuer.auth, named, { wait: "everywhere" })).reached).toMatchObject({ outcome: "notKnown" });
  });
});

describe.each(["revoke", "disable"])("POST /auth/admin/subjects/:sub/%s", (act) => {
  it("with wait=everywhere answers once a service that follows refuses, and how far it has come", async () => {
    await using setting = await following();
    const { issuer, service, sub } = setting;
    const { bearer } = await addService(issuer.auth, ["admin"]);
    const operator = issuer.client({ kind: "program", headers: { authorization: bearer } });
    const answer = await operator.post(`/auth/admin/subjects/${sub}/${act}?wait=everywhere`);
    expect((await service.judge(setting.headers)).status).toBe(401);
    const { number } = await issuer.store.log.head();
    expect([answer.status, answer.json]).toEqual([
      200,
      {
        ended: 1,
        everywhere: { outcome: "everywhere", number, ms: expect.any(Number), waited_out: [], insecure: [] },
      },
    ]);
    const [entry] = await issuer.auth.audit({ limit: 1 });
    expect(entry).toMatchObject({ act: `subject.${act}`, sub, actor: expect.stringMatching(/^service:/) });
  });

  it.each([
    ["nothing of the kind", "", 200],
    ["another place", "?wait=here", 400],
    ["nothing", "?wait=", 400],
    ["it twice", "?wait=everywhere&wait=everywhere", 400],
  ])("asked to wait for %s does not", async (_name, query, status) => {
    await using issuer = await startIssuer();
    await signUp(issuer.client());
    const { sub } = (await issuer.auth.subjects.findByEmail("ada@example.com")) ?? {};
    const { bearer } = await addService(issuer.auth, ["admin"]);
    const operator = issuer.client({ kind: "program", headers: { authorization: bearer } });
    const answer = await operator.post(`/auth/admin/subjects/${sub}/${act}${query}`);
    expect([answer.status, "everywhere" in answer.json]).toEqual([status, false]);
    expect(await issuer.auth.sessions.listAll({ limit: 5 })).toHaveLength(status === 200 ? 0 : 1);
  });
});

describe.each(storeKinds)("ending everything of everybody, in %s", (store) => {
  it("refuses every credential there is at the next request, whatever it is", async () => {
    await using issuer = await startIssuer({ store, strategies });
    const recordless = createAuth({
      ...{ issuer: issuer.url, secrets: [serverSecret], store: issuer.store, clock: issuer.clock },
      ...{ hashing: cheapHashing, jwt: { refresh: false } },
    });
    const held: Record<string, string>[] = [];
    for (const email of ["ada@example.com", "bob@example.com"]) {
      const browser = issuer.client();
      await signUp(browser, { email });
      held.push({ cookie: browser.cookiesFor("/").join("; ") });
      for (const strategy of strategies) {
        const { json } = await signIn(issuer.client({ kind: "program" }), { email, strategy, transport: "token" });
        held.push({ authorization: `Bearer ${json.access_token ?? json.session_token}` });
      }
      const request = new Request(`${issuer.url}/auth/sign-in`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ email, password: "wren plays slow cello", strategy: "jwt", transport: "token" }),
      });
      const alone: Record<string, unknown> = await (await recordless.handle(request)).json();
      held.push({ authorization: `Bearer ${alone.access_token}` });
    }
    const asker = issuer.client({ kind: "program" });
    const statuses = async () =>
      Promise.all(held.map(async (headers) => (await asker.get("/auth/session", { headers })).status));
    expect(new Set(await statuses())).toEqual(new Set([200]));
    expect(await issuer.auth.revokeEveryone({ by: { actor: "operator:grace" } })).toEqual({
      ended: 8,
      reached: undefined,
    });
    expect(new Set(await statuses())).toEqual(new Set([401]));
    const acts = await issuer.auth.audit({ limit: 1 });
    expect(acts).toMatchObject([{ act: "everyone.revoke", actor: "operator:grace", sub: null, sid: null }]);
    // Passwords stay, and whoever signs in now is signed in.
    expect((await signIn(issuer.client())).status).toBe(200);
    expect(await issuer.auth.revokeEveryone()).toMatchObject({ ended: 1 });
    expect(await issuer.auth.revokeEveryone()).toMatchObject({ ended: 0 });
  });

  it("takes many small transactions, and each session its own event", async () => {
    const calls: unknown[] = [];
    const wrapStore: IssuerOptions["wrapStore"] = (inner) =>
      interceptStore(inner, (call, [page]) => void (call === "accounts.endNext" && calls.push(page)));
    await using issuer = await startIssuer({ store, wrapStore });
    const policy = { maxIdleMs: 30 * day, maxAgeMs: 30 * day };
    const count = 450;
    for (let index = 0; index < count; index += 1) {
      const name = `${index}`.padStart(16, "0");
      const email = `${name}@example.com`;
      await issuer.store.accounts.create({ sub: name, email, emailKey: email, emailVerified: true, passwordHash: "x" });
      const session = { sid: name, sub: name, strategy: "session", tokenHash: null, refreshSeed: null } as const;
      const more = { idleMs: day, lifetimeMs: day, amr: [], acr: "aal1", client: { label: "curl" }, claims: {} };
      await issuer.store.sessions.create({ ...session, ...more }, { generation: 0, limit: 10, policy });
    }
    expect(await issuer.auth.revokeEveryone()).toMatchObject({ ended: count });
    expect(calls.map((page) => (page as { limit: number }).limit)).toEqual([200, 200, 200]);
    const { events } = await issuer.store.log.read(0);
    expect(events[0]).toMatchObject({ scope: "everyone", target: "" });
    expect(new Set(events.slice(1).map(({ scope, target }) => `${scope}:${target}`)).size).toBe(count);
    expect(await issuer.auth.sessions.listAll({ limit: 5 })).toEqual([]);
  });

  it("catches a sign-in that is under way: its password is judged anew, and what it got before is worth nothing", async () => {
    let meanwhile: (() => Promise<unknown>) | undefined;
    const created: unknown[] = [];
    const wrapStore: IssuerOptions["wrapStore"] = (inner) =>
      interceptStore(inner, (call, [session]) => {
        if (call !== "sessions.create") return undefined;
        created.push(session);
        const now = meanwhile;
        meanwhile = undefined;
        return now?.();
      });
    await using issuer = await startIssuer({ store, wrapStore });
    await signUp(issuer.client());
    created.length = 0;
    meanwhile = () => issuer.auth.revokeEveryone();
    const ada = issuer.client();
    expect((await signIn(ada)).status).toBe(200);
    expect(created).toHaveLength(2);
    const living = await issuer.auth.sessions.listAll({ limit: 5 });
    expect(living.map(({ sid }) => sid)).toEqual([(created[1] as { sid: string }).sid]);
  });
});

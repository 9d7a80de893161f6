// A new id at a change of privilege: what an application gets that has just raised or lowered what a subject may do. By HTTP.

import { randomBytes } from "node:crypto";
import { createAuth, nameSessionToken } from "countersign";
import { nodeHandler } from "countersign/node";
import { describe, expect, it } from "vitest";
import { type Answer, createClient, type HeaderValues, type Sending } from "../support/http-client.ts";
import {
  cheapHashing,
  type IssuerOptions,
  interceptStore,
  serverSecret,
  signIn,
  signUp,
  startIssuer,
  storeKinds,
  type TestIssuer,
} from "../support/issuer.ts";
import { serve } from "../support/servers.ts";

const day = 86_400_000;
const email = "ada@example.com";

/** The ways in which somebody is signed in. */
const ways = [
  { name: "session by cookie", strategy: "session", transport: "cookie", refresh: true },
  { name: "session by Bearer", strategy: "session", transport: "token", refresh: true },
  { name: "jwt with refresh, by Bearer", strategy: "jwt", transport: "token", refresh: true },
  { name: "jwt with refresh, by cookie", strategy: "jwt", transport: "cookie", refresh: true },
  { name: "jwt without refresh, by Bearer", strategy: "jwt", transport: "token", refresh: false },
  { name: "jwt without refresh, by cookie", strategy: "jwt", transport: "cookie", refresh: false },
  { name: "hybrid by cookie", strategy: "hybrid", transport: "cookie", refresh: true },
  { name: "hybrid by Bearer", strategy: "hybrid", transport: "token", refresh: true },
] as const;
type Way = (typeof ways)[number];
const everywhereKept = ways.flatMap((way) => storeKinds.map((store) => ({ ...way, store })));
const recordless = ways.filter(({ refresh }) => !refresh);

const privilegePath = "/promote";

/** What a client holds after an answer: the headers that it sends, and what it renews with. */
interface Held {
  readonly headers: Record<string, string>;
  /** The same to where privileges are changed: with the refresh cookie, or with the refresh token in a header of the application's own. */
  readonly privilegeHeaders: Record<string, string>;
  readonly refreshToken: string | undefined;
  /** The same, to be sent where refresh cookies are sent. */
  readonly refreshHeaders: Record<string, string>;
}

function heldOf(answer: Answer, { transport }: Pick<Way, "transport">): Held {
  if (transport === "token") {
    const { access_token: access, session_token: session, refresh_token: refresh } = answer.json;
    const headers = { authorization: `Bearer ${access ?? session}` };
    const refreshToken = refresh === undefined ? undefined : `${refresh}`;
    const privilegeHeaders = { ...headers, ...(refreshToken === undefined ? {} : { "x-refresh": refreshToken }) };
    return { headers, privilegeHeaders, refreshToken, refreshHeaders: {} };
  }
  const cookies = answer.setCookies.filter(({ name, value }) => value !== "" && !name.includes("device"));
  const at = (path: string) => ({
    cookie: cookies
      .filter(({ attributes }) => attributes.path === "/" || attributes.path === path)
      .map(({ name, value }) => `${name}=${value}`)
      .join("; "),
  });
  return {
    headers: at("/"),
    privilegeHeaders: at(privilegePath),
    refreshToken: cookies.find(({ name }) => name === "__Secure-rt")?.value,
    refreshHeaders: at("/auth/refresh"),
  };
}

/** An issuer, and an application beside it whose every route changes what its visitor may do. */
async function setting(way: Pick<Way, "strategy" | "transport" | "refresh">, more: IssuerOptions = {}) {
  const state = { role: "reader", fails: false };
  const issuer = await startIssuer({
    strategies: ["session", "jwt", "hybrid"],
    jwt: { refresh: way.refresh },
    privilegePaths: [privilegePath],
    claims: () => {
      if (state.fails) throw new Error("the directory is down");
      return { role: state.role };
    },
    ...more,
  });
  const handle = (request: Request, info?: { remoteAddress?: string | undefined }) =>
    issuer.auth.changePrivilege(request, { ...info, refreshToken: request.headers.get("x-refresh") ?? undefined });
  const app = await serve(nodeHandler({ handle }));
  const visitor = createClient(`http://127.0.0.1:${app.port}`, { kind: "browser" });
  const program = issuer.client({ kind: "program", headers: { "sec-fetch-site": "same-origin" } });
  const up = await signUp(program, { email, strategy: way.strategy, transport: way.transport });
  return {
    ...{ issuer, state, up, program },
    held: heldOf(up, way),
    change: (headers: HeaderValues, path = privilegePath, sending: Sending = {}, method = "POST") =>
      visitor.send(method, path, { ...sending, headers: { ...sending.headers, ...headers } }),
    whoIs: (headers: HeaderValues) => program.get("/auth/session", { headers }),
    renew: ({ refreshToken, refreshHeaders }: Held) =>
      way.transport === "token"
        ? program.post("/auth/refresh", { json: { refresh_token: refreshToken } })
        : program.post("/auth/refresh", { headers: refreshHeaders }),
    async [Symbol.asyncDispose]() {
      visitor.close();
      await app.stop();
      await issuer[Symbol.asyncDispose]();
    },
  };
}

const acts = async ({ auth }: TestIssuer) => (await auth.audit({ limit: 50 })).map(({ act }) => act);

describe.each(everywhereKept)("a change of privilege, $name, in $store", ({ store, ...way }) => {
  it("gives a new id and new credentials; the old ones are refused at once, and nobody is called a thief", async () => {
    await using site = await setting(way, { store });
    const { issuer, held, whoIs } = site;
    const before = await whoIs(held.headers);
    issuer.clock.advance(60_000);
    site.state.role = "editor";
    const changed = await site.change(held.privilegeHeaders);
    expect([changed.status, changed.headers["cache-control"]]).toEqual([200, "no-store"]);
    const next = heldOf(changed, way);

    const after = await whoIs(next.headers);
    expect(after.status).toBe(200);
    const { sub, sid, strategy } = before.json;
    expect(after.json).toMatchObject({ sub, strategy, email });
    expect(after.json.sid).not.toBe(sid);
    expect(JSON.stringify(next)).not.toContain(`${sid}`);
    for (const secret of Object.values(held.headers)) expect(JSON.stringify(next)).not.toContain(secret);

    const refused = await whoIs(held.headers);
    expect(refused.status).toBe(401);
    expect(["session_ended", "credential_revoked"]).toContain(refused.json.code);
    if (held.refreshToken !== undefined) {
      const superseded = await site.renew(held);
      expect(superseded.status).toBe(401);
      expect(["refresh_invalid", "refresh_unpaired"]).toContain(superseded.json.code);
      expect((await site.renew(next)).status).toBe(200);
    }
    expect(await acts(issuer)).toEqual(["session.privilege", "subject.sign_up"]);
    const [entry] = await issuer.auth.audit({ limit: 1 });
    expect(entry).toMatchObject({ actor: `subject:${sub}`, sub, sid: after.json.sid, outcome: "ok" });
    expect((await whoIs(next.headers)).status).toBe(200);
    expect(issuer.errors).toEqual([]);
  });

  it("asks the claims hook anew, keeps data and proof, and lasts no longer than before", async () => {
    await using site = await setting(way, { store });
    const { issuer, held, whoIs } = site;
    if (way.refresh) {
      const patched = await site.program.send("PATCH", "/auth/session/data", { headers: held.headers, json: { a: 1 } });
      expect(patched.status).toBe(200);
    }
    const before = (await whoIs(held.headers)).json;
    const ends = async () => (await issuer.auth.sessions.listAll({ limit: 5 })).map(({ expiresAt }) => expiresAt);
    const endsBefore = await ends();
    issuer.clock.advance(60_000);
    site.state.role = "editor";
    const next = heldOf(await site.change(held.privilegeHeaders), way);
    const after = (await whoIs(next.headers)).json;
    const isBareToken = !way.refresh && way.transport === "cookie";
    expect(after.claims).toEqual(isBareToken ? {} : { role: "editor" });
    for (const member of ["amr", "acr", "authenticated_at", "data"]) expect(after[member]).toEqual(before[member]);
    expect(await ends()).toEqual(endsBefore);
    expect(endsBefore).toHaveLength(way.refresh ? 1 : 0);
    if (!way.refresh) expect(Number(after.expires_at)).toBeLessThanOrEqual(Number(before.expires_at));
  });

  it("of several at once happens once", async () => {
    await using site = await setting(way, { store });
    const answers = await Promise.all(Array.from({ length: 8 }, () => site.change(site.held.privilegeHeaders)));
    const good = answers.filter(({ status }) => status === 200);
    expect(good).toHaveLength(1);
    for (const { status } of answers) expect([200, 401, 409]).toContain(status);
    expect((await acts(site.issuer)).filter((act) => act === "session.privilege")).toHaveLength(1);
    for (const answer of good) expect((await site.whoIs(heldOf(answer, way).headers)).status).toBe(200);
    const living = await site.issuer.auth.sessions.listAll({ limit: 10 });
    expect(living).toHaveLength(way.refresh ? 1 : 0);
  });

  it("changes nothing when the claims hook fails", async () => {
    await using site = await setting(way, { store });
    site.state.fails = true;
    const failed = await site.change(site.held.privilegeHeaders);
    expect([failed.status, failed.json.code]).toEqual([500, "internal_error"]);
    expect((await site.whoIs(site.held.headers)).status).toBe(200);
    expect(site.issuer.errors).toHaveLength(1);
  });
});

describe("a change of privilege", () => {
  const way = { strategy: "session", transport: "cookie", refresh: true } as const;

  it.each([
    ["GET from another site", "GET", { "sec-fetch-site": "cross-site" }],
    ["GET from a neighbouring host", "GET", { "sec-fetch-site": "same-site" }],
    ["GET that says nothing of its origin", "GET", { "sec-fetch-site": undefined, origin: undefined }],
    ["POST from another site", "POST", { "sec-fetch-site": "cross-site" }],
    [
      "POST of an older browser from another origin",
      "POST",
      { "sec-fetch-site": undefined, origin: "https://evil.test" },
    ],
  ])("by cookie is refused for a %s", async (_name, method, headers) => {
    await using site = await setting(way);
    const refused = await site.change(site.held.privilegeHeaders, "/promote", { headers }, method);
    expect([refused.status, refused.json.code, refused.setCookies]).toEqual([403, "cross_site_request", []]);
    expect((await site.whoIs(site.held.headers)).status).toBe(200);
  });

  it.each([
    ["a GET of the own site", "GET", {}],
    ["a DELETE", "DELETE", {}],
    ["a POST with a body of the application's own", "POST", { json: { role: "editor" } }],
    ["a POST with a form", "POST", { form: { role: "editor" } }],
    ["a POST with more than the issuer's own routes read", "POST", { body: "x".repeat(100_000) }],
  ] as const)("answers %s, wherever it was sent", async (_name, method, sending) => {
    await using site = await setting(way);
    const changed = await site.change(site.held.privilegeHeaders, "/any/where?of=the&app", sending, method);
    expect(changed.status).toBe(200);
    expect((await site.whoIs(heldOf(changed, way).headers)).status).toBe(200);
  });

  it("by Bearer may come from anywhere", async () => {
    await using site = await setting({ ...way, transport: "token" });
    const headers = { "sec-fetch-site": "cross-site", origin: "https://app.test" };
    expect((await site.change(site.held.privilegeHeaders, "/promote", { headers })).status).toBe(200);
  });

  it("removes the cookies of other strategies that stood beside", async () => {
    await using site = await setting(way);
    const changed = await site.change(site.held.privilegeHeaders);
    const gone = changed.setCookies.filter(({ value }) => value === "").map(({ name }) => name);
    expect(gone).toEqual(["__Host-Http-at", "__Secure-rt", "__Secure-rt"]);
  });

  it.each([
    ["without a credential", {}],
    ["with one that never was", { cookie: `__Host-Http-sid=${"A".repeat(27)}` }],
    ["with a broken Authorization beside a good cookie", { authorization: "Bearer x" }],
  ])("is refused %s", async (_name, headers) => {
    await using site = await setting(way);
    const refused = await site.change({ ...("authorization" in headers ? site.held.headers : {}), ...headers });
    expect([refused.status, refused.setCookies]).toEqual([401, []]);
    expect(refused.headers["www-authenticate"]).toContain("Bearer");
    expect((await site.whoIs(site.held.headers)).status).toBe(200);
  });

  it("is not a route of the issuer's own", async () => {
    await using site = await setting(way);
    const asked = await site.program.post("/auth/privilege", { headers: site.held.headers });
    expect([asked.status, asked.json.code]).toEqual([404, "route_unknown"]);
  });

  it("is for sign-ins: a client's session is refused, and a child goes over to its parent's successor", async () => {
    await using site = await setting(way);
    const { store } = site.issuer;
    const token = randomBytes(20).toString("base64url");
    const { sid, tokenHash } = nameSessionToken(token);
    const [parent] = await site.issuer.auth.sessions.listAll({ limit: 1 });
    const child = {
      ...{ sid, tokenHash, sub: `${parent?.sub}`, parent: `${parent?.sid}`, clientId: "partner", scope: "read" },
      ...{ strategy: "session" as const, refreshSeed: null, idleMs: day, lifetimeMs: day, amr: ["pwd"], acr: "aal1" },
      ...{ client: { label: "partner" }, claims: {} },
    };
    const policy = { maxIdleMs: 30 * day, maxAgeMs: 30 * day };
    expect(await store.sessions.create(child, { generation: 0, limit: 10, policy })).toBe("created");
    const refused = await site.change({ authorization: `Bearer ${token}` });
    expect([refused.status, refused.json.code]).toEqual([403, "insufficient_scope"]);

    const changed = await site.change(site.held.privilegeHeaders);
    expect(changed.status).toBe(200);
    expect(await site.issuer.auth.sessions.find(sid)).toMatchObject({ parent: changed.json.sid, clientId: "partner" });
    expect(await site.issuer.auth.authenticate({ headers: { authorization: `Bearer ${token}` } })).toMatchObject({
      ok: true,
    });
  });

  it("again and again makes nobody's sign-in longer", async () => {
    await using site = await setting(way);
    let { held } = site;
    const end = (await site.whoIs(held.headers)).json.expires_at;
    for (let count = 0; count < 5; count += 1) {
      site.issuer.clock.advance(5 * day);
      const changed = await site.change(held.privilegeHeaders);
      held = heldOf(changed, way);
      expect(changed.json).toMatchObject({ expires_at: end, authenticated_at: site.up.json.authenticated_at });
      expect(changed.json.issued_at).toBe(Math.floor(site.issuer.clock.now() / 1000));
    }
    site.issuer.clock.advance(5 * day);
    expect((await site.change(held.privilegeHeaders)).status).toBe(401);
  });

  it("keeps a shortened idle lifetime, and an extended end", async () => {
    await using site = await setting(way, { session: { lifetime: "1d", maxLifetime: "30d" } });
    const until = new Date(site.issuer.clock.now() + 20 * day);
    const sid = site.up.str("sid");
    await site.issuer.auth.sessions.shorten(sid, { idleSeconds: 3600 });
    await site.issuer.auth.sessions.extend(sid, { until });
    const changed = await site.change(site.held.privilegeHeaders);
    const session = await site.issuer.auth.sessions.find(changed.str("sid"));
    expect(session).toMatchObject({ expiresAt: until.getTime(), idleMs: 3_600_000 });
  });

  it("is refused by a subject that was disabled in between, whatever the way", async () => {
    for (const each of ways) {
      let meanwhile: (() => Promise<unknown>) | undefined;
      const wrapStore: IssuerOptions["wrapStore"] = (store) =>
        interceptStore(store, (call) => {
          if (call !== "sessions.replace" && call !== "log.append") return undefined;
          const now = meanwhile;
          meanwhile = undefined;
          return now?.();
        });
      await using site = await setting(each, { wrapStore });
      const sub = (await site.whoIs(site.held.headers)).str("sub");
      meanwhile = () => site.issuer.auth.subjects.disable(sub);
      const refused = await site.change(site.held.privilegeHeaders);
      expect([each.name, refused.status, refused.json.code]).toEqual([each.name, 409, "session_changed"]);
      expect(await site.issuer.auth.sessions.listAll({ limit: 5 })).toEqual([]);
    }
  });
});

describe.each(recordless)("a change of privilege, $name", (way) => {
  /** Interferes once, before a call of the store. */
  function interfering(at: string) {
    const state: { act: (() => Promise<unknown>) | undefined } = { act: undefined };
    const wrapStore: IssuerOptions["wrapStore"] = (store) =>
      interceptStore(store, (call) => {
        if (call !== at) return undefined;
        const { act } = state;
        state.act = undefined;
        return act?.();
      });
    return { state, wrapStore };
  }

  it.each([
    ["everything of the subject was ended before", "log.append", "endAll", 409],
    ["it was signed out of before", "log.append", "signOut", 409],
    ["everything of everybody was ended before", "log.append", "everyone", 409],
    ["it was signed out of, before the account was read and before", "accounts.viewForSignIn", "signOut", 409],
    [
      "everything of everybody was ended, before the account was read and before",
      "accounts.viewForSignIn",
      "everyone",
      409,
    ],
    ["everything of the subject is ended after", "log.read", "endAll", 409],
    ["everything of everybody is ended after", "log.read", "everyone", 200],
  ] as const)(
    "gives nothing that outlives what happened meanwhile: %s its own event",
    async (_name, at, act, status) => {
      const { state, wrapStore } = interfering(at);
      // Without hybrids nobody but the change itself reads the log.
      await using site = await setting(way, { wrapStore, strategies: ["jwt"] });
      const { store } = site.issuer;
      const { sub, sid } = (await site.whoIs(site.held.headers)).json;
      const acts = {
        endAll: () => store.accounts.endAll(`${sub}`, "revoked"),
        signOut: () => store.log.append({ scope: "session", target: `${sid}` }),
        everyone: () => store.log.append({ scope: "everyone", target: "" }),
      };
      state.act = acts[act];
      const changed = await site.change(site.held.privilegeHeaders);
      expect(changed.status).toBe(status);
      expect((await site.whoIs(site.held.headers)).status).toBe(401);
      if (status === 200) expect((await site.whoIs(heldOf(changed, way).headers)).status).toBe(401);
      else expect(changed.json.code).toBe("session_changed");
    },
  );

  it("ends when the token before it would have", async () => {
    await using site = await setting(way);
    let { held } = site;
    const end = Number((await site.whoIs(held.headers)).json.expires_at) * 1000;
    while (site.issuer.clock.now() + 60_000 < end) {
      site.issuer.clock.advance(50_000);
      held = heldOf(await site.change(held.privilegeHeaders), way);
      expect(Number((await site.whoIs(held.headers)).json.expires_at) * 1000).toBeLessThanOrEqual(end);
    }
    site.issuer.clock.advance(end - site.issuer.clock.now() - 999);
    // In its last second, or within the leeway after it, there is nothing left to hand on.
    const late = await site.change(held.privilegeHeaders);
    expect([401, 409]).toContain(late.status);
  });
});

describe.each(
  ways.filter(
    ({ strategy, transport, refresh }) =>
      refresh && strategy !== "session" && !(strategy === "hybrid" && transport === "cookie"),
  ),
)("a change of privilege by an access token alone, $name", (way) => {
  it("is refused, by whichever way it is sent, and changes nothing", async () => {
    await using site = await setting(way);
    const token = Object.values(site.held.headers)
      .join()
      .replace(/^.*(Bearer |__Host-Http-at=)/, "");
    const asked = [
      site.held.headers,
      { authorization: `Bearer ${token}` },
      { cookie: `__Host-Http-at=${token}` },
      { cookie: `__Host-Http-at=${token}; __Secure-rt=${token}` },
      { authorization: `Bearer ${token}`, "x-refresh": token },
    ];
    for (const headers of asked) {
      const refused = await site.change(headers);
      expect([refused.status, refused.setCookies]).toEqual([expect.any(Number), []]);
      expect([401, 403]).toContain(refused.status);
    }
    expect((await site.whoIs(site.held.headers)).status).toBe(200);
    expect(await acts(site.issuer)).not.toContain("session.privilege");
  });
});

it.each(["token", "cookie"] as const)(
  "a change of privilege is refused beside the refresh token of another session, or one that is spent, by %s",
  async (transport) => {
    const way = { strategy: "jwt", transport, refresh: true } as const;
    await using site = await setting(way);
    const bob = { strategy: "jwt", transport, email: "bob@example.com" } as const;
    const other = heldOf(await signUp(site.issuer.client(), bob), way);
    const beside = (refreshToken: string | undefined) =>
      transport === "token"
        ? { ...site.held.headers, "x-refresh": `${refreshToken}` }
        : { cookie: `${site.held.headers.cookie}; __Secure-rt=${refreshToken}` };
    expect((await site.change(beside(other.refreshToken))).status).toBe(403);
    const next = heldOf(await site.renew(site.held), way);
    expect((await site.change(beside(site.held.refreshToken))).status).toBe(403);
    expect((await site.change(next.privilegeHeaders)).status).toBe(200);
  },
);

it.each(storeKinds)("goes on when refresh is switched off meanwhile, and on again, in %s", async (store) => {
  const way = { strategy: "jwt", transport: "token", refresh: true } as const;
  await using site = await setting(way, { store, strategies: ["jwt"] });
  const { issuer, held, whoIs } = site;
  const without = createAuth({
    ...{ issuer: issuer.url, secrets: [serverSecret], store: issuer.store, clock: issuer.clock },
    ...{ hashing: cheapHashing, jwt: { refresh: false } },
  });
  const asked = await without.changePrivilege(new Request(`${issuer.url}/`, { headers: held.headers }), {
    refreshToken: held.refreshToken,
  });
  const alone: Record<string, unknown> = await asked.json();
  expect([asked.status, "refresh_token" in alone]).toEqual([200, false]);
  expect((await whoIs(held.headers)).status).toBe(401);
  expect((await issuer.store.sessions.find(site.up.str("sid")))?.reason).toBe("superseded");
  const headers = { authorization: `Bearer ${alone.access_token}` };
  expect((await whoIs(headers)).status).toBe(200);

  const back = await site.change(headers);
  expect(back.status).toBe(200);
  const next = heldOf(back, way);
  expect((await whoIs(headers)).status).toBe(401);
  expect((await whoIs(next.headers)).status).toBe(200);
  expect((await site.renew(next)).status).toBe(200);
});

it("a sign-in after it is another one, and leaves the successor alone in another browser", async () => {
  await using site = await setting({ strategy: "session", transport: "cookie", refresh: true });
  const changed = await site.change(site.held.privilegeHeaders);
  await signIn(site.issuer.client());
  const held = heldOf(changed, { transport: "cookie" });
  expect((await site.whoIs(held.headers)).status).toBe(200);
});

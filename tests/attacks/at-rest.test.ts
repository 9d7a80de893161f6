// What a thief of the database, or of its backup, finds: no secret that is of any use (attack class 31).

import { readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  addService,
  goodPassword,
  interceptStore,
  linkToken,
  otherPassword,
  type StoreKind,
  serverSecret,
  signIn,
  signUp,
  startIssuer,
  storeKinds,
  type TestIssuer,
} from "../support/issuer.ts";

/** Uses everything that has a secret, and answers all of them by name. */
async function useEverything(issuer: TestIssuer): Promise<Readonly<Record<string, string>>> {
  const ada = issuer.client();
  const up = await signUp(ada);
  await issuer.auth.idle();
  const verifyLink = linkToken(issuer.mails);
  const program = issuer.client({ kind: "program" });
  const jwt = await signIn(program, { strategy: "jwt" });
  const renewed = await program.post("/auth/refresh", { json: { refresh_token: jwt.str("refresh_token") } });
  await program.post("/auth/step-up", { bearer: renewed.str("access_token"), json: { password: goodPassword } });
  const bearer = (await signIn(program, { transport: "token" })).str("session_token");
  const json = { current_password: goodPassword, new_password: otherPassword };
  const changed = await ada.post("/auth/password", { json });
  await ada.post("/auth/sign-in", { json: { email: "ada@example.com", password: "a wrong guess of mine" } });
  await ada.post("/auth/password/forgot", { json: { email: "ada@example.com" } });
  await issuer.auth.idle();
  const service = await addService(issuer.auth, ["introspect"]);
  const cookie = (name: string) => up.setCookies.find((each) => each.name === name)?.value ?? "";
  return {
    "session token": cookie("__Host-Http-sid"),
    "session token after a change": changed.setCookies[0]?.value ?? "",
    "session token as Bearer": bearer,
    "device token": cookie("__Secure-device"),
    "access token": jwt.str("access_token"),
    "access token's signature": jwt.str("access_token").split(".")[2] ?? "",
    "refresh token": jwt.str("refresh_token"),
    "next refresh token": renewed.str("refresh_token"),
    "refresh token's code": renewed.str("refresh_token").slice(-32),
    "verification link": verifyLink,
    "reset link": linkToken(issuer.mails),
    "service secret": service.secret,
    password: goodPassword,
    "next password": otherPassword,
    "wrong password": "a wrong guess of mine",
    "server secret": serverSecret,
  };
}

/** The ways in which a text may be written down. */
function writings(secret: string): Buffer[] {
  const raw = Buffer.from(secret, "base64url");
  return [
    Buffer.from(secret),
    Buffer.from(Buffer.from(secret).toString("base64")),
    Buffer.from(Buffer.from(secret).toString("hex")),
    // Of a random text, the bytes that it stands for.
    ...(/^[\w-]{22,}$/.test(secret) ? [raw, Buffer.from(raw.toString("hex"))] : []),
  ];
}

function found(secrets: Readonly<Record<string, string>>, haystack: Buffer): string[] {
  return Object.entries(secrets).flatMap(([name, secret]) => {
    expect([name, secret.length >= 15]).toEqual([name, true]);
    return writings(secret).some((writing) => haystack.includes(writing)) ? [name] : [];
  });
}

describe("the database file", () => {
  it("holds none of the secrets, in whichever writing, and neither do the files beside it", async () => {
    await using issuer = await startIssuer({ store: "sqlite" });
    const secrets = await useEverything(issuer);
    const folder = dirname(issuer.databasePath ?? "");
    const files = await readdir(folder);
    const bytes = Buffer.concat(await Promise.all(files.map((name) => readFile(join(folder, name)))));
    expect(files.length).toBeGreaterThan(1);
    expect(bytes.length).toBeGreaterThan(50_000);
    // It is the right haystack: what is no secret is in it.
    expect(bytes.includes("ada@example.com")).toBe(true);
    expect(found(secrets, bytes)).toEqual([]);
    expect(bytes.includes('"d":"')).toBe(false);
  });
});

describe.each(storeKinds)("a store (%s)", (store: StoreKind) => {
  it("is never told a secret: not as an argument, so it has none to lose", async () => {
    const told: string[] = [];
    await using issuer = await startIssuer({
      store,
      wrapStore: (inner) => interceptStore(inner, (call, args) => void told.push(JSON.stringify([call, args]))),
    });
    const secrets = await useEverything(issuer);
    expect(told.length).toBeGreaterThan(50);
    expect(told.join("\n")).toContain("$argon2id$");
    expect(found(secrets, Buffer.from(told.join("\n")))).toEqual([]);
  });
});

describe("what an operator is told", () => {
  it("of acts and of faults holds no secret either", async () => {
    const told: unknown[] = [];
    let isFailing = false;
    await using issuer = await startIssuer({
      onAudit: (entry) => void told.push(entry),
      onError: (error, where) => void told.push(String(error), where),
      wrapStore: (inner) =>
        interceptStore(inner, (call) => {
          if (isFailing && call === "sessions.rotate") throw new Error("disk full");
        }),
    });
    const secrets = await useEverything(issuer);
    const program = issuer.client({ kind: "program" });
    const jwt = await signIn(program, { strategy: "jwt", password: otherPassword });
    isFailing = true;
    const refresh = { json: { refresh_token: jwt.str("refresh_token") } };
    expect((await program.post("/auth/refresh", refresh)).status).toBe(500);
    expect(told).toContain("Error: disk full");
    const all = { ...secrets, "last refresh token": jwt.str("refresh_token") };
    expect(found(all, Buffer.from(JSON.stringify(told)))).toEqual([]);
  });
});

/** What the store keeps that is nobody's business but its own, by where it stands. */
async function keptBack({ store }: TestIssuer): Promise<Readonly<Record<string, string>>> {
  const found: Record<string, string> = {};
  for (const account of await store.accounts.list({ limit: 9 })) {
    found[`password hash of ${account.sub}`] = account.passwordHash;
    found[`address key of ${account.sub}`] = account.emailKey;
  }
  for (const { sid } of await store.sessions.listAll({ limit: 9 }, forEver)) {
    const record = await store.sessions.find(sid);
    if (typeof record?.tokenHash === "string") found[`token hash of ${sid}`] = record.tokenHash;
    if (typeof record?.refreshSeed === "string") found[`refresh seed of ${sid}`] = record.refreshSeed;
  }
  for (const { id, secretHash } of await store.services.list()) found[`secret hash of ${id}`] = secretHash;
  for (const { kid, sealedPrivateJwk } of (await store.keys.list()).keys)
    found[`private key ${kid}`] = sealedPrivateJwk;
  return found;
}

const forEver = { maxIdleMs: Number.MAX_SAFE_INTEGER, maxAgeMs: Number.MAX_SAFE_INTEGER };

/** Names of members that must never be shown, whatever they hold: hashes, seeds, and counters that a store compares. */
const hiddenNames = [
  ...["passwordHash", "emailKey", "generation", "tokenHash", "refreshSeed", "refreshCounter", "rotatedAt"],
  ...["secretHash", "sealedPrivateJwk", "secrets", "places"],
];

describe.each(storeKinds)("what an application is handed (%s)", (store: StoreKind) => {
  it("by any method holds no hash, no seed and no counter: a log line of it helps no thief", async () => {
    await using issuer = await startIssuer({ store, strategies: ["session", "jwt", "hybrid"] });
    const { auth } = issuer;
    const email = "Ada@Example.COM";
    const told: Record<string, unknown> = {};
    told["subjects.create"] = await auth.subjects.create({ email, password: goodPassword });
    const browser = issuer.client();
    const signedIn = await signIn(browser, { email });
    const jwt = await signIn(issuer.client({ kind: "program" }), { email, strategy: "jwt" });
    await signIn(issuer.client(), { email, strategy: "hybrid" });
    const service = await addService(auth, ["introspect"]);
    const [sid, otherSid] = [signedIn.str("sid"), jwt.str("sid")];
    const sub = signedIn.str("sub");
    const kept = await keptBack(issuer);
    expect(Object.keys(kept).filter((name) => name.startsWith("token hash"))).toHaveLength(2);
    expect(Object.keys(kept).filter((name) => name.startsWith("refresh seed"))).toHaveLength(1);
    expect(Object.keys(kept)).toHaveLength(7);

    const cookie = browser.cookiesFor("/").join("; ");
    const request = new Request(`${issuer.url}/x`, { headers: { cookie, "sec-fetch-site": "same-origin" } });
    const asService = new Request(`${issuer.url}/x`, { headers: { authorization: service.bearer } });
    const until = new Date(issuer.clock.now() + 60_000);
    told.authenticate = await auth.authenticate(request);
    told["subjects.find"] = await auth.subjects.find(sub);
    told["subjects.findByEmail"] = await auth.subjects.findByEmail(email);
    told["subjects.list"] = await auth.subjects.list({ limit: 9 });
    told["sessions.find"] = await auth.sessions.find(sid);
    told["sessions.list"] = await auth.sessions.list(sub);
    told["sessions.listAll"] = await auth.sessions.listAll({ limit: 9 });
    told["sessions.extend"] = await auth.sessions.extend(sid, { until });
    told["sessions.shorten"] = await auth.sessions.shorten(sid, { until });
    told["sessions.mergeData"] = await auth.sessions.mergeData(sid, { theme: "dark" });
    told["services.list"] = await auth.services.list();
    told["services.judge"] = await auth.services.judge(asService, "introspect");
    told["keys.list"] = await auth.keys.list();
    told["keys.jwks"] = await auth.keys.jwks();
    told["keys.rotate"] = await auth.keys.rotate();
    const changed = await auth.changePrivilege(request);
    told.changePrivilege = await changed.json();
    told["sessions.end"] = await auth.sessions.end(otherSid, { wait: "everywhere" });
    told["subjects.revoke"] = await auth.subjects.revoke(sub, { wait: "everywhere" });
    told["subjects.disable"] = await auth.subjects.disable(sub);
    told["subjects.enable"] = await auth.subjects.enable(sub);
    told["keys.revoke"] = await auth.keys.revoke((await auth.keys.list())[0]?.kid ?? "");
    told.revokeEveryone = await auth.revokeEveryone();
    told["services.remove"] = await auth.services.remove(service.id);
    told.audit = await auth.audit({ limit: 99 });
    told.feed = auth.feed();
    told.everywhere = await auth.everywhere();
    told.options = auth.options;
    told.openapi = auth.openapi("1.2.3");
    told.maintain = await auth.maintain();
    told.hashing = auth.hashing.depth();
    told.isLinkLiving = await auth.isLinkLiving("reset", "x");

    // Every method has been called, but those that answer nothing, or a secret that is the caller's own.
    const doors = { subjects: auth.subjects, sessions: auth.sessions, services: auth.services, keys: auth.keys };
    const members = Object.entries(doors).flatMap(([name, door]) => Object.keys(door).map((key) => `${name}.${key}`));
    const own = Object.keys(auth).filter((name) => !(name in doors));
    const silent = ["services.add", "handle", "start", "ping", "idle", "close", "sendsMail"];
    expect(Object.keys(told).sort()).toEqual([...members, ...own].filter((name) => !silent.includes(name)).sort());

    for (const [method, value] of Object.entries(told)) {
      const text = JSON.stringify(value) ?? "";
      expect([method, Object.entries(kept).filter(([, secret]) => text.includes(secret))]).toEqual([method, []]);
      expect([method, hiddenNames.filter((name) => text.includes(`"${name}"`))]).toEqual([method, []]);
    }
    expect(told["sessions.find"]).toMatchObject({ sid, sub, client: { label: expect.any(String) } });
    expect(told["subjects.find"]).toMatchObject({ sub, email });
    expect(issuer.errors).toEqual([]);
  });
});

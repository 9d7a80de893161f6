import { type Authenticator, ConfigurationError, createVerifier } from "@countersign/verifier";
import { describe, expect, expectTypeOf, it, vi } from "vitest";
import { type Auth, createAuth } from "./auth.ts";
import type { AuthOptions } from "./auth-compose.ts";
import { createTestClock, createTestRandom } from "./primitives/testing.ts";
import { createMemoryStore } from "./stores/memory.ts";

const issuer = "https://auth.example";
const password = "wren plays slow cello";
const hashing = { memoryKiB: 7168, passes: 1 };

function setting(more: Partial<AuthOptions> = {}) {
  const clock = createTestClock();
  const store = more.store ?? createMemoryStore({ clock });
  const errors: [unknown, string][] = [];
  const auth = createAuth({
    ...{ issuer, secrets: ["a server secret that only tests know"], hashing, clock, store },
    random: createTestRandom("auth"),
    onError: (error, where) => void errors.push([error, where]),
    ...more,
  });
  const post = (path: string, body: object, headers: Record<string, string> = {}) =>
    auth.handle(
      new Request(`${issuer}${path}`, {
        method: "POST",
        body: JSON.stringify(body),
        headers: { "content-type": "application/json", ...headers },
      }),
    );
  return { clock, store, errors, auth, post };
}

const signUpBody = { email: "ada@example.com", password, strategy: "jwt" };

describe("an issuer", () => {
  it.each([
    ["an issuer without TLS", { issuer: "http://auth.example" }, "issuer"],
    ["a short secret", { secrets: ["short"] }, "secrets.0"],
    ["no strategy", { strategies: [] }, "strategies"],
    ["an unknown option", { sesion: {} }, "sesion"],
  ])("is not made with %s, and the error names it", (_name, wrong: object, option) => {
    expect(() => setting(wrong)).toThrow(ConfigurationError);
    expect(() => setting(wrong)).toThrow(expect.objectContaining({ option }));
  });

  it("shows its options, and among them no secret", () => {
    const { auth } = setting();
    expect(auth.options).toMatchObject({ issuer, strategies: ["session", "jwt"] });
    expect(JSON.stringify(auth.options)).not.toContain("a server secret");
  });

  it.each([
    { profile: "standard", lagMs: 5000, onStale: "ask" },
    { profile: "strict", lagMs: 2000, onStale: "refuse" },
  ] as const)("follows its own log as its profile says: $profile, $lagMs ms, then $onStale", async (row) => {
    const { store, auth, post } = setting({ profile: row.profile, strategies: ["hybrid"] });
    const up = await post("/auth/sign-up", { ...signUpBody, strategy: "hybrid", transport: "token" });
    const { access_token: token } = (await up.json()) as { access_token: string };
    expect(await auth.authenticate({ headers: { authorization: `Bearer ${token}` } })).toMatchObject({ ok: true });
    const [issuing] = await store.issuers.list();
    expect(issuing).toMatchObject({ longestLagMs: row.lagMs, followers: [{ name: "issuer", onStale: row.onStale }] });
    await auth.close();
  });

  it("asks the store nothing until it is used", () => {
    const touched = vi.fn();
    const store = new Proxy(createMemoryStore(), {
      get: (target, member) => {
        const part: unknown = Reflect.get(target, member);
        return typeof part === "object" && part !== null ? new Proxy(part, { get: () => touched }) : touched;
      },
    });
    setting({ store });
    expect(touched).not.toHaveBeenCalled();
  });

  it("is ready at its first request, also when nobody started it, and tries again when that failed", async () => {
    const inner = createMemoryStore();
    let isDown = true;
    const registered: number[] = [];
    const log = {
      ...inner.log,
      registerAccessLifetime: async (ms: number) => {
        if (isDown) throw new Error("down");
        registered.push(ms);
        await inner.log.registerAccessLifetime(ms);
      },
    };
    const { post, errors } = setting({ store: { ...inner, log } });
    expect((await post("/auth/sign-up", signUpBody)).status).toBe(500);
    expect(errors).toMatchObject([[{ message: "down" }, "/auth/sign-up"]]);
    isDown = false;
    expect((await post("/auth/sign-up", signUpBody)).status).toBe(200);
    expect((await post("/auth/sign-in", signUpBody)).status).toBe(200);
    expect(registered).toEqual([300_000]);
  });

  it("draws all its randomness from where it was told", async () => {
    const run = async () => {
      const { post, auth, store } = setting();
      await post("/auth/sign-up", { ...signUpBody, strategy: "session", transport: "token" });
      const account = await store.accounts.findByEmail("ada@example.com");
      return [account?.sub, account?.passwordHash, (await auth.sessions.listAll({ limit: 5 })).map(({ sid }) => sid)];
    };
    expect(await run()).toEqual(await run());
  });
});

describe("handle", () => {
  it("never throws, whatever a hook throws, and whoever is told throws too", async () => {
    for (const thrown of [new Error("no"), "no", undefined, null]) {
      const { auth, post } = setting({
        claims: () => {
          throw thrown;
        },
        onError: () => {
          throw new Error("the log is full");
        },
      });
      const response = await post("/auth/sign-up", signUpBody);
      expect([response.status, response.headers.get("content-type")]).toEqual([500, "application/problem+json"]);
      await auth.idle();
    }
  });

  it("goes on when work after the answer fails, and so does whoever is told", async () => {
    const { auth, post } = setting({
      sendMail: async () => {
        throw new Error("no mail server");
      },
      onError: () => {
        throw new Error("the log is full");
      },
    });
    expect((await post("/auth/sign-up", signUpBody)).status).toBe(200);
    await auth.idle();
  });

  it("answers though an observer of the audit log fails, and tells of that", async () => {
    const { post, errors } = setting({
      onAudit: () => {
        throw new Error("the metrics are broken");
      },
    });
    expect((await post("/auth/sign-up", signUpBody)).status).toBe(200);
    expect(errors).toMatchObject([[{ message: "the metrics are broken" }, "onAudit"]]);
  });

  it("tells of every wait until something holds everywhere, whoever asked for it", async () => {
    const told: string[] = [];
    const { auth } = setting({ onBarrier: ({ outcome }) => void told.push(outcome) });
    await auth.everywhere();
    await auth.revokeEveryone({ wait: "everywhere" });
    await auth.revokeEveryone();
    expect(told).toEqual(["everywhere", "everywhere"]);
  });

  it("waits though an observer of waits fails, and tells of that", async () => {
    const { auth, errors } = setting({
      onBarrier: () => {
        throw new Error("the metrics are broken");
      },
    });
    expect(await auth.everywhere()).toMatchObject({ outcome: "everywhere" });
    expect(errors).toMatchObject([[{ message: "the metrics are broken" }, "onBarrier"]]);
  });

  it("tells faults with the path they came from, never with its query", async () => {
    const { auth, post, errors } = setting({
      claims: () => {
        throw new Error("no");
      },
    });
    await post("/auth/sign-up?token=secret", signUpBody);
    await auth.idle();
    expect(errors.map(([, where]) => where)).toEqual(["/auth/sign-up"]);
  });
});

describe("subjects", () => {
  it("are made by an operator with a password like any other, and their address counts as proved", async () => {
    const { auth, clock } = setting();
    const made = await auth.subjects.create({ email: "Ada@Example.com", password });
    if (!made.ok) throw new Error(made.code);
    expect(made.subject).toEqual({
      sub: expect.stringMatching(/^[\w-]{16}$/),
      email: "Ada@Example.com",
      emailVerified: true,
      disabled: false,
      failures: 0,
      createdAt: clock.now(),
    });
    expect(await auth.subjects.findByEmail("ADA@example.com")).toEqual(made.subject);
    expect(await auth.subjects.find(made.subject.sub)).toEqual(made.subject);
    expect(await auth.subjects.list({ limit: 5 })).toEqual([made.subject]);
    expect(await auth.subjects.list({ limit: 5, after: made.subject.sub })).toEqual([]);
    expect(await auth.subjects.list({ limit: 5, search: "nobody" })).toEqual([]);
    expect(await auth.audit({ limit: 5 })).toMatchObject([{ act: "subject.sign_up", actor: "operator" }]);
  });

  it.each([
    ["an address that is none", { email: "nobody", password }, "request_invalid"],
    ["a short password", { email: "ada@example.com", password: "short" }, "password_too_short"],
    ["a taken address", { email: "TAKEN@example.com", password }, "address_taken"],
  ])("are not made with %s", async (_name, input, code) => {
    const { auth } = setting();
    await auth.subjects.create({ email: "taken@example.com", password });
    expect(await auth.subjects.create(input)).toMatchObject({ ok: false, code });
    expect(await auth.subjects.list({ limit: 5 })).toHaveLength(1);
  });

  it("that nobody knows are neither ended, disabled nor enabled", async () => {
    const { auth } = setting();
    for (const act of [auth.subjects.revoke, auth.subjects.disable, auth.subjects.enable]) {
      expect(await act("AAAAAAAAAAAAAAAA")).toEqual({ ok: false, code: "subject_not_found" });
    }
    expect(await auth.audit({ limit: 5 })).toEqual([]);
  });
});

describe("services and keys", () => {
  it("are added, listed without their secret, and removed", async () => {
    const { auth } = setting();
    const { id, secret } = await auth.services.add({ name: "api", scopes: ["introspect"], audience: "https://api" });
    const listed = await auth.services.list();
    expect(listed).toMatchObject([{ id, name: "api", scopes: ["introspect"], audience: "https://api" }]);
    expect(JSON.stringify(listed)).not.toContain(secret);
    expect([await auth.services.remove(id), await auth.services.remove(id)]).toEqual([true, false]);
    const acts = (await auth.audit({ limit: 5 })).map(({ act, detail }) => [act, detail]);
    expect(acts).toEqual([
      ["service.remove", id],
      ["service.add", id],
    ]);
  });

  it("are refused with the scope admin and an audience: who administers sees every subject", async () => {
    const { auth } = setting();
    const refused = auth.services.add({ name: "api", scopes: ["introspect", "admin"], audience: "https://api" });
    await expect(refused).rejects.toMatchObject({ name: "UsageError", code: "service_audience_admin" });
    expect(await auth.services.list()).toEqual([]);
    expect(await auth.audit({ limit: 5 })).toEqual([]);
    await auth.services.add({ name: "operators", scopes: ["introspect", "admin"] });
    await auth.services.add({ name: "api", scopes: ["introspect", "revoke"], audience: "https://api" });
    expect(await auth.services.list()).toHaveLength(2);
  });

  it("are judged for routes of the application as on the issuer's own: refused, recorded, and then limited", async () => {
    const { auth } = setting();
    const { id, secret } = await auth.services.add({ name: "operators", scopes: ["admin"] });
    const judge = (authorization: string | undefined, scope: "admin" | "revoke", remoteAddress: string) =>
      auth.services.judge(
        new Request("https://app.example/numbers", authorization === undefined ? {} : { headers: { authorization } }),
        scope,
        { remoteAddress },
      );
    const [right, wrong] = [`Bearer ${id}.${secret}`, `Bearer ${id}.${"A".repeat(43)}`];
    expect(await judge(right, "admin", "192.0.2.1")).toMatchObject({ ok: true, service: { id, name: "operators" } });
    expect(await judge(right, "revoke", "192.0.2.1")).toEqual({ ok: false, code: "service_scope_missing" });
    expect(await judge(undefined, "admin", "192.0.2.1")).toEqual({ ok: false, code: "service_invalid" });
    expect(await judge(wrong, "admin", "192.0.2.1")).toEqual({ ok: false, code: "service_invalid" });
    const recorded = await auth.audit({ limit: 5, act: "service.authenticate" });
    expect(recorded.map(({ actor, address, detail }) => [actor, address, detail])).toEqual([
      ["anonymous", "192.0.2.1", "service_invalid"],
      [`service:${id}`, "192.0.2.1", "service_scope_missing"],
    ]);
    for (let count = 0; count < 30; count += 1) await judge(wrong, "admin", "192.0.2.1");
    expect(await judge(wrong, "admin", "192.0.2.1")).toMatchObject({
      code: "attempts_exceeded",
      retryAfterSeconds: expect.any(Number),
    });
    expect(await judge(right, "admin", "192.0.2.1")).toMatchObject({ ok: true });
    expect(await judge(wrong, "admin", "192.0.2.2")).toEqual({ ok: false, code: "service_invalid" });
  });

  it("rotate once at a time, and the log says which", async () => {
    const { auth } = setting();
    await auth.start();
    const rotated = await auth.keys.rotate();
    expect(await auth.keys.rotate()).toEqual({ ok: false, code: "key_already_staged" });
    expect(await auth.keys.revoke("none")).toEqual({ ok: false, code: "key_not_found" });
    expect(await auth.keys.list()).toHaveLength(2);
    expect(await auth.audit({ limit: 5 })).toMatchObject([{ act: "key.rotate", detail: rotated.ok && rotated.kid }]);
  });

  it("rotate by themselves when they are old enough, if they are maintained", async () => {
    const { auth, clock } = setting({ keys: { rotateAfter: "1d" } });
    await auth.start();
    clock.advance(86_400_000);
    await auth.maintain();
    expect((await auth.keys.list()).map(({ state }) => state).sort()).toEqual(["published", "signing"]);
  });
});

it("what it issues is judged alike by itself and by a verifier elsewhere: both are an Authenticator", async () => {
  const { auth, post, clock } = setting({ claims: () => ({ role: "editor" }) });
  const { access_token: token }: { access_token: string } = await (await post("/auth/sign-up", signUpBody)).json();
  const jwks = await auth.keys.jwks();
  const verifier = createVerifier({ issuer, keys: { jwks }, clock });
  const request = { method: "GET", headers: { authorization: `Bearer ${token}` } };
  expect(await verifier.authenticate(request)).toEqual(await auth.authenticate(request));
  expect(await auth.authenticate(request)).toMatchObject({ ok: true, identity: { claims: { role: "editor" } } });
});

describe("the types of an issuer", () => {
  const options = { issuer, secrets: ["a server secret that only tests know"], store: createMemoryStore() };
  interface Claims {
    readonly role: "editor" | "reader";
  }

  it("are those of its claims hook: no caller has to tell them twice", async () => {
    const auth = createAuth({
      ...options,
      claims: ({ email }) => ({ staff: email.endsWith("@example.com"), level: 3 }),
    });
    expectTypeOf(auth).toEqualTypeOf<Auth<{ staff: boolean; level: number }>>();
    const verdict = await auth.authenticate({ headers: {} });
    if (verdict.ok) {
      expectTypeOf(verdict.identity.claims.staff).toEqualTypeOf<boolean>();
      // @ts-expect-error: the hook says nothing of the kind.
      verdict.identity.claims.role;
    }
    expect(verdict).toEqual({ ok: false, code: "credential_missing" });
  });

  it("are those that are named, also of a hook that takes its time; a wrong hook does not fit", () => {
    const auth = createAuth<Claims>({ ...options, claims: async () => ({ role: "editor" }) });
    expectTypeOf(auth).toEqualTypeOf<Auth<Claims>>();
    expectTypeOf(auth).toExtend<Authenticator<Claims>>();
    // @ts-expect-error: no such role.
    createAuth<Claims>({ ...options, claims: () => ({ role: "owner" }) });
    const verifier = createVerifier({
      issuer,
      keys: { jwks: { keys: [] } },
      parseClaims: (): Claims | undefined => undefined,
    });
    expectTypeOf(auth.authenticate).returns.toEqualTypeOf<ReturnType<typeof verifier.authenticate>>();
  });

  it("are any JSON without a hook", () => {
    expectTypeOf(createAuth(options)).toEqualTypeOf<Auth>();
    expectTypeOf<Auth>().toExtend<Authenticator>();
    expectTypeOf<Auth["options"]>().not.toHaveProperty("secrets");
  });

  it("let every option be given as undefined, for it is read from where it may be absent", () => {
    const none = undefined;
    const absent = {
      ...{
        claims: none,
        sendMail: none,
        onError: none,
        onAudit: none,
        onBarrier: none,
        clock: none,
        random: none,
        upkeep: none,
      },
      ...{ profile: none, strategies: none, session: none, jwt: none, feed: none, keys: none, password: none },
      ...{ hashing: none, signUp: none, mail: none, corsOrigins: none, trustedProxyHops: none, signInPaths: none },
      privilegePaths: none,
      ...{ limits: none, audit: none },
    } satisfies Record<Exclude<keyof AuthOptions, "issuer" | "secrets" | "store">, undefined>;
    const auth: Auth = createAuth({ ...options, ...absent });
    expect(auth.options).toEqual(createAuth(options).options);
  });
});

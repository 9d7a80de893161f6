import { describe, expect, it } from "vitest";
import { type ClientOptions, createClient } from "./client.ts";
import {
  createTestClock,
  createWorld,
  type Fault,
  issuer,
  json,
  problem,
  service,
  settle,
  swallow,
  unreachable,
} from "./testing.ts";

const ada = { email: "ada@example.com", password: "right" };

/** A client that holds tokens, in a world of its own. */
async function setting(options: Partial<ClientOptions> = {}) {
  const world = createWorld("token");
  const clock = createTestClock();
  const told: string[] = [];
  const client = createClient({
    ...{ issuer, transport: "token", origins: [service], fetch: world.fetch, clock },
    onSignedOut: () => void told.push("signed out"),
    ...options,
  });
  expect(await client.signIn(ada)).toEqual({ ok: true, status: "signed_in", sid: "session-of-tests" });
  world.arrived.length = 0;
  return { world, clock, told, client, get: (path = "/me") => client.fetch(`${service}${path}`) };
}

describe("a token", () => {
  it.each([
    { to: "a listed service", url: `${service}/me`, bears: true },
    { to: "the issuer", url: `${issuer}/auth/sessions`, bears: true },
    { to: "another port of the service", url: `${service}:8443/me`, bears: false },
    { to: "the service without TLS", url: "http://api.example/me", bears: false },
    { to: "a name under the service's", url: "https://eu.api.example/me", bears: false },
    { to: "a name that begins like the service's", url: "https://api.example.evil/me", bears: false },
    { to: "a service whose address has the listed one as user", url: "https://api.example@evil.example", bears: false },
    { to: "another site", url: "https://evil.example/", bears: false },
  ])("goes to $to: $bears", async ({ url, bears }) => {
    const { world, client } = await setting();
    // What holds a user's name is no URL that may be fetched.
    const response = await client.fetch(url).catch(() => undefined);
    expect(world.arrived.map(({ authorization }) => authorization)).toEqual(
      response === undefined ? [] : [bears ? "Bearer access-1" : null],
    );
    if (bears) expect(world.arrived[0]?.redirect).toBe("error");
    else expect(world.arrived[0]?.redirect ?? "follow").toBe("follow");
  });

  it("does not follow a redirect, nor stand in the way of a caller who follows none", async () => {
    const { world, client } = await setting();
    await client.fetch(`${service}/a`, { redirect: "manual" });
    await client.fetch(`${service}/b`, { redirect: "error" });
    expect(world.arrived.map(({ redirect }) => redirect)).toEqual(["manual", "error"]);
  });

  it("gives way to an Authorization of the caller's own, whose 401 is the caller's too", async () => {
    const { world, client } = await setting();
    const response = await client.fetch(`${service}/me`, { headers: { authorization: "Bearer other" } });
    expect(response.status).toBe(401);
    expect(world.arrived.map(({ authorization }) => authorization)).toEqual(["Bearer other"]);
  });

  it("stands in no message, nor in what the client shows", async () => {
    const { world, client } = await setting();
    const shown = [JSON.stringify(client), String(Object.entries(client))];
    world.fail("/auth/session", () => new Response("access-1 refresh-1", { status: 500 }));
    world.fail("/auth/sign-out", unreachable);
    for (const act of [client.session(), client.signOut()]) {
      shown.push(
        await act.then(
          () => "no error",
          (error: Error) => `${error.stack}`,
        ),
      );
    }
    expect(shown.join()).not.toContain("no error");
    expect(shown.join()).not.toMatch(/access-1|refresh-1/);
  });
});

describe("shortly before the end of a token", () => {
  it.each([
    { when: "a moment before it is due", afterMs: 269_999, refreshes: 0, bears: "Bearer access-1" },
    { when: "when it is due, the request goes on with it", afterMs: 270_000, refreshes: 1, bears: "Bearer access-1" },
    { when: "a moment before its end too", afterMs: 299_999, refreshes: 1, bears: "Bearer access-1" },
    { when: "at its end, the request waits for the next", afterMs: 300_000, refreshes: 1, bears: "Bearer access-2" },
  ])("it is renewed: $when", async ({ afterMs, refreshes, bears }) => {
    const { world, clock, get } = await setting();
    await clock.advance(afterMs);
    await get();
    await settle();
    expect(world.refreshes()).toBe(refreshes);
    expect(world.served()[0]?.authorization).toBe(bears);
    await get();
    expect(world.refreshes()).toBe(refreshes);
  });

  it("an issuer that is down does not hold up a request whose token is good", async () => {
    const { world, clock, told, get } = await setting();
    await clock.advance(290_000);
    world.fail("/auth/refresh", swallow);
    expect((await get()).status).toBe(200);
    expect(told).toEqual([]);
  });

  it("many requests renew it once", async () => {
    const { world, clock, get } = await setting();
    await clock.advance(300_000);
    const answers = await Promise.all(Array.from({ length: 10 }, () => get()));
    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(200));
    expect(world.refreshes()).toBe(1);
  });
});

describe("a 401", () => {
  it("is answered by one renewal, and the request is made once more", async () => {
    const { world, get } = await setting();
    world.expire();
    expect((await get()).status).toBe(200);
    expect(world.arrived.map(({ call, authorization }) => [call, authorization])).toEqual([
      [`GET ${service}/me`, "Bearer access-1"],
      [`POST ${issuer}/auth/refresh`, null],
      [`GET ${service}/me`, "Bearer access-3"],
    ]);
    expect(world.arrived[1]).toMatchObject({ body: '{"refresh_token":"refresh-1"}', credentials: "omit" });
  });

  it("that comes again is what the caller gets: two requests, one renewal", async () => {
    const { world, told, get } = await setting();
    world.fail("service", () => problem(401, "credential_invalid"));
    const response = await get();
    expect([response.status, (await response.json()).code]).toEqual([401, "credential_invalid"]);
    expect([world.served().length, world.refreshes(), told]).toEqual([2, 1, []]);
  });

  it("of many requests at once is answered by one renewal", async () => {
    const { world, get } = await setting();
    world.expire();
    const answers = await Promise.all(Array.from({ length: 10 }, () => get()));
    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(200));
    expect([world.served().length, world.refreshes()]).toEqual([20, 1]);
  });

  it("of a request that set out before a renewal needs no other", async () => {
    const { world, get } = await setting();
    const lateAnswer = Promise.withResolvers<Response>();
    world.fail("service", () => lateAnswer.promise);
    const late = get("/late");
    await settle();
    world.fail("service");
    world.expire();
    await get();
    lateAnswer.resolve(problem(401, "token_expired"));
    expect((await late).status).toBe(200);
    expect(world.refreshes()).toBe(1);
  });

  it("of a site that is not listed is none of the client's business", async () => {
    const { world, client } = await setting();
    const response = await client.fetch("https://elsewhere.example/");
    expect([response.status, world.refreshes(), world.arrived.length]).toEqual([401, 0, 1]);
  });

  it("for a wrong password is not made twice, or it would count twice", async () => {
    const { world, client } = await setting();
    const body = JSON.stringify({ password: "wrong" });
    const response = await client.fetch(`${issuer}/auth/step-up`, { method: "POST", body });
    expect([response.status, (await response.json()).code]).toEqual([401, "credentials_wrong"]);
    expect(await client.stepUp("wrong")).toMatchObject({ ok: false, code: "credentials_wrong" });
    expect([world.arrived.length, world.refreshes()]).toEqual([2, 0]);
  });

  /** A 401 that says these pieces one by one, and then ends or not. */
  function refusalIn(pieces: Iterator<string>, end: "ends" | "hangs"): Response {
    const pull = (controller: ReadableStreamDefaultController<Uint8Array>) => {
      const { value } = pieces.next();
      if (value !== undefined) controller.enqueue(new TextEncoder().encode(value));
      else if (end === "ends") controller.close();
      else return new Promise<void>(() => undefined);
      return undefined;
    };
    return new Response(new ReadableStream({ pull }), { status: 401 });
  }

  function* without(end: string): Generator<string> {
    for (;;) yield end;
  }

  it.each([
    { it: "more than such an answer may", pieces: () => [`"${"x".repeat(20_000)}"`].values(), status: 200 },
    { it: "more and more", pieces: () => without(" ".repeat(5000)), status: 200 },
    { it: "nothing", pieces: () => [].values(), status: 200 },
    { it: "something without an end", pieces: () => ['{"code":'].values(), end: "hangs", status: 401 },
  ] as const)("that says $it holds nobody up", async ({ pieces, status, ...rest }) => {
    const { world, clock, get } = await setting();
    const end = "end" in rest ? rest.end : "ends";
    world.fail("service", () => {
      world.fail("service");
      return refusalIn(pieces(), end);
    });
    const answer = get();
    await clock.advance(end === "hangs" ? 10_000 : 0);
    expect([(await answer).status, clock.sleepers()]).toEqual([status, 0]);
  });

  it("that comes in pieces is read whole: a wrong password counts once", async () => {
    const { world, get } = await setting();
    world.fail("service", () => refusalIn(['{"status":401,"code":"cred', 'entials_wrong"}'].values(), "ends"));
    const response = await get();
    expect([response.status, await response.json()]).toEqual([401, { status: 401, code: "credentials_wrong" }]);
    expect(world.served().length).toBe(1);
  });

  it("leaves other refusals and failures alone", async () => {
    const { world, get } = await setting();
    for (const status of [400, 403, 404, 500, 503]) {
      world.fail("service", () => problem(status, "other"));
      expect((await get()).status).toBe(status);
    }
    world.fail("service", unreachable);
    await expect(get()).rejects.toThrow("fetch failed");
    expect([world.served().length, world.refreshes()]).toEqual([6, 0]);
  });
});

describe("a body", () => {
  const form = () => {
    const made = new FormData();
    made.set("a", "1");
    return made;
  };
  it.each<{ of: string; init: () => [RequestInfo, RequestInit?] }>([
    { of: "text", init: () => [`${service}/a`, { method: "POST", body: "hello" }] },
    { of: "bytes", init: () => [`${service}/a`, { method: "POST", body: new Uint8Array([104, 105]) }] },
    { of: "a blob", init: () => [`${service}/a`, { method: "PUT", body: new Blob(["hello"]) }] },
    { of: "parameters", init: () => [`${service}/a`, { method: "POST", body: new URLSearchParams({ a: "1" }) }] },
    { of: "a form", init: () => [`${service}/a`, { method: "POST", body: form() }] },
    { of: "a Request", init: () => [new Request(`${service}/a`, { method: "POST", body: "hello" })] },
    { of: "nothing", init: () => [`${service}/a`, { method: "DELETE" }] },
  ])("of $of is sent again whole", async ({ init }) => {
    const { world, client } = await setting();
    world.expire();
    const response = await client.fetch(...init());
    expect(response.status).toBe(200);
    const [first, second] = world.served();
    expect(second?.call).toBe(first?.call);
    expect(second?.body).toBe(first?.body);
    expect(world.served()).toHaveLength(2);
  });

  it("of a stream is sent once: the caller gets the 401, and the next request fares better", async () => {
    const { world, client } = await setting();
    world.expire();
    const stream = () => new Blob(["hello"]).stream();
    const post = () => client.fetch(`${service}/a`, { method: "POST", body: stream(), duplex: "half" } as RequestInit);
    expect((await post()).status).toBe(401);
    expect(world.served().map(({ body }) => body)).toEqual(["hello"]);
    expect((await post()).status).toBe(200);
    expect(world.refreshes()).toBe(1);
  });
});

describe("the end of a session", () => {
  it("is told once, to as many requests as find out", async () => {
    const { world, told, get } = await setting();
    world.end();
    const answers = await Promise.all(Array.from({ length: 5 }, () => get()));
    expect(answers.map(({ status }) => status)).toEqual(Array(5).fill(401));
    await get();
    await settle();
    expect(told).toEqual(["signed out"]);
    expect(world.refreshes()).toBe(1);
    expect(world.served().at(-1)?.authorization).toBeNull();
  });

  it("is told again after the next sign-in", async () => {
    const { world, told, client, get } = await setting();
    world.end();
    await get();
    await client.signIn(ada);
    expect((await get()).status).toBe(200);
    world.end();
    await get();
    expect(told).toEqual(["signed out", "signed out"]);
  });

  it("is told before its token is over too", async () => {
    const { world, clock, told, get } = await setting();
    await clock.advance(300_000);
    world.end();
    expect((await get()).status).toBe(401);
    expect(told).toEqual(["signed out"]);
  });

  it.each<{ that: string; fault: Fault; refreshes: number; afterMs?: number }>([
    { that: "cannot be reached", fault: unreachable, refreshes: 2, afterMs: 500 },
    { that: "is down", fault: () => problem(503, "temporarily_unavailable"), refreshes: 2, afterMs: 500 },
    { that: "says nothing", fault: swallow, refreshes: 1, afterMs: 10_000 },
    { that: "limits", fault: () => problem(429, "attempts_exceeded"), refreshes: 1 },
    { that: "says no for another reason", fault: () => problem(403, "cross_site_request"), refreshes: 1 },
    { that: "is hidden behind a proxy that wants its own password", fault: () => html(401), refreshes: 1 },
    { that: "is hidden behind a page of the network's", fault: () => html(200), refreshes: 1 },
    { that: "answers nonsense", fault: () => json(200, { access_token: 1 }), refreshes: 1 },
  ])("is not concluded when the issuer $that: the 401 goes through", async ({ fault, refreshes, afterMs = 0 }) => {
    const { world, clock, told, get } = await setting();
    world.expire();
    world.fail("/auth/refresh", fault);
    const answer = get();
    await clock.advance(afterMs);
    expect((await answer).status).toBe(401);
    expect([told, world.refreshes(), world.served().length]).toEqual([[], refreshes, 1]);
    world.fail("/auth/refresh");
    expect((await get()).status).toBe(200);
  });
});

describe("an answer that is lost on the way", () => {
  it("is asked for again, with the same refresh token, while that is no sign of theft", async () => {
    const { world, clock, get } = await setting();
    world.expire();
    let lost = 0;
    world.fail("/auth/refresh", () => {
      lost += 1;
      world.fail("/auth/refresh");
      return unreachable();
    });
    const answer = get();
    await clock.advance(499);
    expect(world.refreshes()).toBe(1);
    await clock.advance(1);
    expect((await answer).status).toBe(200);
    const bodies = world.arrived.filter(({ call }) => call.endsWith("refresh")).map(({ body }) => body);
    expect([lost, ...bodies]).toEqual([1, '{"refresh_token":"refresh-1"}', '{"refresh_token":"refresh-1"}']);
  });

  it("is not asked for again so late that it might be one", async () => {
    const { world, clock, get } = await setting();
    world.expire();
    const lateAnswer = Promise.withResolvers<Response>();
    world.fail("/auth/refresh", () => lateAnswer.promise);
    const answer = get();
    await clock.advance(5000);
    lateAnswer.reject(new TypeError("fetch failed"));
    expect((await answer).status).toBe(401);
    expect(world.refreshes()).toBe(1);
    expect(clock.sleepers()).toBe(0);
  });
});

describe("a caller who gives up", () => {
  it("is let go at once, and the renewal goes on for the others", async () => {
    const { world, get, client } = await setting();
    world.expire();
    const release = Promise.withResolvers<void>();
    world.fail("/auth/refresh", async () => {
      await release.promise;
      return world.renew();
    });
    const controller = new AbortController();
    const [given, other] = [client.fetch(`${service}/a`, { signal: controller.signal }), get("/b")];
    given.catch(() => undefined);
    await settle();
    controller.abort(new Error("enough"));
    await expect(given).rejects.toThrow("enough");
    release.resolve();
    expect((await other).status).toBe(200);
    expect(world.served().map(({ call }) => call.slice(-2))).toEqual(["/a", "/b", "/b"]);
  });

  it("before the request began sends nothing", async () => {
    const { world, clock, client } = await setting();
    await clock.advance(300_000);
    const signal = AbortSignal.abort(new Error("too late"));
    await expect(client.fetch(`${service}/a`, { signal })).rejects.toThrow("too late");
    await expect(client.session({ signal })).rejects.toThrow("too late");
    await settle();
    expect(world.served()).toEqual([]);
  });
});

describe("signing in", () => {
  const fresh = (world = createWorld("token"), clock = createTestClock()) => ({
    ...{ world, clock },
    client: createClient({ issuer, transport: "token", fetch: world.fetch, clock }),
  });

  it("asks for tokens by the strategy that is wished for, and keeps them", async () => {
    const { world, client } = fresh();
    await client.signIn({ ...ada, strategy: "hybrid" });
    expect(JSON.parse(world.arrived[0]?.body ?? "")).toEqual({ ...ada, strategy: "hybrid", transport: "token" });
    expect(world.arrived[0]).toMatchObject({ credentials: "omit", redirect: "error", authorization: null });
    expect(await client.session()).toMatchObject({ sub: "subject-of-tests" });
  });

  it("over a sign-in tells which session it takes the place of", async () => {
    const { world, client } = await setting();
    await client.signIn(ada);
    expect(world.arrived[0]?.authorization).toBe("Bearer access-1");
  });

  it.each([
    {
      it: "a wrong password",
      answer: () => problem(401, "credentials_wrong"),
      outcome: { code: "credentials_wrong", title: "Title of credentials_wrong." },
    },
    {
      it: "too many attempts",
      answer: () => problem(429, "attempts_exceeded", { "retry-after": "30" }),
      outcome: { code: "attempts_exceeded", title: "Title of attempts_exceeded.", retryAfterSeconds: 30 },
    },
  ])("tells of $it by a value", async ({ answer, outcome }) => {
    const { world, client } = fresh();
    world.fail("/auth/sign-in", answer);
    expect(await client.signIn(ada)).toEqual({ ok: false, ...outcome });
    expect([await client.session(), world.arrived.length]).toEqual([undefined, 1]);
  });

  it.each<{ it: string; fault: Fault; says: string }>([
    {
      it: "is down",
      fault: () => problem(503, "temporarily_unavailable"),
      says: "The issuer could not answer (status 503).",
    },
    { it: "cannot be reached", fault: unreachable, says: "fetch failed" },
    { it: "answers a page", fault: () => html(200), says: "The issuer could not answer (status 200)." },
    { it: "refuses with a page", fault: () => html(403), says: "The issuer could not answer (status 403)." },
    { it: "brings no token", fault: () => json(200, { sid: "a" }), says: "The issuer could not answer (status 200)." },
  ])("rejects when the issuer $it", async ({ fault, says }) => {
    const { world, client } = fresh();
    world.fail("/auth/sign-in", fault);
    await expect(client.signIn(ada)).rejects.toThrow(says);
    expect(await client.session()).toBeUndefined();
  });

  it("rejects when the issuer takes too long, and can be tried again", async () => {
    const { world, clock, client } = fresh();
    world.fail("/auth/sign-in", swallow);
    const slow = client.signIn(ada);
    slow.catch(() => undefined);
    await clock.advance(10_000);
    await expect(slow).rejects.toThrow("The issuer took too long.");
    world.fail("/auth/sign-in");
    expect(await client.signIn(ada)).toMatchObject({ ok: true });
  });

  it("up may go on in the mailbox", async () => {
    const { client } = fresh();
    expect(await client.signUp(ada)).toEqual({ ok: true, status: "check_mail" });
    expect(await client.session()).toBeUndefined();
  });

  it("again by the password brings tokens that take the place of the old", async () => {
    const { world, client, get } = await setting();
    world.expire();
    expect(await client.stepUp("right")).toEqual({ ok: true, status: "signed_in", sid: "session-of-tests" });
    expect(world.refreshes()).toBe(1);
    expect((await get()).status).toBe(200);
    expect(world.refreshes()).toBe(1);
  });

  it("while a request is under way does not send that request again, as whoever it is now", async () => {
    const { world, client, get } = await setting();
    const lateAnswer = Promise.withResolvers<Response>();
    world.fail("service", () => lateAnswer.promise);
    const late = get();
    await settle();
    world.fail("service");
    await client.signIn(ada);
    lateAnswer.resolve(problem(401, "token_expired"));
    expect((await late).status).toBe(401);
    expect([world.refreshes(), world.served().at(-1)?.authorization]).toEqual([0, "Bearer access-1"]);
    expect((await get()).status).toBe(200);
    expect(world.served().at(-1)?.authorization).toBe("Bearer access-2");
  });

  it("is heard of by subscribers, until they leave", async () => {
    const { world, client } = fresh();
    const seen: boolean[] = [];
    const leave = client.subscribe((isSignedIn) => void seen.push(isSignedIn));
    await client.signIn(ada);
    await client.signOut();
    await client.signIn(ada);
    world.end();
    await client.fetch(`${issuer}/auth/session`);
    leave();
    await client.signIn(ada);
    expect(seen).toEqual([true, false, true, false]);
  });
});

describe("signing out", () => {
  it("ends what the client holds, at the issuer first, and is no news to who asked", async () => {
    const { world, told, client, get } = await setting();
    await client.signOut();
    expect(world.arrived).toEqual([
      {
        ...{ call: `POST ${issuer}/auth/sign-out`, authorization: "Bearer access-1", redirect: "error" },
        ...{ body: '{"refresh_token":"refresh-1"}', credentials: "omit" },
      },
    ]);
    expect((await get()).status).toBe(401);
    expect(world.served()[0]?.authorization).toBeNull();
    expect([told, world.refreshes()]).toEqual([[], 0]);
  });

  it.each<{ it: string; fault: Fault }>([
    { it: "is down", fault: () => problem(503, "temporarily_unavailable") },
    { it: "cannot be reached", fault: unreachable },
    { it: "is hidden behind a page of the network's", fault: () => html(200) },
  ])("rejects when the issuer $it, and then the person is signed in still", async ({ fault }) => {
    const { world, client, get } = await setting();
    world.fail("/auth/sign-out", fault);
    await expect(client.signOut()).rejects.toThrow();
    expect((await get()).status).toBe(200);
  });

  it("waits for a renewal under way, so that this brings nothing back", async () => {
    const { world, client, get, told } = await setting();
    world.expire();
    const request = get();
    const out = client.signOut();
    await Promise.all([request, out]);
    expect(world.arrived.find(({ call }) => call.endsWith("sign-out"))?.body).toMatch(/refresh-/);
    expect((await get()).status).toBe(401);
    expect(world.served().at(-1)?.authorization).toBeNull();
    expect(told).toEqual([]);
  });
});

describe("who is signed in", () => {
  it("is asked of the issuer, with a renewal where one is due", async () => {
    const { world, client } = await setting();
    world.expire();
    expect(await client.session()).toEqual({
      ...{ sub: "subject-of-tests", sid: "session-of-tests", strategy: "jwt", claims: {} },
    });
    expect(world.refreshes()).toBe(1);
  });

  it("is nobody once the session is over, and then subscribers and the application hear of it", async () => {
    const { world, client, told } = await setting();
    world.end();
    expect(await client.session()).toBeUndefined();
    expect(told).toEqual(["signed out"]);
  });

  it("is not known while the issuer cannot say", async () => {
    const { world, clock, client, told } = await setting();
    world.expire();
    world.fail("/auth/refresh", unreachable);
    const answer = client.session();
    answer.catch(() => undefined);
    await clock.advance(500);
    await expect(answer).rejects.toThrow("The issuer could not answer (status 401).");
    expect(told).toEqual([]);
  });
});

describe("a token that cannot be renewed", () => {
  /** A sign-in that brings no refresh token: by `session`, or by `jwt` without refresh. */
  async function withoutRefresh(body: object) {
    const { world, clock, client, told, get } = await setting();
    world.fail("/auth/sign-in", () => json(200, { ...body, expires_in: 300, sid: "session-of-tests" }));
    await client.signIn(ada);
    world.arrived.length = 0;
    return { world, clock, client, told, get };
  }

  it.each([{ session_token: "access-1" }, { access_token: "access-1" }])("goes along: %j", async (body) => {
    const { world, clock, get } = await withoutRefresh(body);
    await clock.advance(400_000);
    expect((await get()).status).toBe(200);
    expect(world.arrived.map(({ authorization }) => authorization)).toEqual(["Bearer access-1"]);
  });

  it("is over when the issuer says so too", async () => {
    const { world, told, get } = await withoutRefresh({ session_token: "access-1" });
    world.end();
    expect((await get()).status).toBe(401);
    expect(world.arrived.map(({ call }) => call)).toEqual([`GET ${service}/me`, `GET ${issuer}/auth/session`]);
    expect(told).toEqual(["signed out"]);
  });

  it.each<{ it: string; fault?: Fault }>([
    { it: "the issuer knows the session: it is a service that does not take sessions" },
    { it: "the issuer is down", fault: unreachable },
  ])("is kept where $it", async ({ fault }) => {
    const { world, told, get, client } = await withoutRefresh({ session_token: "access-1" });
    world.fail("service", () => problem(401, "credential_invalid"));
    world.fail("/auth/session", fault);
    expect((await get()).status).toBe(401);
    world.fail("/auth/session");
    expect([told, world.served().length, (await client.session())?.sub]).toEqual([[], 1, "subject-of-tests"]);
  });
});

describe("options", () => {
  const base = { issuer, transport: "token" } as const;
  it.each<{ it: string; options: ClientOptions; says?: string }>([
    { it: "take https", options: { ...base, origins: [service, "https://api.example:8443"] } },
    { it: "take http on localhost", options: { issuer: "http://localhost:4000", transport: "token" } },
    {
      it: "take http under localhost",
      options: { ...base, origins: ["http://api.localhost:1", "http://127.0.0.1:1"] },
    },
    { it: "take an issuer with a path", options: { ...base, issuer: "https://example.com/sign-in" } },
    { it: "refuse http elsewhere", options: { ...base, issuer: "http://auth.example" }, says: "must be https:" },
    { it: "refuse a service by http", options: { ...base, origins: ["http://api.example"] }, says: "must be https:" },
    { it: "refuse what only begins so", options: { ...base, issuer: "http://localhost.evil" }, says: "must be https:" },
    { it: "refuse what only ends so", options: { ...base, issuer: "http://evillocalhost" }, says: "must be https:" },
    { it: "refuse other schemes", options: { ...base, origins: ["ftp://api.example"] }, says: "must be https:" },
    {
      it: "refuse a path, which would promise too much",
      options: { ...base, origins: [`${service}/v1`] },
      says: "no path",
    },
    { it: "refuse a slash", options: { ...base, origins: [`${service}/`] }, says: "no path" },
    { it: "refuse what is no URL", options: { ...base, origins: ["api.example"] }, says: "Invalid URL" },
  ])("$it", ({ options, says }) => {
    if (says === undefined) expect(() => createClient(options)).not.toThrow();
    else expect(() => createClient(options)).toThrow(says);
  });
});

function html(status: number): Response {
  return new Response("<!doctype html><title>Welcome</title>", { status, headers: { "content-type": "text/html" } });
}

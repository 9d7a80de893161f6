// The revocation feed, by HTTP: who may hear it, what it says, and that what was ended is refused by who follows.

import { createAuth } from "countersign";
import { openSqliteStore } from "countersign/sqlite";
import { describe, expect, it } from "vitest";
import { startFollowing, startService, type TestService, until } from "../support/following.ts";
import {
  addService,
  goodPassword,
  interceptStore,
  leaseQuestion,
  otherPassword,
  type StoreKind,
  serverSecret,
  signIn,
  signUp,
  startIssuer,
  storeKinds,
  type TestIssuer,
  waitingFor,
} from "../support/issuer.ts";

const beyondToken = 311_000;
const inBody = { strategy: "hybrid", transport: "token" } as const;

interface FeedEvent {
  readonly number: number;
  readonly scope: string;
  readonly target: string;
}

interface Heard {
  readonly id: string;
  readonly from: number;
  readonly to: number;
  readonly mark: string;
  readonly isSnapshot: boolean;
  readonly hasMore: boolean;
  readonly events: readonly FeedEvent[];
}

interface Listener {
  readonly heard: Heard[];
  beats(): number;
  hasEnded(): boolean;
  stop(): void;
}

/** What is said to who may listen, message by message. */
async function listen(issuer: TestIssuer, headers: Record<string, string>): Promise<Listener> {
  const ending = new AbortController();
  const response = await fetch(`${issuer.url}/auth/revocations`, { headers, signal: ending.signal });
  expect([response.status, response.headers.get("content-type")]).toEqual([200, "text/event-stream"]);
  expect(response.headers.get("cache-control")).toBe("no-store");
  const heard: Heard[] = [];
  let [beats, hasEnded] = [0, false];
  const read = async () => {
    let rest = "";
    for await (const chunk of (response.body ?? expect.fail("no body")).pipeThrough(new TextDecoderStream())) {
      rest += chunk;
      const blocks = rest.split("\n\n");
      rest = blocks.pop() ?? "";
      for (const block of blocks) {
        if (block.startsWith(":")) beats += 1;
        else heard.push(parse(block));
      }
    }
  };
  void read()
    .catch(() => undefined)
    .finally(() => {
      hasEnded = true;
    });
  return { heard, beats: () => beats, hasEnded: () => hasEnded, stop: () => ending.abort() };
}

function parse(block: string): Heard {
  const [id = "", event, data = ""] = block.split("\n");
  expect(event).toBe("event: revocations");
  return { id: id.replace(/^id: /, ""), ...fromJson(JSON.parse(data.replace(/^data: /, ""))) };
}

function fromJson(json: Record<string, unknown>): Omit<Heard, "id"> {
  const { from, to, mark, snapshot, more, events } = json as {
    from: number;
    to: number;
    mark: string;
    snapshot: boolean;
    more: boolean;
    events: [number, string, string, number][];
  };
  return {
    ...{ from, to, mark, isSnapshot: snapshot, hasMore: more },
    events: events.map(([number, scope, target]) => ({ number, scope, target })),
  };
}

const endedSid = ({ events }: Heard) => events.map(({ scope, target }) => `${scope} ${target}`);

/** Appends events of sessions that never were, and answers the position after them. */
async function append(issuer: TestIssuer, count: number, begin = 0): Promise<{ number: number; mark: string }> {
  for (let index = begin; index < begin + count; index += 1) {
    await issuer.store.log.append({ scope: "session", target: `s${`${index}`.padStart(15, "0")}` });
  }
  return issuer.store.log.head();
}

describe.each(storeKinds)("the stream, from %s", (store: StoreKind) => {
  it("is for service keys with the scope follow, and for nobody else", async () => {
    await using issuer = await startIssuer({ store });
    const client = issuer.client({ kind: "program" });
    const session = (await signUp(client, { strategy: "session", transport: "token" })).str("session_token");
    const rows = [
      [undefined, 401, "service_invalid"],
      [`Bearer ${session}`, 401, "service_invalid"],
      [`Bearer ${"k".repeat(12)}.${"s".repeat(43)}`, 401, "service_invalid"],
      [(await addService(issuer.auth, ["introspect", "revoke"])).bearer, 403, "service_scope_missing"],
      [(await addService(issuer.auth, ["admin"])).bearer, 403, "service_scope_missing"],
    ] as const;
    for (const [authorization, status, code] of rows) {
      const headers = { authorization };
      const answers = [
        await client.get("/auth/revocations", { headers }),
        await client.post("/auth/revocations/ack", { headers, json: leaseQuestion }),
      ];
      for (const answer of answers) expect([answer.status, answer.json.code]).toEqual([status, code]);
    }
    const { bearer } = await addService(issuer.auth, ["follow"]);
    const headers = { authorization: bearer };
    expect((await client.get("/auth/revocations", { headers })).status).toBe(200);
    expect((await client.post("/auth/revocations/ack", { headers, json: leaseQuestion })).status).toBe(200);
  });

  it("begins with everything kept, and then tells each event as it is committed", async () => {
    await using issuer = await startIssuer({ store });
    const { bearer } = await addService(issuer.auth, ["follow"]);
    const ada = issuer.client();
    const first = await signUp(ada);
    await ada.post("/auth/sign-out");
    const second = await signIn(ada);
    const listener = await listen(issuer, { authorization: bearer });
    await until("the first message", () => listener.heard.length === 1);
    const [all] = listener.heard;
    if (all === undefined) throw new Error("nothing heard");
    expect(all).toMatchObject({ from: 0, hasMore: false, id: `${all.to}.${all.mark}` });
    expect(endedSid(all)).toEqual([`session ${first.json.sid}`]);
    await ada.send("PATCH", "/auth/session/data", { json: { theme: "dark" } });
    await until("the change", () => listener.heard.length === 2);
    await ada.post("/auth/sign-out");
    await until("the end", () => listener.heard.length === 3);
    expect(listener.heard.slice(1).map(endedSid)).toEqual([
      [`changed ${second.json.sid}`],
      [`session ${second.json.sid}`],
    ]);
    expect(listener.heard.map(({ from, to }) => [from, to])).toEqual([
      [0, 1],
      [1, 2],
      [2, 3],
    ]);
    listener.stop();
  });

  it("goes on after Last-Event-ID, and begins anew where the log does not hold that mark", async () => {
    await using issuer = await startIssuer({ store });
    const { bearer } = await addService(issuer.auth, ["follow"]);
    const held = await append(issuer, 3);
    await append(issuer, 2, 3);
    const first = async (id: string) => {
      const listener = await listen(issuer, { authorization: bearer, "last-event-id": id });
      await until("the first message", () => listener.heard.length === 1);
      listener.stop();
      const [message] = listener.heard;
      return {
        from: message?.from,
        isSnapshot: message?.isSnapshot,
        numbers: message?.events.map(({ number }) => number),
      };
    };
    const rest = { from: 3, isSnapshot: false, numbers: [4, 5] };
    const all = { from: 0, isSnapshot: true, numbers: [1, 2, 3, 4, 5] };
    expect(await first(`${held.number}.${held.mark}`)).toEqual(rest);
    expect(await first(`${held.number}.${"0".repeat(16)}`)).toEqual(all);
    expect(await first(`${held.number + 1}.${held.mark}`)).toEqual(all);
    expect(await first(`99.${held.mark}`)).toEqual(all);
    for (const id of ["", "3", "three.0", `3.${held.mark}0`, `-1.${held.mark}`, `3.${held.mark}.1`]) {
      const headers = { authorization: bearer, "last-event-id": id };
      const answer = await issuer.client({ kind: "program" }).get("/auth/revocations", { headers });
      expect([id, answer.status, answer.json.code]).toEqual([id, 400, "request_invalid"]);
    }
  });

  it("says every five seconds that it lives, and ends when its key is removed", async () => {
    await using issuer = await startIssuer({ store });
    const { id, bearer } = await addService(issuer.auth, ["follow"]);
    const other = await addService(issuer.auth, ["follow"]);
    const listener = await listen(issuer, { authorization: bearer });
    const untouched = await listen(issuer, { authorization: other.bearer });
    await until("both hear", () => listener.heard.length > 0 && untouched.heard.length > 0);
    issuer.clock.advance(4999);
    expect(listener.beats()).toBe(0);
    for (let beat = 1; beat <= 3; beat += 1) {
      issuer.clock.advance(beat === 1 ? 1 : 5000);
      await until("a beat", () => listener.beats() === beat && untouched.beats() === beat);
    }
    await issuer.auth.services.remove(id);
    issuer.clock.advance(5000);
    await until("the stream has ended", () => listener.hasEnded());
    await until("the other goes on", () => untouched.beats() === 4);
    expect(untouched.hasEnded()).toBe(false);
    const again = await issuer
      .client({ kind: "program" })
      .get("/auth/revocations", { headers: { authorization: bearer } });
    expect(again.status).toBe(401);
    untouched.stop();
  });
});

describe("the stream, where another process writes to the same file", () => {
  it("tells what that commits within 100 ms, and what was told once is not told again", async () => {
    await using issuer = await startIssuer({ store: "sqlite" });
    const { bearer } = await addService(issuer.auth, ["follow"]);
    const path = issuer.databasePath ?? expect.fail("there is no file");
    const { clock, url } = issuer;
    const store = await openSqliteStore({ path, clock: waitingFor(clock) });
    const other = createAuth({ issuer: url, secrets: [serverSecret], store, clock, upkeep: false });
    const listener = await listen(issuer, { authorization: bearer });
    await until("the first message", () => listener.heard.length === 1);
    const ends: string[] = [];
    for (let count = 0; count < 5; count += 1) {
      const up = await signUp(issuer.client(), { email: `ada${count}@example.com` });
      await other.sessions.end(up.str("sid"));
      ends.push(`session ${up.json.sid}`);
      // Nobody here has committed it, so nobody here is told without looking.
      expect(listener.heard).toHaveLength(ends.length);
      clock.advance(100);
      await until("it is heard", () => listener.heard.length > ends.length);
    }
    expect(listener.heard.slice(1).flatMap(endedSid)).toEqual(ends);
    listener.stop();
    await store.close();
  });
});

describe("the questions of followers", () => {
  async function setting() {
    const issuer = await startIssuer();
    const { bearer } = await addService(issuer.auth, ["follow"]);
    const client = issuer.client({ kind: "program" });
    const ask = (question: object, authorization = bearer) =>
      client.post("/auth/revocations/ack", { headers: { authorization }, json: { ...leaseQuestion, ...question } });
    return { issuer, ask };
  }

  it("are answered with their nonce, the lag granted, and what came since", async () => {
    const { issuer, ask } = await setting();
    await using _ = issuer;
    const held = await append(issuer, 2);
    const end = await append(issuer, 1, 2);
    const answer = await ask({ applied: held.number, mark: held.mark, lagMs: 60_000, nonce: "n-1" });
    expect(answer.json).toMatchObject({ nonce: "n-1", lagMs: 5000, from: 2, to: 3, mark: end.mark, snapshot: false });
    expect(fromJson({ ...answer.json }).events).toEqual([{ number: 3, scope: "session", target: "s000000000000002" }]);
    expect((await ask({ lagMs: 200 })).json.lagMs).toBe(200);
    expect((await ask({ applied: held.number, mark: "f".repeat(16) })).json).toMatchObject({ from: 0, snapshot: true });
  });

  it.each([
    ["an id that is too short", { follower: "F" }],
    ["a number that is none", { applied: -1 }],
    ["a mark that is none", { mark: "g".repeat(16) }],
    ["a lag that is too short", { lagMs: 99 }],
    ["a lag that is too long", { lagMs: 60_001 }],
    ["an unknown way of being stale", { onStale: "accept" }],
    ["no nonce", { nonce: "" }],
    ["a member too many", { horizon: 1 }],
  ])("are refused with %s", async (_name, question) => {
    const { issuer, ask } = await setting();
    await using _ = issuer;
    const answer = await ask(question);
    expect([answer.status, answer.json.code]).toEqual([400, "request_invalid"]);
  });

  it("are answered to the key that the follower came with: no other speaks for it, while its lease lasts", async () => {
    const { issuer, ask } = await setting();
    await using _ = issuer;
    const { number, mark } = await append(issuer, 1);
    expect((await ask({})).status).toBe(200);
    const stranger = (await addService(issuer.auth, ["follow"])).bearer;
    const taken = await ask({ applied: number, mark }, stranger);
    expect([taken.status, taken.json.code]).toEqual([409, "follower_taken"]);
    // The barrier still knows that the follower has applied nothing.
    expect(issuer.auth.feed().followers).toMatchObject([{ name: "orders", applied: 0 }]);
    expect((await ask({ follower: "GGGGGGGGGGGGGGGG", applied: number, mark }, stranger)).status).toBe(200);
    expect((await ask({ applied: number, mark })).status).toBe(200);
    expect(issuer.auth.feed().followers.map(({ applied }) => applied)).toEqual([1, 1]);
    issuer.clock.advance(5200);
    expect((await ask({ applied: number, mark }, stranger)).status).toBe(200);
  });

  it("are bounded in number", async () => {
    await using issuer = await startIssuer({ feed: { maxFollowers: 4 } });
    const { bearer } = await addService(issuer.auth, ["follow"]);
    const client = issuer.client({ kind: "program" });
    const ask = (letter: string) =>
      client.post("/auth/revocations/ack", {
        headers: { authorization: bearer },
        json: { ...leaseQuestion, follower: letter.repeat(16) },
      });
    expect([(await ask("A")).status, (await ask("B")).status, (await ask("A")).status]).toEqual([200, 200, 200]);
    const exceeded = await ask("C");
    expect([exceeded.status, exceeded.json.code]).toEqual([503, "followers_exceeded"]);
    issuer.clock.advance(5200);
    expect((await ask("C")).status).toBe(200);
  });

  it("leave places for the streams of other keys", async () => {
    await using issuer = await startIssuer({ feed: { maxFollowers: 4 } });
    const [one, other] = [await addService(issuer.auth, ["follow"]), await addService(issuer.auth, ["follow"])];
    const leaving = new AbortController();
    const open = async ({ bearer }: { readonly bearer: string }) => {
      const request = new Request(`${issuer.url}/auth/revocations`, {
        headers: { authorization: bearer },
        signal: leaving.signal,
      });
      return (await issuer.auth.handle(request, { remoteAddress: "127.0.0.1" })).status;
    };
    for (let times = 0; times < 4; times += 1) expect(await open(one)).toBe(200);
    expect(await open(one)).toBe(503);
    for (let times = 0; times < 4; times += 1) expect(await open(other)).toBe(200);
    expect(await open(other)).toBe(503);
    leaving.abort();
  });
});

describe("a service key that asks for all of a long log again and again", () => {
  it("is asked to wait, and so are its streams; who asks for little goes on, and so does another key", async () => {
    await using issuer = await startIssuer({ limits: { snapshotsPerService: 10 } });
    const { bearer } = await addService(issuer.auth, ["follow"]);
    await append(issuer, 1500);
    const client = issuer.client({ kind: "program" });
    const ask = (authorization: string, more: object = {}) =>
      client.post("/auth/revocations/ack", { headers: { authorization }, json: { ...leaseQuestion, ...more } });
    let [answered, last] = [0, await ask(bearer)];
    for (; last.status === 200 && answered < 100; answered += 1) {
      await append(issuer, 1);
      last = await ask(bearer);
    }
    // 1,500 events are about a seventh of a piece.
    expect(answered).toBeGreaterThan(50);
    expect([last.status, last.json.code]).toEqual([429, "attempts_exceeded"]);
    expect(Number(last.headers["retry-after"])).toBeGreaterThan(0);
    const stream = await client.get("/auth/revocations", { headers: { authorization: bearer } });
    expect([stream.status, stream.json.code]).toEqual([429, "attempts_exceeded"]);
    const { number, mark } = await issuer.store.log.head();
    await append(issuer, 1);
    expect((await ask(bearer, { applied: number, mark })).status).toBe(200);
    const other = await addService(issuer.auth, ["follow"]);
    expect((await ask(other.bearer, { follower: "o".repeat(16) })).status).toBe(200);
    issuer.clock.advance(1000 * Number(last.headers["retry-after"]));
    expect((await ask(bearer)).status).toBe(200);
  });
});

describe("10,050 events and more", () => {
  it("come in pieces that leave no gap, by stream and by question, and are all known to who follows", async () => {
    await using issuer = await startIssuer({ strategies: ["hybrid"] });
    const ada = issuer.client({ kind: "program" });
    const up = await signUp(ada, inBody);
    await issuer.auth.sessions.end(up.str("sid"));
    await append(issuer, 10_050);
    const other = (await signIn(ada, inBody)).str("access_token");
    const last = await signIn(ada, inBody);
    await issuer.auth.sessions.end(last.str("sid"));
    const { bearer } = await addService(issuer.auth, ["follow"]);

    const listener = await listen(issuer, { authorization: bearer });
    await until("two messages", () => listener.heard.length === 2);
    expect(listener.heard.map(({ from, to, hasMore, events }) => [from, to, hasMore, events.length])).toEqual([
      [0, 10_000, true, 10_000],
      [10_000, 10_052, false, 52],
    ]);
    listener.stop();

    const answer = await issuer
      .client({ kind: "program" })
      .post("/auth/revocations/ack", { headers: { authorization: bearer }, json: leaseQuestion });
    expect(answer.json).toMatchObject({ from: 0, to: 10_000, more: true });

    // A token is judged by the last piece as by the first.
    for (const follow of ["background", "on-demand"] as const) {
      await using service = await startService(issuer, { feed: { follow } });
      for (const ended of [up, last]) {
        expect(await service.verifier.verify(ended.str("access_token"))).toEqual({ ok: false, code: "token_revoked" });
      }
      expect(await service.verifier.verify(other)).toMatchObject({ ok: true });
      expect(service.verifier.feed()).toMatchObject({ number: 10_052, revocations: 10_052 });
    }
  });
});

/** Resolves once a service refuses a token, with its reason; before that it accepts it. */
async function refusal(service: TestService, token: string): Promise<string> {
  let code = "";
  await until("it is refused", async () => {
    const verdict = await service.verifier.verify(token);
    code = verdict.ok ? "" : verdict.code;
    return !verdict.ok;
  });
  return code;
}

const accepts = async (service: TestService, token: string) => (await service.verifier.verify(token)).ok;

describe("a service that follows", () => {
  const ends: readonly (readonly [string, (issuer: TestIssuer, bearer: string, sid: string) => Promise<unknown>])[] = [
    ["sign-out", (issuer, bearer) => issuer.client({ kind: "program" }).post("/auth/sign-out", { bearer })],
    [
      "sign-out everywhere",
      (issuer, bearer) => issuer.client({ kind: "program" }).post("/auth/sign-out-everywhere", { bearer }),
    ],
    ["an operator", (issuer, _bearer, sid) => issuer.auth.sessions.end(sid)],
    [
      "a change of password",
      (issuer, bearer) =>
        issuer.client({ kind: "program" }).post("/auth/password", {
          bearer,
          json: { current_password: goodPassword, new_password: otherPassword },
        }),
    ],
    [
      "disabling",
      async (issuer) =>
        issuer.auth.subjects.disable((await issuer.auth.subjects.findByEmail("ada@example.com"))?.sub ?? ""),
    ],
  ];

  it.each((["hybrid", "jwt"] as const).flatMap((strategy) => ends.map(([name, end]) => ({ strategy, name, end }))))(
    "refuses a token of $strategy as soon as it hears of $name; nobody else's",
    async ({ strategy, end }) => {
      await using issuer = await startIssuer({ strategies: [strategy] });
      await using service = await startFollowing(issuer);
      await using alone = await startService(issuer, { feed: false });
      const program = issuer.client({ kind: "program" });
      const ada = await signUp(program, { transport: "token" });
      const bob = (await signUp(program, { email: "bob@example.com", transport: "token" })).str("access_token");
      const token = ada.str("access_token");
      for (const each of [token, bob]) expect(await accepts(service, each)).toBe(true);
      await end(issuer, token, ada.str("sid"));
      // No time goes by: it is told, and does not find out by asking.
      expect(await refusal(service, token)).toBe("token_revoked");
      expect(await accepts(service, bob)).toBe(true);
      // Who does not follow accepts a JWT until it expires.
      expect(await accepts(alone, token)).toBe(strategy === "jwt");
    },
  );

  it("refuses tokens without a record by the number at which their subject was cut off, and takes later ones", async () => {
    await using issuer = await startIssuer({ strategies: ["jwt"], jwt: { refresh: false } });
    await using service = await startFollowing(issuer);
    const program = issuer.client({ kind: "program" });
    const ada = (await signUp(program)).str("access_token");
    const bob = (await signUp(program, { email: "bob@example.com" })).str("access_token");
    for (const token of [ada, bob]) expect(await accepts(service, token)).toBe(true);
    await program.post("/auth/sign-out-everywhere", { bearer: ada });
    expect(await refusal(service, ada)).toBe("token_revoked");
    const later = (await signIn(program)).str("access_token");
    // The very same millisecond: numbers are compared, not clocks.
    for (const token of [bob, later]) expect(await accepts(service, token)).toBe(true);
    await program.post("/auth/sign-out", { bearer: later });
    expect(await refusal(service, later)).toBe("token_revoked");
    expect(await accepts(service, bob)).toBe(true);
    expect(await issuer.store.sessions.count()).toBe(0);
  });

  it("refuses tokens of a revoked key, and has the new one at once, cool-down or not", async () => {
    await using issuer = await startIssuer({ strategies: ["hybrid", "jwt"] });
    await using service = await startFollowing(issuer);
    await using alone = await startService(issuer, { feed: false });
    const program = issuer.client({ kind: "program" });
    const tokens = [
      (await signUp(program, inBody)).str("access_token"),
      (await signIn(program, { strategy: "jwt" })).str("access_token"),
    ];
    for (const token of tokens) expect(await accepts(service, token)).toBe(true);
    const [, lean = ""] = tokens;
    expect(await accepts(alone, lean)).toBe(true);
    const fetched = () => service.asked.filter((path) => path.endsWith("jwks.json")).length;
    expect(fetched()).toBe(1);
    const { kid } = JSON.parse(Buffer.from(lean.split(".")[0] ?? "", "base64url").toString());
    await issuer.auth.keys.revoke(kid);
    for (const token of tokens) expect(["token_revoked", "token_key_unknown"]).toContain(await refusal(service, token));
    // It acknowledges a moment after it has heard, and is told of the new keys in the answer.
    await until("the key set was fetched again", () => {
      issuer.clock.advance(1);
      return fetched() === 2;
    });
    const later = (await signIn(program, { strategy: "jwt" })).str("access_token");
    await until("the new key is known", () => accepts(service, later));
    // Who is not told remembers the key, and does not look for another so soon.
    expect([await accepts(alone, lean), await accepts(alone, later)]).toEqual([true, false]);
  });

  it("refuses tokens of a revoked key also where its keys are fixed, and no other key's", async () => {
    await using issuer = await startIssuer({ strategies: ["jwt"], keys: { keySetRefresh: "1m" } });
    const program = issuer.client({ kind: "program" });
    const first = (await signUp(program)).str("access_token");
    await issuer.auth.keys.rotate();
    issuer.clock.advance(2 * 60_000);
    const second = (await signIn(program)).str("access_token");
    await using service = await startFollowing(issuer, { keys: { jwks: await issuer.auth.keys.jwks() } });
    for (const token of [first, second]) expect(await accepts(service, token)).toBe(true);
    const { kid } = JSON.parse(Buffer.from(first.split(".")[0] ?? "", "base64url").toString());
    await issuer.auth.keys.revoke(kid);
    expect(await refusal(service, first)).toBe("token_revoked");
    expect(await accepts(service, second)).toBe(true);
  });

  it("takes up where it was after it was cut off, and nothing is lost meanwhile", async () => {
    await using issuer = await startIssuer({ strategies: ["hybrid"] });
    await using service = await startFollowing(issuer);
    const program = issuer.client({ kind: "program" });
    const [one, two] = [await signUp(program, inBody), await signIn(program, inBody)];
    for (const { json } of [one, two]) expect(await accepts(service, `${json.access_token}`)).toBe(true);
    service.cut();
    await until("the stream is gone", () => service.verifier.feed()?.isStreaming === false);
    await issuer.auth.sessions.end(one.str("sid"));
    // What it knows still counts, for the lag and not longer.
    expect(await accepts(service, one.str("access_token"))).toBe(true);
    service.mend();
    issuer.clock.advance(5000);
    expect(await refusal(service, one.str("access_token"))).toBe("token_revoked");
    expect(await accepts(service, two.str("access_token"))).toBe(true);
    await until("the stream stands again", () => {
      issuer.clock.advance(100);
      return service.verifier.feed()?.isStreaming === true;
    });
    await issuer.auth.sessions.end(two.str("sid"));
    expect(await refusal(service, two.str("access_token"))).toBe("token_revoked");
  });

  it("answers 401 when a token has run out, and its client renews at the issuer", async () => {
    await using issuer = await startIssuer({ strategies: ["hybrid"] });
    await using service = await startFollowing(issuer);
    const browser = issuer.client();
    const up = await signUp(browser);
    const judge = () => service.judge({ cookie: browser.cookiesFor("/").join("; ") });
    expect((await judge()).json.sid).toBe(up.json.sid);
    const stale = browser.cookiesFor("/").join("; ");
    issuer.clock.advance(beyondToken);
    const expired = await service.judge({ cookie: stale });
    expect([expired.status, expired.json.code, expired.setCookies]).toEqual([401, "token_expired", []]);
    // The browser has dropped the token by then: the session cookie alone says nothing to who has no store.
    const without = await judge();
    expect([without.status, without.setCookies]).toEqual([401, []]);
    expect((await browser.post("/auth/refresh")).status).toBe(200);
    expect((await judge()).json).toMatchObject({ sid: up.json.sid, strategy: "hybrid" });
    await issuer.auth.sessions.end(up.str("sid"));
    await until("it is refused", async () => {
      issuer.clock.advance(100);
      return (await judge()).status === 401;
    });
    expect((await browser.post("/auth/refresh")).status).toBe(401);
  });

  it("asks nobody while its view is fresh, and once when it is not", async () => {
    await using issuer = await startIssuer({ strategies: ["hybrid"] });
    await using service = await startService(issuer, { feed: { follow: "on-demand" } });
    const token = (await signUp(issuer.client({ kind: "program" }), inBody)).str("access_token");
    expect(await accepts(service, token)).toBe(true);
    service.asked.length = 0;
    for (let count = 0; count < 50; count += 1) expect(await accepts(service, token)).toBe(true);
    issuer.clock.advance(1666);
    expect(await accepts(service, token)).toBe(true);
    expect(service.asked).toEqual([]);
    // A third of the lag: 50 who come at once share one question.
    issuer.clock.advance(1);
    const all = await Promise.all(Array.from({ length: 50 }, () => accepts(service, token)));
    expect(all.every((isAccepted) => isAccepted)).toBe(true);
    expect(service.asked).toEqual(["/auth/revocations/ack"]);
  });
});

describe("ending everywhere", () => {
  /** Lets time go by until the barrier returns. */
  async function everywhere(issuer: TestIssuer) {
    let result: Awaited<ReturnType<TestIssuer["auth"]["everywhere"]>> | undefined;
    void issuer.auth.everywhere().then((reached) => {
      result = reached;
    });
    await until("the barrier returns", () => {
      issuer.clock.advance(20);
      return result !== undefined;
    });
    return result;
  }

  it("returns when all have acknowledged, and names nobody", async () => {
    await using issuer = await startIssuer({ strategies: ["hybrid"] });
    await using orders = await startFollowing(issuer, { feed: { name: "orders" } });
    await using billing = await startFollowing(issuer, { feed: { name: "billing" } });
    const up = await signUp(issuer.client({ kind: "program" }), inBody);
    const token = up.str("access_token");
    for (const service of [orders, billing]) expect(await accepts(service, token)).toBe(true);
    await issuer.auth.sessions.end(up.str("sid"));
    const reached = await everywhere(issuer);
    expect(reached).toMatchObject({ outcome: "everywhere", waitedOut: [], insecure: [] });
    for (const service of [orders, billing]) {
      expect(await service.verifier.verify(token)).toEqual({ ok: false, code: "token_revoked" });
    }
    // Nothing to wait for: it is known already.
    expect(await issuer.auth.everywhere()).toMatchObject({ outcome: "everywhere", ms: 0 });
  });

  it.each(storeKinds)("waits out who is dead, names it, and then nobody accepts any more, in %s", async (store) => {
    await using issuer = await startIssuer({ strategies: ["hybrid"], store });
    await using orders = await startFollowing(issuer, { feed: { name: "orders" } });
    await using billing = await startFollowing(issuer, { feed: { name: "billing" } });
    await using dead = await startFollowing(issuer, { feed: { name: "dead" } });
    await using careless = await startFollowing(issuer, { feed: { name: "careless", onStale: "insecureAccept" } });
    const up = await signUp(issuer.client({ kind: "program" }), inBody);
    const token = up.str("access_token");
    const all = [orders, billing, dead, careless];
    for (const service of all) expect(await accepts(service, token)).toBe(true);
    dead.cut();
    careless.cut();
    await issuer.auth.sessions.end(up.str("sid"));
    expect(await accepts(dead, token)).toBe(true);
    const reached = await everywhere(issuer);
    expect(reached).toMatchObject({ outcome: "everywhere", waitedOut: ["dead"], insecure: ["careless"] });
    // A lag and two hundredths at the worst, counted in steps of the test.
    expect(reached?.ms).toBeGreaterThan(3500);
    expect(reached?.ms).toBeLessThanOrEqual(5000 * 1.02 + 1 + 40);
    for (const service of [orders, billing]) {
      expect(await service.verifier.verify(token)).toEqual({ ok: false, code: "token_revoked" });
    }
    await expect(dead.verifier.verify(token)).rejects.toMatchObject({ code: "feed_unavailable" });
    expect(await accepts(careless, token)).toBe(true);
    // The dead one is not waited for a second time.
    const next = await signIn(issuer.client({ kind: "program" }), inBody);
    await issuer.auth.sessions.end(next.str("sid"));
    expect(await everywhere(issuer)).toMatchObject({ outcome: "everywhere", waitedOut: [] });
  });

  it.each(storeKinds)(
    "waits for no issuer that was closed, by another process on the same store, in %s",
    async (store) => {
      await using issuer = await startIssuer({ strategies: ["hybrid"], store });
      const up = await signUp(issuer.client({ kind: "program" }), inBody);
      const request = { headers: { authorization: `Bearer ${up.str("access_token")}` } };
      expect((await issuer.auth.authenticate(request)).ok).toBe(true);
      const { store: shared, clock, url } = issuer;
      const other = createAuth({ issuer: url, secrets: [serverSecret], store: shared, clock, upkeep: false });
      issuer.auth.close();
      await issuer.auth.idle();
      await other.sessions.end(up.str("sid"));
      // No time goes by.
      expect(await other.everywhere()).toMatchObject({ outcome: "everywhere", ms: 0, waitedOut: [] });
      expect((await issuer.auth.authenticate(request)).ok).toBe(false);
    },
  );

  it("says that it is not known when the store cannot be read, and never throws", async () => {
    let isDown = false;
    await using issuer = await startIssuer({
      strategies: ["hybrid"],
      wrapStore: (store) =>
        interceptStore(store, (call) =>
          isDown && /^(issuers|log)\./.test(call) ? Promise.reject(new Error("down")) : undefined,
        ),
    });
    await using service = await startFollowing(issuer);
    expect(service.verifier.feed()?.state).toBe("fresh");
    isDown = true;
    expect(await issuer.auth.everywhere()).toMatchObject({ outcome: "notKnown" });
    isDown = false;
    expect(await everywhere(issuer)).toMatchObject({ outcome: "everywhere" });
  });
});

// Changing one's mind: an issuer is started anew with another strategy on the same database, and nobody is signed out.

import { mkdtemp, rm } from "node:fs/promises";
import type { RequestListener } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Strategy, systemClock } from "@countersign/verifier";
import { type Auth, createAuth } from "countersign";
import { nodeHandler } from "countersign/node";
import { openSqliteStore } from "countersign/sqlite";
import { describe, expect, it } from "vitest";
import { createTestClock, type TestClock } from "../../packages/countersign/src/primitives/testing.ts";
import { startFollowing, type TestService, until } from "../support/following.ts";
import { type Answer, type Client, createClient } from "../support/http-client.ts";
import {
  cheapHashing,
  expectStatus,
  goodPassword,
  serverSecret,
  signIn,
  signInBody,
  signUp,
} from "../support/issuer.ts";
import { serve } from "../support/servers.ts";

const beyondToken = 311_000;
const day = 86_400_000;

/** An issuer that can be started anew, at the same address and on the same file. */
interface Restartable extends AsyncDisposable {
  readonly auth: Auth;
  readonly url: string;
  readonly clock: TestClock;
  readonly errors: readonly unknown[];
  restart(strategies: Strategy[]): Promise<void>;
  client(kind?: "browser" | "program"): Client;
}

async function startRestartable(strategies: Strategy[]): Promise<Restartable> {
  const folder = await mkdtemp(join(tmpdir(), "countersign-changing-"));
  const clock = createTestClock();
  const errors: unknown[] = [];
  const site = await serve();
  const url = `http://127.0.0.1:${site.port}`;
  const clients: Client[] = [];

  async function start(allowed: Strategy[]) {
    const waiting = { now: () => clock.now(), monotonic: systemClock.monotonic, sleep: systemClock.sleep };
    const store = await openSqliteStore({ path: join(folder, "countersign.db"), clock: waiting });
    const auth = createAuth({
      ...{ issuer: url, secrets: [serverSecret], hashing: cheapHashing, clock, store, strategies: allowed },
      upkeep: false,
      onError: (error) => void errors.push(error),
    });
    const handle = nodeHandler(auth);
    const listener: RequestListener = (request, response) => void handle(request, response);
    site.server.on("request", listener);
    const stop = async () => {
      site.server.off("request", listener);
      auth.close();
      site.server.closeAllConnections();
      await auth.idle();
      await store.close();
    };
    return { auth, stop };
  }

  let running = await start(strategies);
  return {
    get auth() {
      return running.auth;
    },
    ...{ url, clock, errors },
    async restart(allowed) {
      await running.stop();
      for (const client of clients) client.close();
      // Whoever else is connected learns that it is not any more.
      await new Promise((resolve) => setTimeout(resolve, 20));
      running = await start(allowed);
    },
    client(kind = "browser") {
      const client = createClient(url, { kind, now: () => clock.now() });
      clients.push(client);
      return client;
    },
    async [Symbol.asyncDispose]() {
      for (const client of clients) client.close();
      await running.stop();
      await site.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Somebody who signed in before the change, and goes on as they did. */
interface Holder {
  readonly sid: string;
  /** A request to the issuer's own routes. */
  ask(): Promise<Answer>;
  /** The same credential at a service. */
  askService(service: TestService): Promise<Answer>;
  /** Renews as a client of this strategy does; where there is nothing to renew, asks. */
  renew(): Promise<Answer>;
  stepUp(): Promise<Answer>;
  signOut(): Promise<Answer>;
}

const secretsOf = (answer: Answer) => `${answer.json.access_token ?? answer.json.session_token}`;

/** A browser: by cookies. */
async function byCookie(issuer: Restartable, strategy: Strategy, email: string): Promise<Holder> {
  const browser = issuer.client();
  const up = await signIn(browser, { email, strategy, transport: "cookie" });
  return {
    sid: up.str("sid"),
    ask: () => browser.get("/auth/session"),
    askService: (service) => service.judge({ cookie: browser.cookiesFor("/").join("; ") }),
    // A hybrid is renewed in passing as well.
    renew: () => (strategy === "session" ? browser.get("/auth/session") : browser.post("/auth/refresh")),
    stepUp: () => browser.post("/auth/step-up", { json: { password: goodPassword } }),
    signOut: () => browser.post("/auth/sign-out"),
  };
}

/** A program: by Bearer, with a refresh token where there is one. */
async function byBearer(issuer: Restartable, strategy: Strategy, email: string): Promise<Holder> {
  const program = issuer.client("program");
  let held = await signIn(program, { email, strategy, transport: "token" });
  const bearer = () => secretsOf(held);
  return {
    sid: held.str("sid"),
    ask: () => program.get("/auth/session", { bearer: bearer() }),
    askService: (service) => service.judge({ authorization: `Bearer ${bearer()}` }),
    async renew() {
      if (strategy === "session") return program.get("/auth/session", { bearer: bearer() });
      const renewed = await program.post("/auth/refresh", { json: { refresh_token: held.str("refresh_token") } });
      if (renewed.status === 200) held = renewed;
      return renewed;
    },
    async stepUp() {
      held = expectStatus(
        await program.post("/auth/step-up", { bearer: bearer(), json: { password: goodPassword } }),
        200,
      );
      return held;
    },
    signOut: () => program.post("/auth/sign-out", { bearer: bearer() }),
  };
}

const typeOf = (token: string): string =>
  JSON.parse(Buffer.from(token.split(".")[0] ?? "", "base64url").toString()).typ;

const changes = (["session", "jwt", "hybrid"] as const).flatMap((from) =>
  (["session", "jwt", "hybrid"] as const).filter((to) => to !== from).map((to) => ({ from, to })),
);

/** A service that knows all three kinds: it asks about sessions, and follows. */
const startKnowing = (issuer: Restartable) => startFollowing(issuer, { sessions: true });

async function setting(from: Strategy) {
  const issuer = await startRestartable([from]);
  const service = await startKnowing(issuer);
  const email = "ada@example.com";
  await signUp(issuer.client(), { email });
  const [cookie, bearer] = [await byCookie(issuer, from, email), await byBearer(issuer, from, email)];
  return {
    ...{ issuer, service, email, holders: [cookie, bearer] },
    async [Symbol.asyncDispose]() {
      await service[Symbol.asyncDispose]();
      await issuer[Symbol.asyncDispose]();
    },
  };
}

describe.each(changes)("from $from to $to", ({ from, to }) => {
  it("every credential issued before is accepted as it was, at the issuer and at a service", async () => {
    await using made = await setting(from);
    const { issuer, service, holders } = made;
    for (const holder of holders) {
      expect((await holder.ask()).json).toMatchObject({ sid: holder.sid, strategy: from });
      expect((await holder.askService(service)).json).toMatchObject({ sid: holder.sid, strategy: from });
    }
    await issuer.restart([to]);
    for (const holder of holders) {
      expect((await holder.ask()).json).toMatchObject({ sid: holder.sid, strategy: from });
      expect((await holder.askService(service)).json).toMatchObject({ sid: holder.sid, strategy: from });
    }
    expect(issuer.errors).toEqual([]);
  });

  it("is also accepted where neither had been seen before: by an issuer and a service that start anew", async () => {
    await using made = await setting(from);
    const { issuer, holders } = made;
    await issuer.restart([to]);
    await using fresh = await startKnowing(issuer);
    for (const holder of holders) {
      expect((await holder.askService(fresh)).json).toMatchObject({ sid: holder.sid, strategy: from });
    }
  });

  it("sign-ins from then on are of the new strategy, and no other may be named", async () => {
    await using made = await setting(from);
    const { issuer, service, email } = made;
    await issuer.restart([to]);
    const browser = issuer.client();
    const signedIn = await signIn(browser, { email, transport: "cookie" });
    expect(signedIn.json).toMatchObject({ strategy: to });
    expect((await browser.get("/auth/session")).json).toMatchObject({ sid: signedIn.json.sid, strategy: to });
    const judged = await service.judge({ cookie: browser.cookiesFor("/").join("; ") });
    expect(judged.json).toMatchObject({ sid: signedIn.json.sid, strategy: to });
    const refused = await issuer.client().post("/auth/sign-in", { json: signInBody({ email, strategy: from }) });
    expect([refused.status, refused.json.code]).toEqual([400, "strategy_not_allowed"]);
  });

  it("goes on to be renewed as before, day after day, until its own end and not beyond", async () => {
    await using made = await setting(from);
    const { issuer, service, holders } = made;
    await issuer.restart([to]);
    for (let days = 0; days < 29; days += 6) {
      for (const holder of holders) {
        const renewed = expectStatus(await holder.renew(), 200);
        const token =
          renewed.json.access_token ?? renewed.setCookies.find(({ name }) => name === "__Host-Http-at")?.value;
        if (from !== "session") expect(typeOf(`${token}`)).toBe(from === "jwt" ? "lean+jwt" : "hybrid+jwt");
        expect((await holder.ask()).json).toMatchObject({ sid: holder.sid, strategy: from });
        expect((await holder.askService(service)).json).toMatchObject({ sid: holder.sid, strategy: from });
      }
      await issuer.auth.idle();
      issuer.clock.advance(6 * day);
    }
    for (const holder of holders) {
      expect((await holder.renew()).status).toBe(401);
      expect((await holder.ask()).status).toBe(401);
      expect((await holder.askService(service)).status).toBe(401);
    }
  });

  it("runs out where it ran out before: an access token in minutes, and its session when unused", async () => {
    await using made = await setting(from);
    const { issuer, service, holders } = made;
    await issuer.restart([to]);
    issuer.clock.advance(beyondToken);
    const [cookie, bearer] = holders;
    const stands = async (holder: Holder | undefined) => [
      (await holder?.ask())?.status,
      (await holder?.askService(service))?.status,
    ];
    // A session has no such end, nor has the pair whose session can be looked up; a token alone has.
    expect(await stands(cookie)).toEqual(from === "jwt" ? [401, 401] : [200, 200]);
    expect(await stands(bearer)).toEqual(from === "session" ? [200, 200] : [401, 401]);
    for (const holder of holders) expectStatus(await holder.renew(), 200);
    expect([await stands(cookie), await stands(bearer)]).toEqual([
      [200, 200],
      [200, 200],
    ]);
    await issuer.auth.idle();
    issuer.clock.advance(7 * day);
    for (const holder of holders) expect((await holder.renew()).status).toBe(401);
  });

  it("what had been ended before stays ended, at the issuer and at the service that heard of it, and one that did not", async () => {
    await using made = await setting(from);
    const { issuer, service, email, holders } = made;
    const living = await byCookie(issuer, from, email);
    for (const holder of holders) {
      await holder.askService(service);
      await issuer.auth.sessions.end(holder.sid);
    }
    await issuer.restart([to]);
    await using fresh = await startKnowing(issuer);
    for (const holder of holders) {
      expect((await holder.ask()).status).toBe(401);
      expect((await holder.renew()).status).toBe(401);
      for (const each of [service, fresh]) {
        await until("it is refused", async () => {
          issuer.clock.advance(20);
          return (await holder.askService(each)).status === 401;
        });
      }
    }
    expect((await living.ask()).status).toBe(200);
    expect((await living.askService(service)).status).toBe(200);
  });

  it("is ended as before: by sign-out and by an operator, seen by the service that follows", async () => {
    await using made = await setting(from);
    const { issuer, service, holders } = made;
    await issuer.restart([to]);
    await until("the service follows again", () => {
      issuer.clock.advance(50);
      return service.verifier.feed()?.isStreaming === true;
    });
    const [cookie, bearer] = holders;
    for (const holder of holders) expect((await holder.askService(service)).status).toBe(200);
    expect((await bearer?.signOut())?.status).toBe(204);
    const isRefused = async (holder: Holder | undefined) => {
      issuer.clock.advance(20);
      return (await holder?.askService(service))?.status === 401;
    };
    await until("it is refused", () => isRefused(bearer));
    expect((await cookie?.askService(service))?.status).toBe(200);
    await issuer.auth.sessions.end(cookie?.sid ?? "");
    await until("it is refused", () => isRefused(cookie));
    for (const holder of holders) {
      expect((await holder.ask()).status).toBe(401);
      expect((await holder.renew()).status).toBe(401);
    }
  });

  it("steps up to a session of its own strategy, whose predecessor ends", async () => {
    await using made = await setting(from);
    const { issuer, service, holders } = made;
    await issuer.restart([to]);
    for (const holder of holders) {
      const raised = expectStatus(await holder.stepUp(), 200);
      expect(raised.json.sid).not.toBe(holder.sid);
      expect((await holder.ask()).json).toMatchObject({ sid: raised.json.sid, strategy: from });
      expect((await holder.askService(service)).json).toMatchObject({ sid: raised.json.sid, strategy: from });
    }
  });

  it("comes back: a second change to what it was leaves nobody signed out either", async () => {
    await using made = await setting(from);
    const { issuer, service, email, holders } = made;
    await issuer.restart([to]);
    const between = [await byCookie(issuer, to, email), await byBearer(issuer, to, email)];
    await issuer.restart([from]);
    for (const [index, holder] of [...holders, ...between].entries()) {
      const strategy = index < holders.length ? from : to;
      expectStatus(await holder.renew(), 200);
      expect((await holder.ask()).json).toMatchObject({ sid: holder.sid, strategy });
      expect((await holder.askService(service)).json).toMatchObject({ sid: holder.sid, strategy });
    }
    expect((await signIn(issuer.client(), { email, transport: "cookie" })).json.strategy).toBe(from);
  });
});

// The live demonstration over HTTP: a server in a process of its own, whose stage is real processes too.

import { systemClock } from "@countersign/verifier";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type {
  Act,
  Credential,
  Failure,
  Pane,
  PaneView,
  Performed,
  Person,
  Pulse,
  PulsePause,
  Step,
} from "../../packages/server/src/demonstration/contract.ts";
import { panes } from "../../packages/server/src/demonstration/contract.ts";
import { createDemonstration } from "../../packages/server/src/demonstration/demonstration.ts";
import { accessTokenOf, endOf, takeApartCookie } from "../../packages/server/src/demonstration/taken-apart.ts";
import { descendants, isAlive } from "../support/process.ts";
import { startTestServer, type TestServer } from "./server-fixture.ts";

/** A page of a server: what its buttons send. */
function pageOf(server: TestServer) {
  let visit = "";
  async function send<Body = Performed>(
    act: Act,
    body: object,
    headers: Readonly<Record<string, string>> = { "sec-fetch-site": "same-origin" },
  ): Promise<{ status: number; body: Body }> {
    const answer = await fetch(`${server.url}/demonstration/${act}`, {
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/json", ...headers },
      body: JSON.stringify(body),
    });
    return { status: answer.status, body: (await answer.json()) as Body };
  }
  return {
    send,
    async begin() {
      const { body } = await send("begin", {});
      visit = body.view.visit;
      return body.view;
    },
    /** Presses a button that works. */
    async press(act: Act, pane: Pane, who: Person = "owner"): Promise<{ seen: PaneView; step: Step | undefined }> {
      const { status, body } = await send(act, { visit, pane, who });
      expect(status, JSON.stringify(body)).toBe(200);
      return { seen: body.view.panes[pane], step: body.steps.at(-1) };
    },
    /** Presses one that cannot. */
    refused: async (act: Act, pane: Pane, who: Person = "owner") => send<Failure>(act, { visit, pane, who }),
    /** Looks until a pane is as expected. */
    async until(pane: Pane, isSo: (seen: PaneView) => boolean, timeout = 5000): Promise<PaneView> {
      return vi.waitFor(
        async () => {
          const { body } = await send("look", { visit });
          const seen = body.view.panes[pane];
          if (!isSo(seen)) throw new Error(`not yet: ${JSON.stringify(seen.answers)}`);
          return seen;
        },
        { timeout, interval: 50 },
      );
    },
  };
}

function allRefuse({ answers }: PaneView): boolean {
  return answers.owner.every((answer) => answer !== null && !answer.isAccepted);
}

function tokenEnd(credential: Credential | null): number {
  return (credential && endOf(accessTokenOf(credential) ?? "")) ?? 0;
}

describe("the demonstration", () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  it("starts no process before it is used", async () => {
    await using unused = await startTestServer();
    await fetch(unused.url);
    expect(descendants(unused.process.pid)).toEqual([]);
  });

  it("signs one visitor in three ways, and shows what each sign-in came with", async () => {
    const page = pageOf(server);
    const view = await page.begin();
    expect(view).toMatchObject({ services: 3, accessLifetimeSeconds: 30 });
    for (const pane of panes) await page.press("sign-in", pane);
    const { seen: jwt } = await page.press("look", "jwt");
    const { seen: session } = await page.press("look", "session");
    const { seen: hybrid } = await page.press("look", "hybrid");
    expect(jwt.credentials.owner).toMatchObject({
      cookies: [],
      bearer: expect.any(String),
      refresh: expect.any(String),
    });
    expect(session.credentials.owner).toMatchObject({ bearer: null, refresh: null });
    expect(session.credentials.owner?.cookies.map((line) => takeApartCookie(line).name)).toEqual(["__Host-Http-sid"]);
    expect(hybrid.credentials.owner?.cookies.map((line) => takeApartCookie(line).name)).toEqual([
      "__Host-Http-sid",
      "__Host-Http-at",
    ]);
  });

  it("tells what a request cost: a session asks the issuer at every one, a token nobody", async () => {
    const page = pageOf(server);
    await page.begin();
    for (const pane of panes) await page.press("sign-in", pane);
    for (const pane of ["jwt", "hybrid"] as const) {
      for (const service of [1, 2, 3, 1]) {
        const { step } = await page.press("use", pane);
        expect(step).toMatchObject({ to: service, status: 200, code: null, issuerAsked: 0, storeReads: 0 });
        expect(step?.microseconds).toBeGreaterThan(0);
      }
    }
    for (const service of [1, 2, 3, 1]) {
      const { step } = await page.press("use", "session");
      expect(step).toMatchObject({ to: service, status: 200, issuerAsked: 1, isRemembered: false });
      // The issuer judges who asks, finds the session, and finds it again to vouch for it.
      expect(step).toMatchObject({ storeReads: 3, sessionReads: 2, serviceKeyReads: 1 });
    }
    const { step: again } = await page.press("use", "jwt");
    expect(again).toMatchObject({ to: 2, isRemembered: true });
  });

  it("ends a session and a hybrid at once everywhere; a JWT works until it runs out, and is then renewed by nobody", async () => {
    const page = pageOf(server);
    await page.begin();
    for (const pane of panes) await page.press("sign-in", pane);
    await page.press("sign-out", "session");
    await page.press("sign-out", "hybrid");
    const { step } = await page.press("sign-out", "jwt");
    expect(step).toMatchObject({ to: 0, request: "POST /auth/sign-out", status: 204 });

    const session = await page.until("session", allRefuse);
    expect(session).toMatchObject({ ending: "signed-out" });
    expect(session.answers.owner.map((answer) => answer?.code)).toEqual(Array(3).fill("session_unknown"));
    const hybrid = await page.until("hybrid", allRefuse);
    expect(hybrid.answers.owner.map((answer) => answer?.code)).toEqual(Array(3).fill("token_revoked"));
    for (const answer of [...session.answers.owner, ...hybrid.answers.owner]) {
      expect(answer?.afterMs).toBeGreaterThanOrEqual(0);
      expect(answer?.afterMs).toBeLessThan(5000);
    }

    const { seen, step: used } = await page.press("use", "jwt");
    expect(used).toMatchObject({ status: 200 });
    expect(seen.answers.owner.every((answer) => answer?.isAccepted)).toBe(true);
    const ended = await page.until("jwt", allRefuse, 40_000);
    expect(ended.answers.owner.map((answer) => answer?.code)).toEqual(Array(3).fill("token_expired"));
    // The shortest life of a token is four fifths of its longest.
    for (const answer of ended.answers.owner) expect(answer?.afterMs).toBeGreaterThan(15_000);
    expect((await page.press("renew", "jwt")).step).toMatchObject({ status: 401, code: "refresh_invalid" });
  });

  it("shows the end of a token: 401, a renewal, and on; a hybrid's in passing", async () => {
    const page = pageOf(server);
    await page.begin();
    for (const pane of ["jwt", "hybrid"] as const) await page.press("sign-in", pane);
    for (const pane of ["jwt", "hybrid"] as const) await page.press("use", pane);
    await page.press("steal", "hybrid");
    const before = (await page.press("look", "hybrid")).seen.credentials.owner;
    for (const pane of ["jwt", "hybrid"] as const) {
      const seen = await page.until(pane, ({ answers }) => answers.owner[0]?.isAccepted === false, 40_000);
      expect(seen.ending).toBeNull();
      // A browser has dropped the cookie of the token; a program sends what it has.
      const code = pane === "jwt" ? "token_expired" : "session_unsupported";
      expect((await page.press("use", pane)).step).toMatchObject({ status: 401, code });
    }
    const renewed = await page.press("renew", "jwt");
    expect(renewed.step).toMatchObject({ request: "POST /auth/refresh", status: 200 });
    const passing = await page.press("renew", "hybrid");
    expect(passing.step).toMatchObject({ request: "GET /auth/session", status: 200 });
    const after = passing.seen.credentials.owner;
    expect(after?.cookies[0]).toBe(before?.cookies[0]);
    expect(tokenEnd(after)).toBeGreaterThan(tokenEnd(before));
    for (const pane of ["jwt", "hybrid"] as const) {
      expect((await page.press("use", pane)).step).toMatchObject({ status: 200 });
    }
    // What the thief took had run out before: the sign-out is not what ended it.
    await page.press("sign-out", "hybrid");
    const { answers } = await page.until("hybrid", allRefuse);
    expect(answers.thief).toEqual(
      Array(3).fill({ isAccepted: false, code: "session_unsupported", afterMs: null, acceptedSince: 0 }),
    );
  });

  it("lets a thief use a copy until the owner signs out", async () => {
    const page = pageOf(server);
    await page.begin();
    for (const pane of panes) {
      await page.press("sign-in", pane);
      await page.press("steal", pane);
      expect((await page.press("use", pane, "thief")).step).toMatchObject({ who: "thief", status: 200 });
      await page.press("sign-out", pane);
    }
    for (const pane of ["session", "hybrid"] as const) {
      await page.until(pane, allRefuse);
      expect((await page.press("use", pane, "thief")).step).toMatchObject({ status: 401 });
    }
    expect((await page.press("use", "jwt", "thief")).step).toMatchObject({ status: 200 });
  });

  it.each([
    { first: "thief", second: "owner" },
    { first: "owner", second: "thief" },
  ] as const)("notices a theft when $second renews after $first", async ({ first, second }) => {
    const page = pageOf(server);
    await page.begin();
    await page.press("sign-in", "jwt");
    await page.press("steal", "jwt");
    expect((await page.press("renew", "jwt", first)).step).toMatchObject({ status: 200 });
    const noticed = await page.press("renew", "jwt", second);
    expect(noticed.step).toMatchObject({ status: 401, code: "refresh_invalid" });
    expect(noticed.seen.ending).toBe("theft");
    // Who came first holds nothing that renews, either.
    expect((await page.press("renew", "jwt", first)).step).toMatchObject({ status: 401 });
  });

  it("signs out everywhere by one of the three", async () => {
    const page = pageOf(server);
    await page.begin();
    for (const pane of panes) await page.press("sign-in", pane);
    const { step } = await page.press("sign-out-everywhere", "session");
    expect(step).toMatchObject({ request: "POST /auth/sign-out-everywhere", status: 200 });
    for (const pane of ["session", "hybrid"] as const) {
      expect(await page.until(pane, allRefuse)).toMatchObject({ ending: "everywhere" });
    }
    expect((await page.press("use", "jwt")).seen.ending).toBe("everywhere");
  });

  it("measures a revocation, once for all who ask at the same time", async () => {
    const page = pageOf(server);
    const all = await Promise.all([1, 2, 3].map(() => page.send<Pulse>("pulse", {})));
    expect(all.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(new Set(all.map(({ body }) => body.ms)).size).toBe(1);
    expect(all[0]?.body.services).toBe(3);
    expect(all[0]?.body.ms).toBeGreaterThanOrEqual(0);
    expect(all[0]?.body.ms).toBeLessThan(5000);
  });

  it("shows a visit to nobody else, and touches nothing of the server's own store", async () => {
    const page = pageOf(server);
    await page.begin();
    const { seen } = await page.press("sign-in", "session");
    const stranger = await page.refused("look", "session");
    expect(stranger.status).toBe(200);
    const other = pageOf(server);
    expect((await other.refused("look", "session")).body).toMatchObject({ code: "visit_over" });
    const cookie = takeApartCookie(seen.credentials.owner?.cookies[0] ?? "");
    const own = await fetch(`${server.url}/auth/session`, { headers: { cookie: `${cookie.name}=${cookie.value}` } });
    expect(own.status).toBe(401);
    expect(server.process.output()).not.toContain(cookie.value);
  });

  it.each<{
    name: string;
    press: (page: ReturnType<typeof pageOf>) => Promise<{ status: number; body: Failure }>;
    status: number;
  }>([
    { name: "a use before the sign-in", press: (page) => page.refused("use", "jwt"), status: 409 },
    { name: "a replay of what was not stolen", press: (page) => page.refused("use", "jwt", "thief"), status: 409 },
    { name: "a sign-out of nobody", press: (page) => page.refused("sign-out-everywhere", "jwt"), status: 409 },
    { name: "a visit that there is not", press: (page) => page.send<Failure>("use", { visit: "none" }), status: 410 },
    { name: "a member that it does not know", press: (page) => page.send<Failure>("begin", { more: 1 }), status: 400 },
    { name: "a pane that there is not", press: (page) => page.send<Failure>("use", { pane: "basic" }), status: 400 },
    { name: "too many words", press: (page) => page.send<Failure>("begin", { visit: "v".repeat(600) }), status: 400 },
    {
      name: "a form",
      press: (page) =>
        page.send<Failure>(
          "begin",
          {},
          {
            "sec-fetch-site": "same-origin",
            "content-type": "application/x-www-form-urlencoded",
          },
        ),
      status: 400,
    },
  ])("refuses $name", async ({ press, status }) => {
    const page = pageOf(server);
    await page.begin();
    const refused = await press(page);
    expect(refused.status).toBe(status);
    expect(refused.body.words).toMatch(/\.$/);
  });

  it.each<{ name: string; headers: Record<string, string>; status: number }>([
    { name: "another site", headers: { "sec-fetch-site": "cross-site", origin: "https://evil.example" }, status: 403 },
    { name: "a neighbouring site", headers: { "sec-fetch-site": "same-site" }, status: 403 },
    {
      name: "another origin, in a browser without Fetch Metadata",
      headers: { origin: "https://evil.example" },
      status: 403,
    },
    { name: "nobody knows where", headers: {}, status: 403 },
    {
      name: "a visitor whom a proxy brings",
      headers: { "sec-fetch-site": "same-origin", "x-forwarded-for": "203.0.113.7" },
      status: 404,
    },
  ])("does nothing for requests from $name", async ({ headers, status }) => {
    const answer = await fetch(`${server.url}/demonstration/begin`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: "{}",
    });
    expect(answer.status).toBe(status);
  });
});

describe("where the lab is not allowed", () => {
  it("there is no demonstration, and the page says how to run one", async () => {
    await using server = await startTestServer({ env: { COUNTERSIGN_LAB: "false" } });
    const answer = await fetch(`${server.url}/demonstration/begin`, {
      method: "POST",
      headers: { "content-type": "application/json", "sec-fetch-site": "same-origin" },
      body: "{}",
    });
    expect(answer.status).toBe(404);
    const page = await (await fetch(server.url)).text();
    expect(page).not.toContain('id="demonstration-stage"');
    expect(page).toContain("npm start");
    expect(page).toMatch(/id="live-line"(?![^>]*data-at)/);
    expect(descendants(server.process.pid)).toEqual([]);
  });
});

describe("the processes of the demonstration", () => {
  it.each(["SIGTERM", "SIGKILL"] as const)("are gone when the server ended by %s", async (signal) => {
    await using server = await startTestServer();
    const page = pageOf(server);
    await page.begin();
    await page.press("sign-in", "jwt");
    await page.press("sign-out", "jwt");
    const children = descendants(server.process.pid);
    expect(children.length).toBeGreaterThanOrEqual(4);
    await server.process.stop(signal);
    await vi.waitFor(() => expect(children.filter(isAlive)).toEqual([]), { timeout: 10_000, interval: 50 });
  });

  it("are started anew when one of them has died, and the visitor is told", async () => {
    await using server = await startTestServer();
    const page = pageOf(server);
    await page.begin();
    await page.press("sign-in", "session");
    for (const pid of descendants(server.process.pid)) process.kill(pid, "SIGKILL");
    const failed = await page.refused("use", "session");
    expect(failed).toMatchObject({ status: 503, body: { code: "stage_failed" } });
    await page.begin();
    await page.press("sign-in", "session");
    expect((await page.press("use", "session")).step).toMatchObject({ status: 200 });
  });

  it("end when nobody has used them for a while", async () => {
    const faults: unknown[] = [];
    const demonstration = createDemonstration({
      clock: systemClock,
      onFault: (error) => faults.push(error),
      idleMs: 100,
      stage: { services: 1, accessLifetimeSeconds: 10 },
    });
    try {
      const begun = await demonstration.begin();
      expect(begun.ok, String(faults[0])).toBe(true);
      const pids = demonstration.pids();
      expect(pids).toHaveLength(2);
      await vi.waitFor(() => expect(pids.filter(isAlive)).toEqual([]), { timeout: 10_000, interval: 50 });
      expect(demonstration.pids()).toEqual([]);
      const visit = begun.ok ? begun.value.view.visit : "";
      const over = await demonstration.act(visit, "look", { pane: "jwt", who: "owner" });
      expect(over).toMatchObject({ ok: false, code: "visit_over" });
      // Nobody needs four processes to be told so.
      expect(demonstration.pids()).toEqual([]);
    } finally {
      await demonstration.close();
    }
  });

  it("end when they could not be put to work, and stand for nothing", async () => {
    const before = new Set(descendants(process.pid));
    const faults: unknown[] = [];
    const demonstration = createDemonstration({
      // The stage opens, and its first sign-in fails.
      clock: {
        ...systemClock,
        now() {
          throw new Error("no time");
        },
      },
      onFault: (error) => faults.push(error),
      stage: { services: 1, accessLifetimeSeconds: 10 },
    });
    try {
      expect(await demonstration.begin()).toMatchObject({ ok: false, code: "stage_failed" });
      expect(faults).toEqual([new Error("no time")]);
      expect(demonstration.pids()).toEqual([]);
      expect(descendants(process.pid).filter((pid) => !before.has(pid) && isAlive(pid))).toEqual([]);
    } finally {
      await demonstration.close();
    }
  });

  it("make way for a run of the lab, and come back after it", async () => {
    await using server = await startTestServer();
    const page = pageOf(server);
    await page.begin();
    await page.press("sign-in", "session");
    const children = descendants(server.process.pid).filter(isAlive);
    expect(children.length).toBeGreaterThanOrEqual(4);
    const post = (path: string, body = "") =>
      fetch(`${server.url}/lab/${path}`, {
        method: "POST",
        headers: {
          ...{ "content-type": "application/x-www-form-urlencoded", accept: "application/json" },
          "sec-fetch-site": "same-origin",
        },
        body,
      });
    expect((await post("run", "quick=on")).status).toBe(202);
    const over = { status: 410, body: { code: "visit_over", words: expect.stringMatching(/The lab is measuring/) } };
    const busy = { status: 429, body: { code: "busy", words: expect.stringMatching(/The lab is measuring/) } };
    expect(await page.refused("look", "session")).toMatchObject(over);
    expect(await page.refused("use", "session")).toMatchObject(over);
    expect(await page.send<Failure>("begin", {})).toMatchObject(busy);
    expect(await page.send<PulsePause>("pulse", {})).toEqual({ status: 200, body: { isPaused: true } });
    await vi.waitFor(() => expect(children.filter(isAlive)).toEqual([]), { timeout: 10_000, interval: 50 });
    expect((await post("stop")).status).toBe(200);
    await page.begin();
    await page.press("sign-in", "session");
    expect((await page.press("use", "session")).step).toMatchObject({ status: 200 });
  });
});

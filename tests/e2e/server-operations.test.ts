// What operators see of a server: health, metrics, the reference, mail, and what depends on where it stands.

import { createServer as createHttpServer, request as httpRequest } from "node:http";
import { connect, createServer, type Server } from "node:net";
import { createVerifier } from "@countersign/verifier";
import type { ServiceScope } from "countersign";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { startServer } from "../../packages/server/src/index.ts";
import { createPerson, scratchFolder, signUp, startTestServer, type TestServer } from "./server-fixture.ts";

const password = "correct horse battery staple";
let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

/** A GET with headers that `fetch` would set itself. */
function get(url: string, headers: Readonly<Record<string, string>>): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { headers }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (chunk: string) => {
        body += chunk;
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body }));
    });
    request.on("error", reject).end();
  });
}

describe("health", () => {
  test("alive and ready", async () => {
    expect(await (await fetch(`${server.url}/healthz`)).json()).toEqual({ status: "ok" });
    expect(await (await fetch(`${server.url}/readyz`)).json()).toEqual({ status: "ready" });
  });

  test("with a store that does not answer: alive, not ready, and pages say that it is not now", async () => {
    using folder = scratchFolder();
    await using running = await startServer({ port: 0, data: folder.path });
    await running.composed.store.close();
    expect((await fetch(`${running.url}/healthz`)).status).toBe(200);
    const ready = await fetch(`${running.url}/readyz`);
    expect([ready.status, await ready.json()]).toEqual([503, { status: "unavailable" }]);
    const person = createPerson(running.url);
    await person.open("/sign-in");
    const page = await person.submit("/sign-in", { email: "ada@example.com", password });
    expect(page.status).toBe(503);
    expect(page.headers.get("retry-after")).toMatch(/^\d+$/);
    expect(page.text).toContain("Not now");
  });
});

describe("metrics", () => {
  test("count requests by route, never by address, and acts by outcome", async () => {
    const person = createPerson(server.url);
    await signUp(person, "metrics@example.com", password);
    await fetch(`${server.url}/auth/sessions/${"x".repeat(16)}`, { method: "DELETE" });
    await fetch(`${server.url}/made/up/by-a-stranger`);
    await fetch(`${server.url}/auth/made-up-by-a-stranger`);
    const { body } = await get(`${server.url}/metrics`, {});
    expect(body).toContain('countersign_http_requests_total{method="POST",route="/sign-up",status="303"} 1');
    expect(body).toContain(
      'countersign_http_requests_total{method="DELETE",route="/auth/sessions/{sid}",status="401"} 1',
    );
    expect(body).toContain('countersign_http_requests_total{method="GET",route="unknown",status="404"} 2');
    expect(body).toContain('countersign_audit_acts_total{act="subject.sign_up",outcome="ok"} 1');
    expect(body).toContain('countersign_password_hashes{state="waiting"} 0');
    // Nobody follows this server, and nobody has shown it a token.
    expect(body).toContain("countersign_feed_leases 0\n");
    expect(body).toContain('countersign_feed_view_state{state="never"} 1\n');
    expect(body).toContain("countersign_feed_streams 0\n");
    expect(body).toMatch(/countersign_http_request_seconds_count\{route="\/sign-up"\} \d/);
    expect(body).toContain("process_cpu_seconds_total");
    expect(body).not.toContain("stranger");
    expect(body).not.toContain("metrics@example.com");
  });

  test("tell of the feed what is so: who follows, the own view, and how long was waited for everywhere", async () => {
    using folder = scratchFolder();
    await using running = await startServer({ port: 0, data: folder.path });
    const { auth, store } = running.composed;
    const feed = async () => {
      const { body } = await get(`${running.url}/metrics`, {});
      const lines = [...body.matchAll(/^countersign_feed_(\S+) (\S+)$/gm)];
      return Object.fromEntries(lines.map(([, name, value]) => [name, Number(value)]));
    };
    const post = async (path: string, bearer: string | undefined, json: object = {}) => {
      const headers = { "content-type": "application/json", ...(bearer && { authorization: `Bearer ${bearer}` }) };
      const response = await fetch(running.url + path, { method: "POST", headers, body: JSON.stringify(json) });
      expect(response.status).toBe(200);
      return response.json();
    };
    const keyFor = async (name: string, scope: ServiceScope) => {
      const { id, secret } = await auth.services.add({ name, scopes: [scope] });
      return `${id}.${secret}`;
    };
    const [serviceKey, operator] = [await keyFor("shop", "follow"), await keyFor("desk", "admin")];
    expect(await feed()).toMatchObject({
      leases: 0,
      streams: 0,
      leases_least_applied: 0,
      'view_state{state="never"}': 1,
    });

    // One who was ended before there was anybody to tell: a follower begins with that.
    const { sid } = await post("/auth/sign-up", undefined, { email: "ada@example.com", password, transport: "token" });
    await auth.sessions.end(sid);
    const shop = createVerifier({ issuer: running.url, feed: { serviceKey, name: "shop" } });
    try {
      shop.start();
      const isFollowing = async () => (await feed()).leases_least_applied === 1 && shop.feed()?.isStreaming;
      await vi.waitUntil(isFollowing, { timeout: 10_000, interval: 20 });
      expect(await feed()).toMatchObject({ leases: 1, streams: 1, view_number: 0, 'view_state{state="never"}': 1 });
      expect(await feed()).not.toHaveProperty('barrier_seconds_count{outcome="everywhere"}');

      const login = { email: "ada@example.com", password, strategy: "hybrid", transport: "token" };
      const { access_token: token } = await post("/auth/sign-in", undefined, login);
      expect(await shop.verify(token)).toMatchObject({ ok: true });
      // Here too: now the own view is one that follows.
      const here = () => fetch(`${running.url}/auth/session`, { headers: { authorization: `Bearer ${token}` } });
      expect((await here()).status).toBe(200);
      await vi.waitUntil(async () => (await feed()).streams === 2, { timeout: 10_000, interval: 20 });

      const sub = (await auth.subjects.findByEmail("ada@example.com"))?.sub;
      const began = performance.now();
      const answer = await post(`/auth/admin/subjects/${sub}/revoke?wait=everywhere`, operator);
      const waited = performance.now() - began;
      expect(answer).toMatchObject({ everywhere: { outcome: "everywhere", waited_out: [] } });
      expect(await shop.verify(token)).toEqual({ ok: false, code: "token_revoked" });
      expect((await here()).status).toBe(401);
      const { number } = await store.log.head();
      expect(number).toBeGreaterThan(1);
      const told = await feed();
      const sinceRevoked = performance.now() - began;
      expect(told).toMatchObject({
        ...{ leases: 2, streams: 2, leases_least_applied: number, view_number: number, view_revocations: number },
        ...{ 'view_state{state="fresh"}': 1, 'view_state{state="stale"}': 0, 'view_state{state="never"}': 0 },
        ...{ 'barrier_seconds_count{outcome="everywhere"}': 1, waited_out_total: 0 },
      });
      const barrierMs = 1000 * (told['barrier_seconds_sum{outcome="everywhere"}'] ?? Number.NaN);
      expect(barrierMs).toBeGreaterThan(0);
      expect(barrierMs).toBeLessThanOrEqual(waited);
      // The view is complete as of a question after the revocation. Time of day, which its age is measured by too, has whole milliseconds.
      expect(told.view_age_seconds).toBeGreaterThan(0);
      expect(told.view_age_seconds).toBeLessThanOrEqual((sinceRevoked + 1) / 1000);
    } finally {
      shop.close();
    }
  });

  test.each([
    ["a proxy", { "x-forwarded-for": "192.0.2.1" }],
    ["a proxy of the standard kind", { forwarded: "for=192.0.2.1" }],
    ["a name of somebody else's that points here", { host: "rebound.example" }],
  ])("and mails are not shown through %s", async (_, headers) => {
    expect((await get(`${server.url}/metrics`, headers)).status).toBe(404);
    expect((await get(`${server.url}/dev/mail`, headers)).status).toBe(404);
    expect((await get(`${server.url}/metrics`, {})).status).toBe(200);
    expect((await get(`${server.url}/dev/mail`, {})).status).toBe(200);
  });

  test.each([
    ["open", 200],
    ["off", 404],
  ] as const)("with the access %s a proxy gets %i", async (access, status) => {
    using folder = scratchFolder();
    await using running = await startServer({ port: 0, data: folder.path, metrics: { access } });
    expect((await get(`${running.url}/metrics`, { "x-forwarded-for": "192.0.2.1" })).status).toBe(status);
  });
});

describe("a form whose client goes away in the middle", () => {
  test.each(["/sign-in", "/sign-up", "/forgot-password", "/sessions/password"])(
    "of %s is the client's fault: 400, and no fault in the log",
    async (path) => {
      using folder = scratchFolder();
      const lines: Record<string, unknown>[] = [];
      const write = (line: string) => void lines.push(JSON.parse(line));
      const config = { port: 0, data: folder.path, log: { format: "json", level: "debug" } } as const;
      await using running = await startServer(config, { write });
      const socket = connect(running.port, "127.0.0.1");
      socket.write(
        `POST ${path} HTTP/1.1\r\nHost: localhost:${running.port}\r\nSec-Fetch-Site: same-origin\r\n` +
          "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\nemail=ada",
      );
      // Once another request is answered, the beginning of this one has arrived.
      await fetch(`${running.url}/healthz`);
      socket.destroy();
      const ended = () => lines.find((line) => line.msg === "request" && line.route === path);
      await vi.waitUntil(() => ended() !== undefined, { timeout: 10_000, interval: 10 });
      expect(ended()).toMatchObject({ level: "info", status: 400 });
      expect(lines.filter(({ level }) => level === "warn" || level === "error")).toEqual([]);
    },
  );
});

describe("the reference", () => {
  test("names the issuer's routes and the server's own", async () => {
    const response = await fetch(`${server.url}/openapi.json`);
    expect(response.headers.get("access-control-allow-origin")).toBe("*");
    const document = await response.json();
    expect(document.openapi).toBe("3.1.0");
    expect(Object.keys(document.paths)).toEqual(
      expect.arrayContaining(["/auth/sign-in", "/healthz", "/readyz", "/metrics"]),
    );
    const page = await createPerson(server.url).open("/docs");
    expect(page.text).toContain("/auth/sign-in");
    expect(page.text).toContain("/readyz");
  });

  test("an address that there is not: a page for people, a problem for programs", async () => {
    const problem = await fetch(`${server.url}/nothing-here`);
    expect([problem.status, problem.headers.get("content-type")]).toEqual([404, "application/problem+json"]);
    expect(await problem.json()).toMatchObject({ status: 404, code: "route_unknown" });
    expect((await createPerson(server.url).open("/nothing-here")).text).toContain("There is no such page");
  });
});

describe("with an issuer that is not this machine", () => {
  test("no mail is shown nor sent, pages say so, and browsers are told to keep to TLS", async () => {
    using folder = scratchFolder();
    await using running = await startServer({ port: 0, data: folder.path, issuer: "https://auth.example" });
    const url = `http://localhost:${running.port}`;
    const person = createPerson(url);
    const page = await person.open("/forgot-password");
    expect([page.status, page.text]).toEqual([404, expect.stringContaining("This server sends no mail")]);
    expect(page.headers.get("strict-transport-security")).toContain("max-age=31536000");
    expect((await person.open("/dev/mail")).status).toBe(404);
    expect((await person.open("/sign-in")).text).not.toContain("Forgotten your password");
    await signUp(person, "ada@example.com", password);
    expect(person.page.text).not.toContain("not confirmed yet");
  });
});

describe("in front of an application", () => {
  const issuer = "https://shop.example";
  const name = "Wren & Sons";

  /** A server whose pages are an application's. */
  async function served(pages: { readonly showcase?: boolean; readonly strategyChoice?: boolean } = {}) {
    const folder = scratchFolder();
    const config = { port: 0, data: folder.path, issuer, pages, mail: { appName: name } };
    const running = await startServer(config);
    const person = createPerson(`http://localhost:${running.port}`);
    return {
      person,
      async [Symbol.asyncDispose]() {
        await running.close();
        folder[Symbol.dispose]();
      },
    };
  }

  test("the pages are the application's: its name, and not a word of Countersign", async () => {
    await using opened = await served();
    const { person } = opened;
    for (const path of [
      "/sign-in",
      "/sign-up",
      "/forgot-password",
      "/reset-password",
      "/verify-address",
      "/nothing-here",
    ]) {
      const page = await person.open(path);
      expect(page.html).toMatch(/<title>[^<]+ · Wren &amp; Sons<\/title>/);
      expect(page.html).not.toMatch(/Countersign|#verdict|#side-by-side|href="\/docs"|JWT/);
    }
    await signUp(person, "ada@example.com", password);
    expect(person.page.text).toContain("Change your password");
    expect(person.page.html).not.toMatch(/Countersign|JWT|How this request was recognised/);
  });

  test("its front page is elsewhere: ours leads to the sessions, or to sign in", async () => {
    await using opened = await served();
    const { person } = opened;
    expect((await person.open("/")).path).toBe("/sign-in?return_to=%2Fsessions");
    await signUp(person, "ada@example.com", password);
    expect((await person.open("/")).path).toBe("/sessions");
  });

  test("nobody is asked for a strategy, and everybody gets the first", async () => {
    await using opened = await served();
    const { person } = opened;
    await signUp(person, "ada@example.com", password);
    await person.submit("/sign-out");
    expect(person.page.html).not.toContain('name="strategy"');
    await person.submit("/sign-in", { email: "ada@example.com", password });
    expect(Object.keys(person.cookies())).toContain("__Host-Http-sid");
    expect(Object.keys(person.cookies())).not.toContain("__Host-Http-at");
  });

  test.each([
    ["the showcase brings the choice along", { showcase: true }, true, true],
    ["the choice alone", { strategyChoice: true }, false, true],
    ["the showcase without the choice", { showcase: true, strategyChoice: false }, true, false],
  ])("by option: %s", async (_, pages, isShown, isAsked) => {
    await using opened = await served(pages);
    const page = await opened.person.open("/sign-in");
    expect(page.html.includes("Compare")).toBe(isShown);
    expect(page.html.includes('name="strategy"')).toBe(isAsked);
    expect(/it depends\s+on your architecture/i.test((await opened.person.open("/")).text)).toBe(isShown);
  });

  test("on a developer's machine both are there, and can be switched off", async () => {
    using folder = scratchFolder();
    await using running = await startServer({ port: 0, data: folder.path, pages: { showcase: false } });
    const person = createPerson(running.url);
    const page = await person.open("/sign-in");
    expect(page.html).not.toMatch(/Compare|name="strategy"/);
    expect((await createPerson(server.url).open("/sign-in")).html).toMatch(/Compare[\s\S]*name="strategy"/);
  });

  test("one strategy alone is never asked for", async () => {
    using folder = scratchFolder();
    await using running = await startServer({ port: 0, data: folder.path, strategies: ["hybrid"] });
    const person = createPerson(running.url);
    await signUp(person, "ada@example.com", password);
    expect(person.page.text).toContain("By the pair of cookies");
    expect((await person.open("/sign-in")).html).not.toContain('name="strategy"');
  });
});

describe("with a mail server", () => {
  test("mails are sent to it, from the sender of the configuration, and shown nowhere", async () => {
    using folder = scratchFolder();
    const smtp = await startSmtp();
    try {
      await using running = await startServer({
        port: 0,
        data: folder.path,
        mail: { smtp: `smtp://127.0.0.1:${smtp.port}`, from: "Ada's App <app@example.org>", appName: "Ada's App" },
      });
      const person = createPerson(running.url);
      await signUp(person, "ada@example.com", password);
      await vi.waitUntil(() => smtp.mails.length === 1, { timeout: 10_000, interval: 20 });
      const [mail] = smtp.mails;
      expect(mail?.from).toBe("app@example.org");
      expect(mail?.to).toEqual(["ada@example.com"]);
      expect(mail?.text).toContain("Subject: Confirm your address for Ada's App");
      expect(mail?.text).toContain("/verify-address?token=");
      expect((await person.open("/dev/mail")).status).toBe(404);
    } finally {
      smtp.server.close();
    }
  });

  test("that does not answer: the sign-up stands, and the fault is logged without the address", async () => {
    using folder = scratchFolder();
    let log = "";
    const write = (line: string) => {
      log += line;
    };
    const refused = createHttpServer().listen(0);
    const address = refused.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    await new Promise((resolve) => refused.close(resolve));
    const config = { port: 0, data: folder.path, mail: { smtp: `smtp://user:hunter22@127.0.0.1:${port}` } };
    await using running = await startServer(config, { write });
    expect((await signUp(createPerson(running.url), "ada@example.com", password)).path).toBe("/sessions");
    await vi.waitUntil(() => log.includes("verify_mail"), { timeout: 10_000, interval: 20 });
    expect(log).toContain("the mail server did not take the mail");
    expect(log).not.toContain("ada@example.com");
    expect(log).not.toContain("hunter22");
  });
});

interface CaughtMail {
  from: string;
  to: string[];
  text: string;
}

/** As much of SMTP (RFC 5321) as one client needs. */
async function startSmtp(): Promise<{ server: Server; port: number; mails: CaughtMail[] }> {
  const mails: CaughtMail[] = [];
  const smtp = createServer((socket) => {
    let mail: CaughtMail = { from: "", to: [], text: "" };
    let isData = false;
    let rest = "";
    const hear = (line: string) => {
      if (isData) {
        if (line !== ".") {
          mail.text += `${line}\n`;
          return;
        }
        isData = false;
        // Quoted-printable: soft line breaks and `=3D`.
        mails.push({ ...mail, text: mail.text.replace(/=\n/g, "").replaceAll("=3D", "=") });
        mail = { from: "", to: [], text: "" };
        socket.write("250 ok\r\n");
      } else if (/^(EHLO|HELO)/i.test(line)) socket.write("250 test\r\n");
      else if (/^MAIL FROM:/i.test(line)) {
        mail.from = /<([^>]*)>/.exec(line)?.[1] ?? "";
        socket.write("250 ok\r\n");
      } else if (/^RCPT TO:/i.test(line)) {
        mail.to.push(/<([^>]*)>/.exec(line)?.[1] ?? "");
        socket.write("250 ok\r\n");
      } else if (/^DATA/i.test(line)) {
        isData = true;
        socket.write("354 go on\r\n");
      } else if (/^QUIT/i.test(line)) socket.end("221 bye\r\n");
      else socket.write("250 ok\r\n");
    };
    socket.on("error", () => undefined);
    socket.setEncoding("utf8").on("data", (chunk: string) => {
      const lines = (rest + chunk).split("\r\n");
      rest = lines.pop() ?? "";
      for (const line of lines) hear(line);
    });
    socket.write("220 test\r\n");
  });
  await new Promise<void>((resolve) => smtp.listen(0, "127.0.0.1", resolve));
  const address = smtp.address();
  return { server: smtp, port: typeof address === "object" && address !== null ? address.port : 0, mails };
}

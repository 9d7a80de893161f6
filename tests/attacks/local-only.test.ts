// Strangers whom a proxy on this machine brings: what is for this machine alone (metrics, mails of development) is not for them.

import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ConfigInput, type RunningServer, startServer } from "../../packages/server/src/index.ts";
import { scratchFolder } from "../e2e/server-fixture.ts";
import { addService } from "../support/issuer.ts";

interface RawAnswer {
  readonly status: number;
  readonly head: string;
  readonly body: string;
}

/** A GET as a proxy on this machine may send it, to the letter. */
function get(port: number, path: string, headers: Readonly<Record<string, string>> = {}, version = "1.1") {
  const lines = Object.entries({ host: `localhost:${port}`, connection: "close", ...headers });
  return new Promise<RawAnswer>((resolve, reject) => {
    let text = "";
    const socket = connect(port, "127.0.0.1", () => {
      socket.write(
        `GET ${path} HTTP/${version}\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n`,
      );
    });
    socket.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
    });
    socket.on("error", reject).on("end", () => {
      const [head = "", ...body] = text.split("\r\n\r\n");
      resolve({ status: Number(head.slice(9, 12)), head, body: body.join("\r\n\r\n") });
    });
  });
}

async function start(config: ConfigInput = {}): Promise<RunningServer & AsyncDisposable> {
  const folder = scratchFolder();
  const server = await startServer({ port: 0, data: folder.path, ...config });
  const dispose = async () => {
    await server.close();
    folder[Symbol.dispose]();
  };
  return { ...server, [Symbol.asyncDispose]: dispose };
}

describe("of a server in development", () => {
  let server: RunningServer;
  beforeAll(async () => {
    server = await start();
  });
  afterAll(() => server[Symbol.asyncDispose]());
  const both = async (headers: Readonly<Record<string, string>>, version?: string) => [
    (await get(server.port, "/metrics", headers, version)).status,
    (await get(server.port, "/dev/mail", headers, version)).status,
  ];

  it("metrics and mails are shown to this machine", async () => {
    expect(await both({})).toEqual([200, 200]);
    expect(await both({ host: `LOCALHOST:${server.port}` })).toEqual([200, 200]);
    expect((await get(server.port, "/forgot-password")).body).toContain("/dev/mail");
  });

  it.each([
    ["Via", { via: "1.1 proxy" }],
    ["Forwarded", { forwarded: "for=192.0.2.1" }],
    ["X-Forwarded-For", { "x-forwarded-for": "192.0.2.1" }],
    ["an empty X-Forwarded-For", { "x-forwarded-for": "" }],
    ["X-Forwarded-Host", { "x-forwarded-host": "auth.example" }],
    ["X-Forwarded-Proto", { "x-forwarded-proto": "https" }],
    ["X-Forwarded-Whatever", { "x-forwarded-whatever": "1" }],
    ["X-Real-IP", { "x-real-ip": "192.0.2.1" }],
    ["CF-Connecting-IP", { "cf-connecting-ip": "192.0.2.1" }],
    ["True-Client-IP", { "true-client-ip": "192.0.2.1" }],
    ["the name of the site", { host: "auth.example" }],
    ["a name of somebody else's that points here", { host: "rebound.example:4000" }],
  ])("neither is shown to a request that a proxy gave %s", async (_name, headers) => {
    expect(await both(headers)).toEqual([404, 404]);
  });

  it("neither is shown to HTTP/1.0, which proxies speak that say nothing of themselves", async () => {
    expect(await both({}, "1.0")).toEqual([404, 404]);
  });

  it.each(["127.0.0.1", "other.localhost", "localhost.", "localhost:1"])(
    "mails are shown under the issuer's own name only, not under %s",
    async (name) => {
      const host = name.includes(":") ? name : `${name}:${server.port}`;
      expect((await get(server.port, "/dev/mail", { host })).status).toBe(404);
      expect((await get(server.port, "/forgot-password", { host })).body).not.toContain("/dev/mail");
    },
  );

  it("one mail is no more shown than their list", async () => {
    await server.composed.devMail?.send({ to: "ada@example.com", subject: "Hello", text: "A link" });
    const path = `/dev/mail/${server.composed.devMail?.list()[0]?.id}`;
    expect((await get(server.port, path)).body).toContain("A link");
    expect((await get(server.port, path, { via: "1.1 proxy" })).status).toBe(404);
    expect((await get(server.port, path, {}, "1.0")).status).toBe(404);
    expect((await get(server.port, path, { host: `127.0.0.1:${server.port}` })).status).toBe(404);
  });
});

describe("of a server that has proxies in front", () => {
  it("mails are not shown at all, metrics to who comes through none of them", async () => {
    await using server = await start({ trustedProxyHops: 1 });
    expect((await get(server.port, "/dev/mail")).status).toBe(404);
    expect((await get(server.port, "/forgot-password")).body).not.toContain("/dev/mail");
    expect((await get(server.port, "/metrics")).status).toBe(200);
    expect((await get(server.port, "/metrics", { "x-forwarded-for": "192.0.2.1" })).status).toBe(404);
  });

  it("metrics of a public issuer are shown to this machine where the proxies are counted", async () => {
    await using server = await start({ issuer: "https://auth.example", trustedProxyHops: 1 });
    expect((await get(server.port, "/metrics")).status).toBe(200);
    expect((await get(server.port, "/metrics", { "x-forwarded-for": "192.0.2.1" })).status).toBe(404);
  });

  it("metrics of a public issuer are shown to nobody without a key where they are not: a silent proxy may bring anybody", async () => {
    await using server = await start({ issuer: "https://auth.example" });
    expect((await get(server.port, "/metrics")).status).toBe(404);
    const { bearer } = await addService(server.composed.auth, ["admin"]);
    expect((await get(server.port, "/metrics", { authorization: bearer })).status).toBe(200);
  });
});

describe("metrics through a proxy", () => {
  let server: RunningServer;
  let admin: { id: string; secret: string; bearer: string };
  beforeAll(async () => {
    server = await start({ issuer: "https://auth.example", trustedProxyHops: 1 });
    admin = await addService(server.composed.auth, ["admin"]);
  });
  afterAll(() => server[Symbol.asyncDispose]());
  const ask = (authorization: string, address = "192.0.2.1") =>
    get(server.port, "/metrics", { host: "auth.example", "x-forwarded-for": address, authorization });

  it("are shown to a service key with the scope admin, as Bearer and as Basic", async () => {
    const basic = `Basic ${Buffer.from(`${admin.id}:${admin.secret}`).toString("base64")}`;
    for (const authorization of [admin.bearer, basic]) {
      const answer = await ask(authorization);
      expect([answer.status, answer.body]).toEqual([200, expect.stringContaining("countersign_http_requests_total")]);
      expect(answer.head.toLowerCase()).toContain("cache-control: no-store");
    }
  });

  it.each<readonly [string, number, string, () => string | Promise<string>]>([
    ["of another scope", 403, "service_scope_missing", async () => await bearerOf(["introspect", "revoke"])],
    ["with a wrong secret", 401, "service_invalid", () => `Bearer ${admin.id}.${"A".repeat(43)}`],
    ["that was removed", 401, "service_invalid", async () => removed()],
    ["that is none", 401, "service_invalid", () => "Bearer nonsense"],
  ])("are refused to a key %s: %i", async (_name, status, code, make) => {
    const answer = await ask(await make());
    expect([answer.status, JSON.parse(answer.body).code]).toEqual([status, code]);
    expect(answer.head.toLowerCase()).toContain("content-type: application/problem+json");
    expect(answer.head.includes('www-authenticate: Basic realm="countersign"')).toBe(status === 401);
    const [latest] = await server.composed.auth.audit({ limit: 1, act: "service.authenticate" });
    expect(latest).toMatchObject({ outcome: "refused", address: "192.0.2.1", detail: code });
  });

  it("are not to be had by guessing: refused keys are limited by address", async () => {
    const wrong = `Bearer ${admin.id}.${"A".repeat(43)}`;
    const statuses: number[] = [];
    for (let count = 0; count < 32; count += 1) statuses.push((await ask(wrong, "192.0.2.9")).status);
    expect(statuses.slice(0, 30).every((status) => status === 401)).toBe(true);
    const limited = await ask(wrong, "192.0.2.9");
    expect([limited.status, JSON.parse(limited.body).code]).toEqual([429, "attempts_exceeded"]);
    expect(limited.head.toLowerCase()).toMatch(/retry-after: \d+/);
    expect((await ask(admin.bearer, "192.0.2.9")).status).toBe(200);
  });

  it("are not there at all where they are switched off, with whatever key", async () => {
    await using off = await start({ metrics: { access: "off" } });
    const { bearer } = await addService(off.composed.auth, ["admin"]);
    expect((await get(off.port, "/metrics", { authorization: bearer })).status).toBe(404);
  });

  async function bearerOf(scopes: Parameters<typeof addService>[1]): Promise<string> {
    return (await addService(server.composed.auth, scopes)).bearer;
  }

  async function removed(): Promise<string> {
    const { id, bearer } = await addService(server.composed.auth, ["admin"]);
    await server.composed.auth.services.remove(id);
    return bearer;
  }
});

// Forward authentication through real proxies, by the configurations that `docs/forward-auth.md` shows: what reaches the app, and what never does.

import { request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { Unavailable } from "@countersign/verifier";
import { type Auth, createAuth } from "countersign";
import { createMemoryStore } from "countersign/memory";
import { nodeHandler } from "countersign/node";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createTestClock } from "../../packages/countersign/src/primitives/testing.ts";
import { readText } from "../../tools/files.ts";
import { codeBlocks } from "../../tools/markdown.ts";
import { type Answer, type Client, createClient, type HeaderValues } from "../support/http-client.ts";
import { cheapHashing, interceptStore, serverSecret, signIn, signUp, startIssuer } from "../support/issuer.ts";
import { type Proxy as RunningProxy, startCaddy, startNginx } from "../support/proxy.ts";
import { type SmallServer, serve } from "../support/servers.ts";
import { requireService } from "../support/services.ts";

/** A request as a server behind the proxy got it. */
interface Seen {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** Names as they came, in lower case. */
  readonly names: readonly string[];
  readonly body: string;
}

/** A site: the proxy in front, the issuer and the app behind it. */
interface Site {
  readonly origin: string;
  readonly auth: Auth;
  readonly issuer: SmallServer;
  /** What reached the app. */
  readonly atApp: Seen[];
  /** What reached `/auth/check`. */
  readonly atCheck: Seen[];
  /** Makes the store fail, or work again. */
  breakStore(isBroken: boolean): void;
  client(kind?: "browser" | "program", address?: string): Client;
  stop(): Promise<void>;
}

type ShownProxy = "nginx" | "caddy";

const document = readText("docs/forward-auth.md");

/** The configuration as the document shows it, with other addresses. */
function shownConfig(proxy: ShownProxy, ports: { front: number; issuer: number; app: number }): string {
  const language = proxy === "nginx" ? "nginx" : "caddyfile";
  const blocks = codeBlocks(document).filter((block) => block.language === language);
  if (blocks.length !== 1) throw new Error(`the document must show one configuration for ${proxy}`);
  const replacements: readonly (readonly [from: string, to: string])[] = [
    proxy === "nginx"
      ? ["listen 8080;", `listen 127.0.0.1:${ports.front};`]
      : ["app.example {", `http://127.0.0.1:${ports.front} {`],
    ["127.0.0.1:4000", `127.0.0.1:${ports.issuer}`],
    ["127.0.0.1:3000", `127.0.0.1:${ports.app}`],
  ];
  return replacements.reduce((text, [from, to]) => {
    if (!text.includes(from)) throw new Error(`the configuration for ${proxy} must hold ${JSON.stringify(from)}`);
    return text.replaceAll(from, to);
  }, blocks[0]?.code ?? "");
}

const proxies = [
  { name: "nginx", kind: "nginx", path: requireService("nginx"), start: startNginx, whenGone: 503 },
  { name: "Caddy", kind: "caddy", path: requireService("caddy"), start: startCaddy, whenGone: 502 },
] as const satisfies readonly { name: string; kind: ShownProxy; path: string | undefined; [more: string]: unknown }[];

type Row = (typeof proxies)[number];

async function startSite({ kind, path = "", start }: Row, change = (config: string) => config): Promise<Site> {
  const atApp: Seen[] = [];
  const atCheck: Seen[] = [];
  const app = await serve((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (chunk: string) => {
      body += chunk;
    });
    request.on("end", () => {
      atApp.push(toSeen(request, body));
      response.end(`Hello ${request.headers["x-auth-subject"]}`);
    });
  });
  app.server.on("upgrade", (request, socket) => {
    atApp.push(toSeen(request, ""));
    socket.end("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n");
  });
  const issuer = await serve();
  let front = 0;
  const proxy: RunningProxy = await start(path, (port) => {
    front = port;
    return change(shownConfig(kind, { front: port, issuer: issuer.port, app: app.port }));
  });
  // Only now the issuer can know its public name: that of the proxy.
  let isBroken = false;
  const clock = createTestClock();
  const store = interceptStore(createMemoryStore({ clock }), () => {
    if (isBroken) throw new Unavailable("store_unavailable", "The store is broken by the test.");
  });
  const auth = createAuth({
    ...{ issuer: `http://127.0.0.1:${front}`, secrets: [serverSecret], hashing: cheapHashing, store, clock },
    trustedProxyHops: 1,
  });
  const handle = nodeHandler(auth);
  issuer.server.on("request", (request, response) => {
    if (request.url === "/auth/check") atCheck.push(toSeen(request, ""));
    void handle(request, response);
  });
  const clients: Client[] = [];
  return {
    ...{ origin: proxy.origin, auth, issuer, atApp, atCheck },
    breakStore: (broken) => {
      isBroken = broken;
    },
    client(clientKind = "browser", address = "127.0.0.1") {
      const client = createClient(proxy.origin, { kind: clientKind, address, now: () => clock.now() });
      clients.push(client);
      return client;
    },
    async stop() {
      for (const client of clients) client.close();
      await proxy.stop();
      await Promise.all([app.stop(), issuer.stop()]);
      await auth.idle();
    },
  };
}

function toSeen(
  request: {
    method?: string | undefined;
    url?: string | undefined;
    headers: IncomingHttpHeaders;
    rawHeaders: string[];
  },
  body: string,
): Seen {
  const { method = "", url = "", headers, rawHeaders } = request;
  const names = rawHeaders.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase());
  return { method, path: url, headers, names, body };
}

/** Headers of a browser that was led here by another site; `undefined` leaves out what the client says by itself. */
const from = {
  here: {},
  elsewhere: { "sec-fetch-site": "cross-site", origin: "https://evil.example" },
  neighbour: { "sec-fetch-site": "same-site", origin: "http://127.0.0.1:1" },
  /** Browsers older than 2023. */
  hereOld: { "sec-fetch-site": undefined },
  elsewhereOld: { "sec-fetch-site": undefined, origin: "https://evil.example" },
  nowhere: { "sec-fetch-site": undefined, origin: undefined },
} as const satisfies Record<string, HeaderValues>;

interface OriginRow {
  readonly it: string;
  readonly method: string;
  readonly headers: HeaderValues;
  readonly status: 200 | 403;
}

const origins: readonly OriginRow[] = [
  { it: "lets a link of another site be followed", method: "GET", headers: from.elsewhere, status: 200 },
  { it: "lets HEAD be asked from another site", method: "HEAD", headers: from.elsewhere, status: 200 },
  { it: "lets a form of its own post", method: "POST", headers: from.here, status: 200 },
  { it: "lets a form of its own post from an old browser", method: "POST", headers: from.hereOld, status: 200 },
  { it: "refuses the form of another site", method: "POST", headers: from.elsewhere, status: 403 },
  { it: "refuses the form of a neighbour on the same site", method: "POST", headers: from.neighbour, status: 403 },
  { it: "refuses the form of another site in an old browser", method: "POST", headers: from.elsewhereOld, status: 403 },
  { it: "refuses a form that does not say where it comes from", method: "POST", headers: from.nowhere, status: 403 },
  { it: "refuses DELETE from another site", method: "DELETE", headers: from.elsewhere, status: 403 },
  {
    it: "does not believe the client of a POST that is none either",
    method: "GET",
    headers: { ...from.elsewhere, "x-forwarded-method": "POST", "x-original-method": "POST" },
    status: 200,
  },
  ...[
    { "x-forwarded-method": "GET" },
    { "x-original-method": "GET" },
    { "x-forwarded-method": "GET", "x-original-method": "GET" },
    { "x-forwarded-method": ["GET", "GET"], "x-original-method": ["GET", "GET"] },
    { "x-http-method-override": "GET", "x-method-override": "GET" },
    { connection: "X-Forwarded-Method, X-Original-Method", "x-forwarded-method": "GET", "x-original-method": "GET" },
  ].map((forged) => ({
    it: `is not fooled by ${JSON.stringify(forged)}`,
    method: "POST",
    headers: { ...from.elsewhere, ...forged },
    status: 403 as const,
  })),
];

const forgedIdentity = {
  "x-auth-subject": "somebody-else",
  "x-auth-session": "another-session",
  X_Auth_Subject: "somebody-else",
  X_Auth_Session: "another-session",
};

const detours = [
  "/auth/../secret",
  "/auth/%2e%2e/secret",
  "/auth/..%2fsecret",
  "//auth//..//secret",
  "/sign-in/../secret",
  "/assets/%2e%2e/secret",
  "/.well-known/jwks.json/../../secret",
  "/_countersign",
  "/_countersign/../secret",
];

for (const row of proxies) {
  describe.skipIf(row.path === undefined)(`behind ${row.name}`, () => {
    let site: Site;
    let ada: Client;
    beforeAll(async () => {
      site = await startSite(row);
      ada = site.client();
      await signUp(ada);
    });
    afterAll(() => site.stop());
    beforeEach(() => {
      site.atApp.length = 0;
      site.atCheck.length = 0;
    });

    const whoIs = async (client: Client) => {
      const { json } = await client.get("/auth/session");
      return { sub: json.sub, sid: json.sid };
    };

    it("lets the bearer of a session through, and tells the app who it is", async () => {
      const { sub, sid } = await whoIs(ada);
      const answer = await ada.get("/orders?page=2");
      expect([answer.status, answer.text]).toEqual([200, `Hello ${sub}`]);
      expect(site.atApp).toHaveLength(1);
      expect(site.atApp[0]).toMatchObject({ method: "GET", path: "/orders?page=2" });
      expect(site.atApp[0]?.headers).toMatchObject({ "x-auth-subject": sub, "x-auth-session": sid });
    });

    it("asks by GET, without the body and under the original host; the app gets all of it", async () => {
      const answer = await ada.post("/orders", { json: { apples: 3 } });
      expect(answer.status).toBe(200);
      expect(site.atApp).toMatchObject([{ method: "POST", body: '{"apples":3}' }]);
      expect(site.atCheck).toHaveLength(1);
      const [{ method, headers } = { method: "", headers: {} }] = site.atCheck;
      expect(method).toBe("GET");
      expect(headers).not.toHaveProperty("transfer-encoding");
      expect(headers["content-length"] ?? "0").toBe("0");
      expect(headers.host).toBe(new URL(site.origin).host);
    });

    it("hands a body without a length on", async () => {
      const answer = await ada.post("/orders", { body: "a,b\n", chunked: true });
      expect(answer.status).toBe(200);
      expect(site.atApp).toMatchObject([{ method: "POST", body: "a,b\n" }]);
    });

    it.each([
      { it: "nobody", headers: {} },
      { it: "a session nobody knows", headers: { cookie: `__Host-Http-sid=${"x".repeat(27)}` } },
      { it: "a cookie twice", headers: { cookie: "__Host-Http-sid=a; __Host-Http-sid=b" } },
      { it: "a token nobody signed", headers: { authorization: "Bearer aaaa.bbbb.cccc" } },
      { it: "another scheme", headers: { authorization: "Basic YWRhOmFkYQ==" } },
      { it: "a forged name alone", headers: forgedIdentity },
    ])("refuses $it with 401, and the app hears nothing", async ({ headers }) => {
      const answer = await site.client("program").get("/orders", { headers });
      expect(answer.status).toBe(401);
      expect(answer.headers["www-authenticate"]).toMatch(/^Bearer realm="countersign"/);
      expect(site.atApp).toEqual([]);
    });

    it.each([
      { it: "signing out", end: (client: Client) => client.post("/auth/sign-out") },
      {
        it: "an operator",
        end: async (client: Client) => site.auth.sessions.end(`${(await whoIs(client)).sid}`),
      },
    ])("refuses the very next request after the session was ended by $it", async ({ end }) => {
      const phone = site.client();
      await signIn(phone);
      const cookie = `__Host-Http-sid=${phone.cookie("__Host-Http-sid")}`;
      expect((await phone.get("/orders", { headers: { cookie } })).status).toBe(200);
      await end(phone);
      expect((await phone.get("/orders", { headers: { cookie } })).status).toBe(401);
      expect(site.atApp).toHaveLength(1);
    });

    it("lets an access token through, wherever the request comes from", async () => {
      const program = site.client("program");
      const tokens = await signIn(program, { strategy: "jwt", transport: "token" });
      const bearer = tokens.str("access_token");
      const answer = await program.post("/orders", { bearer, headers: from.elsewhere });
      expect(answer.status).toBe(200);
      expect(site.atApp[0]?.headers["x-auth-session"]).toBe(tokens.str("sid"));
      const [head = "", payload = "", signature = ""] = bearer.split(".");
      const other = `${head}.${payload}.${signature.startsWith("A") ? "B" : "A"}${signature.slice(1)}`;
      expect((await program.post("/orders", { bearer: other })).status).toBe(401);
      expect(site.atApp).toHaveLength(1);
    });

    it.each(origins)("$it", async ({ method, headers, status }) => {
      const answer = await ada.send(method, "/orders", { headers });
      expect(answer.status).toBe(status);
      expect(site.atApp.map((seen) => seen.method)).toEqual(status === 200 ? [method] : []);
    });

    it.each([
      { it: "beside a good session", more: {} },
      { it: "twice", more: { "x-auth-subject": ["one", "two"] } },
      {
        it: "named in Connection, so that a hop may drop them",
        more: { connection: "X-Auth-Subject, X-Auth-Session" },
      },
    ])("never hands on who the client says it is: $it", async ({ more }) => {
      const { sub, sid } = await whoIs(ada);
      const answer = await ada.get("/orders", { headers: { ...forgedIdentity, ...more } });
      expect(answer.status).toBe(200);
      const [seen] = site.atApp;
      expect(seen?.headers).toMatchObject({ "x-auth-subject": sub, "x-auth-session": sid });
      const named = seen?.names.filter((name) => /^x.auth.(subject|session)$/.test(name)).sort();
      expect(named).toEqual(["x-auth-session", "x-auth-subject"]);
    });

    it.each([
      { it: "opens a WebSocket for its own page", headers: from.here, status: 101 },
      { it: "opens none for another site", headers: { ...from.elsewhere, "sec-fetch-mode": "websocket" }, status: 403 },
      { it: "opens none for another site in an old browser", headers: from.elsewhereOld, status: 403 },
      { it: "opens none without a session", headers: { ...from.here, cookie: undefined }, status: 401 },
    ])("$it", async ({ headers, status }) => {
      expect(await openWebSocket(site.origin, { cookie: ada.cookiesFor("/").join("; "), ...headers })).toBe(status);
      expect(site.atApp).toHaveLength(status === 101 ? 1 : 0);
    });

    it.each([
      { it: "a browser that wants a page is shown to sign in", method: "GET", accept: "text/html,*/*;q=0.8", to: true },
      { it: "a form is not", method: "POST", accept: "text/html", to: false },
      { it: "a script is not", method: "GET", accept: "application/json", to: false },
    ])("without a session, $it", async ({ method, accept, to }) => {
      const answer = await site.client().send(method, "/orders?page=2&all=1", { headers: { accept } });
      expect([answer.status, answer.headers.location]).toEqual(
        to ? [303, "/sign-in?return_to=/orders?page=2&all=1"] : [401, undefined],
      );
      expect(site.atApp).toEqual([]);
    });

    it.each(detours)("does not reach the app by %s", async (path) => {
      const answer = await site.client("program").get(path, { headers: { accept: "application/json" } });
      expect([400, 401, 404]).toContain(answer.status);
      expect(site.atApp).toEqual([]);
    });

    if (row.kind === "nginx") {
      it("keeps its own question to itself", async () => {
        expect((await ada.get("/_countersign")).status).toBe(404);
        expect(site.atCheck).toEqual([]);
      });
    }

    it("tells the issuer the client's address, whatever the client says of it", async () => {
      const phone = site.client("browser", "127.0.0.7");
      const json = { email: "ada@example.com", password: "wren plays slow cello" };
      const answer = await phone.post("/auth/sign-in", { json, headers: { "x-forwarded-for": "203.0.113.9" } });
      expect(answer.status).toBe(200);
      const [entry] = await site.auth.audit({ limit: 1, act: "session.sign_in" });
      expect(entry?.address).toBe("127.0.0.7");
    });

    it("lets nothing through while the issuer cannot judge, and goes on afterwards", async () => {
      site.breakStore(true);
      try {
        const answer = await ada.get("/orders");
        expect([answer.status, answer.headers["retry-after"] !== undefined]).toEqual([503, true]);
        expect(site.atApp).toEqual([]);
      } finally {
        site.breakStore(false);
      }
      expect((await ada.get("/orders")).status).toBe(200);
    });

    // The last one: nothing answers after it.
    it("lets nothing through while the issuer is gone", async () => {
      await site.issuer.stop();
      for (const client of [ada, site.client("program")]) {
        expect((await client.get("/orders")).status).toBe(row.whenGone);
        expect((await client.post("/orders", { headers: forgedIdentity })).status).toBe(row.whenGone);
      }
      expect(site.atApp).toEqual([]);
    });
  });
}

/** The status of the answer to a WebSocket's opening. */
function openWebSocket(origin: string, headers: HeaderValues): Promise<number> {
  const given = Object.entries({ origin, "sec-fetch-site": "same-origin", ...headers }).flatMap(([name, value]) =>
    typeof value === "string" ? [[name, value]] : [],
  );
  return new Promise((resolve, reject) => {
    const request = httpRequest(`${origin}/live`, {
      headers: {
        ...Object.fromEntries(given),
        connection: "Upgrade",
        upgrade: "websocket",
        "sec-websocket-version": "13",
        "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
      },
    });
    request.on("upgrade", (response, socket) => {
      socket.destroy();
      resolve(response.statusCode ?? 0);
    });
    request.on("response", (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    request.on("error", reject);
    request.end();
  });
}

describe("/auth/check, asked directly", () => {
  it.each([
    { it: "takes a missing method for an unsafe one", headers: {}, status: 403 },
    { it: "takes an empty one for an unsafe one", headers: { "x-forwarded-method": "" }, status: 403 },
    { it: "takes an unknown one for an unsafe one", headers: { "x-forwarded-method": "get" }, status: 403 },
    { it: "takes one said twice for an unsafe one", headers: { "x-original-method": ["GET", "GET"] }, status: 403 },
    { it: "believes X-Forwarded-Method", headers: { "x-forwarded-method": "GET" }, status: 200 },
    { it: "believes X-Original-Method", headers: { "x-original-method": "GET" }, status: 200 },
    { it: "judges POST", headers: { "x-forwarded-method": "POST" }, status: 403 },
    {
      it: "believes two that agree",
      headers: { "x-forwarded-method": "GET", "x-original-method": "GET" },
      status: 200,
    },
    {
      it: "believes neither of two that differ",
      headers: { "x-forwarded-method": "GET", "x-original-method": "POST" },
      status: 403,
    },
    {
      it: "believes neither, the other way round",
      headers: { "x-forwarded-method": "POST", "x-original-method": "GET" },
      status: 403,
    },
  ])("$it", async ({ headers, status }) => {
    await using issuer = await startIssuer();
    const ada = issuer.client();
    await signUp(ada);
    const answer = await ada.get("/auth/check", { headers: { ...from.elsewhere, ...headers } });
    expect(answer.status).toBe(status);
    expect(Object.hasOwn(answer.headers, "x-auth-subject")).toBe(status === 200);
    expect(answer.headers["cache-control"]).toBe("no-store");
  });
});

const [nginx] = proxies;

// Attack: a cache in front keeps an answer that was made for one bearer, or for a moment.
describe.skipIf(nginx.path === undefined)("an nginx that caches whatever it may", () => {
  const cache = (folder: string) => `
    proxy_cache_path ${folder} keys_zone=all:1m;
    proxy_cache all;
    proxy_cache_valid any 10m;
    proxy_cache_methods GET HEAD POST;
    proxy_cache_key $request_uri;
    add_header X-Cache $upstream_cache_status always;
    add_header X-Cached-Subject $upstream_http_x_auth_subject always;`;

  it("keeps no answer of a guarded app that says nothing of caches", async () => {
    const site = await startSite(nginx, (config) => `${cache("cache")}\n${config}`);
    try {
      const [ada, bob] = [site.client(), site.client()];
      await signUp(ada);
      await signUp(bob, { email: "bob@example.com" });
      const subs = await Promise.all([ada, bob].map(async (who) => (await who.get("/auth/session")).str("sub")));
      expect(new Set(subs).size).toBe(2);
      const greetings = [await ada.get("/me"), await bob.get("/me"), await ada.get("/me")].map(({ text }) => text);
      expect(greetings).toEqual([`Hello ${subs[0]}`, `Hello ${subs[1]}`, `Hello ${subs[0]}`]);
      expect(site.atApp).toHaveLength(3);
      await site.auth.sessions.end((await ada.get("/auth/session")).str("sid"));
      expect([(await ada.get("/me")).status, (await bob.get("/me")).status]).toEqual([401, 200]);
    } finally {
      await site.stop();
    }
  });

  it("keeps no answer of the issuer, but the public keys", async () => {
    const upstream = await startIssuer();
    const proxy = await startNginx(
      nginx.path ?? "",
      (port) =>
        `${cache("cache")}\nserver { listen 127.0.0.1:${port}; location / { proxy_pass ${upstream.url}; proxy_set_header Host $http_host; } }`,
    );
    const ada = createClient(proxy.origin);
    const nobody = createClient(proxy.origin, { kind: "program" });
    try {
      await signUp(ada);
      const ask = (client: Client, path: string): Promise<Answer> =>
        client.get(path, { headers: { "x-forwarded-method": "GET" } });
      for (const path of ["/auth/session", "/auth/check", "/auth/sessions", "/auth/session/x.css"]) {
        for (const client of [ada, nobody, ada]) {
          const answer = await ask(client, path);
          const found = path.endsWith(".css") ? 404 : client === ada ? 200 : 401;
          expect([path, answer.status, answer.headers["x-cache"]]).toEqual([path, found, "MISS"]);
        }
      }
      const refused = await nobody.post("/auth/sign-in", {
        json: { email: "ada@example.com", password: "wrong", transport: "token" },
      });
      expect([refused.status, refused.headers["x-cache"]]).toEqual([401, "MISS"]);
      expect((await signIn(ada)).headers["x-cache"]).toBe("MISS");
      // The proof that this cache does keep what it may.
      expect((await nobody.get("/.well-known/jwks.json")).headers["x-cache"]).toBe("MISS");
      expect((await nobody.get("/.well-known/jwks.json")).headers["x-cache"]).toBe("HIT");
    } finally {
      for (const client of [ada, nobody]) client.close();
      await proxy.stop();
      await upstream[Symbol.asyncDispose]();
    }
  });
});

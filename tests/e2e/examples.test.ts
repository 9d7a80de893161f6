// Runs every example as a reader would, as a real process, and goes the whole way through it: one table for all frameworks.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { listFiles, root } from "../../tools/files.ts";
import { type Client, createClient } from "../support/http-client.ts";
import { expectStatus, goodPassword, serverSecret } from "../support/issuer.ts";
import { freePort } from "../support/ports.ts";
import { type RunningProcess, runProcess, startProcess } from "../support/process.ts";

const frameworks = ["node", "express", "fastify", "hono"] as const;

interface Example {
  readonly port: number;
  /** Where the test calls it: by address, so that no name is looked up. */
  readonly url: string;
  /** What it calls itself. */
  readonly issuer: string;
  readonly process: RunningProcess;
}

async function startExample(framework: string, folder: string, env: Record<string, string> = {}): Promise<Example> {
  const port = Number(env.PORT ?? (await freePort()));
  const running = await startProcess({
    args: [join(root, "examples", framework, "src", "app.ts")],
    env: { AUTH_SECRET: serverSecret, ...env, PORT: `${port}` },
    cwd: folder,
    ready: new RegExp(`^Listening on http://localhost:${port}$`),
  });
  return { port, url: `http://127.0.0.1:${port}`, issuer: `http://localhost:${port}`, process: running };
}

it("has every example in its table", () => {
  const apps = listFiles("examples").filter((path) => path.endsWith(".ts"));
  expect(apps.sort()).toEqual(frameworks.map((name) => `examples/${name}/src/app.ts`).sort());
});

it.each(frameworks)("the example for %s does not start without a secret, and says how to make one", async (name) => {
  const args = [join(root, "examples", name, "src", "app.ts")];
  const env = { PORT: `${await freePort()}`, DATABASE: ":memory:" };
  const { code, stderr } = await runProcess({ args, env, cwd: tmpdir(), timeoutMs: 20_000 });
  expect(code).not.toBe(0);
  expect(stderr).toContain("openssl rand -base64 32");
});

describe.each(frameworks)("the example for %s", (framework) => {
  let folder = "";
  let app: Example;
  let service: Example;
  const clients: Client[] = [];
  const client = (at: Example, kind: "browser" | "program" = "program") => {
    const made = createClient(at.url, { kind });
    clients.push(made);
    return made;
  };
  const credentials = { email: "ada@example.com", password: goodPassword };
  const signInByToken = () => client(app).post("/auth/sign-in", { json: { ...credentials, strategy: "jwt" } });

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "countersign-example-"));
    app = await startExample(framework, folder);
    // The same file as a service that has only the verifier.
    service = await startExample(framework, folder, { ISSUER: app.issuer });
    expectStatus(await client(app).post("/auth/sign-up", { json: { ...credentials, strategy: "jwt" } }), 200);
  });
  afterAll(async () => {
    for (const each of clients) each.close();
    await Promise.all([app.process.stop(), service.process.stop()]);
    await rm(folder, { recursive: true, force: true });
  });

  it("goes the whole way: sign up, use, sign in by token, use, sign out, refused", async () => {
    const page = client(app, "browser");
    const email = "grace@example.org";
    const { sub } = expectStatus(await page.post("/auth/sign-up", { json: { ...credentials, email } }), 200).json;
    expect((await page.get("/me")).json).toEqual({ sub, strategy: "session", claims: { role: "guest" } });
    expect((await page.post("/notes", { json: { text: "hi" } })).json).toEqual({ author: sub });

    const program = client(app);
    const tokens = await program.post("/auth/sign-in", { json: { ...credentials, email, strategy: "jwt" } });
    const bearer = tokens.str("access_token");
    expect((await program.get("/me", { bearer })).json).toEqual({ sub, strategy: "jwt", claims: { role: "guest" } });
    expect((await program.post("/notes", { bearer, json: {} })).status).toBe(201);

    const cookie = page.cookiesFor("/").join("; ");
    expect((await page.post("/auth/sign-out")).status).toBe(204);
    expect((await page.get("/me", { headers: { cookie } })).json.code).toBe("session_ended");
    expect((await program.post("/auth/sign-out", { bearer })).status).toBe(204);
    const renewal = { json: { refresh_token: tokens.str("refresh_token") } };
    expect((await program.post("/auth/refresh", renewal)).status).toBe(401);
  });

  it.each([
    { it: "nobody", headers: {}, code: "credential_missing" },
    { it: "an unknown session", headers: { cookie: `__Host-Http-sid=${"x".repeat(27)}` }, code: "session_ended" },
    { it: "a token nobody signed", headers: { authorization: "Bearer aaaa.bbbb.cccc" }, code: "credential_invalid" },
  ])("refuses $it as problem+json with a challenge", async ({ headers, code }) => {
    for (const method of ["GET", "POST"]) {
      const answer = await client(app).send(method, method === "GET" ? "/me" : "/notes", { headers });
      // Who bears a cookie and does not say where the request comes from is refused for that alone.
      const isUnsafeCookie = method === "POST" && "cookie" in headers;
      expect([answer.status, answer.json.code]).toEqual(isUnsafeCookie ? [403, "cross_site_request"] : [401, code]);
      // Fastify adds a charset of its own.
      expect(answer.headers["content-type"]).toMatch(/^application\/problem\+json(;|$)/);
      expect(answer.headers["cache-control"]).toBe("no-store");
      if (!isUnsafeCookie) expect(answer.headers["www-authenticate"]).toMatch(/^Bearer /);
    }
  });

  it.each([
    { it: "takes a form of its own page", headers: {}, status: 201 },
    { it: "refuses a form of another site", headers: { "sec-fetch-site": "cross-site" }, status: 403 },
    { it: "refuses a form of a neighbour", headers: { "sec-fetch-site": "same-site" }, status: 403 },
    {
      it: "refuses a form of another site in an old browser",
      headers: { "sec-fetch-site": undefined, origin: "https://evil.example" },
      status: 403,
    },
  ])("with a session cookie, $it", async ({ headers, status }) => {
    const page = client(app, "browser");
    expectStatus(await page.post("/auth/sign-in", { json: credentials }), 200);
    const answer = await page.post("/notes", { json: {}, headers });
    expect([answer.status, answer.json.code]).toEqual([status, status === 403 ? "cross_site_request" : undefined]);
  });

  it("as a service elsewhere takes the token and not the session", async () => {
    const tokens = await signInByToken();
    const bearer = tokens.str("access_token");
    const elsewhere = client(service);
    const here = await client(app).get("/me", { bearer });
    expect((await elsewhere.get("/me", { bearer })).json).toEqual(here.json);
    expect((await elsewhere.post("/notes", { bearer, json: {} })).status).toBe(201);

    const { session_token: session } = (
      await client(app).post("/auth/sign-in", { json: { ...credentials, transport: "token" } })
    ).json;
    expect((await client(app).get("/me", { bearer: `${session}` })).status).toBe(200);
    expect((await elsewhere.get("/me", { bearer: `${session}` })).json.code).toBe("credential_invalid");
    expect((await elsewhere.get("/me")).json.code).toBe("credential_missing");
    // It is no issuer.
    expect((await elsewhere.post("/auth/sign-in", { json: credentials })).status).not.toBe(200);
  });

  it("keeps what it knows when it is started again", async () => {
    const page = client(app, "browser");
    expectStatus(await page.post("/auth/sign-in", { json: credentials }), 200);
    const before = (await page.get("/me")).json;
    await app.process.stop();
    app = await startExample(framework, folder, { PORT: `${app.port}` });
    expect((await page.get("/me")).json).toEqual(before);
  });

  // The last one: the issuer does not come back.
  it("as a service goes on when the issuer is gone", async () => {
    const bearer = (await signInByToken()).str("access_token");
    const elsewhere = client(service);
    expect((await elsewhere.get("/me", { bearer })).status).toBe(200);
    await app.process.stop();
    const again = await elsewhere.get("/me", { bearer });
    expect([again.status, again.json.claims]).toEqual([200, { role: "staff" }]);
  });
});

import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freePort } from "../support/ports.ts";
import { type RunningProcess, runProcess, startProcess } from "../support/process.ts";

const root = join(import.meta.dirname, "../..");
const readmePath = join(root, "README.md");
const server = join(root, "packages/server/src/main.ts");
const service = join(import.meta.dirname, "fixtures/service.ts");

interface Said {
  readonly status: number;
  readonly body: Record<string, unknown>;
  readonly cookies: readonly string[];
}

/** Writes a conversation down as it happens, with each secret and random name under a name of its own. */
function createScribe(origins: Readonly<Record<string, string>>) {
  const lines: string[] = [];
  const names = new Map<string, string>();
  const counts = new Map<string, number>();
  const learn = (kind: string, value: unknown) => {
    if (typeof value !== "string" || value === "" || names.has(value)) return;
    const count = (counts.get(kind) ?? 0) + 1;
    counts.set(kind, count);
    names.set(value, `<${kind}${count === 1 ? "" : ` ${count}`}>`);
  };
  const tidy = (text: string) => {
    let tidied = text;
    for (const [value, name] of [...names].sort(([a], [b]) => b.length - a.length)) {
      tidied = tidied.replaceAll(value, name);
    }
    for (const [origin, name] of Object.entries(origins)) tidied = tidied.replaceAll(origin, name);
    return tidied.replace(/"(\w+_at|expires_in|refresh_expires_in)":\d+/g, '"$1":…');
  };
  const shown = (body: string) => tidy(body).replaceAll('":', '": ').replaceAll(',"', ', "');
  return {
    note: (text: string) => void lines.push("", `# ${text}`),
    text: () => lines.join("\n").trim(),
    tidy,
    async say(
      method: string,
      url: string,
      { headers = {}, json }: { headers?: Record<string, string>; json?: Record<string, unknown> } = {},
      write = true,
    ): Promise<Said> {
      const init = json === undefined ? {} : { body: JSON.stringify(json) };
      const type = json === undefined ? {} : { "content-type": "application/json" };
      const response = await fetch(url, { method, headers: { ...headers, ...type }, ...init });
      const text = await response.text();
      const body: Record<string, unknown> = text === "" ? {} : JSON.parse(text);
      learn("password", json?.password);
      learn("access token", body.access_token);
      learn("refresh token", body.refresh_token);
      learn("sub", body.sub);
      learn("sid", body.sid);
      const cookies = response.headers.getSetCookie().map((cookie) => cookie.split(";")[0] ?? "");
      const sessions = cookies.filter((cookie) => cookie.startsWith("__Host-Http-sid="));
      for (const cookie of sessions) learn("session token", cookie.split("=")[1]);
      if (!write) return { status: response.status, body, cookies };
      lines.push(`> ${method} ${tidy(url)}${json === undefined ? "" : ` ${shown(JSON.stringify(json))}`}`);
      for (const [name, value] of Object.entries(headers)) lines.push(`> ${name}: ${tidy(value)}`);
      lines.push(`< ${response.status}${text === "" ? "" : ` ${shown(text)}`}`);
      for (const cookie of sessions)
        lines.push(`< set-cookie: ${tidy(cookie)}${cookie.endsWith("=") ? "" : ` (${cookie.length} bytes)`}`);
      return { status: response.status, body, cookies };
    },
  };
}

describe("the transcript of the README", () => {
  let folder: string;
  let issuer: RunningProcess;
  let api: RunningProcess;
  let issuerUrl: string;
  let apiUrl: string;
  let follower: RunningProcess;
  let followerUrl: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "countersign-transcript-"));
    const port = await freePort();
    const apiPort = await freePort();
    issuerUrl = `http://localhost:${port}`;
    apiUrl = `http://127.0.0.1:${apiPort}`;
    const followerPort = await freePort();
    followerUrl = `http://127.0.0.1:${followerPort}`;
    const env = {
      PORT: `${port}`,
      COUNTERSIGN_DATA: folder,
      COUNTERSIGN_JWT__LIFETIME: "10s",
      COUNTERSIGN_JWT__GRACE: "2s",
    };
    issuer = await startProcess({ args: [server, "serve"], env, cwd: folder, ready: /listening/ });
    const added = await runProcess({
      args: [server, "services", "add", "api", "--scope", "introspect,follow", "--json"],
      env,
      cwd: folder,
    });
    const { key } = JSON.parse(added.stdout) as { key: string };
    const serviceEnv = { ISSUER: issuerUrl, SERVICE_KEY: key, PORT: `${apiPort}` };
    api = await startProcess({ args: [service], env: serviceEnv, ready: /listening/ });
    const followerEnv = { ...serviceEnv, PORT: `${followerPort}`, FOLLOWS: "yes" };
    follower = await startProcess({ args: [service], env: followerEnv, ready: /listening/ });
  });

  afterAll(async () => {
    await api?.stop();
    await follower?.stop();
    await issuer?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it("is what really happens, and stands in the README", async () => {
    const scribe = createScribe({
      [issuerUrl]: "auth.example",
      [apiUrl]: "api.example",
      [followerUrl]: "orders.example",
    });
    const ownPage = { "sec-fetch-site": "same-origin" };
    const account = { email: "ada@example.com", password: "correct horse battery staple" };

    scribe.note("Sign up, and sign in by each strategy.");
    const up = await scribe.say("POST", `${issuerUrl}/auth/sign-up`, { headers: ownPage, json: account });
    expect(up.status).toBe(200);
    const bySession = await scribe.say("POST", `${issuerUrl}/auth/sign-in`, {
      headers: ownPage,
      json: { ...account, strategy: "session" },
    });
    const cookie = bySession.cookies[0] ?? "";
    const byJwt = await scribe.say("POST", `${issuerUrl}/auth/sign-in`, { json: { ...account, strategy: "jwt" } });
    const bearer = { authorization: `Bearer ${String(byJwt.body.access_token)}` };
    expect(cookie).toHaveLength(43);

    scribe.note(
      "Use each at a service in another process. It has the verifier only: it checks the token, and asks about the session.",
    );
    expect((await scribe.say("GET", `${apiUrl}/`, { headers: { cookie } })).body.recognised_by).toBe("session");
    expect((await scribe.say("GET", `${apiUrl}/`, { headers: bearer })).body.recognised_by).toBe("jwt");

    scribe.note("Sign out of both.");
    expect((await scribe.say("POST", `${issuerUrl}/auth/sign-out`, { headers: { cookie, ...ownPage } })).status).toBe(
      204,
    );
    expect((await scribe.say("POST", `${issuerUrl}/auth/sign-out`, { headers: bearer })).status).toBe(204);

    scribe.note("The session is refused at once.");
    expect((await scribe.say("GET", `${apiUrl}/`, { headers: { cookie } })).body.code).toBe("session_ended");

    scribe.note("The token cannot be renewed any more, and the issuer refuses it.");
    const refresh = { json: { refresh_token: byJwt.body.refresh_token } };
    expect((await scribe.say("POST", `${issuerUrl}/auth/refresh`, refresh)).body.code).toBe("refresh_invalid");
    const refused = { headers: bearer };
    await until(async () => (await scribe.say("GET", `${issuerUrl}/auth/check`, refused, false)).status === 401);
    expect((await scribe.say("GET", `${issuerUrl}/auth/check`, refused)).body.code).toBe("credential_revoked");

    scribe.note("But a service that does not follow the revocation feed goes on accepting it …");
    expect((await scribe.say("GET", `${apiUrl}/`, { headers: bearer })).body.recognised_by).toBe("jwt");

    scribe.note("… until it expires.");
    await until(async () => (await scribe.say("GET", `${apiUrl}/`, { headers: bearer }, false)).status === 401);
    expect((await scribe.say("GET", `${apiUrl}/`, { headers: bearer })).body.code).toBe("token_expired");

    scribe.note(
      "A service that follows the feed does not wait for that. Sign in by the hybrid, use it there, and sign out.",
    );
    const wish = { ...account, strategy: "hybrid", transport: "token" };
    const byHybrid = await scribe.say("POST", `${issuerUrl}/auth/sign-in`, { json: wish });
    const hybrid = { headers: { authorization: `Bearer ${String(byHybrid.body.access_token)}` } };
    expect((await scribe.say("GET", `${followerUrl}/`, hybrid)).body.recognised_by).toBe("hybrid");
    expect((await scribe.say("POST", `${issuerUrl}/auth/sign-out`, hybrid)).status).toBe(204);

    scribe.note("Milliseconds later it is refused there, long before it expires.");
    await until(async () => (await scribe.say("GET", `${followerUrl}/`, hybrid, false)).status === 401);
    expect((await scribe.say("GET", `${followerUrl}/`, hybrid)).body.code).toBe("credential_revoked");

    const written = `<!-- transcript -->\n\n\`\`\`http\n${scribe.text()}\n\`\`\`\n\n<!-- /transcript -->`;
    for (const secret of [cookie.split("=")[1], byJwt.body.access_token, byJwt.body.refresh_token, account.password]) {
      expect(written).not.toContain(String(secret));
    }
    const readme = await readFile(readmePath, "utf8");
    const standing = /<!-- transcript -->[\s\S]*<!-- \/transcript -->/.exec(readme)?.[0] ?? "";
    // `UPDATE_TRANSCRIPT=1 npm test -- tests/docs/transcript.test.ts` writes it anew.
    if (process.env.UPDATE_TRANSCRIPT === "1")
      await writeFile(
        readmePath,
        readme.replace(standing, () => written),
      );
    else expect(standing).toBe(written);
  });
});

async function until(condition: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 3000 && !(await condition()); tries += 1) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

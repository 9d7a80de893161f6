// The server as a process: its start, its first lines, its data folder, its end.

import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePort } from "../support/ports.ts";
import { runProcess, startProcess } from "../support/process.ts";
import {
  commandLine,
  createPerson,
  scratchFolder,
  signIn,
  signUp,
  startTestServer,
  type TestServer,
} from "./server-fixture.ts";

const password = "correct horse battery staple";

/** Runs `serve` to its end: for starts that fail. */
async function serveToItsEnd(folder: string, env: Readonly<Record<string, string>>, args: readonly string[] = []) {
  const { code, stdout, stderr } = await runProcess({ args: commandLine("serve", ...args), cwd: folder, env });
  return { code, stdout, stderr };
}

describe("the start", () => {
  test("tells where, what and how to stop; one line alone has the address", async () => {
    await using server = await startTestServer();
    const lines = server.process.output().split("\n");
    expect(lines.filter((line) => /listening|http:\/\/localhost/.test(line))).toEqual([`  listening   ${server.url}`]);
    expect(
      server.process
        .output()
        .replaceAll(server.url, "<url>")
        .replace(/process \d+/, "process <pid>"),
    ).toBe(
      [
        "",
        "  Countersign 0.1.0",
        "",
        "  strategies  session, jwt, hybrid (a sign-in that names none gets session)",
        "  data        ./.countersign",
        "  mail        not sent: shown at /dev/mail and written to ./.countersign/mails",
        "  log         info, metrics local",
        "  stop        Ctrl+C, or SIGTERM to process <pid>",
        "",
        "  listening   <url>",
        "",
        "",
      ].join("\n"),
    );
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
  });

  test("with a proxy in front it does not promise to show mails", async () => {
    await using server = await startTestServer({ env: { COUNTERSIGN_TRUSTED_PROXY_HOPS: "1" } });
    expect(server.process.output()).toContain("  mail        not sent: written to ./.countersign/mails\n");
  });

  test("with JSON logs every line is JSON, at any level", async () => {
    using folder = scratchFolder();
    await using running = await startProcess({
      args: commandLine("serve", "--port", "0"),
      cwd: folder.path,
      env: { COUNTERSIGN_LOG__FORMAT: "json", COUNTERSIGN_LOG__LEVEL: "silent" },
      ready: /"url":"(http:\/\/localhost:\d+)".*"msg":"listening"/,
    });
    await fetch(`${running.match?.[1]}/readyz`);
    await running.stop();
    const lines = running.output().trim().split("\n");
    expect(lines.map((line) => JSON.parse(line).msg)).toEqual(["listening", "stopping", "stopped"]);
  });

  test.each([["http://127.0.0.1"], ["http://localhost"]])("answers at %s", async (origin) => {
    await using server = await startTestServer();
    const { port } = new URL(server.url);
    expect((await fetch(`${origin}:${port}/healthz`)).status).toBe(200);
  });

  test("a port in use: says so, ends with 1, and makes no data folder", async () => {
    using folder = scratchFolder();
    const taken = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => taken.once("listening", resolve));
    const address = taken.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const ended = await serveToItsEnd(folder.path, { PORT: `${port}` });
    taken.close();
    expect(ended).toEqual({
      code: 1,
      stdout: "",
      stderr: `Port ${port} is in use by another program. Stop it, or choose another port: PORT=${port + 1}\n`,
    });
    expect(existsSync(join(folder.path, ".countersign"))).toBe(false);
  });

  test("two starts at once on a new folder share one secret, one key and the sessions", async () => {
    using folder = scratchFolder();
    const started = await Promise.all([1, 2, 3].map(() => startTestServer({ folder: folder.path })));
    try {
      const sets = await Promise.all(
        started.map(async ({ url }) => (await fetch(`${url}/.well-known/jwks.json`)).text()),
      );
      expect(new Set(sets).size).toBe(1);
      expect(JSON.parse(sets[0] ?? "").keys).toHaveLength(1);
      const [first, second] = started;
      const person = createPerson(first?.url ?? "");
      await signUp(person, "ada@example.com", password);
      const authorization = `Bearer ${person.cookies()["__Host-Http-sid"]}`;
      expect((await fetch(`${second?.url}/auth/session`, { headers: { authorization } })).status).toBe(200);
    } finally {
      await Promise.all(started.map((server) => server[Symbol.asyncDispose]()));
    }
  });
});

describe("the configuration", () => {
  test("every mistake is listed, with the place that it comes from and without its value", async () => {
    using folder = scratchFolder();
    const secret = "do-not-show-me";
    const file = { port: "x", jwt: { lifetime: "1y", alg: "none" }, secrets: [secret], colour: "red" };
    writeFileSync(join(folder.path, "countersign.json"), JSON.stringify(file));
    const ended = await serveToItsEnd(folder.path, { COUNTERSIGN_SIGN_UP: secret });
    expect(ended.code).toBe(2);
    expect(ended.stderr.split("\n").map((line) => line.replace(/;.*/, ""))).toEqual([
      "The configuration has mistakes:",
      "  secrets.0 (countersign.json): must have at least 32 characters",
      expect.stringContaining("  jwt.lifetime (countersign.json): must be a duration"),
      "  jwt.alg (countersign.json): there is no such option",
      "  signUp (COUNTERSIGN_SIGN_UP): must be one of open, confirm, closed",
      "  port (countersign.json): must be a number",
      "  colour (countersign.json): there is no such option",
      "",
    ]);
    expect(ended.stderr).not.toContain(secret);
  });

  test("options that do not fit together are named", async () => {
    using folder = scratchFolder();
    const ended = await serveToItsEnd(folder.path, {
      PORT: "0",
      COUNTERSIGN_JWT__LIFETIME: "20s",
      COUNTERSIGN_JWT__GRACE: "10s",
    });
    expect(ended.code).toBe(2);
    expect(ended.stderr).toContain("jwt.grace");
  });

  test("the command line wins over the environment, and the environment over the file", async () => {
    using folder = scratchFolder();
    const port = await freePort();
    const file = { port: 1, signUp: "closed", log: { format: "json" }, session: { idle: "1h" } };
    writeFileSync(join(folder.path, "countersign.json"), JSON.stringify(file));
    await using running = await startProcess({
      args: commandLine("serve", "--port", `${port}`),
      cwd: folder.path,
      env: { PORT: "2", COUNTERSIGN_LOG__FORMAT: "pretty", COUNTERSIGN_SESSION__LIFETIME: "2h" },
      ready: /^ {2}listening {3}(\S+)$/,
    });
    expect(running.match?.[1]).toBe(`http://localhost:${port}`);
    expect((await fetch(`http://localhost:${port}/sign-up`)).status).toBe(403);
  });
});

describe("the data folder", () => {
  const mode = (path: string) => (statSync(path).mode & 0o777).toString(8);

  test("folder, secret, database and mails are the owner's alone", async () => {
    using folder = scratchFolder();
    const data = join(folder.path, "deep", "data");
    await using server = await startTestServer({ folder: folder.path, env: { COUNTERSIGN_DATA: "deep/data" } });
    await signUp(createPerson(server.url), "ada@example.com", password);
    await server.process.stop();
    const modes = Object.fromEntries(
      [".", "secret", "countersign.db", "mails"].map((name) => [name, mode(join(data, name))]),
    );
    expect(modes).toEqual({ ".": "700", secret: "600", "countersign.db": "600", mails: "700" });
    expect(readFileSync(join(data, "secret"), "utf8")).toMatch(/^[\w-]{43}\n$/);
  });

  test("what others on this machine could read is narrowed at the start, and the log tells", async () => {
    using folder = scratchFolder();
    await (await startTestServer({ folder: folder.path }))[Symbol.asyncDispose]();
    const data = join(folder.path, ".countersign");
    chmodSync(data, 0o755);
    for (const name of ["secret", "countersign.db"]) chmodSync(join(data, name), 0o644);
    const env = { COUNTERSIGN_LOG__FORMAT: "json" };
    await using server = await startTestServer({ folder: folder.path, env });
    await signUp(createPerson(server.url), "ada@example.com", password);
    const names = [".", "secret", "countersign.db", "countersign.db-wal", "countersign.db-shm"];
    expect(names.map((name) => mode(join(data, name)))).toEqual(["700", "600", "600", "600", "600"]);
    const lines = server.process.output().trim().split("\n");
    const warnings = lines.map((line) => JSON.parse(line)).filter(({ level }) => level === "warn");
    expect(warnings.map(({ path, mode: was }) => [path, was])).toEqual([
      [data, "0755"],
      [join(data, "secret"), "0644"],
      [join(data, "countersign.db"), "0644"],
    ]);
    expect(warnings[1].msg).toContain("If somebody may have read it");
    await server.process.stop();
    await using again = await startTestServer({ folder: folder.path, env });
    expect(again.process.output()).not.toContain('"warn"');
  });

  test.each(["", "short\n", `${"s".repeat(43)}\nshort\n`])("a secret file that holds %j is refused", async (text) => {
    using folder = scratchFolder();
    mkdirSync(join(folder.path, ".countersign"));
    writeFileSync(join(folder.path, ".countersign", "secret"), text, { mode: 0o600 });
    const ended = await serveToItsEnd(folder.path, { PORT: "0" });
    expect([ended.code, ended.stderr]).toEqual([2, expect.stringContaining("must hold one secret a line")]);
  });

  test("another secret for the same database: the keys cannot be opened, and the start says so", async () => {
    using folder = scratchFolder();
    await (await startTestServer({ folder: folder.path }))[Symbol.asyncDispose]();
    const ended = await serveToItsEnd(folder.path, {
      PORT: "0",
      COUNTERSIGN_SECRETS: "another-secret-that-is-long-enough",
    });
    expect(ended.code).toBe(2);
    expect(ended.stderr).toContain("The configuration has a mistake:");
  });

  test.each(["SIGTERM", "SIGKILL"] as const)(
    "who is signed in stays so when the server ends by %s and starts again",
    async (signal) => {
      using folder = scratchFolder();
      const first = await startTestServer({ folder: folder.path });
      const person = createPerson(first.url);
      await signUp(person, "ada@example.com", password);
      await first.process.stop(signal);
      await using second = await startTestServer({ folder: folder.path });
      const authorization = `Bearer ${person.cookies()["__Host-Http-sid"]}`;
      expect((await fetch(`${second.url}/auth/session`, { headers: { authorization } })).status).toBe(200);
    },
  );
});

describe("the end", () => {
  /** A sign-in whose body is still missing its last character. */
  async function unfinishedRequest(server: TestServer) {
    const { port } = new URL(server.url);
    const body = JSON.stringify({ email: "ada@example.com", password, transport: "token" });
    const socket = connect(Number(port), "127.0.0.1");
    let answer = "";
    socket.setEncoding("utf8").on("data", (chunk: string) => {
      answer += chunk;
    });
    const closed = new Promise<string>((resolve) => socket.once("close", () => resolve(answer)));
    socket.on("error", () => undefined);
    socket.write(
      `POST /auth/sign-in HTTP/1.1\r\nHost: localhost:${port}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`,
    );
    socket.write(body.slice(0, -1));
    // Once another request on the same server is answered, this one has arrived.
    await fetch(`${server.url}/healthz`);
    return { finish: () => socket.write(body.slice(-1)), closed };
  }

  test("by SIGTERM: takes no new request, finishes the one under way, and ends with 0", async () => {
    await using server = await startTestServer();
    await signUp(createPerson(server.url), "ada@example.com", password);
    const request = await unfinishedRequest(server);
    process.kill(server.process.pid, "SIGTERM");
    await server.process.waitFor(/SIGTERM: stopping/);
    await expect(fetch(`${server.url}/healthz`)).rejects.toThrow();
    request.finish();
    const answer = await request.closed;
    expect(answer).toContain("HTTP/1.1 200 OK");
    expect(answer).toContain("session_token");
    expect(answer.toLowerCase()).toContain("connection: close");
    expect(await server.process.ended).toEqual({ code: 0, signal: null });
    expect(server.process.output()).toContain("Stopped.");
  });

  test("by SIGINT with nothing under way: at once, also with idle connections", async () => {
    await using server = await startTestServer();
    await fetch(`${server.url}/healthz`);
    process.kill(server.process.pid, "SIGINT");
    expect(await server.process.ended).toEqual({ code: 0, signal: null });
  });

  test("a second signal ends it without waiting", async () => {
    await using server = await startTestServer();
    const request = await unfinishedRequest(server);
    process.kill(server.process.pid, "SIGTERM");
    await server.process.waitFor(/SIGTERM: stopping/);
    // Within half a second two signals count as one: a terminal and npm both send theirs.
    process.kill(server.process.pid, "SIGINT");
    await new Promise((resolve) => setTimeout(resolve, 700));
    process.kill(server.process.pid, "SIGINT");
    expect(await server.process.ended).toEqual({ code: 130, signal: null });
    expect(await request.closed).toBe("");
  });
});

describe("limits", () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer();
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
  });

  test("a head of 20 KB is refused", async () => {
    expect((await fetch(`${server.url}/`, { headers: { "x-long": "x".repeat(20_000) } })).status).toBe(431);
  });

  test("a body of 20 KB is refused by the HTTP interface", async () => {
    const response = await fetch(`${server.url}/auth/sign-in`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ email: "x".repeat(20_000) }),
    });
    expect(response.status).toBe(413);
  });

  test("a request in pieces that contradict each other is refused", async () => {
    const socket = connect(Number(new URL(server.url).port), "127.0.0.1");
    const answer = await new Promise<string>((resolve) => {
      socket.setEncoding("utf8").once("data", (chunk) => resolve(String(chunk)));
      socket.write(
        "POST /auth/sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      );
    });
    socket.destroy();
    expect(answer).toContain("HTTP/1.1 400");
  });
});

describe("the log", () => {
  test.each(["pretty", "json"])(
    "in the format %s it holds no password, address, token, cookie or query",
    async (format) => {
      using folder = scratchFolder();
      await using running = await startProcess({
        args: commandLine("serve"),
        cwd: folder.path,
        env: { PORT: "0", COUNTERSIGN_LOG__FORMAT: format, COUNTERSIGN_LOG__LEVEL: "debug" },
        ready: /(http:\/\/localhost:\d+)/,
      });
      const url = running.match?.[1] ?? "";
      const person = createPerson(url);
      await signUp(person, "ada.lovelace@example.com", password);
      await signIn(person, "ada.lovelace@example.com", password, "jwt");
      await person.open("/reset-password?token=a-token-of-a-mailed-link");
      await person.open("/nothing/a-path-that-someone-pasted?return_to=a-query");
      await fetch(`${url}/auth/session?access_token=in-the-query`, {
        headers: { authorization: "Bearer some-wrong-token" },
      });
      await fetch(`${url}/auth/password/reset`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ token: "x".repeat(43), new_password: password }),
      });
      const cookies = Object.values(person.cookies());
      await running.stop();
      const output = running.output();
      expect(output).toContain("/auth/password/reset");
      const secrets = [
        password,
        "ada.lovelace",
        "a-token-of",
        "a-path-that",
        "a-query",
        "in-the-query",
        "some-wrong-token",
        "x".repeat(43),
      ];
      for (const secret of [...secrets, ...cookies]) expect(output).not.toContain(secret);
    },
  );
});

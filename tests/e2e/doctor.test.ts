// `countersign doctor` on real data folders, with and without a server behind the issuer's URL.

import { chmodSync, copyFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, request as httpRequest } from "node:http";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { createVerifier } from "@countersign/verifier";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runProcess } from "../support/process.ts";
import { commandLine, scratchFolder, startTestServer, type TestServer } from "./server-fixture.ts";

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({ env: { COUNTERSIGN_FEED__LAG: "1s" } });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

interface Told {
  readonly about: string;
  readonly level: string;
  readonly finding: string;
  readonly remedy?: string;
}

async function run(args: readonly string[], folder: string, env: Readonly<Record<string, string>> = {}) {
  const { code, stdout, stderr } = await runProcess({ args: commandLine(...args), cwd: folder, env });
  return { code, stdout, stderr };
}

async function examine(folder: string, env: Readonly<Record<string, string>> = {}) {
  const { code, stdout, stderr } = await run(["doctor", "--json"], folder, env);
  expect(stderr).toBe("");
  const { findings, ...counts }: { findings: Told[]; ok: number; warnings: number; errors: number } =
    JSON.parse(stdout);
  const worse = findings.filter(({ level }) => level !== "ok");
  expect(worse.every(({ remedy }) => remedy !== undefined && remedy.length > 10)).toBe(true);
  return { code, counts, findings, worse };
}

/** What is said of who follows, level and finding. */
async function toldOfFollowers(folder: string): Promise<readonly string[]> {
  const { findings } = await examine(folder);
  return findings.filter(({ about }) => about === "followers").map(({ level, finding }) => `${level}: ${finding}`);
}

async function followKey(folder: string, name: string): Promise<{ readonly key: string; readonly id: string }> {
  return JSON.parse((await run(["services", "add", name, "--scope", "follow", "--json"], folder)).stdout);
}

/** A data folder that a server has run on, without one running. */
async function folderAtRest() {
  const folder = scratchFolder();
  const started = await startTestServer({ folder: folder.path });
  await started.process.stop();
  return {
    ...folder,
    path: folder.path,
    data: join(folder.path, ".countersign"),
    [Symbol.dispose]: () => folder[Symbol.dispose](),
  };
}

describe("a server that is well", () => {
  test("is told to be so, in every respect, and the exit code is 0", async () => {
    const { code, counts, findings } = await examine(server.folder);
    expect(findings.map(({ about, level }) => [about, level])).toEqual([
      ["configuration", "ok"],
      ["secrets", "ok"],
      ["store", "ok"],
      ["feed", "ok"],
      ["keys", "ok"],
      ["followers", "ok"],
      ["reachability", "ok"],
      ["clock", "ok"],
    ]);
    expect([code, counts]).toEqual([0, { ok: 8, warnings: 0, errors: 0 }]);
  });

  test("in words: a line each, and a sum", async () => {
    const { code, stdout } = await run(["doctor"], server.folder);
    expect(code).toBe(0);
    const lines = stdout.split("\n");
    expect(lines[0]).toBe(`ok     configuration  It holds no mistake; the issuer is ${server.url}.`);
    expect(lines.slice(-3)).toEqual(["", "8 ok, no warning, no error.", ""]);
  });

  test("names who follows, and nobody once they have stopped", async () => {
    const { key, id } = await followKey(server.folder, "shop");
    const verifier = createVerifier({ issuer: server.url, feed: { serviceKey: key, name: "shop", lagMs: 1000 } });
    verifier.start();
    const words = /^ok: shop follows, and has applied number \d+ of \d+\.$/;
    await expect
      .poll(() => toldOfFollowers(server.folder), { timeout: 20_000 })
      .toEqual([expect.stringMatching(words)]);
    verifier.close();
    // It is counted on until its lag is over, and then by nobody.
    await expect
      .poll(() => toldOfFollowers(server.folder), { timeout: 20_000 })
      .toEqual(["ok: Nobody follows the feed."]);
    await run(["services", "remove", id], server.folder);
  });
});

describe("what is wrong with who follows", () => {
  test("a service that asks on, and applies nothing of what it is told", async () => {
    const { key, id } = await followKey(server.folder, "stuck");
    const headers = { "content-type": "application/json", authorization: `Bearer ${key}` };
    const person = { email: "ada@example.com", password: "correct horse battery staple", transport: "token" };
    const post = (path: string, json: object) =>
      fetch(server.url + path, { method: "POST", headers, body: JSON.stringify(json) });
    const { sid } = await (await post("/auth/sign-up", person)).json();
    await run(["sessions", "revoke", sid], server.folder);
    const question = { follower: "F".repeat(16), name: "stuck", applied: 0, mark: "", onStale: "ask", nonce: "n" };
    const asking = setInterval(() => void post("/auth/revocations/ack", { ...question, lagMs: 1000 }), 100);
    try {
      await expect
        .poll(() => toldOfFollowers(server.folder), { timeout: 20_000 })
        .toEqual([expect.stringMatching(/^warn: stuck has applied 0 of \d+ and does not go on: .+ missing\.$/)]);
    } finally {
      clearInterval(asking);
    }
    await run(["services", "remove", id], server.folder);
  });

  test("a server that was killed, and what it had told whom", async () => {
    await using other = await startTestServer({ env: { COUNTERSIGN_FEED__LAG: "1s" } });
    const { key } = await followKey(other.folder, "orphan");
    const verifier = createVerifier({ issuer: other.url, feed: { serviceKey: key, name: "orphan", lagMs: 1000 } });
    verifier.start();
    await expect.poll(() => verifier.feed()?.state, { timeout: 20_000 }).toBe("fresh");
    await other.process.stop("SIGKILL");
    verifier.close();
    expect(await toldOfFollowers(other.folder)).toEqual([
      "warn: An issuer process with the followers orphan has not been heard of for 1000 ms: it has ended, or hangs.",
    ]);
  });
});

describe("what is wrong with the set-up", () => {
  test("a configuration that cannot be read", async () => {
    const { code, worse } = await examine(server.folder, { COUNTERSIGN_SIGN_UP: "maybe" });
    expect(code).toBe(1);
    expect(worse).toEqual([expect.objectContaining({ about: "configuration", level: "error" })]);
    expect(worse[0]?.finding).toContain("signUp (COUNTERSIGN_SIGN_UP): must be one of open, confirm, closed");
  });

  test("no database", async () => {
    using folder = scratchFolder();
    const { code, worse } = await examine(folder.path);
    expect(code).toBe(1);
    expect(worse).toEqual([expect.objectContaining({ about: "store", level: "error" })]);
    expect(worse[0]?.finding).toContain("There is no database in");
  });

  test("nobody at the issuer: a warning on this machine", async () => {
    using folder = await folderAtRest();
    const { code, worse } = await examine(folder.path);
    expect([code, worse.map(({ about, level }) => [about, level])]).toEqual([0, [["reachability", "warn"]]]);
  });

  test("a secret that others could read is narrowed, and told", async () => {
    using folder = await folderAtRest();
    chmodSync(join(folder.data, "secret"), 0o644);
    const { worse } = await examine(folder.path);
    expect(worse[0]).toMatchObject({
      about: "secrets",
      level: "warn",
      finding: expect.stringContaining("(mode 0644)"),
    });
    expect((await examine(folder.path)).worse.map(({ about }) => about)).toEqual(["reachability"]);
  });

  test("a configuration file with secrets that others can read", async () => {
    using folder = await folderAtRest();
    const file = join(folder.path, "countersign.json");
    writeFileSync(file, JSON.stringify({ mail: { smtp: "smtps://user:password@mail.example" } }), { mode: 0o644 });
    chmodSync(file, 0o644);
    const { code, worse } = await examine(folder.path);
    expect([code, worse[0]]).toEqual([1, expect.objectContaining({ about: "secrets", level: "error" })]);
    expect(JSON.stringify(worse)).not.toContain("user:password");
    chmodSync(file, 0o600);
    expect((await examine(folder.path)).code).toBe(0);
  });

  test("the secret is gone, and none is made in its place", async () => {
    using folder = await folderAtRest();
    rmSync(join(folder.data, "secret"));
    for (let times = 0; times < 2; times += 1) {
      const { code, worse } = await examine(folder.path);
      expect([code, worse]).toEqual([1, [expect.objectContaining({ about: "secrets", level: "error" })]]);
    }
  });

  test("another secret: the keys stay shut", async () => {
    using folder = await folderAtRest();
    writeFileSync(join(folder.data, "secret"), `${"another-secret-that-is-long-enough".repeat(2)}\n`, { mode: 0o600 });
    const { code, worse } = await examine(folder.path);
    expect([code, worse[0]]).toEqual([1, expect.objectContaining({ about: "keys", level: "error" })]);
    expect(worse[0]?.finding).toContain("The signing key cannot be opened");
  });
});

describe("what is wrong with the database", () => {
  test.each([
    [
      "something else",
      (path: string) => writeFileSync(path, "no database, but long enough to be looked at".repeat(50)),
      /is not a SQLite database/,
    ],
    [
      "of a newer program",
      (path: string) => change(path, "INSERT INTO schema_version VALUES (99, 0)"),
      /step 99, and this program knows/,
    ],
    [
      "of an older program",
      (path: string) => change(path, "DELETE FROM schema_version WHERE version > 2"),
      /step 2, and this program brings it/,
    ],
  ])("it is %s", async (_, spoil, words) => {
    using folder = await folderAtRest();
    spoil(join(folder.data, "countersign.db"));
    const { worse } = await examine(folder.path);
    expect(worse[0]).toMatchObject({ about: "store", finding: expect.stringMatching(words) });
  });

  test("it is of an older program: it stays so", async () => {
    using folder = await folderAtRest();
    const path = join(folder.data, "countersign.db");
    change(path, "DELETE FROM schema_version WHERE version > 2");
    await examine(folder.path);
    const database = new DatabaseSync(path, { readOnly: true });
    expect(database.prepare("SELECT max(version) AS version FROM schema_version").get()).toEqual({ version: 2 });
    database.close();
  });

  test("it holds times of the future, keys that nobody rotates, events that nobody prunes", async () => {
    using folder = await folderAtRest();
    const path = join(folder.data, "countersign.db");
    change(path, `UPDATE signing_keys SET signs_from = signs_from - ${100 * 86_400_000}`);
    change(path, "UPDATE signing_keys SET created_at = created_at + 3600000");
    change(path, "INSERT INTO events VALUES (1, 'abcdefabcdefabcd', 'subject', 'x', 1)");
    const { code, worse } = await examine(folder.path);
    expect(code).toBe(1);
    expect(worse.map(({ about, level }) => [about, level])).toEqual([
      ["feed", "warn"],
      ["keys", "warn"],
      ["reachability", "warn"],
      ["clock", "error"],
    ]);
  });
});

describe("what is wrong with the way to the server", () => {
  /** A proxy in front of the server, which does to the headers what it is told. */
  async function throughProxy(change: (headers: Record<string, string | string[] | undefined>) => void) {
    const target = new URL(server.url);
    const proxy = createServer((request, response) => {
      const headers = { ...request.headers };
      change(headers);
      const onward = httpRequest(
        { host: "127.0.0.1", port: target.port, method: request.method, path: request.url, headers },
        (answer) => {
          response.writeHead(answer.statusCode ?? 502, answer.headers);
          answer.pipe(response);
        },
      );
      request.pipe(onward);
    });
    await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
    const address = proxy.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const { worse } = await examine(server.folder, { COUNTERSIGN_ISSUER: `http://localhost:${port}` });
    proxy.closeAllConnections();
    proxy.close();
    // The server behind it was started under its own name.
    return worse.map(({ finding }) => finding).filter((finding) => !finding.includes("calls itself"));
  }

  test("a proxy that passes everything on is well", async () => {
    expect(await throughProxy(() => undefined)).toEqual([]);
  });

  test("a proxy that replaces the host, takes cookies away and is not counted", async () => {
    const found = await throughProxy((headers) => {
      headers.host = "inside";
      headers["x-forwarded-for"] = "192.0.2.1";
      delete headers.cookie;
    });
    expect(found).toEqual([
      expect.stringContaining("the server sees the host inside"),
      expect.stringContaining("X-Forwarded-For comes with one address, and trustedProxyHops is 0"),
      expect.stringContaining("The header Cookie does not reach the server"),
    ]);
  });

  test("another server at the issuer's address", async () => {
    await using other = await startTestServer();
    const { code, worse } = await examine(server.folder, { COUNTERSIGN_ISSUER: other.url });
    expect([code, worse.map(({ about, level }) => [about, level])]).toEqual([1, [["reachability", "error"]]]);
  });

  test("strangers get the answer of everybody from the server, whatever they send", async () => {
    for (const value of ["1", `${Date.now()}.${"A".repeat(16)}.${"A".repeat(43)}`]) {
      const response = await fetch(`${server.url}/healthz`, { headers: { "x-countersign-doctor": value } });
      expect([await response.json(), response.headers.getSetCookie()]).toEqual([{ status: "ok" }, []]);
    }
  });
});

function change(path: string, sql: string): void {
  const copy = `${path}.change`;
  copyFileSync(path, copy);
  const database = new DatabaseSync(copy);
  database.exec(sql);
  database.close();
  rmSync(`${path}-wal`, { force: true });
  rmSync(`${path}-shm`, { force: true });
  copyFileSync(copy, path);
  rmSync(copy);
}

// The command line beside a running server, on the same database: conversations as an operator sees them.

import { chmodSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createVerifier, type Verifier } from "@countersign/verifier";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runProcess } from "../support/process.ts";
import { commandLine, scratchFolder, startTestServer, type TestServer } from "./server-fixture.ts";

const password = "correct horse battery staple";
let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

interface Run {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const env = { COUNTERSIGN_HASHING__MEMORY_KIB: "7168" };

/** Runs a command in the server's folder. */
async function run(args: readonly string[], options: { input?: string; folder?: string } = {}): Promise<Run> {
  const { code, stdout, stderr } = await runProcess({
    args: commandLine(...args),
    cwd: options.folder ?? server.folder,
    env,
    input: options.input ?? "",
  });
  return { code, stdout, stderr };
}

/** A conversation of commands, with what differs from run to run named. */
function createTerminal() {
  const names = new Map<string, string>();
  let text = "";
  const tidy = (raw: string) => {
    let tidied = raw.replaceAll(server.url, "<issuer>").replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ/g, "<time>");
    for (const [value, name] of names) tidied = tidied.replaceAll(value, name);
    // Columns are as wide as what stands in them, which differs in length from its name.
    return tidied.replace(/ {2,}/g, "  ");
  };
  return {
    name: (value: string, name: string) => void names.set(value, `<${name}>`),
    async run(args: readonly string[], input?: string): Promise<Run> {
      const ran = await run(args, input === undefined ? {} : { input });
      const ending = ran.code === 0 ? "" : `[exit code ${ran.code}]\n`;
      text += `$ countersign ${args.join(" ")}\n${ran.stdout}${ran.stderr}${ending}\n`;
      return ran;
    },
    text: () => tidy(text),
  };
}

async function post(path: string, json: object, headers: Readonly<Record<string, string>> = {}) {
  return fetch(server.url + path, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(json),
  });
}

async function signInForToken(email: string, strategy = "session") {
  const response = await post("/auth/sign-in", { email, password, strategy, transport: "token" });
  expect(response.status).toBe(200);
  return response.json();
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

describe("users", () => {
  test("are made, found, disabled and enabled while the server runs", async () => {
    const terminal = createTerminal();
    const made = await terminal.run(["users", "add", "ada@example.com"], `${password}\n`);
    const sub = /subject ([\w-]{16})\./.exec(made.stdout)?.[1] ?? "";
    terminal.name(sub, "subject");
    await terminal.run(["users", "list"]);

    const { session_token: token } = await signInForToken("ada@example.com");
    expect((await fetch(`${server.url}/auth/session`, { headers: bearer(token) })).status).toBe(200);
    await terminal.run(["users", "disable", "ada@example.com"]);
    expect((await fetch(`${server.url}/auth/session`, { headers: bearer(token) })).status).toBe(401);
    expect((await post("/auth/sign-in", { email: "ada@example.com", password, transport: "token" })).status).toBe(401);
    await terminal.run(["users", "list", "--search", "ada@"]);
    await terminal.run(["users", "enable", sub]);
    expect((await fetch(`${server.url}/auth/session`, { headers: bearer(token) })).status).toBe(401);
    await signInForToken("ada@example.com");
    await terminal.run(["users", "revoke", "ada@example.com"]);
    await terminal.run(["users", "list", "--search", "nobody"]);
    await terminal.run(["users", "disable", "nobody@example.com"]);

    expect(terminal.text()).toBe(`$ countersign users add ada@example.com
Made ada@example.com, subject <subject>.

$ countersign users list
SUBJECT  ADDRESS  CONFIRMED  STATE  CREATED
<subject>  ada@example.com  yes  active  <time>

$ countersign users disable ada@example.com
Disabled ada@example.com; one session ended.

$ countersign users list --search ada@
SUBJECT  ADDRESS  CONFIRMED  STATE  CREATED
<subject>  ada@example.com  yes  disabled  <time>

$ countersign users enable <subject>
Enabled ada@example.com.

$ countersign users revoke ada@example.com
Revoked everything of ada@example.com; one session ended.

$ countersign users list --search nobody
No user's address contains that.

$ countersign users disable nobody@example.com
There is no such user. See: countersign users list
[exit code 1]

`);
  });

  test.each([
    [
      "an address that has an account",
      "taken@example.com",
      `${password}\n`,
      1,
      "This address already has an account.\n",
    ],
    ["no address", "nobody", `${password}\n`, 1, "This is not an e-mail address.\n"],
    [
      "a short password",
      "a@example.com",
      "short\n",
      1,
      "The password is too short: it needs at least 15 characters.\n",
    ],
    ["a common password", "a@example.com", "passwordpassword\n", 1, "The password is one that attackers try first.\n"],
    ["no password", "a@example.com", "", 2, "There is nothing on the standard input.\n"],
  ])("are not made with %s", async (_, email, input, code, stderr) => {
    if (email === "taken@example.com") await run(["users", "add", email], { input: `${password}\n` });
    expect(await run(["users", "add", email], { input })).toEqual({ code, stdout: "", stderr });
  });
});

describe("sessions", () => {
  test("are listed, extended, shortened and ended", async () => {
    await run(["users", "add", "sessions@example.com"], { input: `${password}\n` });
    const { session_token: token, sid } = await signInForToken("sessions@example.com");
    const listed = JSON.parse((await run(["sessions", "list", "sessions@example.com", "--json"])).stdout);
    expect(listed).toEqual([
      expect.objectContaining({ sid, strategy: "session", address: "127.0.0.1", idle_seconds: 604_800 }),
    ]);

    const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 19);
    const shortened = await run(["sessions", "shorten", sid, "--until", `${tomorrow}Z`, "--idle", "30m", "--json"]);
    expect(JSON.parse(shortened.stdout)).toMatchObject({ sid, expires_at: `${tomorrow}.000Z`, idle_seconds: 1800 });
    const extended = JSON.parse((await run(["sessions", "extend", sid, "--by", "2d", "--json"])).stdout);
    expect(Date.parse(extended.expires_at) - Date.parse(`${tomorrow}Z`)).toBe(2 * 86_400_000);
    const beyond = await run(["sessions", "extend", sid, "--by", "400d"]);
    expect(beyond).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/^The session ends \d.*Z\. It may stay unused for 30 minutes\.\n$/),
      stderr: "That is as late as the policy allows: session.maxLifetime is 30 days from the sign-in.\n",
    });

    expect((await fetch(`${server.url}/auth/session`, { headers: bearer(token) })).status).toBe(200);
    expect((await run(["sessions", "revoke", sid])).stdout).toBe("One session ended.\n");
    expect((await fetch(`${server.url}/auth/session`, { headers: bearer(token) })).status).toBe(401);
    const gone = "There is no living session with this sid. See: countersign sessions list\n";
    for (const args of [
      ["revoke", sid],
      ["extend", sid, "--by", "1d"],
      ["shorten", sid, "--to", "1h"],
      ["revoke", "nonsense"],
      // As one in 64 begins: no option, wherever it stands.
      ["revoke", "-ne-of-sixtyfour"],
      ["extend", "--by", "1d", "--f-FourThousand"],
    ]) {
      expect(await run(["sessions", ...args])).toEqual({ code: 1, stdout: "", stderr: gone });
    }
    expect((await run(["sessions", "list", "sessions@example.com"])).stdout).toBe("No living sessions.\n");
  });

  test.each([
    [["extend", "x".repeat(16)], "Say either --by DURATION or --until TIME."],
    [["extend", "x".repeat(16), "--by", "1d", "--until", "2030-01-01"], "Say either --by DURATION or --until TIME."],
    [["shorten", "x".repeat(16)], "Say --to DURATION, --until TIME or --idle DURATION."],
    [["shorten", "x".repeat(16), "--to", "soon"], "--to takes a duration: seconds, or a number with s, m, h or d"],
    [
      ["shorten", "x".repeat(16), "--until", "soon"],
      "--until takes a date, such as 2026-12-31 or 2026-12-31T18:00:00Z",
    ],
    [["list", "--limit", "0"], "--limit takes a whole number from 1 to 10000"],
  ])("%j is a misuse", async (args, words) => {
    expect(await run(["sessions", ...args])).toEqual({ code: 2, stdout: "", stderr: `${words}\n` });
  });
});

describe("keys", () => {
  test("a rotation is published to the running server, and a revoked key is trusted no more", async () => {
    await run(["users", "add", "keys@example.com"], { input: `${password}\n` });
    const { access_token: token } = await signInForToken("keys@example.com", "jwt");
    const before = JSON.parse((await run(["keys", "list", "--json"])).stdout);
    expect(before).toEqual([expect.objectContaining({ alg: "ES256", state: "signing", signs_until: null })]);

    const { kid } = JSON.parse((await run(["keys", "rotate", "--json"])).stdout);
    expect((await run(["keys", "rotate"])).stderr).toContain("already published");
    const after = await run(["keys", "list"]);
    expect(after.stdout).toMatch(new RegExp(`${before[0].kid} +ES256 +signing`));
    expect(after.stdout).toMatch(new RegExp(`${kid} +ES256 +published`));

    expect((await fetch(`${server.url}/auth/session`, { headers: bearer(token) })).status).toBe(200);
    const revoked = await run(["keys", "revoke", before[0].kid]);
    expect(revoked.stdout).toContain(
      `Revoked ${before[0].kid}: this server takes none of its tokens any more. ${kid} signs now.`,
    );
    // The server re-reads its ring within 20 seconds at most.
    await expect
      .poll(async () => (await fetch(`${server.url}/auth/session`, { headers: bearer(token) })).status, {
        timeout: 30_000,
        interval: 250,
      })
      .toBe(401);
    // The server re-reads its ring within 20 seconds at most; its view of the log is faster.
    const published = async () => {
      const { keys } = await (await fetch(`${server.url}/.well-known/jwks.json`)).json();
      return keys.map((key: { kid: string }) => key.kid);
    };
    await expect.poll(published, { timeout: 30_000, interval: 250 }).toEqual([kid]);
    await signInForToken("keys@example.com", "jwt");
    expect(await run(["keys", "revoke", "none"])).toEqual({
      code: 1,
      stdout: "",
      stderr: "There is no such key. See: countersign keys list\n",
    });
  });
});

describe("--wait", () => {
  const services: { readonly id: string; readonly verifier: Verifier }[] = [];
  // Each goes on following until the end: the barriers of the next tests would have to wait for who has gone.
  afterAll(async () => {
    for (const { verifier } of services) verifier.close();
    for (const { id } of services) await run(["services", "remove", id]);
  });

  /** A service that follows the feed from this process. */
  async function following(name: string): Promise<Verifier> {
    const { id, key } = JSON.parse((await run(["services", "add", name, "--scope", "follow", "--json"])).stdout);
    const verifier = createVerifier({ issuer: server.url, feed: { serviceKey: key, name } });
    services.push({ id, verifier });
    return verifier;
  }

  // Nobody was waited out: the server's own view acknowledges like a service, also while it comes to rest.
  const waited = /Refused everywhere after \d+ ms\.\n/.source;

  test("returns once a service that follows refuses what was revoked, and tells how long it took", async () => {
    await run(["users", "add", "wait@example.com"], { input: `${password}\n` });
    const shop = await following("shop");
    const { access_token: token, sid } = await signInForToken("wait@example.com", "jwt");
    expect(await shop.verify(token)).toMatchObject({ ok: true });
    // The server has to be waited for as well: it judges this token by a view of its own.
    const atServer = async () => (await fetch(`${server.url}/auth/session`, { headers: bearer(token) })).status;
    expect(await atServer()).toBe(200);
    const told = await run(["sessions", "revoke", sid, "--wait"]);
    expect(await shop.verify(token)).toEqual({ ok: false, code: "token_revoked" });
    expect(await atServer()).toBe(401);
    expect(told.code).toBe(0);
    const outliving =
      "Services that do not follow the feed accept an access token of the strategy jwt until it runs out, at \\d\\d:\\d\\dZ at the latest\\.";
    expect(told.stdout).toMatch(new RegExp(`^One session ended\\.\n${waited}${outliving}\n$`));
  });

  test.each([["revoke"], ["disable"]])("users %s refuses everything of a user everywhere, as JSON", async (act) => {
    const email = `${act}-everywhere@example.com`;
    await run(["users", "add", email], { input: `${password}\n` });
    const news = await following("news");
    const { access_token: token } = await signInForToken(email, "hybrid");
    expect(await news.verify(token)).toMatchObject({ ok: true });
    const { code, stdout } = await run(["users", act, email, "--wait", "--json"]);
    expect(await news.verify(token)).toEqual({ ok: false, code: "token_revoked" });
    const { ended, everywhere } = JSON.parse(stdout);
    expect([code, ended, everywhere]).toEqual([
      0,
      1,
      {
        outcome: "everywhere",
        number: expect.any(Number),
        ms: expect.any(Number),
        waited_out: [],
        insecure: [],
      },
    ]);
  });

  test("names who was waited out", async () => {
    await run(["users", "add", "late@example.com"], { input: `${password}\n` });
    const dead = await following("dead");
    const { access_token: token, sid } = await signInForToken("late@example.com", "jwt");
    await dead.verify(token);
    dead.close();
    const { code, stdout, stderr } = await run(["sessions", "revoke", sid, "--wait", "--json"]);
    expect(stderr).toBe("");
    const { ended, everywhere } = JSON.parse(stdout);
    expect([code, ended, everywhere.outcome]).toEqual([0, [sid], "everywhere"]);
    expect(everywhere.waited_out).toEqual(["dead"]);
  });

  test("waits for keys and for everybody too", async () => {
    await run(["users", "add", "one@example.com"], { input: `${password}\n` });
    const desk = await following("desk");
    const { session_token: token } = await signInForToken("one@example.com");
    const { access_token: early } = await signInForToken("one@example.com", "jwt");
    expect(await desk.verify(early)).toMatchObject({ ok: true });
    const everybody = await run(["sessions", "revoke", "--everybody", "--wait"]);
    expect(await desk.verify(early)).toEqual({ ok: false, code: "token_revoked" });
    expect(everybody.code).toBe(0);
    expect(everybody.stdout).toMatch(new RegExp(`^Everybody is signed out; .* ended\\.\n${waited}`));
    expect((await fetch(`${server.url}/auth/session`, { headers: bearer(token) })).status).toBe(401);
    expect((await run(["sessions", "list"])).stdout).toBe("No living sessions.\n");
    const { access_token: late } = await signInForToken("one@example.com", "jwt");
    expect(await desk.verify(late)).toMatchObject({ ok: true });
    const { kid } = JSON.parse(Buffer.from(late.split(".")[0], "base64url").toString());
    const key = JSON.parse((await run(["keys", "revoke", kid, "--wait", "--json"])).stdout);
    expect(await desk.verify(late)).toMatchObject({
      ok: false,
      code: expect.stringMatching(/^token_(revoked|key_unknown)$/),
    });
    expect(key).toMatchObject({ revoked: kid, everywhere: { outcome: "everywhere", waited_out: [] } });
  });
});

describe("a list that is longer than a page", () => {
  test("of users goes on after the last one shown", async () => {
    for (const email of ["page-1@example.com", "page-2@example.com", "page-3@example.com"]) {
      await run(["users", "add", email], { input: `${password}\n` });
    }
    const list = ["users", "list", "--search", "page-"];
    const [first, second, third] = JSON.parse((await run([...list, "--json"])).stdout);
    const page = await run([...list, "--limit", "2"]);
    expect(page.stdout).toContain(`${second.sub}  ${second.email}`);
    expect(page.stdout).toContain(`There may be more: --after ${second.sub}\n`);
    expect(page.stdout).toContain(first.sub);
    expect(JSON.parse((await run([...list, "--after", second.sub, "--json"])).stdout)).toEqual([third]);
    expect((await run([...list, "--after", third.sub])).stdout).toBe("No more users.\n");
  });

  test("of sessions goes on too, also of one user, and knows no sid of others", async () => {
    await run(["users", "add", "pages@example.com"], { input: `${password}\n` });
    for (let times = 0; times < 3; times += 1) await signInForToken("pages@example.com");
    for (const list of [
      ["sessions", "list"],
      ["sessions", "list", "pages@example.com"],
    ]) {
      const [first, ...rest] = JSON.parse((await run([...list, "--json"])).stdout);
      expect(JSON.parse((await run([...list, "--after", first.sid, "--json"])).stdout)).toEqual(rest);
    }
    expect(await run(["sessions", "list", "pages@example.com", "--after", "x".repeat(16)])).toEqual({
      code: 1,
      stdout: "",
      stderr: "The user has no session with the sid of --after.\n",
    });
  });
});

describe("services", () => {
  test("a key is shown once, works at once, and stops at once", async () => {
    await run(["users", "add", "services@example.com"], { input: `${password}\n` });
    const { session_token: token, sid } = await signInForToken("services@example.com");
    const terminal = createTerminal();
    const added = await terminal.run(["services", "add", "shop", "--scope", "introspect,revoke"]);
    const key = /^ {2}([\w-]{12}\.[\w-]{43})$/m.exec(added.stdout)?.[1] ?? "";
    const id = key.slice(0, 12);
    terminal.name(key, "key");
    terminal.name(id, "id");
    await terminal.run(["services", "list"]);

    const introspect = () =>
      fetch(`${server.url}/auth/introspect`, {
        method: "POST",
        headers: bearer(key),
        body: new URLSearchParams({ token }),
      });
    expect(await (await introspect()).json()).toMatchObject({ active: true, sid });
    expect((await fetch(`${server.url}/auth/admin/subjects`, { headers: bearer(key) })).status).toBe(403);
    await terminal.run(["services", "remove", id]);
    expect((await introspect()).status).toBe(401);
    await terminal.run(["services", "list"]);
    await terminal.run(["services", "remove", "unknown"]);
    await terminal.run(["services", "add", "shop", "--scope", "everything"]);
    await terminal.run(["services", "add", "shop"]);
    await terminal.run(["services", "add", "shop", "--scope", "introspect,admin", "--audience", "shop"]);

    expect(terminal.text()).toBe(`$ countersign services add shop --scope introspect,revoke
Made a key for shop. It is shown this once; only its hash is kept:

  <key>

Send it as a Bearer credential, or as HTTP Basic with the part before the dot as user and the rest as password:

  curl -H "Authorization: Bearer $KEY" -d "token=$TOKEN" <issuer>/auth/introspect


$ countersign services list
ID  NAME  SCOPES  AUDIENCE  CREATED
<id>  shop  introspect, revoke  first party  <time>

$ countersign services remove <id>
Removed <id>. Its key opens nothing any more.

$ countersign services list
No services yet. Make one: countersign services add NAME --scope introspect

$ countersign services remove unknown
There is no such service. See: countersign services list
[exit code 1]

$ countersign services add shop --scope everything
--scope takes some of introspect, revoke, follow, admin, with commas between.
[exit code 2]

$ countersign services add shop
--scope takes some of introspect, revoke, follow, admin, with commas between.
[exit code 2]

$ countersign services add shop --scope introspect,admin --audience shop
A key with the scope admin sees every subject, so it takes no --audience. Make two keys.
[exit code 2]

`);
  });
});

describe("audit", () => {
  test("shows who did what, newest first, and can be narrowed", async () => {
    await run(["users", "add", "audit@example.com"], { input: `${password}\n` });
    await signInForToken("audit@example.com");
    await post("/auth/sign-in", {
      email: "audit@example.com",
      password: "not the right pass phrase",
      transport: "token",
    });
    const all = JSON.parse((await run(["audit", "--user", "audit@example.com", "--json"])).stdout);
    expect(all.map((entry: { act: string; outcome: string }) => [entry.act, entry.outcome])).toEqual([
      ["session.sign_in", "refused"],
      ["session.sign_in", "ok"],
      ["subject.sign_up", "ok"],
    ]);
    const some = await run(["audit", "--user", "audit@example.com", "--act", "subject.sign_up"]);
    expect(some.stdout.split("\n")).toHaveLength(3);
    expect(some.stdout).toMatch(/subject\.sign_up +ok +operator/);
    const older = JSON.parse((await run(["audit", "--before", `${all[1].id}`, "--limit", "1", "--json"])).stdout);
    expect(older).toEqual([all[2]]);
  });
});

describe("a folder without a database", () => {
  test.each([[["users", "list"]], [["sessions", "list"]], [["keys", "rotate"]], [["audit"]]])(
    "%j says what to do",
    async (args) => {
      using folder = scratchFolder();
      const ran = await run(args, { folder: folder.path });
      const data = join(folder.path, ".countersign");
      const stderr = `There is no database in ${data}. Start the server once, or name the folder: --data PATH\n`;
      expect(ran).toEqual({ code: 1, stdout: "", stderr });
    },
  );

  test("users and services can be made before the first start", async () => {
    using folder = scratchFolder();
    const made = await run(["users", "add", "first@example.com"], { folder: folder.path, input: `${password}\n` });
    expect(made.code).toBe(0);
    expect(statSync(join(folder.path, ".countersign", "secret")).mode & 0o777).toBe(0o600);
    await using started = await startTestServer({ folder: folder.path });
    const response = await fetch(`${started.url}/auth/sign-in`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ email: "first@example.com", password, transport: "token" }),
    });
    expect(response.status).toBe(200);
  });
});

describe("a folder that cannot be", () => {
  test("looked into: says so, and whose it may be", async () => {
    using folder = scratchFolder();
    const loop = join(folder.path, "loop");
    symlinkSync(loop, loop);
    const stderr = `The data folder ${loop} cannot be read (ELOOP). Run the command as the user that the server runs as.\n`;
    expect(await run(["users", "list", "--data", loop])).toEqual({ code: 2, stdout: "", stderr });
  });

  test.each([
    ["because a file stands in the way", (folder: string) => join(folder, "file", "data"), "ENOTDIR"],
    ["because nothing can be made there", () => "/proc/countersign/data", "ENOENT"],
  ])("made, %s: the start names it, at once", async (_, place, code) => {
    using folder = scratchFolder();
    writeFileSync(join(folder.path, "file"), "");
    const data = place(folder.path);
    const stderr = `The data folder ${data} cannot be made (${code}). Name another with --data or COUNTERSIGN_DATA.\n`;
    expect(await run(["serve", "--port", "0", "--data", data])).toEqual({ code: 2, stdout: "", stderr });
  });
});

describe("a folder that others on this machine can open", () => {
  test("is narrowed by a command as by the server, which says so beside its answer", async () => {
    using folder = scratchFolder();
    await run(["services", "add", "shop", "--scope", "revoke"], { folder: folder.path });
    const secret = join(folder.path, ".countersign", "secret");
    chmodSync(secret, 0o644);
    const told = await run(["services", "list", "--json"], { folder: folder.path });
    expect([told.code, JSON.parse(told.stdout)]).toEqual([0, [expect.objectContaining({ name: "shop" })]]);
    expect(told.stderr).toContain(`path=${secret} mode=0644\n`);
    expect(told.stderr).toContain("other users of this machine could open this: narrowed to its owner. If somebody");
    expect(statSync(secret).mode & 0o777).toBe(0o600);
    expect((await run(["services", "list"], { folder: folder.path })).stderr).toBe("");
  });
});

describe("the command line itself", () => {
  test("tells its version", async () => {
    expect(await run(["--version"])).toEqual({ code: 0, stdout: "countersign 0.1.0\n", stderr: "" });
  });

  test("help names every command, and each command explains its options", async () => {
    const overview = await run(["--help"]);
    expect(overview.code).toBe(0);
    const commands = [...overview.stdout.matchAll(/^ {2}((?:[a-z]+ ?)+)(?:\[?[A-Z]+\]?)? {2,}\S/gm)].map(
      ([, name = ""]) => name.trim(),
    );
    expect(commands).toEqual(
      expect.arrayContaining(["serve", "users add", "sessions shorten", "keys revoke", "explain"]),
    );
    const [first, second] = await Promise.all([run(["users", "add", "--help"]), run(["help", "users", "add"])]);
    expect(first.stdout).toContain("Usage: countersign users add EMAIL [OPTIONS]");
    expect(second.stdout).toBe(first.stdout);
    expect((await run(["users"])).stdout).toContain("countersign users disable USER");
    expect((await run([])).stdout).toBe(overview.stdout);
    const revoke = await run(["sessions", "revoke", "--help"]);
    expect(revoke.stdout).toContain(
      "Services that do not follow it accept\nan access token of the strategy jwt until it runs out.",
    );
  });

  test.each([
    [["frobnicate"], 'There is no command "frobnicate". See: countersign --help'],
    [["users", "frob"], 'There is no command "users frob". With users go: list, add, disable, enable, revoke.'],
    [["users", "add"], "Usage: countersign users add EMAIL"],
    [["services", "add"], "Usage: countersign services add NAME --scope SCOPES"],
    [["sessions", "extend"], "Usage: countersign sessions extend SID (--by DURATION | --until TIME)"],
    [["sessions", "revoke"], "Say either SID or --everybody."],
    [["sessions", "revoke", "x".repeat(16), "--everybody"], "Say either SID or --everybody."],
    [["users", "list", "extra"], "Usage: countersign users list"],
    [["users", "list", "--frob"], "Unknown option '--frob'. See: countersign users list --help"],
    [["users", "list", "--limit"], "Option '--limit <value>' argument missing. See: countersign users list --help"],
    [["users", "list", "--config", "missing.json"], "missing.json: cannot be read (there is no such file)"],
  ])("%j is a misuse", async (args, words) => {
    expect(await run(args)).toEqual({ code: 2, stdout: "", stderr: `${words}\n` });
  });
});

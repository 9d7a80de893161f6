// `countersign explain`: what it says of each kind of credential, in each state, and what it never repeats.

import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runProcess } from "../support/process.ts";
import { commandLine, scratchFolder, startTestServer, type TestServer } from "./server-fixture.ts";

const password = "correct horse battery staple";
let server: TestServer;
let session: { session_token: string; sid: string };
let tokens: { access_token: string; refresh_token: string; sid: string };

beforeAll(async () => {
  server = await startTestServer();
  const email = "ada@example.com";
  await runProcess({ args: commandLine("users", "add", email), cwd: server.folder, input: `${password}\n` });
  session = await (await post("/auth/sign-in", { email, password, transport: "token" })).json();
  tokens = await (await post("/auth/sign-in", { email, password, strategy: "jwt" })).json();
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

function post(path: string, json: object): Promise<Response> {
  return fetch(server.url + path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(json),
  });
}

async function explain(credential: string, folder = server.folder) {
  const { code, stdout, stderr } = await runProcess({
    args: commandLine("explain", "-", "--json"),
    cwd: folder,
    input: `${credential}\n`,
  });
  expect(stderr).toBe("");
  return { exit: code, ...JSON.parse(stdout) };
}

function rewritten(token: string, part: 0 | 1, change: object): string {
  const parts = token.split(".");
  const before = JSON.parse(Buffer.from(parts[part] ?? "", "base64url").toString());
  parts[part] = Buffer.from(JSON.stringify({ ...before, ...change })).toString("base64url");
  return parts.join(".");
}

describe("with the data folder", () => {
  test("good credentials", async () => {
    expect(await explain(session.session_token)).toMatchObject({
      exit: 0,
      kind: "A session token",
      verdict: "accepted",
      facts: { sid: session.sid, strategy: "session" },
      reasons: ["Its session is alive."],
    });
    expect(await explain(`Bearer ${tokens.access_token}`)).toMatchObject({
      exit: 0,
      kind: "An access token of the lean profile",
      verdict: "accepted",
      facts: { "header typ": "lean+jwt", "header alg": "ES256", "claim iss": server.url, "claim sid": tokens.sid },
      reasons: ["Its signature and times are good, and its session is alive."],
    });
    expect(await explain(tokens.refresh_token)).toMatchObject({
      exit: 0,
      kind: "A refresh token",
      verdict: "unknown",
      facts: { sid: tokens.sid, number: "0" },
    });
  });

  test.each([
    [
      "a token with other claims",
      () => rewritten(tokens.access_token, 1, { sub: "somebody-else-00" }),
      "token_signature",
    ],
    ["a token that says alg none", () => rewritten(tokens.access_token, 0, { alg: "none" }), "token_algorithm"],
    ["a token that brings its own key", () => rewritten(tokens.access_token, 0, { jwk: {} }), "token_header_forbidden"],
    ["a token of another kind", () => rewritten(tokens.access_token, 0, { typ: "JWT" }), "token_type"],
    ["a token of another key", () => rewritten(tokens.access_token, 0, { kid: "none" }), "token_key_unknown"],
    ["a session token that was never issued", () => "x".repeat(27), "session_unknown"],
    ["something else", () => "hello", "token_malformed"],
    ["a service key", () => `${"a".repeat(12)}.${"b".repeat(43)}`, "token_malformed"],
    ["9 KB", () => "x".repeat(9000), "token_too_long"],
  ])("%s would be refused", async (_, make, refusal) => {
    const explained = await explain(make());
    expect([explained.exit, explained.verdict]).toEqual([1, "refused"]);
    expect(explained.code).toBe(refusal);
  });

  test("a use is not noted", async () => {
    const list = async () => {
      const { stdout } = await runProcess({ args: commandLine("sessions", "list", "--json"), cwd: server.folder });
      return JSON.parse(stdout);
    };
    const before = await list();
    await explain(session.session_token);
    expect(await list()).toEqual(before);
  });

  test("a replaced refresh token, and an ended session seen from each of its credentials", async () => {
    const first = await (await post("/auth/sign-in", { email: "ada@example.com", password, strategy: "jwt" })).json();
    const second = await (await post("/auth/refresh", { refresh_token: first.refresh_token })).json();
    expect(await explain(first.refresh_token)).toMatchObject({
      exit: 1,
      verdict: "refused",
      reasons: ["It was replaced: number 1 is current. Presented now, it counts as stolen and ends the session."],
    });
    await runProcess({ args: commandLine("sessions", "revoke", first.sid), cwd: server.folder });
    expect(await explain(second.refresh_token)).toMatchObject({ exit: 1, verdict: "refused" });
    const access = await explain(second.access_token);
    expect(access).toMatchObject({ exit: 1, verdict: "refused", code: "token_revoked" });
    expect(access.reasons.join(" ")).toMatch(
      /Its session was ended .*: revoked\. Services that do not follow the feed accept it until it expires\./,
    );
  });

  test("the token of a hybrid whose session has ended, which nobody accepts", async () => {
    const hybrid = await (
      await post("/auth/sign-in", { email: "ada@example.com", password, strategy: "hybrid", transport: "token" })
    ).json();
    expect(await explain(hybrid.access_token)).toMatchObject({ exit: 0, verdict: "accepted" });
    await runProcess({ args: commandLine("sessions", "revoke", hybrid.sid), cwd: server.folder });
    const access = await explain(hybrid.access_token);
    expect(access).toMatchObject({ exit: 1, verdict: "refused", code: "token_revoked" });
    expect(access.reasons.join(" ")).not.toContain("accept");
  });

  test("explaining leaves no row that a wait for everywhere would wait for", async () => {
    const database = new DatabaseSync(join(server.folder, ".countersign", "countersign.db"), { readOnly: true });
    const rows = () => database.prepare("SELECT incarnation FROM issuers ORDER BY incarnation").all();
    const before = rows();
    await explain(tokens.access_token);
    expect(rows()).toEqual(before);
    database.close();
  });

  test("neither secret nor signature is repeated, in words or in JSON", async () => {
    for (const credential of [session.session_token, tokens.access_token, tokens.refresh_token]) {
      for (const format of [[], ["--json"]]) {
        const { stdout } = await runProcess({
          args: commandLine("explain", credential, ...format),
          cwd: server.folder,
        });
        const secret = credential.split(".").at(-1) ?? "";
        expect(stdout.length).toBeGreaterThan(100);
        expect(stdout).not.toContain(secret);
      }
    }
  });

  test("in words", async () => {
    const { stdout, code } = await runProcess({
      args: commandLine("explain", session.session_token),
      cwd: server.folder,
    });
    const tidied = stdout
      .replaceAll(session.sid, "<sid>")
      .replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ/g, "<time>")
      .replace(/\d+ seconds? ago/g, "<ago>")
      .replace(/(subject +)[\w-]{16}/, "$1<subject>");
    expect(code).toBe(0);
    expect(tidied).toBe(`A session token

  size       27 bytes; as the cookie __Host-Http-sid 43
  sid        <sid>
  subject    <subject>
  strategy   session
  client     node
  signed in  <time>, <ago>
  last used  <time>, <ago>
  ends       <time>, in 30 days

It would be accepted.
  Its session is alive.
`);
  });
});

describe("without a data folder", () => {
  test.each([
    [
      "a token",
      () => tokens.access_token,
      0,
      "unknown",
      "Its times are good. Its signature was not checked: there are no keys here.",
    ],
    [
      "an old token",
      () => rewritten(tokens.access_token, 1, { iat: 1_700_000_000, exp: 1_700_000_300 }),
      1,
      "refused",
      "It ended ",
    ],
    [
      "a token of the future",
      () => rewritten(tokens.access_token, 1, { iat: 4_000_000_000, exp: 4_000_000_300 }),
      1,
      "refused",
      "It is valid in ",
    ],
    [
      "a token without times",
      () => rewritten(tokens.access_token, 1, { exp: "soon" }),
      1,
      "refused",
      "iat and exp have to be numbers.",
    ],
    [
      "a JWT of another kind",
      () => rewritten(tokens.access_token, 0, { typ: "logout+jwt" }),
      1,
      "refused",
      "Only lean+jwt, at+jwt and hybrid+jwt",
    ],
    ["a session token", () => session.session_token, 0, "unknown", "the server looks its session up"],
    ["an encrypted JWT", () => "a.b.c.d.e", 1, "refused", "Five parts"],
  ])("%s is explained by its shape and times", async (_, make, code, verdict, words) => {
    using folder = scratchFolder();
    const explained = await explain(make(), folder.path);
    expect([explained.exit, explained.verdict]).toEqual([code, verdict]);
    expect(explained.reasons.join(" ")).toContain(words);
  });
});

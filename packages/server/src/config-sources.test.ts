import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { type ConfigSources, readConfig } from "./config-sources.ts";
import { environmentName, environmentVariables } from "./environment.ts";
import { OperatorError } from "./operator-error.ts";

const folder = mkdtempSync(join(tmpdir(), "countersign-config-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const read = (env: Readonly<Record<string, string>>, more: Partial<ConfigSources> = {}) =>
  readConfig({ env, cwd: folder, ...more });

function mistakesOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof OperatorError && error.exitCode === 2) return error.message;
    throw error;
  }
  return "none";
}

test("needs nothing: everything has a default", () => {
  const config = read({ HOME: "/nowhere", PATH: "/bin" });
  expect(config).toMatchObject({
    port: 4000,
    host: "localhost",
    data: join(folder, ".countersign"),
    log: { level: "info", format: "pretty" },
    metrics: { access: "local" },
    strategies: ["session", "jwt", "hybrid"],
  });
  expect(config.issuer).toBeUndefined();
  expect(config.secrets).toBeUndefined();
});

const secret = "s".repeat(43);

test.each([
  ["a number", { PORT: "4001" }, { port: 4001 }],
  ["a duration with a unit", { COUNTERSIGN_SESSION__IDLE: "2h" }, { session: { idle: "2h" } }],
  ["a duration in seconds", { COUNTERSIGN_JWT__LIFETIME: "60" }, { jwt: { lifetime: 60 } }],
  ["a flag", { COUNTERSIGN_JWT__REFRESH: "false" }, { jwt: { refresh: false } }],
  ["a text that looks like a number", { COUNTERSIGN_MAIL__APP_NAME: "1984" }, { mail: { appName: "1984" } }],
  ["a list with commas", { COUNTERSIGN_STRATEGIES: "jwt, session" }, { strategies: ["jwt", "session"] }],
  ["a list as JSON", { COUNTERSIGN_SECRETS: JSON.stringify([secret, secret]) }, { secrets: [secret, secret] }],
  ["a list of one", { COUNTERSIGN_SECRETS: secret }, { secrets: [secret] }],
  ["an empty value, which counts as absent", { PORT: "", COUNTERSIGN_HOST: "" }, { port: 4000, host: "localhost" }],
  ["a name in capitals and words", { COUNTERSIGN_HASHING__MEMORY_KIB: "8192" }, { hashing: { memoryKiB: 8192 } }],
  [
    "what Kubernetes says of a service called countersign",
    { COUNTERSIGN_PORT: "tcp://10.0.0.1:4000", COUNTERSIGN_SERVICE_HOST: "10.0.0.1" },
    { port: 4000 },
  ],
] as const)("reads %s from the environment", (_, env, expected) => {
  expect(read(env)).toMatchObject(expected);
});

test.each([
  ["a port that is none", { PORT: "http" }, "port (PORT): must be a number"],
  ["a port out of range", { PORT: "70000" }, "port (PORT): must be at most 65535"],
  ["a port below zero", { PORT: "-1" }, "port (PORT): must be at least 0"],
  ["part of a port", { PORT: "80.5" }, "port (PORT): must be a whole number"],
  [
    "a word that is not among the choices",
    { COUNTERSIGN_SIGN_UP: "maybe" },
    "signUp (COUNTERSIGN_SIGN_UP): must be one of open, confirm, closed",
  ],
  [
    "a duration that is none",
    { COUNTERSIGN_SESSION__IDLE: "soon" },
    "session.idle (COUNTERSIGN_SESSION__IDLE): must be a duration from 1m to 400d: seconds, or a number with s, m, h or d",
  ],
  [
    "a duration out of bounds",
    { COUNTERSIGN_JWT__LIFETIME: "2h" },
    "jwt.lifetime (COUNTERSIGN_JWT__LIFETIME): must be a duration from 10s to 1h: seconds, or a number with s, m, h or d",
  ],
  [
    "an issuer without TLS",
    { COUNTERSIGN_ISSUER: "http://auth.example" },
    "issuer (COUNTERSIGN_ISSUER): must be an https URL without query, fragment or trailing slash; http is allowed for localhost",
  ],
  [
    "secrets that are set to nothing",
    { COUNTERSIGN_SECRETS: "" },
    "COUNTERSIGN_SECRETS: is empty; set at least 32 characters, or unset it for the generated secret",
  ],
  [
    "a short secret",
    { COUNTERSIGN_SECRETS: "too-short-to-be-one" },
    "secrets.0 (COUNTERSIGN_SECRETS): must have at least 32 characters",
  ],
  [
    "an unknown strategy",
    { COUNTERSIGN_STRATEGIES: "session,magic" },
    "strategies.1 (COUNTERSIGN_STRATEGIES): must be one of session, jwt, hybrid",
  ],
  [
    "a strategy twice",
    { COUNTERSIGN_STRATEGIES: "jwt,jwt" },
    "strategies (COUNTERSIGN_STRATEGIES): must be each strategy once",
  ],
  [
    "a flag that is neither",
    { COUNTERSIGN_JWT__REFRESH: "yes" },
    "jwt.refresh (COUNTERSIGN_JWT__REFRESH): must be true or false",
  ],
  [
    "a mail server that is none",
    { COUNTERSIGN_MAIL__SMTP: "mail.example.com" },
    "mail.smtp (COUNTERSIGN_MAIL__SMTP): must be a mail server: smtp://user:password@host:587, or smtps:// for TLS from the start",
  ],
  [
    "a link that is none",
    { COUNTERSIGN_MAIL__RESET_URL: "reset" },
    "mail.resetUrl (COUNTERSIGN_MAIL__RESET_URL): must be a URL",
  ],
  [
    "a misspelt variable",
    { COUNTERSIGN_SINGUP: "closed" },
    "COUNTERSIGN_SINGUP: there is no such variable; did you mean COUNTERSIGN_SIGN_UP?",
  ],
  [
    "a variable with one underscore too few",
    { COUNTERSIGN_SESSION_IDLE: "1h" },
    "COUNTERSIGN_SESSION_IDLE: there is no such variable; did you mean COUNTERSIGN_SESSION__IDLE?",
  ],
  ["a variable that is like none", { COUNTERSIGN_COLOUR: "red" }, "COUNTERSIGN_COLOUR: there is no such variable"],
])("names %s, with what is allowed", (_, env, words) => {
  expect(mistakesOf(() => read(env))).toBe(`The configuration has a mistake:\n  ${words}`);
});

test.each([
  ["is not there", undefined, "other.json: cannot be read (there is no such file)"],
  ["is not JSON", '{ "secrets": ["do-not-show-me" }', "other.json: is not JSON"],
  ["is no object", "[]", 'other.json: must hold a JSON object, such as { "port": 4000 }'],
  [
    "has an unknown option",
    '{ "jwt": { "alg": 1 } }',
    "  jwt.alg (other.json): there is no such option; there are lifetime, refresh, grace, algorithm, maxBytes",
  ],
])("refuses a file that %s", (_, text, words) => {
  rmSync(join(folder, "other.json"), { force: true });
  if (text !== undefined) writeFileSync(join(folder, "other.json"), text);
  const message = mistakesOf(() => read({ COUNTERSIGN_CONFIG: "other.json" }));
  expect(message).toContain(words);
  expect(message).not.toContain("do-not-show-me");
  expect(mistakesOf(() => read({}, { file: "other.json" }))).toBe(message);
});

test("the command line wins over the environment, and the environment over the file, option by option", () => {
  writeFileSync(
    join(folder, "all.json"),
    JSON.stringify({ port: 1, host: "::1", session: { idle: "1h", lifetime: "3h" } }),
  );
  const config = read(
    { PORT: "2", COUNTERSIGN_HOST: "127.0.0.1", COUNTERSIGN_SESSION__LIFETIME: "2h" },
    { file: "all.json", flags: { port: "3", data: undefined } },
  );
  expect(config).toMatchObject({ port: 3, host: "127.0.0.1", session: { idle: "1h", lifetime: "2h" } });
});

test("says so when the mistake is on the command line", () => {
  expect(mistakesOf(() => read({}, { flags: { port: "x" } }))).toContain("port (--port): must be a number");
});

test("every option has one variable, named by one rule", () => {
  const names = environmentVariables().map((variable) => variable.name);
  expect(new Set(names).size).toBe(names.length);
  expect(names).toEqual(expect.arrayContaining(["PORT", "COUNTERSIGN_DATA", "COUNTERSIGN_TRUSTED_PROXY_HOPS"]));
  expect(names.every((name) => /^(PORT|COUNTERSIGN_[A-Z]+(__?[A-Z]+)*)$/.test(name))).toBe(true);
  expect(environmentName(["session", "maxLifetime"])).toBe("COUNTERSIGN_SESSION__MAX_LIFETIME");
});

test("switches the lab by file, environment and command line", () => {
  expect(read({}).lab).toBeUndefined();
  expect(read({ COUNTERSIGN_LAB: "false" }).lab).toBe(false);
  expect(read({ COUNTERSIGN_LAB: "false" }, { flags: { lab: "on" } }).lab).toBe(true);
  expect(read({ COUNTERSIGN_LAB: "true" }, { flags: { lab: "off" } }).lab).toBe(false);
  expect(mistakesOf(() => read({}, { flags: { lab: "true" } }))).toContain("lab (--lab): must be");
  expect(mistakesOf(() => read({ COUNTERSIGN_LAB: "yes" }))).toContain("lab (COUNTERSIGN_LAB): must be");
});

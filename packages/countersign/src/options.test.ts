import { ConfigurationError } from "@countersign/verifier";
import { describe, expect, it } from "vitest";
import { type DataOptions, requireParts, resolveOptions } from "./options.ts";

const least: DataOptions = { issuer: "https://auth.example", secrets: ["a server secret that is long enough"] };
const GOOD = "a server secret that is long enough";
const resolve = (more: object = {}) => resolveOptions({ ...least, ...more });
const day = 86_400_000;

describe("options", () => {
  it("are safe without being asked", () => {
    expect(resolve()).toMatchObject({
      strategies: ["session", "jwt"],
      session: { lifetimeMs: 30 * day, idleMs: 7 * day, maxAgeMs: 30 * day, maxIdleMs: 7 * day, perSubject: 100 },
      jwt: { lifetimeSeconds: 300, refresh: true, graceMs: 10_000, algorithm: "ES256" },
      feed: { lagMs: 5000, onStale: "ask" },
      password: { minLength: 15 },
      corsOrigins: [],
      mail: {
        resetUrl: "https://auth.example/reset-password",
        verifyUrl: "https://auth.example/verify-address",
        forgotUrl: "https://auth.example/forgot-password",
      },
      trustedProxyHops: 0,
    });
  });

  it("are shorter in the strict profile, and what is said explicitly still counts", () => {
    const strict = resolve({ profile: "strict", session: { idle: "2h" } });
    expect(strict.session).toMatchObject({ lifetimeMs: day / 2, idleMs: 7_200_000 });
    expect(strict.jwt).toMatchObject({ lifetimeSeconds: 120, graceMs: 5000 });
    expect(strict.feed).toMatchObject({ lagMs: 2000, onStale: "refuse" });
    expect(resolve({ profile: "strict", feed: { onStale: "ask" } }).feed).toMatchObject({ onStale: "ask" });
    expect(resolve({ feed: { onStale: "refuse" } }).feed).toMatchObject({ lagMs: 5000, onStale: "refuse" });
  });

  it.each<readonly [string, object, string]>([
    ["plain http to another machine", { issuer: "http://auth.example" }, "issuer"],
    ["a trailing slash", { issuer: "https://auth.example/" }, "issuer"],
    ["a query", { issuer: "https://auth.example?a" }, "issuer"],
    ["credentials in the URL", { issuer: "https://a:b@auth.example" }, "issuer"],
    ["no secret", { secrets: [] }, "secrets"],
    ["a short secret", { secrets: ["short"] }, "secrets.0"],
    ["an unknown strategy", { strategies: ["magic"] }, "strategies.0"],
    ["a strategy that there is not", { strategies: ["magic"] }, "strategies.0"],
    ["a strategy twice", { strategies: ["jwt", "jwt"] }, "strategies"],
    ["no strategy", { strategies: [] }, "strategies"],
    ["no unit", { session: { lifetime: "30" } }, "session.lifetime"],
    ["no time at all", { session: { lifetime: 0 } }, "session.lifetime"],
    ["more than browsers keep", { session: { lifetime: "401d" } }, "session.lifetime"],
    ["a token for a day", { jwt: { lifetime: "1d" } }, "jwt.lifetime"],
    ["a grace that outlasts the jitter", { jwt: { lifetime: "40s", grace: "9s" } }, "jwt.grace"],
    ["a weak algorithm", { jwt: { algorithm: "HS256" } }, "jwt.algorithm"],
    ["passwords of 7", { password: { minLength: 7 } }, "password.minLength"],
    ["a wildcard origin", { corsOrigins: ["*"] }, "corsOrigins.0"],
    ["an origin with a path", { corsOrigins: ["https://app.example/"] }, "corsOrigins.0"],
    ["a page that is no page", { mail: { forgotUrl: "javascript:alert(1)" } }, "mail.forgotUrl"],
    ["an issuer with a path", { issuer: "https://example.com/auth" }, "issuer"],
    ["no limit at all", { limits: { signUpsPerAddress: 0 } }, "limits.signUpsPerAddress"],
    ["a limit that is none", { limits: { failuresPerAccount: 51 } }, "limits.failuresPerAccount"],
    ["a limit that is none for an address", { limits: { failuresPerAddress: 5001 } }, "limits.failuresPerAddress"],
    ["a secret of one letter", { secrets: ["a".repeat(64)] }, "secrets.0"],
    ["a secret of nine letters", { secrets: [GOOD, "abcdefghi".repeat(4)] }, "secrets.1"],
    ["a secret that documents have shown", { secrets: ["for development only: 32 characters"] }, "secrets.0"],
    ["a view that accepts when it is stale", { feed: { onStale: "insecureAccept" } }, "feed.onStale"],
    ["a hop too many", { trustedProxyHops: 11 }, "trustedProxyHops"],
    ["a path out of the site", { signInPaths: ["//evil.example"] }, "signInPaths.0"],
    ["the refresh cookie at the path that it has", { privilegePaths: ["/auth/refresh"] }, "privilegePaths"],
    ["the refresh cookie twice at its path", { privilegePaths: ["/promote", "/auth"] }, "privilegePaths"],
    ["the refresh cookie twice below its path", { privilegePaths: ["/auth/refresh/now"] }, "privilegePaths"],
    [
      "the refresh cookie twice at a path within another",
      { privilegePaths: ["/promote/", "/promote/x"] },
      "privilegePaths",
    ],
    ["the refresh cookie twice at one path", { privilegePaths: ["/promote", "/promote"] }, "privilegePaths"],
    ["an unknown member", { sesion: {} }, "sesion"],
    ["an unknown member below", { jwt: { lifetim: "5m" } }, "jwt.lifetim"],
    ["a token shorter than the default grace allows", { jwt: { lifetime: "49s" } }, "jwt.lifetime"],
    ["a strict token shorter than that", { profile: "strict", jwt: { lifetime: "24s" } }, "jwt.lifetime"],
  ])("refuse %s, naming the option", (_name, more, option) => {
    const failure = (() => {
      try {
        return resolve(more);
      } catch (error) {
        return error;
      }
    })();
    expect(failure).toBeInstanceOf(ConfigurationError);
    expect(failure).toMatchObject({ option });
  });

  it.each<readonly [string, object, string]>([
    [
      "a duration out of bounds",
      { session: { idle: "401d" } },
      "session.idle: must be a duration from 1m to 400d: seconds, or a number with s, m, h or d",
    ],
    [
      "a duration that is none",
      { session: { idle: "soon" } },
      "session.idle: must be a duration from 1m to 400d: seconds, or a number with s, m, h or d",
    ],
    [
      "a duration that is no text either",
      { session: { idle: true } },
      "session.idle: must be a duration from 1m to 400d: seconds, or a number with s, m, h or d",
    ],
    ["a number", { session: { perSubject: 0 } }, "session.perSubject: must be at least 1"],
    ["a choice", { signUp: "maybe" }, "signUp: must be one of open, confirm, closed"],
    ["a list", { secrets: "a server secret that is long enough" }, "secrets: must be a list"],
    [
      "a name",
      { jwt: { lifetim: 1 } },
      "jwt.lifetim: there is no such option; there are lifetime, refresh, grace, algorithm, maxBytes",
    ],
    ["a path", { issuer: "https://example.com/auth" }, "issuer: must not have a path"],
    ["a page", { mail: { resetUrl: "reset" } }, "mail.resetUrl: must be a URL"],
    [
      "a grace",
      { jwt: { lifetime: "40s", grace: "9s" } },
      "jwt.grace: must be at most a fifth of jwt.lifetime: 8s with this jwt.lifetime",
    ],
    [
      "no grace",
      { jwt: { lifetime: "40s" } },
      "jwt.lifetime: must be at least 50s, five times the default jwt.grace; or set jwt.grace to less",
    ],
    [
      "a trivial secret",
      { secrets: ["ab".repeat(16)] },
      "secrets.0: must be random; make one by: openssl rand -base64 32",
    ],
  ])("say what is allowed, as the command does: %s", (_name, more, message) => {
    expect(() => resolve(more)).toThrow(
      new ConfigurationError(message.split(": ")[0] ?? "", message.replace(/^[^:]+: /, "")),
    );
  });

  it("tell of an unknown one which there are, parts and data", () => {
    expect(() => resolve({ sendmail: () => undefined })).toThrow(
      /^sendmail: there is no such option; there are issuer, secrets, .*corsOrigins, .*store, claims, sendMail, /,
    );
  });

  it.each([
    { it: "50s with the default grace", jwt: { lifetime: "50s" } },
    { it: "10s with a grace of 2s", jwt: { lifetime: "10s", grace: "2s" } },
  ])("take a token of $it", ({ jwt }) => {
    expect(() => resolve({ jwt })).not.toThrow();
  });

  it("take a simple secret, and http, on this very machine", () => {
    const secrets = ["for development only: 32 characters"];
    expect(() => resolve({ issuer: "http://localhost:3000", secrets })).not.toThrow();
  });

  it("take http on this very machine", () => {
    expect(resolve({ issuer: "http://localhost:4000" }).issuer).toBe("http://localhost:4000");
  });

  it("never repeat a secret in a message", () => {
    expect(() => resolve({ secrets: ["tiny-secret"] })).not.toThrow(/tiny-secret/);
  });
});

describe("what is no data among the options", () => {
  const store = { sessions: {}, accounts: {}, log: {} };
  const nothing = () => undefined;

  it.each<readonly [string, unknown, string]>([
    ["nothing at all", undefined, "options"],
    ["a list", [], "options"],
    ["no store", {}, "store"],
    ["a path for a store", { store: "app.db" }, "store"],
    ["a store that is still a promise", { store: Promise.resolve(store) }, "store"],
    ["claims", { store, claims: { role: "admin" } }, "claims"],
    ["a way to send mail", { store, sendMail: null }, "sendMail"],
    ["a listener for faults", { store, onError: true }, "onError"],
    ["a listener for acts", { store, onAudit: "log" }, "onAudit"],
    ["a clock", { store, clock: { now: nothing } }, "clock"],
    ["a randomness", { store, random: nothing }, "random"],
    ["an upkeep", { store, upkeep: "no" }, "upkeep"],
  ])("is refused, naming it: %s", (_name, input, option) => {
    const failure = (() => {
      try {
        return requireParts(input);
      } catch (error) {
        return error;
      }
    })();
    expect(failure).toBeInstanceOf(ConfigurationError);
    expect(failure).toMatchObject({ option });
  });

  it("may be left out, all but the store", () => {
    const clock = { now: nothing, monotonic: nothing, sleep: nothing };
    expect(() => requireParts({ store })).not.toThrow();
    expect(() => requireParts({ store, claims: undefined, onError: nothing, clock, upkeep: false })).not.toThrow();
  });
});

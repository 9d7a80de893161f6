import { ConfigurationError } from "@countersign/verifier";
import { describe, expect, it } from "vitest";
import { type DataOptions, resolveOptions } from "./options.ts";

const least: DataOptions = { issuer: "https://auth.example", secrets: ["a server secret that is long enough"] };
const resolve = (more: object = {}) => resolveOptions({ ...least, ...more });
const day = 86_400_000;

describe("options", () => {
  it("are safe without being asked", () => {
    expect(resolve()).toMatchObject({
      strategies: ["session", "jwt"],
      session: { lifetimeMs: 30 * day, idleMs: 7 * day, maxAgeMs: 30 * day, maxIdleMs: 7 * day, perSubject: 100 },
      jwt: { lifetimeSeconds: 300, refresh: true, graceMs: 10_000, algorithm: "ES256" },
      password: { minLength: 15 },
      origins: [],
      trustedProxyHops: 0,
    });
  });

  it("are shorter in the strict profile, and what is said explicitly still counts", () => {
    const strict = resolve({ profile: "strict", session: { idle: "2h" } });
    expect(strict.session).toMatchObject({ lifetimeMs: day / 2, idleMs: 7_200_000 });
    expect(strict.jwt).toMatchObject({ lifetimeSeconds: 120, graceMs: 5000 });
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
    ["a wildcard origin", { origins: ["*"] }, "origins.0"],
    ["an origin with a path", { origins: ["https://app.example/"] }, "origins.0"],
    ["a hop too many", { trustedProxyHops: 11 }, "trustedProxyHops"],
    ["a path out of the site", { signInPaths: ["//evil.example"] }, "signInPaths.0"],
    ["an unknown member", { sesion: {} }, "options"],
    ["an unknown member below", { jwt: { lifetim: "5m" } }, "jwt"],
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

  it("take http on this very machine", () => {
    expect(resolve({ issuer: "http://localhost:4000" }).issuer).toBe("http://localhost:4000");
  });

  it("never repeat a secret in a message", () => {
    expect(() => resolve({ secrets: ["tiny-secret"] })).not.toThrow(/tiny-secret/);
  });
});

// The options of `createAuth`: one schema, from which the checks, the types and `docs/options.md` come.

import { ConfigurationError, isPlainLocalhost, type JsonObject, type Strategy } from "@countersign/verifier";
import { z } from "zod";
import { type Duration, durationSeconds } from "./primitives/duration.ts";

/** A duration between two bounds, in a schema. */
export function duration(minimum: Duration, maximum: Duration) {
  const least = durationSeconds(minimum) ?? 0;
  const most = durationSeconds(maximum) ?? 0;
  return z
    .union([z.number(), z.string().regex(/^\d{1,9}(\.\d{1,3})?[smhd]$/)])
    .refine((value) => {
      const seconds = durationSeconds(value);
      return seconds !== undefined && seconds >= least && seconds <= most;
    }, `a duration from ${minimum} to ${maximum}: seconds, or a number with s, m, h or d`)
    .meta({ allowed: `a duration from ${minimum} to ${maximum}` });
}

const origin = z.string().refine(isOrigin, "an origin: scheme, host and port, such as https://app.example");

/** The part of the options that is data; the rest (store, hooks, clock) is in `AuthOptions`. */
export const optionsSchema = z.strictObject({
  issuer: z
    .string()
    .max(200)
    .refine(isIssuer, "an https URL without query, fragment or trailing slash; http is allowed for localhost")
    .describe("The URL of the issuer: the `iss` of every token and the base of every link."),
  secrets: z
    .array(z.string().min(32).max(1024))
    .min(1)
    .max(8)
    .describe(
      "The server secrets. The first makes new credentials, all recognise old ones. To rotate: append the new one on every process, then move it to the front, and drop the old one once the longest session has ended.",
    ),
  profile: z
    .enum(["standard", "strict"])
    .default("standard")
    .describe("Which column of defaults applies: `strict` shortens sessions, tokens and the refresh grace."),
  strategies: z
    .array(z.enum(["session", "jwt", "hybrid"]))
    .min(1)
    .max(3)
    .refine((list) => new Set(list).size === list.length, "each strategy once")
    .default(["session", "jwt"])
    .describe(
      "The strategies that a sign-in may name: `session`, `jwt`, `hybrid`. The first is the default. With `hybrid` among them, this process judges every token by the revocation log.",
    ),
  session: z
    .strictObject({
      lifetime: duration("1m", "400d")
        .optional()
        .describe("Absolute lifetime of new sessions. Default 30d, strict 12h."),
      idle: duration("1m", "400d")
        .optional()
        .describe("How long a new session may stay unused. Default 7d, strict 1h."),
      maxLifetime: duration("1m", "400d")
        .optional()
        .describe("The policy: no session lives longer, also those already issued. Default: the same as `lifetime`."),
      maxIdle: duration("1m", "400d")
        .optional()
        .describe(
          "The policy: no session stays unused for longer, also those already issued. Default: the same as `idle`.",
        ),
      perSubject: z
        .int()
        .min(1)
        .max(1000)
        .default(100)
        .describe("Living sessions per subject. A further sign-in ends the one unused for longest."),
      cache: z
        .int()
        .min(0)
        .max(10_000_000)
        .default(0)
        .describe(
          "Sessions that this process keeps in memory under the revocation log, so that a request touches no store. The end of a session is then seen within milliseconds, and within `feed.lag` at the worst. 0: none; each request looks its session up, and the very next one sees the end.",
        ),
    })
    .prefault({}),
  jwt: z
    .strictObject({
      lifetime: duration("10s", "1h")
        .optional()
        .describe("Lifetime of access tokens, shortened at random by up to a fifth. Default 5m, strict 2m."),
      refresh: z
        .boolean()
        .default(true)
        .describe("Whether a sign-in by JWT comes with a refresh token. Without it no session record is kept at all."),
      grace: duration(0, "60s")
        .optional()
        .describe("How long the previous refresh token still yields the same successor. Default 10s, strict 5s."),
      algorithm: z
        .enum(["ES256", "Ed25519", "RS256"])
        .default("ES256")
        .describe("The algorithm of new signing keys. A change is staged like a rotation."),
      maxBytes: z
        .int()
        .min(256)
        .max(8192)
        .default(1024)
        .describe(
          "The byte budget of an access token. A `claims` hook that passes it is an error, never a silent drop.",
        ),
    })
    .prefault({}),
  feed: z
    .strictObject({
      lag: duration("0.1s", "60s")
        .optional()
        .describe(
          "The longest lag that followers of the revocation feed are granted, and this process's own: a revocation holds everywhere after it, whatever is lost or cut. Default 5s, strict 2s.",
        ),
      maxFollowers: z
        .int()
        .min(1)
        .max(100_000)
        .default(1000)
        .describe("How many followers one process answers at once."),
    })
    .prefault({}),
  keys: z
    .strictObject({
      rotateAfter: duration("1d", "400d").default("90d").describe("The age at which a signing key gets a successor."),
      keySetRefresh: duration("10s", "1d")
        .default("5m")
        .describe("How often verifiers fetch the key set. The next key is published twice as long before its use."),
    })
    .prefault({}),
  password: z
    .strictObject({
      minLength: z.int().min(8).max(64).default(15).describe("The least number of characters."),
      words: z
        .array(z.string().min(4).max(64))
        .max(100)
        .default([])
        .describe("Words that a password may not contain: the name of the application, for instance."),
    })
    .prefault({}),
  hashing: z
    .strictObject({
      memoryKiB: z.int().min(7168).max(1_048_576).default(19_456).describe("argon2id memory, in KiB."),
      passes: z.int().min(1).max(20).default(2).describe("argon2id passes."),
      concurrency: z.int().min(1).max(64).default(2).describe("Hashes computed at once."),
      queueLimit: z
        .int()
        .min(0)
        .max(10_000)
        .default(64)
        .describe(
          "Hashes that may wait; one network address may fill a quarter of it. Beyond that a sign-in is answered 503 with `Retry-After`.",
        ),
    })
    .prefault({}),
  signUp: z
    .enum(["open", "confirm", "closed"])
    .default("open")
    .describe(
      "`open` signs in at once and so tells when an address is taken; `confirm` answers always alike and asks to follow a mailed link first; `closed` takes none.",
    ),
  mail: z
    .strictObject({
      appName: z.string().min(1).max(100).default("Countersign").describe("The name in mails."),
      resetUrl: z
        .url()
        .optional()
        .describe("The page that `?token=…` is appended to. Default: `/reset-password` at the issuer."),
      verifyUrl: z
        .url()
        .optional()
        .describe("The page that `?token=…` is appended to. Default: `/verify-address` at the issuer."),
      resetLifetime: duration("5m", "1d").default("30m").describe("How long a link to a new password lives."),
      verifyLifetime: duration("5m", "7d").default("1d").describe("How long a link that proves an address lives."),
    })
    .prefault({}),
  origins: z
    .array(origin)
    .max(100)
    .default([])
    .describe("Other sites whose pages may call the issuer with Bearer tokens (CORS, without credentials)."),
  trustedProxyHops: z
    .int()
    .min(0)
    .max(10)
    .default(0)
    .describe(
      "How many proxies in front are yours: so many entries of `X-Forwarded-For`, from the right, are believed.",
    ),
  signInPaths: z
    .array(z.string().regex(/^\/[\w/-]{0,100}$/))
    .max(5)
    .default([])
    .describe("Further paths at which people sign in: the device cookie is sent there too."),
  audit: z
    .strictObject({
      keep: duration("1h", "3650d").default("90d").describe("How long audit entries are kept."),
      entries: z
        .int()
        .min(100)
        .max(100_000_000)
        .default(1_000_000)
        .describe("How many audit entries are kept at most."),
    })
    .prefault({}),
});

/** The data options as an application writes them. */
export type DataOptions = z.input<typeof optionsSchema>;

/** Options with every default filled in; durations in the unit that their name says. */
export interface ResolvedOptions {
  readonly issuer: string;
  readonly secrets: readonly string[];
  readonly strategies: readonly Strategy[];
  readonly session: {
    readonly lifetimeMs: number;
    readonly idleMs: number;
    readonly maxAgeMs: number;
    readonly maxIdleMs: number;
    readonly perSubject: number;
    readonly cache: number;
  };
  readonly jwt: {
    readonly lifetimeSeconds: number;
    readonly refresh: boolean;
    readonly graceMs: number;
    readonly algorithm: "ES256" | "Ed25519" | "RS256";
    readonly maxBytes: number;
  };
  readonly feed: { readonly lagMs: number; readonly maxFollowers: number };
  readonly keys: { readonly rotateAfterSeconds: number; readonly keySetRefreshSeconds: number };
  readonly password: { readonly minLength: number; readonly words: readonly string[] };
  readonly hashing: {
    readonly memoryKiB: number;
    readonly passes: number;
    readonly concurrency: number;
    readonly queueLimit: number;
  };
  readonly signUp: "open" | "confirm" | "closed";
  readonly mail: {
    readonly appName: string;
    readonly resetUrl: string;
    readonly verifyUrl: string;
    readonly resetLifetimeMs: number;
    readonly verifyLifetimeMs: number;
  };
  readonly origins: readonly string[];
  readonly trustedProxyHops: number;
  readonly signInPaths: readonly string[];
  readonly audit: { readonly keepMs: number; readonly entries: number };
}

/** What the `claims` hook and others are told of a subject. */
export interface Subject {
  readonly sub: string;
  readonly email: string;
  readonly emailVerified: boolean;
}

/** What a `claims` hook answers. */
export type ClaimsHook = (subject: Subject) => JsonObject | Promise<JsonObject>;

const profiles = {
  standard: { lifetime: "30d", idle: "7d", access: "5m", grace: "10s", lag: "5s" },
  strict: { lifetime: "12h", idle: "1h", access: "2m", grace: "5s", lag: "2s" },
} as const;

/** Checks options and fills in the defaults. Throws `ConfigurationError` naming the option and what is allowed. */
export function resolveOptions(input: DataOptions): ResolvedOptions {
  const parsed = optionsSchema.safeParse(input);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new ConfigurationError(issue?.path.join(".") || "options", issue?.message ?? "not valid");
  }
  const options = parsed.data;
  const defaults = profiles[options.profile];
  const lifetime = seconds(options.session.lifetime ?? defaults.lifetime);
  const idle = seconds(options.session.idle ?? defaults.idle);
  const maxLifetime = seconds(options.session.maxLifetime ?? lifetime);
  const maxIdle = seconds(options.session.maxIdle ?? idle);
  const resolved: ResolvedOptions = {
    issuer: options.issuer,
    secrets: options.secrets,
    strategies: options.strategies,
    session: {
      // The policy binds new sessions too: what a client is told of their end must not be longer than what holds.
      lifetimeMs: Math.min(lifetime, maxLifetime) * 1000,
      idleMs: Math.min(idle, maxIdle) * 1000,
      maxAgeMs: maxLifetime * 1000,
      maxIdleMs: maxIdle * 1000,
      perSubject: options.session.perSubject,
      cache: options.session.cache,
    },
    jwt: {
      lifetimeSeconds: seconds(options.jwt.lifetime ?? defaults.access),
      refresh: options.jwt.refresh,
      graceMs: seconds(options.jwt.grace ?? defaults.grace) * 1000,
      algorithm: options.jwt.algorithm,
      maxBytes: options.jwt.maxBytes,
    },
    feed: {
      lagMs: seconds(options.feed.lag ?? defaults.lag) * 1000,
      maxFollowers: options.feed.maxFollowers,
    },
    keys: {
      rotateAfterSeconds: seconds(options.keys.rotateAfter),
      keySetRefreshSeconds: seconds(options.keys.keySetRefresh),
    },
    password: options.password,
    hashing: options.hashing,
    signUp: options.signUp,
    mail: {
      appName: options.mail.appName,
      resetUrl: options.mail.resetUrl ?? `${options.issuer}/reset-password`,
      verifyUrl: options.mail.verifyUrl ?? `${options.issuer}/verify-address`,
      resetLifetimeMs: seconds(options.mail.resetLifetime) * 1000,
      verifyLifetimeMs: seconds(options.mail.verifyLifetime) * 1000,
    },
    origins: options.origins,
    trustedProxyHops: options.trustedProxyHops,
    signInPaths: options.signInPaths,
    audit: { keepMs: seconds(options.audit.keep) * 1000, entries: options.audit.entries },
  };
  // The jitter of a token's life must be longer than the grace, or a thief could keep hiding in the owner's grace.
  if (resolved.jwt.graceMs > resolved.jwt.lifetimeSeconds * 200) {
    throw new ConfigurationError(
      "jwt.grace",
      "at most a fifth of jwt.lifetime: the jitter must be longer than the grace",
    );
  }
  return resolved;
}

function seconds(value: number | string): number {
  return durationSeconds(value) ?? 0;
}

function isIssuer(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || text.endsWith("/") || url.search !== "" || url.hash !== "" || url.username !== "")
    return false;
  return url.protocol === "https:" || isPlainLocalhost(text);
}

function isOrigin(text: string): boolean {
  return URL.canParse(text) && new URL(text).origin === text && /^https?:/.test(text);
}

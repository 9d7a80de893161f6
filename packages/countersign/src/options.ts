// The options of `createAuth`: one schema, from which the checks, the types and `docs/options.md` come.

import { ConfigurationError, isPlainLocalhost, type JsonObject, type Strategy } from "@countersign/verifier";
import { z } from "zod";
import { type Duration, durationSeconds } from "./primitives/duration.ts";
import { optionMistakes, optionNames } from "./primitives/schema-issues.ts";

/** A duration between two bounds, in a schema. */
export function duration(minimum: Duration, maximum: Duration) {
  const least = durationSeconds(minimum) ?? 0;
  const most = durationSeconds(maximum) ?? 0;
  const allowed = `a duration from ${minimum} to ${maximum}: seconds, or a number with s, m, h or d`;
  return z
    .union([z.number(), z.string().regex(/^\d{1,9}(\.\d{1,3})?[smhd]$/)], allowed)
    .refine((value) => {
      const seconds = durationSeconds(value);
      return seconds !== undefined && seconds >= least && seconds <= most;
    }, allowed)
    .meta({ allowed: `a duration from ${minimum} to ${maximum}` });
}

const page = z.url({ protocol: /^https?$/ });
const origin = z.string().refine(isOrigin, "an origin: scheme, host and port, such as https://app.example");

/** The part of the options that is data; the rest (store, hooks, clock) is in `AuthOptions`. */
export const optionsSchema = z.strictObject({
  issuer: z
    .string()
    .max(200)
    .refine((text) => !hasPath(text), { error: "must not have a path", abort: true })
    .refine(isIssuer, "an https URL without query, fragment or trailing slash; http is allowed for localhost")
    .describe(
      "The URL of the issuer: the `iss` of every token and the base of every link. It has no path: the routes stand under `/auth/` and `/.well-known/` of the host.",
    ),
  secrets: z
    .array(z.string().min(32).max(1024))
    .min(1)
    .max(8)
    .describe(
      "The server secrets. The first makes new credentials, all recognise old ones. To rotate: append the new one on every process, then move it to the front, and drop the old one once the longest session has ended. Make one by `openssl rand -base64 32`; an https issuer takes none of fewer than 10 different characters.",
    ),
  profile: z
    .enum(["standard", "strict"])
    .default("standard")
    .describe(
      "Which column of defaults applies: `strict` shortens sessions, tokens, the refresh grace and the feed's lag, and refuses past that lag.",
    ),
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
        .describe(
          "Lifetime of access tokens, shortened at random by up to a fifth. Default 5m, strict 2m. At least five times `grace`: with its default that is 50s, strict 25s.",
        ),
      refresh: z
        .boolean()
        .default(true)
        .describe("Whether a sign-in by JWT comes with a refresh token. Without it no session record is kept at all."),
      grace: duration(0, "60s")
        .optional()
        .describe(
          "How long the previous refresh token still yields the same successor. Default 10s, strict 5s. At most a fifth of `lifetime`.",
        ),
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
      onStale: z
        .enum(["ask", "refuse"])
        .optional()
        .describe(
          "What this process does with an access token that it judges by the log while its own view is older than `lag`: `ask` the store first, or `refuse`: 503 at once. Default `ask`, strict `refuse`. Sessions that it keeps in memory are looked up in either case. Services elsewhere say for themselves, by `feed.onStale` of `createVerifier`.",
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
      resetUrl: page
        .optional()
        .describe(
          "The page at which a new password is chosen; `?token=…` is appended. It must exist, and sends the token and the password to `POST /auth/password/reset`. Default: `/reset-password` at the issuer, a page of the standalone server.",
        ),
      verifyUrl: page
        .optional()
        .describe(
          'The page at which an address is confirmed; `?token=…` is appended. It must exist, and sends the token to `POST /auth/verify-address` (with `signUp: "confirm"` the password, too). Default: `/verify-address` at the issuer, a page of the standalone server.',
        ),
      forgotUrl: page
        .optional()
        .describe(
          "The page at which one asks for a new password: the mails that tell of a changed password or a taken address lead to it. It must exist, and sends the address to `POST /auth/password/forgot`. Default: `/forgot-password` at the issuer, a page of the standalone server.",
        ),
      resetLifetime: duration("5m", "1d").default("30m").describe("How long a link to a new password lives."),
      verifyLifetime: duration("5m", "7d").default("1d").describe("How long a link that proves an address lives."),
    })
    .prefault({}),
  corsOrigins: z
    .array(origin)
    .max(100)
    .default([])
    .describe(
      "Other sites whose pages may call the issuer with Bearer tokens (CORS, without credentials). The issuer's own origin need not be among them.",
    ),
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
  privilegePaths: z
    .array(z.string().regex(/^\/[\w/-]{0,100}$/))
    .max(5)
    .refine(
      (paths) => areApart(["/auth/refresh", ...paths]),
      "must lie apart from each other and from `/auth/refresh`: below two of them the cookie would come twice, and count for nothing",
    )
    .default([])
    .describe(
      "The application's own paths at which it calls `changePrivilege` for people who signed in by `jwt` with cookies: the refresh cookie is sent there too, for without it nothing is changed.",
    ),
  limits: z
    .strictObject({
      signUpsPerAddress: z
        .int()
        .min(1)
        .max(10_000)
        .default(20)
        .describe(
          "Accounts made from one network address (IPv6: one /64) in an hour. Raise it, and those below, where many people share an address: a school, an office.",
        ),
      failuresPerAddress: z
        .int()
        .min(10)
        .max(5000)
        .default(50)
        .describe(
          "Failed proofs by password from one network address in 5 minutes, whatever the accounts; devices that an account knows are exempt.",
        ),
      failuresPerAccount: z
        .int()
        .min(3)
        .max(50)
        .default(10)
        .describe(
          "Failed proofs by password for one account in 5 minutes: from strangers together, and from each known place apart.",
        ),
      proofsPerAddress: z
        .int()
        .min(50)
        .max(10_000)
        .default(300)
        .describe(
          "Proofs by password, good ones too, in 15 minutes: from one network address, or for one account from its known devices. Each costs a hash.",
        ),
      linksPerAddress: z
        .int()
        .min(5)
        .max(5000)
        .default(30)
        .describe("Mailed links followed from one network address in 5 minutes."),
      snapshotsPerService: z
        .int()
        .min(10)
        .max(100_000)
        .default(240)
        .describe(
          "Pieces of 10,000 events of the revocation log that one service key may have read for it in a minute; one that was just read for somebody else counts a twentieth, and fewer than 1,000 events count nothing. Beyond that its followers are answered 429 with `Retry-After`. Raise it where hundreds of followers share a key and many thousands of events are alive.",
        ),
    })
    .prefault({}),
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
  readonly feed: { readonly lagMs: number; readonly onStale: "ask" | "refuse"; readonly maxFollowers: number };
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
    readonly forgotUrl: string;
    readonly resetLifetimeMs: number;
    readonly verifyLifetimeMs: number;
  };
  readonly corsOrigins: readonly string[];
  readonly trustedProxyHops: number;
  readonly signInPaths: readonly string[];
  readonly privilegePaths: readonly string[];
  readonly limits: {
    readonly signUpsPerAddress: number;
    readonly failuresPerAddress: number;
    readonly failuresPerAccount: number;
    readonly proofsPerAddress: number;
    readonly linksPerAddress: number;
    readonly snapshotsPerService: number;
  };
  readonly audit: { readonly keepMs: number; readonly entries: number };
}

/** What the `claims` hook and others are told of a subject. */
export interface Subject {
  readonly sub: string;
  readonly email: string;
  readonly emailVerified: boolean;
}

/** Says of a subject what its tokens and sessions are to say. */
export type ClaimsHook<Claims extends object = JsonObject> = (subject: Subject) => Claims | Promise<Claims>;

const profiles = {
  standard: { lifetime: "30d", idle: "7d", access: "5m", grace: "10s", lag: "5s", onStale: "ask" },
  strict: { lifetime: "12h", idle: "1h", access: "2m", grace: "5s", lag: "2s", onStale: "refuse" },
} as const;

/** Checks options and fills in the defaults. Throws `ConfigurationError` naming the option and what is allowed. */
export function resolveOptions(input: DataOptions): ResolvedOptions {
  const parsed = optionsSchema.safeParse(input, { reportInput: false });
  if (!parsed.success) {
    const [mistake] = optionMistakes(parsed.error, optionsAt);
    throw new ConfigurationError(mistake?.path.join(".") || "options", mistake?.reason ?? "must be an object");
  }
  const options = parsed.data;
  requireGoodSecrets(options.issuer, options.secrets);
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
      onStale: options.feed.onStale ?? defaults.onStale,
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
      forgotUrl: options.mail.forgotUrl ?? `${options.issuer}/forgot-password`,
      resetLifetimeMs: seconds(options.mail.resetLifetime) * 1000,
      verifyLifetimeMs: seconds(options.mail.verifyLifetime) * 1000,
    },
    corsOrigins: options.corsOrigins,
    trustedProxyHops: options.trustedProxyHops,
    signInPaths: options.signInPaths,
    privilegePaths: options.privilegePaths,
    limits: options.limits,
    audit: { keepMs: seconds(options.audit.keep) * 1000, entries: options.audit.entries },
  };
  requireGraceWithinJitter(resolved.jwt, options.jwt.grace !== undefined);
  return resolved;
}

/** What `createAuth` takes beside data, and what each of them has to be. */
const partKinds = {
  store: "store",
  claims: "function",
  sendMail: "function",
  onError: "function",
  onAudit: "function",
  onBarrier: "function",
  clock: "clock",
  random: "random",
  upkeep: "boolean",
} as const;

/** Checks what is no data among the options, for programs that no compiler has looked at. Throws `ConfigurationError`. */
export function requireParts(input: unknown): void {
  if (!isRecord(input)) {
    throw new ConfigurationError("options", "must be an object with at least issuer, secrets and store");
  }
  for (const [option, kind] of Object.entries(partKinds)) {
    const value = input[option];
    const isAbsent = value === undefined && option !== "store";
    if (!isAbsent && !partChecks[kind](value)) throw new ConfigurationError(option, partWords[kind]);
  }
}

type PartKind = (typeof partKinds)[keyof typeof partKinds];

const partChecks: Readonly<Record<PartKind, (value: unknown) => boolean>> = {
  store: (value) => isRecord(value) && isRecord(value.sessions) && isRecord(value.accounts) && isRecord(value.log),
  function: (value) => typeof value === "function",
  clock: (value) => hasMethods(value, ["now", "monotonic", "sleep"]),
  random: (value) => hasMethods(value, ["bytes"]),
  boolean: (value) => typeof value === "boolean",
};

const partWords: Readonly<Record<PartKind, string>> = {
  store: "must be a store: await openSqliteStore({ path }), or createMemoryStore()",
  function: "must be a function",
  clock: "must be a clock: an object with now, monotonic and sleep",
  random: "must be an object with the method bytes",
  boolean: "must be true or false",
};

function optionsAt(path: readonly string[]): readonly string[] {
  const names = optionNames(optionsSchema, path);
  return path.length === 0 ? [...names, ...Object.keys(partKinds)] : names;
}

/** Texts that documents have shown in the place of a secret: everybody knows them. */
const shownSecrets: ReadonlySet<string> = new Set([
  "a development secret of at least 32 characters",
  "for development only: 32 characters",
]);

// On this very machine any text will do; anywhere else whoever guesses it makes credentials.
function requireGoodSecrets(issuer: string, secrets: readonly string[]): void {
  if (!issuer.startsWith("https:")) return;
  const at = secrets.findIndex((secret) => shownSecrets.has(secret) || new Set(secret).size < 10);
  if (at !== -1) throw new ConfigurationError(`secrets.${at}`, "must be random; make one by: openssl rand -base64 32");
}

// The jitter of a token's life must be longer than the grace, or a thief could keep hiding in the owner's grace.
function requireGraceWithinJitter({ graceMs, lifetimeSeconds }: ResolvedOptions["jwt"], isGraceGiven: boolean): void {
  if (graceMs <= lifetimeSeconds * 200) return;
  if (isGraceGiven) {
    const most = `${lifetimeSeconds / 5}s with this jwt.lifetime`;
    throw new ConfigurationError("jwt.grace", `must be at most a fifth of jwt.lifetime: ${most}`);
  }
  const least = `${(graceMs / 1000) * 5}s, five times the default jwt.grace`;
  throw new ConfigurationError("jwt.lifetime", `must be at least ${least}; or set jwt.grace to less`);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function hasMethods(value: unknown, names: readonly string[]): boolean {
  return isRecord(value) && names.every((name) => typeof value[name] === "function");
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

function hasPath(text: string): boolean {
  return URL.canParse(text) && !/^\/?$/.test(new URL(text).pathname);
}

/** Whether no path lies at or below another, as cookies' paths go (RFC 6265 section 5.1.4). */
function areApart(paths: readonly string[]): boolean {
  const holds = (outer: string, inner: string) => inner === outer || inner.startsWith(outer.replace(/\/?$/, "/"));
  return paths.every((outer, index) => paths.every((inner, other) => index === other || !holds(outer, inner)));
}

function isOrigin(text: string): boolean {
  return URL.canParse(text) && new URL(text).origin === text && /^https?:/.test(text);
}

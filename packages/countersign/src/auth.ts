// The one door: what an application does with an issuer, and `createAuth`, which makes one.

import type { Authenticator, Awaitable, FollowerState, JsonObject, RequestLike, Verdict } from "@countersign/verifier";
import { type AuthOptions, type AuthParts, compose } from "./auth-compose.ts";
import type { EndOptions, Reached } from "./ending.ts";
import { createDispatch } from "./http/dispatch.ts";
import { openApiDocument } from "./http/openapi.ts";
import { createPrivilegeChange } from "./http/privilege.ts";
import { routes } from "./http/routes.ts";
import { createServices, type Services } from "./http/services.ts";
import { createKeys, type Keys } from "./keys/keys.ts";
import type { ResolvedOptions } from "./options.ts";
import { createUpkeep } from "./primitives/upkeep.ts";
import type { BarrierResult } from "./revocation/barrier.ts";
import { createSessions, type Sessions } from "./sessions/sessions.ts";
import { isLinkLiving } from "./sign-in/mailed-links.ts";
import { endEveryone, type Subjects } from "./sign-in/subjects.ts";
import type { AuditEntry, Pruned } from "./stores/contract.ts";

/** An issuer. `Claims` is what its `claims` hook answers. */
export interface Auth<Claims extends object = JsonObject> extends Authenticator<Claims> {
  /**
   * Judges a request: a session by one look-up, a token by its signature alone. Outcomes: a verdict. Throws `Unavailable`.
   *
   * ```ts
   * import type { Auth } from "countersign";
   *
   * export async function whoIs(auth: Auth, request: Request) {
   *   const verdict = await auth.authenticate(request);
   *   return verdict.ok ? verdict.identity.sub : undefined;
   * }
   * ```
   */
  authenticate(request: RequestLike): Awaitable<Verdict<Claims>>;
  /**
   * Answers the routes of the table: everything under `/auth/` and `/.well-known/`. Never throws. `remoteAddress` is the socket's;
   * without it everybody counts as one address, and shares one limit.
   */
  handle(request: Request, info?: RequestInfo): Promise<Response>;
  /**
   * For an application that has just raised or lowered what a subject may do: puts a new session in the place of the one that the request
   * bears, so that nothing goes on under an id or a credential from before (session fixation). Same subject, same proof of who it is, same
   * ends, data and children; new `sid`, new credentials, and claims that the hook is asked for anew. The old session ends.
   *
   * The secret behind the session has to come along, lest a stolen access token becomes a lasting session: the session token itself; or the
   * refresh token that is current, which a program sends in a way of yours (`refreshToken`), and a browser that signed in by `jwt` as a cookie,
   * once the path is among the option's `privilegePaths`. A token without a record needs none: its successor ends when it would have.
   *
   * The answer is to be sent on: 200 with the cookies, or the tokens, by the way that the request's own came. Otherwise problem+json: 401,
   * 403 (another site made the request, whatever its method; the session is a client's; or its secret is missing), 409 `session_changed` (it ended or changed
   * meanwhile), 500 (the claims hook), 503. Never throws. Costs what a sign-in costs without its hash.
   *
   * ```ts
   * import type { Auth } from "countersign";
   *
   * export async function becomeEditor(auth: Auth, request: Request, promote: (sub: string) => Promise<void>) {
   *   const verdict = await auth.authenticate(request);
   *   if (verdict.ok) await promote(verdict.identity.sub);
   *   return auth.changePrivilege(request);
   * }
   * ```
   */
  changePrivilege(request: Request, info?: PrivilegeInfo): Promise<Response>;
  readonly sessions: Sessions;
  readonly subjects: Subjects;
  readonly services: Services;
  readonly keys: Keys;
  /** The audit log, newest first. */
  audit(page: AuditPage): Promise<readonly AuditEntry[]>;
  /** The OpenAPI 3.1 document of the routes. */
  openapi(version: string): Record<string, unknown>;
  readonly options: Omit<ResolvedOptions, "secrets">;
  /** Whether this issuer sends mail. */
  readonly sendsMail: boolean;
  /** Whether a mailed link would still open something: what a page may tell before it asks for anything. Changes nothing. Two look-ups. */
  isLinkLiving(kind: "reset" | "verify", token: string): Promise<boolean>;
  /** Reads or makes the signing key, reads the lists of common passwords, and begins the upkeep; otherwise the first requests do. */
  start(): Promise<void>;
  /** Really asks the store. Throws `Unavailable`. */
  ping(): Promise<void>;
  /** Prunes what has passed and lets keys come and go: what the upkeep does every minute. Resolves with what was pruned. */
  maintain(): Promise<Pruned>;
  /** Resolves when work that goes on after answers (mails, notes of use, a round of upkeep) is done. */
  idle(): Promise<void>;
  /**
   * Waits until everything that is revoked by now is refused everywhere: by this process, by every other issuer of the store, and by every
   * verifier that follows the feed. Costs one question from each follower; at the worst, when one of them does not ask, its lag.
   * Outcomes: `everywhere`, or `notKnown` when the store could not be read. Never throws.
   */
  everywhere(): Promise<BarrierResult>;
  /**
   * Ends everything of everybody, for the day on which nothing can be trusted: every session, every token, every sign-in under way. Passwords
   * and service keys stay. `ended`: how many sessions. Costs one transaction per 200 subjects. Throws `Unavailable`: a part is done then,
   * repeat it.
   */
  revokeEveryone(options?: EndOptions): Promise<{ readonly ended: number } & Reached>;
  /** What can be told of the revocation feed, for metrics. */
  feed(): FeedState;
  /**
   * Ends the upkeep, the streams of followers and this process's own view; for the end of the program. `idle` resolves once the store knows, so
   * that no other process waits for this one.
   */
  close(): void;
  /** Numbers for metrics: hashes under way and waiting. */
  readonly hashing: { depth(): { readonly waiting: number; readonly running: number } };
}

/** What is known of a request beside itself. */
export interface RequestInfo {
  /** The socket's address. */
  readonly remoteAddress?: string | undefined;
}

/** What is known of a request that changes a privilege. */
export interface PrivilegeInfo extends RequestInfo {
  /** The refresh token of the session, where the request bears an access token in `Authorization`. */
  readonly refreshToken?: string | undefined;
}

/** A page of the audit log; filters are exact. */
export interface AuditPage {
  /** The `id` before which to go on. */
  readonly before?: number | undefined;
  readonly limit: number;
  readonly sub?: string | undefined;
  readonly act?: string | undefined;
}

/** The revocation feed as this process sees it. */
export interface FeedState {
  /** This process's own view of the log. */
  readonly view: FollowerState;
  /** Followers that may rely on an answer of this process. */
  readonly followers: readonly { readonly name: string; readonly applied: number; readonly leftMs: number }[];
  /** Streams that stand. */
  readonly streams: number;
}

/** Between two rounds of upkeep, in milliseconds. */
const upkeepMs = 60_000;

/**
 * Makes an issuer. Throws `ConfigurationError` naming the option at fault. Asks the store nothing yet.
 *
 * ```ts
 * import { createAuth } from "countersign";
 *
 * const issuer = "https://auth.example";
 * const auth = createAuth({ issuer, secrets: ["…"], store, claims: ({ email }) => ({ staff: email.endsWith("@example.com") }) });
 * const verdict = await auth.authenticate(request);
 * if (verdict.ok && verdict.identity.claims.staff) console.log("one of us");
 * ```
 */
export function createAuth<Claims extends object = JsonObject>(input: AuthOptions<Claims>): Auth<Claims> {
  const parts = compose(input);
  const { store, policy, audit, options, keys, signInParts, background, subjects } = parts;
  const { everywhere } = parts.feed;
  const tell = (error: unknown, request: Request) => parts.tell(error, new URL(request.url).pathname);
  const dispatch = createDispatch(parts, routes, tell);
  const changePrivilege = createPrivilegeChange(parts, tell);
  const { secrets: _, ...publicOptions } = options;
  const upkeep = createUpkeep({
    clock: parts.clock,
    everyMs: upkeepMs,
    round: () => maintain(parts),
    onError: (error) => parts.tell(error, "upkeep"),
  });
  const keepUp = () => (input.upkeep === false ? undefined : upkeep.begin());
  return {
    // The hook is the application's word for the type: what tokens and records hold is what it said.
    authenticate(request) {
      keepUp();
      return parts.recogniser.request(request) as Awaitable<Verdict<Claims>>;
    },
    handle(request, info = {}) {
      keepUp();
      return dispatch(request, info.remoteAddress ?? "");
    },
    changePrivilege(request, info = {}) {
      keepUp();
      return changePrivilege(request, info.remoteAddress ?? "", info.refreshToken);
    },
    sessions: createSessions({ store, policy, audit, everywhere }),
    subjects,
    services: createServices(parts),
    keys: createKeys({ keys, audit, everywhere }),
    audit: (page) => store.audit.list(withoutUndefined(page)),
    openapi: (version) => openApiDocument(routes, { issuer: options.issuer, version }),
    options: publicOptions,
    sendsMail: signInParts.sendMail !== undefined,
    isLinkLiving: (kind, token) => isLinkLiving(signInParts, kind, token),
    async start() {
      await parts.start();
      // Now, rather than within somebody's sign-up: it takes the main thread for a moment.
      signInParts.passwordPolicy.load();
      keepUp();
    },
    ping: () => store.ping(),
    maintain: () => maintain(parts),
    async idle() {
      await Promise.all([background.idle(), upkeep.idle()]);
    },
    hashing: signInParts.hasher,
    everywhere,
    revokeEveryone: (end = {}) => endEveryone({ store, audit, everywhere }, end),
    feed: () => ({
      view: parts.follower.state(),
      followers: parts.feed.followers().map(({ name, applied, leftMs }) => ({ name, applied, leftMs })),
      streams: parts.feed.subscribers(),
    }),
    close() {
      upkeep.end();
      parts.follower.stop();
      parts.feed.stop();
      // Nobody has to wait for this process any more. Where the store cannot be told, the lease runs out.
      background.run("close", () => parts.feed.release().catch(() => undefined));
    },
  };
}

async function maintain({ store, options, keys }: AuthParts): Promise<Pruned> {
  // Told anew, lest a shorter lifetime that another process uses outlasts ours in the store.
  await store.log.registerAccessLifetime(options.jwt.lifetimeSeconds * 1000);
  await keys.maintain();
  return store.prune({ auditMs: options.audit.keepMs, auditEntries: options.audit.entries });
}

function withoutUndefined({ before, limit, sub, act }: AuditPage) {
  return {
    limit,
    ...(before === undefined ? {} : { before }),
    ...(sub === undefined ? {} : { sub }),
    ...(act === undefined ? {} : { act }),
  };
}

// Asks the issuer about a session (RFC 7662); knows nothing of requests, and keeps nothing.

import { type BoundedFetch, type Fetch, fetchBounded } from "./bounded-fetch.ts";
import type { Identity, Json, JsonObject } from "./identity.ts";
import { numberWithin, requireOptions, requireServiceKey, safeUrl } from "./option-readers.ts";
import { type Clock, systemClock } from "./primitives/clock.ts";
import { Unavailable } from "./primitives/errors.ts";
import { freezeJson, parseStrictObject } from "./strict-json.ts";
import { type Refused, refuse } from "./verdict.ts";

/** How a service that has no store judges sessions: it asks the issuer at every request. */
export interface IntrospectionOptions {
  /** The service key, `id.secret`, with the scope `introspect`. Made by `countersign services add`. */
  readonly serviceKey: string;
  /** Where to ask. Default: `/auth/introspect` under the issuer. `https:`, or `http:` on localhost. */
  readonly url?: string | undefined;
  /** How long one question may take, in milliseconds, 1 to 60 000. Default 3000. */
  readonly timeoutMs?: number | undefined;
}

/** Asks about one session token. Throws `Unavailable("issuer_unavailable")` when there is no answer that can be read. */
export type Introspect = (sessionToken: string) => Promise<Introspected | Refused>;

/** A session that lives, and for how many milliseconds a follower of the feed may keep the answer; 0: not at all. */
export interface Introspected {
  readonly identity: Identity;
  readonly keepMs: number;
}

const knownOptions = ["serviceKey", "url", "timeoutMs"];

/**
 * Makes the question. One request each, never shared and never remembered: an answer that was under way when a session was ended must
 * not serve a request that began afterwards.
 */
export function createIntrospection(
  issuer: string,
  options: IntrospectionOptions,
  { fetch, clock = systemClock }: { fetch?: Fetch | undefined; clock?: Clock | undefined },
): Introspect {
  requireOptions("sessions", options, knownOptions);
  const { serviceKey } = options;
  requireServiceKey("sessions.serviceKey", serviceKey);
  const url = safeUrl("sessions.url", options.url ?? `${issuer.replace(/\/$/, "")}/auth/introspect`);
  const timeoutMs = numberWithin("sessions.timeoutMs", options.timeoutMs ?? 3000, 1, 60_000);
  const bounds: BoundedFetch = {
    url,
    fetch: fetch ?? ((...call) => globalThis.fetch(...call)),
    clock,
    timeoutMs,
    maxBytes: 16_384,
  };
  const headers = { authorization: `Bearer ${serviceKey}`, "content-type": "application/x-www-form-urlencoded" };
  return async (sessionToken) => {
    const body = new URLSearchParams({ token: sessionToken }).toString();
    const answer = await ask(bounds, { method: "POST", headers, body });
    if (answer.active === false) return refuse("session_unknown");
    const identity = answer.active === true ? readIdentity(answer, issuer) : undefined;
    if (identity === undefined) throw unreadable();
    const { cache_seconds: seconds } = answer;
    const keepMs = isTime(seconds) ? seconds * 1000 : 0;
    return identity.expiresAt * 1000 > clock.now() ? { identity, keepMs } : refuse("session_expired");
  };
}

async function ask(bounds: BoundedFetch, init: Parameters<typeof fetchBounded>[1]): Promise<JsonObject> {
  try {
    const answer = parseStrictObject(await fetchBounded(bounds, init));
    if (answer !== undefined) return answer;
  } catch (cause) {
    throw new Unavailable("issuer_unavailable", "The issuer could not be asked about a session.", { cause });
  }
  throw unreadable();
}

function unreadable(): Unavailable {
  return new Unavailable("issuer_unavailable", "The issuer's answer about a session could not be read.");
}

// An answer from another issuer, or one about a token, is no answer to this question.
function readIdentity(answer: JsonObject, issuer: string): Identity | undefined {
  const { sub, sid, iat, exp, auth_time: authenticatedAt, amr, acr, strategy, data, claims = {} } = answer;
  // What a client was given is not its subject in person: only sign-in sessions count.
  if (answer.client_id !== undefined || answer.aud !== undefined) return undefined;
  if (answer.iss !== issuer || !isSessionStrategy(strategy) || !isText(sub) || !isText(sid)) return undefined;
  if (!isTime(iat) || !isTime(exp) || !isObject(claims)) return undefined;
  return freezeJson({
    ...{ sub, sid, strategy, issuer, issuedAt: iat, expiresAt: exp, claims },
    ...(isTime(authenticatedAt) ? { authenticatedAt } : {}),
    ...(Array.isArray(amr) ? { amr: amr.filter(isText) } : {}),
    ...(isText(acr) ? { acr } : {}),
    ...(isObject(data) ? { data } : {}),
  });
}

// Those whose sessions have a token of their own to be looked up by.
function isSessionStrategy(value: Json | undefined): value is "session" | "hybrid" {
  return value === "session" || value === "hybrid";
}

function isText(value: Json | undefined): value is string {
  return typeof value === "string" && value !== "" && value.length <= 256;
}

function isTime(value: Json | undefined): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0;
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

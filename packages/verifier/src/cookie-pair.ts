// Judges the cookies of a browser: a session, an access token, or the pair of both that is a hybrid. Knows neither store nor keys.

import type { JsonObject } from "./identity.ts";
import { type Awaitable, refuse, type Verdict } from "./verdict.ts";

/** How each of the two is judged by itself. */
export interface CookieJudges<Claims extends object = JsonObject> {
  token(text: string): Awaitable<Verdict<Claims>>;
  /** Absent where sessions cannot be looked up. */
  readonly session: ((text: string) => Awaitable<Verdict<Claims>>) | undefined;
  /** The sid that derives from a session token, without asking anybody. */
  sidOf(sessionToken: string): Awaitable<string>;
}

/**
 * Judges a session cookie, an access-token cookie, or both; at least one is there.
 *
 * A hybrid's token counts only beside a session cookie whose sid it names: so nobody is taken for another after switching accounts, and no
 * token outlives the cookie that it stands for. Otherwise it is ignored and the session judged. Where sessions cannot be looked up, the
 * request is refused, and the client renews. A token of the strategy `jwt` counts by itself, and beside a session cookie it is another's.
 */
export function judgeCookies<Claims extends object>(
  cookies: { readonly session: string | undefined; readonly token: string | undefined },
  judges: CookieJudges<Claims>,
): Awaitable<Verdict<Claims>> {
  const { session, token } = cookies;
  if (token === undefined) return session === undefined ? refuse("credential_missing") : judgeSession(session, judges);
  const verdict = judgeToken(token, judges);
  // A feed that cannot answer for the token is no reason to refuse a session that can be looked up.
  const instead = (error: unknown) => {
    if (session === undefined || judges.session === undefined) throw error;
    return judges.session(session);
  };
  return verdict instanceof Promise
    ? verdict.then((judged) => judgeBoth(session, judged, judges), instead)
    : judgeBoth(session, verdict, judges);
}

// A fault thrown at once and one that comes later are the same fault.
function judgeToken<Claims extends object>(token: string, judges: CookieJudges<Claims>): Awaitable<Verdict<Claims>> {
  try {
    return judges.token(token);
  } catch (error) {
    return Promise.reject(error);
  }
}

function judgeBoth<Claims extends object>(
  session: string | undefined,
  verdict: Verdict<Claims>,
  judges: CookieJudges<Claims>,
): Awaitable<Verdict<Claims>> {
  const isHybrid = verdict.ok && verdict.identity.strategy === "hybrid";
  if (session === undefined) return isHybrid ? refuse("token_without_session") : verdict;
  if (!isHybrid) return verdict.ok ? otherSession(session, judges) : (judges.session?.(session) ?? verdict);
  const sid = judges.sidOf(session);
  const { identity } = verdict;
  const pair = (derived: string) => (derived === identity.sid ? verdict : otherSession(session, judges));
  return sid instanceof Promise ? sid.then(pair) : pair(sid);
}

function otherSession<Claims extends object>(
  session: string,
  judges: CookieJudges<Claims>,
): Awaitable<Verdict<Claims>> {
  return judges.session === undefined ? refuse("token_of_other_session") : judges.session(session);
}

function judgeSession<Claims extends object>(
  session: string,
  judges: CookieJudges<Claims>,
): Awaitable<Verdict<Claims>> {
  return judges.session === undefined ? refuse("session_unsupported") : judges.session(session);
}

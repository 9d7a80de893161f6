// Credentials by cookie and by token, and how each is renewed. Tokens stand in a variable and nowhere else; knows no request of the application.

import type { Answer, Ask, Credentials, Renewal } from "./contract.ts";
import type { Clock } from "./primitives/clock.ts";

/** The browser holds them, and no script can read them: whether they are good only the issuer knows. */
export function createCookieCredentials(ask: Ask, clock: Clock): Credentials {
  return {
    bearer: () => undefined,
    farewell: () => undefined,
    freshness: () => "fresh",
    adopt: isNamed,
    forget: () => undefined,
    async renew() {
      const outcome = await refresh(ask, clock, isNamed);
      // The strategy `session` has nothing to renew, so that a no is not yet an end.
      return outcome === "refused" ? probe(ask) : outcome;
    },
  };
}

interface Tokens {
  readonly access: string;
  readonly refresh: string | undefined;
  /** In milliseconds since 1970. */
  readonly endsAt: number;
  readonly dueAt: number;
}

/** This client holds them. */
export function createTokenCredentials(ask: Ask, clock: Clock): Credentials {
  let held: Tokens | undefined;
  const adopt = (body: Answer["body"]) => {
    const tokens = readTokens(body, clock.now());
    if (tokens) held = tokens;
    return !!tokens;
  };
  const farewell = () => (held?.refresh ? { refresh_token: held.refresh } : undefined);
  return {
    bearer: () => held?.access,
    farewell,
    freshness() {
      if (!held?.refresh || clock.now() < held.dueAt) return "fresh";
      return clock.now() < held.endsAt ? "due" : "over";
    },
    adopt,
    forget: () => {
      held = undefined;
    },
    async renew() {
      if (!held) return "refused";
      const outcome = await (held.refresh ? refresh(ask, clock, adopt, farewell()) : probe(ask, held.access));
      if (outcome === "refused") held = undefined;
      return outcome;
    },
  };
}

function readTokens(body: Answer["body"], nowMs: number): Tokens | undefined {
  const access = body.access_token ?? body.session_token;
  const { refresh_token: refresh, expires_in: seconds } = body;
  if (typeof access !== "string" || typeof seconds !== "number") return undefined;
  const endsAt = nowMs + seconds * 1000;
  return {
    access,
    refresh: typeof refresh === "string" ? refresh : undefined,
    endsAt,
    dueAt: endsAt - Math.min(30_000, seconds * 200),
  };
}

// An answer that was lost may have moved the refresh token on: asked again within the issuer's grace (10 s), it gives the same successor.
async function refresh(ask: Ask, clock: Clock, adopt: Credentials["adopt"], body?: object): Promise<Renewal> {
  const startedAt = clock.now();
  const once = () => ask("/auth/refresh", { body }).catch(() => undefined);
  let answer = await once();
  if (!(answer && answer.status < 500) && clock.now() - startedAt < 5000) {
    await clock.sleep(500);
    answer = await once();
  }
  return answer?.status === 200 && adopt(answer.body) ? "renewed" : judge(answer);
}

/** Whether the issuer still knows the session: `refused` if not. */
async function probe(ask: Ask, bearer?: string): Promise<Renewal> {
  return judge(await ask("/auth/session", { method: "GET", bearer }).catch(() => undefined));
}

// Whatever else answers 401 on the way, a proxy for one, does not speak for the issuer.
function judge(answer: Answer | undefined): Renewal {
  return answer?.status === 401 && typeof answer.body.code === "string" ? "refused" : "failed";
}

function isNamed(body: Answer["body"]): boolean {
  return typeof body.sid === "string";
}

// Credentials by cookie and by token, and how each is renewed. Tokens stand in a variable and nowhere else; knows no request of the application.

import type { Answer, Ask, Credentials, Renewal } from "./contract.ts";
import type { Clock } from "./primitives/clock.ts";

interface Tokens {
  readonly access: string;
  readonly refresh: string | undefined;
  /** In milliseconds since 1970. */
  readonly endsAt: number;
  /** How long before that they are due, in milliseconds. */
  readonly dueMs: number;
}

/**
 * By cookie the browser holds them, and no script can read them: whether they are good only the issuer knows. Otherwise this client holds
 * them.
 */
export function createCredentials(ask: Ask, clock: Clock, isByCookie: boolean): Credentials {
  let held: Tokens | undefined;
  const credentials: Credentials = {
    bearer: () => held?.access,
    farewell: () => (held?.refresh ? { refresh_token: held.refresh } : undefined),
    isOver: (early) => !!held?.refresh && clock.now() >= held.endsAt - (early ? held.dueMs : 0),
    adopt(body) {
      const { sub, sid } = body;
      const tokens = readTokens(body, clock.now());
      const isCredential = isByCookie ? typeof sid === "string" : !!tokens;
      if (isCredential) {
        if (isByCookie) credentials.sub = sub;
        else held = tokens;
      }
      return isCredential;
    },
    forget() {
      held = undefined;
      credentials.sub = undefined;
    },
    async renew() {
      if (!held && !isByCookie) return "refused";
      let outcome: Renewal = "refused";
      if (isByCookie || held?.refresh) outcome = await refresh(ask, clock, credentials);
      // Where there is nothing to renew, as with the strategy `session`, a no is not yet an end.
      if (outcome === "refused" && !held?.refresh) outcome = await probe(ask, held?.access);
      if (outcome === "refused") credentials.forget();
      return outcome;
    },
  };
  return credentials;
}

function readTokens(body: Answer["body"], nowMs: number): Tokens | undefined {
  const access = body.access_token ?? body.session_token;
  const { refresh_token: refresh, expires_in: seconds } = body;
  if (typeof access !== "string" || typeof seconds !== "number") return undefined;
  return {
    access,
    refresh: typeof refresh === "string" ? refresh : undefined,
    endsAt: nowMs + seconds * 1000,
    dueMs: Math.min(30_000, seconds * 200),
  };
}

// An answer that was lost may have moved the refresh token on: asked again within the issuer's grace (10 s), it gives the same successor.
async function refresh(ask: Ask, clock: Clock, { adopt, farewell }: Credentials): Promise<Renewal> {
  const body = farewell();
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

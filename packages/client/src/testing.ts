// A clock, Web Locks and a small world of issuer, services and cookie jar for the tests of this package. Knows no client.

import type { Clock } from "./primitives/clock.ts";
import type { Locks } from "./turns.ts";

/** Time that only the test moves. */
export interface TestClock extends Clock {
  /** Lets this much time pass, wakes who slept until then, and lets them act. */
  advance(ms: number): Promise<void>;
  /** The machine's clock is set. Nobody wakes. */
  set(nowMs: number): void;
  /** How many sleep. */
  sleepers(): number;
}

export const startMs = 1_767_225_600_000;

/** Lets everything that is under way come to rest. */
export async function settle(): Promise<void> {
  for (let round = 0; round < 30; round += 1) await new Promise((resolve) => setImmediate(resolve));
}

export function createTestClock(): TestClock {
  let nowMs = startMs;
  const sleeping = new Set<{ untilMs: number; wake: () => void }>();
  return {
    now: () => nowMs,
    sleepers: () => sleeping.size,
    set: (to) => {
      nowMs = to;
    },
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        const sleeper = {
          untilMs: nowMs + ms,
          wake: () => {
            sleeping.delete(sleeper);
            resolve();
          },
        };
        sleeping.add(sleeper);
        signal?.addEventListener("abort", sleeper.wake);
        if (signal?.aborted) sleeper.wake();
      }),
    async advance(ms) {
      await settle();
      nowMs += ms;
      for (const sleeper of [...sleeping]) if (sleeper.untilMs <= nowMs) sleeper.wake();
      await settle();
    },
  };
}

/** The locks of one origin, as the standard has them; to be handed to every tab. */
export function createTestLocks(): Locks {
  const held: { name: string; mode: string }[] = [];
  const waiting: { name: string; mode: string; grant: () => void }[] = [];
  const admit = () => {
    for (const each of [...waiting]) {
      const ahead = waiting.slice(0, waiting.indexOf(each)).filter(({ name }) => name === each.name);
      const conflicts = [...ahead, ...held.filter(({ name }) => name === each.name)].some(
        ({ mode }) => mode === "exclusive" || each.mode === "exclusive",
      );
      if (conflicts) continue;
      waiting.splice(waiting.indexOf(each), 1);
      each.grant();
    }
  };
  return {
    query: async () => ({ held: held.map((each) => ({ ...each })) }),
    request: (name, { mode = "exclusive", signal }, work) =>
      new Promise((resolve, reject) => {
        const lock = { name, mode };
        const request = {
          ...lock,
          grant: () => {
            held.push(lock);
            const done = () => {
              held.splice(held.indexOf(lock), 1);
              admit();
            };
            void Promise.resolve().then(work).finally(done).then(resolve, reject);
          },
        };
        signal?.addEventListener("abort", () => {
          const index = waiting.indexOf(request);
          if (index === -1) return;
          waiting.splice(index, 1);
          reject(signal.reason);
          admit();
        });
        waiting.push(request);
        admit();
      }),
  };
}

/** One call as it arrived. */
export interface Arrived {
  /** `POST https://auth.example/auth/refresh` */
  readonly call: string;
  readonly authorization: string | null;
  readonly body: string;
  readonly redirect: RequestRedirect;
  readonly credentials: RequestCredentials;
}

export const issuer = "https://auth.example";
export const service = "https://api.example";

/** What the issuer and the services of the world do instead of their work. */
export type Fault = () => Response | Promise<Response>;

/**
 * An issuer with at most one session, and services that know the current access token, or cookie, and nothing else. The one cookie jar is
 * that of a browser: all clients of the world share it.
 */
export function createWorld(kind: "cookie" | "token") {
  const arrived: Arrived[] = [];
  const faults = new Map<string, Fault>();
  // The number of the good access credential, of the good refresh token, and what the cookie jar has.
  let [good, refresh, jar] = [0, 0, 0];
  let alive = false;
  let sub = "subject-of-tests";
  const refreshes = () => arrived.filter(({ call }) => call.endsWith("/auth/refresh")).length;
  const tokens = () => ({
    access_token: `access-${good}`,
    token_type: "Bearer",
    expires_in: 300,
    refresh_token: `refresh-${refresh}`,
    refresh_expires_in: 3600,
    sid: "session-of-tests",
  });
  const identity = () => ({ sub, sid: "session-of-tests", strategy: "jwt", claims: {} });
  const renew = () => {
    good += 1;
    refresh += 1;
    jar = good;
    return json(200, kind === "token" ? tokens() : { sub, sid: "session-of-tests", expires_in: 300 });
  };
  const isGood = (authorization: string | null) =>
    alive && (kind === "token" ? authorization === `Bearer access-${good}` : jar === good && good > 0);
  const routes: Record<string, (request: Request, body: string) => Response> = {
    "/auth/sign-in": (_request, body) => {
      const { email, password } = JSON.parse(body);
      if (password !== "right") return problem(401, "credentials_wrong");
      alive = true;
      sub = email === "bob@example.com" ? "another-subject" : "subject-of-tests";
      const answer = renew();
      return kind === "token" ? answer : json(200, identity());
    },
    "/auth/sign-up": () => json(202, { status: "check_mail" }),
    "/auth/step-up": (request, body) => {
      if (!isGood(request.headers.get("authorization"))) return problem(401, "token_expired");
      if (JSON.parse(body).password !== "right") return problem(401, "credentials_wrong");
      return renew();
    },
    "/auth/refresh": (_request, body) => {
      const isCurrent = kind === "cookie" ? jar > 0 : JSON.parse(body).refresh_token === `refresh-${refresh}`;
      return alive && isCurrent ? renew() : problem(401, "refresh_invalid");
    },
    "/auth/session": (request) =>
      isGood(request.headers.get("authorization")) ? json(200, identity()) : problem(401, "credential_missing"),
    "/auth/sign-out": () => {
      [alive, jar] = [false, 0];
      return new Response(null, { status: 204 });
    },
  };
  return {
    arrived,
    refreshes,
    /** The calls to services alone. */
    served: () => arrived.filter(({ call }) => call.includes(service)),
    /** From now on this route, or `service`, answers so; without a fault, as it should. */
    fail(place: string, fault?: Fault) {
      if (fault === undefined) faults.delete(place);
      else faults.set(place, fault);
    },
    /** The access credential is over; it can be renewed. */
    expire() {
      good += 1;
    },
    /** The session is over, by somebody else's doing. */
    end() {
      alive = false;
    },
    /** What a good renewal answers. */
    renew,
    fetch: async (input: RequestInfo | URL, init?: RequestInit) => {
      const request = new Request(input, init);
      const url = new URL(request.url);
      const body = await request.text();
      const authorization = request.headers.get("authorization");
      const { redirect, credentials } = request;
      arrived.push({ call: `${request.method} ${request.url}`, authorization, body, redirect, credentials });
      // As a network: nobody is answered at once.
      await new Promise((resolve) => setImmediate(resolve));
      request.signal.throwIfAborted();
      const place = url.origin === issuer ? url.pathname : "service";
      const fault = faults.get(place);
      if (fault !== undefined) return Promise.race([fault(), aborted(request.signal)]);
      if (place !== "service") return routes[place]?.(request, body) ?? problem(404, "route_unknown");
      return isGood(authorization) ? json(200, { body }) : problem(401, "token_expired");
    },
  };
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
}

export type World = ReturnType<typeof createWorld>;

export function json(status: number, body: object): Response {
  return Response.json(body, { status });
}

export function problem(status: number, code: string, headers: Record<string, string> = {}): Response {
  const all = { "content-type": "application/problem+json", ...headers };
  return new Response(JSON.stringify({ status, code, title: `Title of ${code}.` }), { status, headers: all });
}

/** Answers nothing, as a network that swallows packets. */
export const swallow: Fault = () => new Promise(() => undefined);

/** Fails, as a network that is not there. */
export const unreachable: Fault = () => Promise.reject(new TypeError("fetch failed"));

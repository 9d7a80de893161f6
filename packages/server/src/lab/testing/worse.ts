// Deliberately worse implementations, one for each thing that a row of the lab is there to show. For the tests of the lab only.

import { type Authenticator, type HeadersLike, type RequestLike, refuse, systemClock } from "@countersign/verifier";
import { nameSessionToken } from "countersign";
import type { SessionStore, Store } from "countersign/store";
import type { Worsening } from "../worse.ts";

/** A store that is read twice for each request. */
export const readTwice: Worsening = {
  store: (store, role) =>
    role === "service"
      ? withSessions(store, {
          async find(sid) {
            await store.sessions.find(sid);
            return store.sessions.find(sid);
          },
        })
      : store,
};

/** A service that sees no revocation: to it every session is as it was. */
export const revocationIgnored: Worsening = {
  store: (store, role) =>
    role === "service"
      ? withSessions(store, {
          async find(sid) {
            const found = await store.sessions.find(sid);
            return found && { ...found, revokedAt: null, reason: null };
          },
        })
      : store,
};

/** Thinks for a millisecond about each request. */
export const slowToJudge: Worsening = {
  judge: (good) => ({
    authenticate(request) {
      const until = systemClock.monotonic() + 1;
      while (systemClock.monotonic() < until);
      return good.authenticate(request);
    },
  }),
};

/** Sends each cookie with another of its size. */
export const cookieTwiceAsLarge: Worsening = {
  issuer: (good) => async (request, info) => {
    const answer = await good(request, info);
    const padding = answer.headers.getSetCookie().map((line, index) => {
      const [pair = "", ...attributes] = line.split(";");
      return [`p${index}=`.padEnd(pair.length, "x"), ...attributes].join(";");
    });
    const headers = new Headers(answer.headers);
    for (const line of padding) headers.append("set-cookie", line);
    return new Response(answer.body, { status: answer.status, headers });
  },
};

/** Recognises nobody but on the issuer's own site. */
export const nobodyElsewhere: Worsening = {
  judge: (good) => ({
    authenticate: (request) =>
      headerOf(request.headers, "host").startsWith("partner.test")
        ? refuse("credential_missing")
        : good.authenticate(request),
  }),
};

/** Knows nobody by cookie, on any site. */
export const cookiesIgnored: Worsening = {
  judge: (good) => ({
    authenticate: (request) =>
      headerOf(request.headers, "cookie") === "" ? good.authenticate(request) : refuse("credential_missing"),
  }),
};

/** A sign-out that says yes and does nothing. */
export const signOutEndsNothing: Worsening = {
  issuer: (good) => async (request, info) =>
    new URL(request.url).pathname === "/auth/sign-out" ? new Response(null, { status: 204 }) : good(request, info),
};

/** Refuses a refresh token that comes twice, and thinks nothing of it. */
export const reuseUnnoticed: Worsening = {
  store: (store) =>
    withSessions(store, {
      end: async (sid, reason) => (reason === "refresh_reuse" ? [] : store.sessions.end(sid, reason)),
    }),
};

/** Asks of no request where it comes from. */
export const noCrossSiteCheck: Worsening = {
  judge: (good): Authenticator => ({ authenticate: (request) => good.authenticate(asSafe(request)) }),
};

/** An issuer that asks of no request where it comes from. */
export const noCrossSiteCheckAtIssuer: Worsening = {
  issuer: (good) => (request, info) => {
    const headers = new Headers(request.headers);
    headers.delete("origin");
    headers.set("sec-fetch-site", "same-origin");
    return good(new Request(request, { headers }), info);
  },
};

/** Gives a new session the secret that the browser brought along, if it looks like one and nobody has it. */
export const sessionIdAdopted: Worsening = adoptSessionIds();

/** A sign-in over another one, which it lets live. */
export const oldSignInLives: Worsening = {
  store: (store) => {
    const worse = withSessions(store, {
      create: (session, { replaces: _, ...on }) => store.sessions.create(session, on),
    });
    // A token without a record is ended by an event alone.
    return Object.assign(worse, { log: { ...store.log, appendOnce: async () => false } });
  },
};

// One sign-in at a time: which is all that the attack needs.
function adoptSessionIds(): Worsening {
  let brought: string | undefined;
  return {
    issuer: (good) => (request, info) => {
      [, brought] = /(?:^|; )__Host-Http-sid=([\w-]{27})(?:;|$)/.exec(request.headers.get("cookie") ?? "") ?? [];
      return good(request, info);
    },
    store: (store) =>
      withSessions(store, {
        async create(session, on) {
          const names = brought === undefined ? undefined : nameSessionToken(brought);
          const isFree = names !== undefined && (await store.sessions.find(names.sid)) === undefined;
          return store.sessions.create(isFree ? { ...session, ...names } : session, on);
        },
      }),
  };
}

function asSafe({ url, headers }: RequestLike): RequestLike {
  const names = ["authorization", "cookie", "host"];
  const kept = names.map((name) => [name, headerOf(headers, name)]).filter(([, value]) => value !== "");
  return { method: "GET", url, headers: Object.fromEntries(kept) };
}

function headerOf(headers: HeadersLike, name: string): string {
  const value = typeof headers.get === "function" ? headers.get(name) : Reflect.get(headers, name);
  return typeof value === "string" ? value : "";
}

function withSessions(store: Store, others: Partial<SessionStore>): Store {
  const sessions: SessionStore = { ...store.sessions, ...others };
  return Object.assign(Object.create(store), { sessions });
}

// The client: a `fetch` that keeps access fresh, and signing in and out. Keeps tokens in memory only, and knows no framework.

import { type Account, createAccount, isAboutPassword } from "./account.ts";
import { createAsk, parse } from "./ask.ts";
import type { Transport } from "./contract.ts";
import { createCredentials } from "./credentials.ts";
import { createKeeper } from "./keep-fresh.ts";
import { createPresence } from "./presence.ts";
import { type Clock, limit, systemClock } from "./primitives/clock.ts";
import { createTurns, type Locks } from "./turns.ts";

/** How a client is set up. */
export interface ClientOptions {
  /**
   * The issuer's URL, such as `https://auth.example`: `https:`, or `http:` on localhost. With cookies it has to be the page's own origin, for
   * the issuer's cookies belong to one host, and it takes them from its own pages only.
   */
  readonly issuer: string;
  /**
   * `"cookie"`: the browser holds the credentials, and no script can read them. The right choice for pages of the issuer's own host.
   * `"token"`: this client holds them in memory, for apps and for pages of other sites. A reload or another tab signs in again.
   */
  readonly transport: Transport;
  /**
   * The origins of services, such as `https://api.example`, besides the issuer. They alone get a token, and a 401 of theirs alone makes the
   * client renew. Default: none.
   */
  readonly origins?: readonly string[] | undefined;
  /**
   * Told once when a request finds out that the session is over. Not told of `signOut`, nor when the issuer cannot be reached: the person may
   * be signed in all the same.
   */
  readonly onSignedOut?: (() => void) | undefined;
  /** How long one call to the issuer may take, in milliseconds. Default 10,000. */
  readonly timeoutMs?: number | undefined;
  /** Default: the platform's, looked up at each call. */
  readonly fetch?: typeof globalThis.fetch | undefined;
  /** For one renewal over all tabs. Default: `navigator.locks` where there is one. `false`: each tab for itself. */
  readonly locks?: Locks | false | undefined;
  /** Default: the machine's. */
  readonly clock?: Clock | undefined;
}

/**
 * Keeps one person's access fresh. Every method may be passed on without its object.
 *
 * Of the helpers, an expected no is a value. They reject when the issuer cannot answer (down, unreachable, too slow), and when aborted.
 */
export interface Client extends Account {
  /**
   * The platform's `fetch`. A request to the issuer or to one of `origins` that is answered 401 is made once more with fresh credentials, if its
   * body can be sent again: anything but a stream. Where the session is over, the issuer cannot say, or another tab has signed in as somebody else,
   * the 401 is what you get.
   * With tokens: adds `Authorization` to such requests unless they bring their own, and then refuses redirects, so that no token follows one.
   */
  readonly fetch: typeof globalThis.fetch;
  /** Calls the listener after each sign-in, sign-out, end found out and change of the person by another tab. The answer ends that. */
  subscribe(listener: (isSignedIn: boolean) => void): () => void;
}

/**
 * Makes a client; one for an application. Throws `TypeError` for wrong options. Costs nothing until it is used.
 *
 * ```ts
 * const { fetch, signIn } = createClient({
 *   issuer: "https://auth.example",
 *   transport: "token",
 *   origins: ["https://api.example"],
 *   onSignedOut: () => location.assign("/sign-in"),
 * });
 * await signIn({ email: "ada@example.com", password: "correct horse battery staple" });
 * const orders = await fetch("https://api.example/orders");
 * ```
 */
export function createClient(options: ClientOptions): Client {
  const { issuer, transport, clock = systemClock, timeoutMs = 10_000 } = options;
  const isByCookie = transport === "cookie";
  const known = readOrigins(options);
  const fetch: typeof globalThis.fetch = (...call) => (options.fetch ?? globalThis.fetch)(...call);
  const ask = createAsk(issuer, transport, fetch, clock, timeoutMs);
  const credentials = createCredentials(ask, clock, isByCookie);
  const locks = (isByCookie && (options.locks ?? globalThis.navigator?.locks)) || undefined;
  const turns = createTurns(locks, `countersign ${issuer}`, clock, 2 * timeoutMs);
  // Cookies may be there from an earlier page; tokens are not.
  const presence = createPresence(isByCookie ? undefined : false, options.onSignedOut);
  const keeper = createKeeper(credentials, turns, clock, presence);
  return {
    ...createAccount(transport, ask, credentials, turns, keeper, presence),
    subscribe: presence.subscribe,
    fetch: async (input, init) => {
      const request = new Request(input, init);
      const isOurs = known.has(new URL(request.url).origin) && !request.headers.has("authorization");
      if (!isOurs) return fetch(request);
      return keeper.run(
        (isLast) => send(fetch, isLast ? request : request.clone(), credentials.bearer()),
        (answer) => isAboutCredential(answer, clock, timeoutMs),
        request.signal,
        // A body that is a stream cannot do without `duplex`, and cannot be sent again.
        !init || !("duplex" in init),
      );
    },
  };
}

// Where tokens may go, and whose 401 counts.
function readOrigins({ issuer, origins = [], transport }: ClientOptions): ReadonlySet<string> {
  const known = new Set([originOf(issuer), ...origins]);
  for (const origin of origins) {
    if (originOf(origin) !== origin) throw new TypeError("origins must have no path");
  }
  if (transport === "cookie" && globalThis.location && location.origin !== originOf(issuer)) {
    throw new TypeError("issuer must be the page's own origin with cookies");
  }
  return known;
}

function originOf(url: string): string {
  const { protocol, hostname, origin } = new URL(url);
  if (protocol === "https:" || (protocol === "http:" && localhost.test(hostname))) return origin;
  throw new TypeError("issuer and origins must be https:, or http: on localhost");
}

const localhost = /^((.+\.)?localhost|127(\.\d+){3}|\[::1])$/;

function send(fetch: typeof globalThis.fetch, request: Request, bearer: string | undefined): Promise<Response> {
  if (!bearer) return fetch(request);
  request.headers.set("authorization", `Bearer ${bearer}`);
  return fetch(request, request.redirect === "follow" ? { redirect: "error" } : {});
}

// A wrong password is answered 401 too. Sent again, it would count twice. What is longer than such an answer is none; what does not come to its
// end, nobody can tell.
async function isAboutCredential(response: Response, clock: Clock, timeoutMs: number): Promise<boolean> {
  if (response.status !== 401) return false;
  const tooLong = limit(clock, timeoutMs);
  let left = 9999;
  const short = new TransformStream<Uint8Array, Uint8Array>({
    transform(part, beginning) {
      left -= part.length;
      if (left > 0) beginning.enqueue(part);
      else beginning.terminate();
    },
  });
  const body = response.clone().body?.pipeThrough(short, tooLong);
  const isAbout = await new Response(body).text().then(
    (text) => !isAboutPassword(parse(text)),
    () => false,
  );
  tooLong.abort();
  return isAbout;
}

// A service in front of a verifier that may follow the feed, on a real port, with a network that the test can cut. Judges nothing.

import {
  type Clock,
  createVerifier,
  type FeedOptions,
  type Identity,
  systemClock,
  type Verifier,
  type VerifierOptions,
} from "@countersign/verifier";
import { withIdentity } from "@countersign/verifier/node";
import type { ServiceScope } from "countersign";
import { type Client, type ClientOptions, createClient } from "./http-client.ts";
import { addService, type TestIssuer } from "./issuer.ts";
import { serve } from "./servers.ts";

/** What of an issuer a service has to know. */
export type Followed = Pick<TestIssuer, "auth" | "url" | "clock">;

/** What differs from a service that follows, and cannot ask about sessions. */
export interface ServiceOptions extends Partial<Omit<VerifierOptions, "feed" | "sessions" | "fetch">> {
  /** `false`: it does not follow. */
  readonly feed?: Partial<FeedOptions> | false;
  /** Whether it asks the issuer about sessions. Default: it does not. */
  readonly sessions?: boolean;
  /** Told of every answer of the issuer by its path; what it answers is waited for before the service hears of the answer. */
  readonly onAnswer?: (path: string) => Promise<void> | undefined;
}

/** A service that listens. `await using service = await startService(issuer)` stops it at the end of the block. */
export interface TestService extends AsyncDisposable {
  readonly verifier: Verifier;
  readonly url: string;
  /** Paths of the issuer that it has asked for, in order. */
  readonly asked: string[];
  /** Nothing reaches the issuer from now on, or nothing of these paths, and what stands is cut. */
  cut(prefix?: string): void;
  mend(): void;
  /** Reaches the issuer there from now on: it was started anew. What stands is cut. */
  moveTo(url: string): void;
  client(options?: ClientOptions): Client;
  /** What the service says of a request with these cookies. */
  judge(headers: Record<string, string>): ReturnType<Client["get"]>;
}

/** Starts a service whose every answer is the identity of who asks. Its clock is the issuer's, unless the options name another. */
export async function startService(issuer: Followed, options: ServiceOptions = {}): Promise<TestService> {
  const { feed = {}, sessions = false, onAnswer, ...rest } = options;
  const scopes: readonly ServiceScope[] = [
    ...(feed === false ? [] : ["follow" as const]),
    ...(sessions ? ["introspect" as const] : []),
  ];
  const key = scopes.length === 0 ? undefined : await addService(issuer.auth, scopes);
  const serviceKey = key === undefined ? "" : `${key.id}.${key.secret}`;
  const asked: string[] = [];
  let closed: string | undefined;
  let reachedAt = issuer.url;
  let network = new AbortController();
  const cutAll = () => {
    network.abort();
    network = new AbortController();
  };
  const verifier = createVerifier({
    issuer: issuer.auth.options.issuer,
    keys: { jwksUri: `${issuer.url}/.well-known/jwks.json` },
    fetch: async (url, init) => {
      const { pathname } = new URL(url);
      asked.push(pathname);
      if (closed !== undefined && pathname.startsWith(closed)) throw new TypeError("It is cut off.");
      const signals = [network.signal, ...(init.signal == null ? [] : [init.signal])];
      const answer = await fetch(url.replace(issuer.url, reachedAt), { ...init, signal: AbortSignal.any(signals) });
      await onAnswer?.(pathname);
      return answer;
    },
    ...(feed === false ? {} : { feed: { serviceKey, url: `${issuer.url}/auth/revocations`, ...feed } }),
    ...(sessions ? { sessions: { serviceKey, url: `${issuer.url}/auth/introspect` } } : {}),
    ...rest,
    clock: restless(rest.clock ?? issuer.clock),
  });
  const site = await serve(
    withIdentity(verifier, (_request, response, identity: Identity) => response.end(JSON.stringify(identity))),
  );
  const url = `http://127.0.0.1:${site.port}`;
  const clients: Client[] = [];
  const client = (clientOptions: ClientOptions = {}) => {
    const made = createClient(url, { kind: "program", ...clientOptions });
    clients.push(made);
    return made;
  };
  const usual = client();
  return {
    ...{ verifier, url, asked, client },
    cut(prefix = "/") {
      closed = prefix;
      cutAll();
    },
    mend() {
      closed = undefined;
    },
    moveTo(url) {
      reachedAt = url;
      cutAll();
    },
    judge: (headers) => usual.get("/", { headers }),
    async [Symbol.asyncDispose]() {
      verifier.close();
      for (const each of clients) each.close();
      await site.stop();
    },
  };
}

/** What was heard is acknowledged a moment later. That moment goes by by itself: no test moves its clock while a barrier waits. */
function restless(clock: Clock): Clock {
  return { ...clock, sleep: (ms, ...how) => (ms <= 10 ? systemClock : clock).sleep(ms, ...how) };
}

/** A service whose stream stands: what is committed from now on reaches it by itself. */
export async function startFollowing(issuer: Followed, options: ServiceOptions = {}): Promise<TestService> {
  const service = await startService(issuer, options);
  service.verifier.start();
  await until("the stream stands", () => {
    const feed = service.verifier.feed();
    return feed?.isStreaming === true && feed.state === "fresh";
  });
  return service;
}

/** Resolves once something is so; throws when it is not within ten seconds of the machine's time. */
export async function until(what: string, isSo: () => unknown): Promise<void> {
  const giveUpAt = performance.now() + 10_000;
  while (!(await isSo())) {
    if (performance.now() > giveUpAt) throw new Error(`This did not come about: ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

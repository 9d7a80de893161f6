// A hook that shows who is signed in, for React, Preact and whatever has their two hooks. Depends on no framework: it is handed them.

import type { Client } from "./client.ts";
import type { Session } from "./contract.ts";

/** `useState` and `useEffect`, of `react` or `preact/hooks`. */
export interface Hooks {
  useState(initial: SessionState): readonly [SessionState, (next: SessionState) => void];
  useEffect(effect: () => () => void, inputs: readonly never[]): void;
}

/** What a component knows. `unavailable`: the issuer could not answer, which is no sign-out. */
export type SessionState = (
  | { readonly status: "loading" | "signed-out" }
  | { readonly status: "signed-in"; readonly session: Session }
  | { readonly status: "unavailable"; readonly error: unknown }
) & {
  /** Asks the issuer again. */
  reload(): Promise<void>;
};

/**
 * Makes `useSession` for a client, once for the application: all components share what one question brought. It follows `signIn`, `signOut`
 * and an end that a request found out. On a server, and before the first answer, the status is `loading`.
 *
 * ```ts
 * import { createClient } from "@countersign/client";
 * import { useEffect, useState } from "preact/hooks";
 *
 * const client = createClient({ issuer: "https://shop.example", transport: "cookie" });
 * const useSession = createUseSession(client, { useEffect, useState });
 * ```
 */
export function createUseSession(
  client: Pick<Client, "session" | "subscribe">,
  { useEffect, useState }: Hooks,
): () => SessionState {
  const watchers = new Set<(next: SessionState) => void>();
  let question = 0;
  let unsubscribe: (() => void) | undefined;
  const reload = async () => {
    question += 1;
    const asked = question;
    const next = await client.session().then(
      (session): SessionState =>
        session ? { status: "signed-in", session, reload } : { status: "signed-out", reload },
      (error: unknown): SessionState => ({ status: "unavailable", error, reload }),
    );
    if (asked === question) show(next);
  };
  let state: SessionState = { status: "loading", reload };
  const show = (next: SessionState) => {
    state = next;
    for (const watch of watchers) watch(next);
  };
  const follow = (isSignedIn: boolean) => {
    if (isSignedIn) return void reload();
    // What is still being asked is out of date.
    question += 1;
    show({ status: "signed-out", reload });
  };
  const watch = (watcher: (next: SessionState) => void) => {
    watchers.add(watcher);
    if (!unsubscribe) {
      unsubscribe = client.subscribe(follow);
      void reload();
    }
    // It may have changed since the component was drawn.
    watcher(state);
    return () => {
      watchers.delete(watcher);
      if (watchers.size > 0) return;
      unsubscribe?.();
      unsubscribe = undefined;
    };
  };
  return function useSession() {
    const [seen, setSeen] = useState(state);
    useEffect(() => watch(setSeen), []);
    return seen;
  };
}

// Whether somebody is signed in, as far as this client knows, and who is told when that changes. Knows no credential.

import type { Renewal } from "./contract.ts";

/** What one client knows of its person. */
export interface Presence {
  /** A sign-in or sign-out by this client. */
  declare(isSignedIn: boolean): void;
  /** What a request found out. `tellsItself`: whoever made it learns from the answer that nobody is signed in. */
  find(outcome: Renewal, tellsItself?: boolean): void;
  /** `undefined`: not known yet. */
  isSignedIn(): boolean | undefined;
  subscribe(listener: (isSignedIn: boolean) => void): () => void;
}

/** Presence; it begins with what is known of it, if anything is. */
export function createPresence(known: boolean | undefined, onSignedOut: (() => void) | undefined): Presence {
  const listeners = new Set<(isSignedIn: boolean) => void>();
  let isSignedIn = known;
  // Not within the request: what an application does with it must not decide over the answer.
  const declare = (to: boolean) => {
    isSignedIn = to;
    for (const listener of listeners) queueMicrotask(() => listener(to));
  };
  return {
    declare,
    isSignedIn: () => isSignedIn,
    find(outcome, tellsItself) {
      if (outcome === "failed") return;
      const to = outcome === "renewed";
      const before = isSignedIn;
      isSignedIn = to;
      if (to === before) return;
      // The first look tells nothing new to whoever took it.
      if (before === undefined && (to || tellsItself)) return;
      declare(to);
      if (!to && onSignedOut) queueMicrotask(onSignedOut);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

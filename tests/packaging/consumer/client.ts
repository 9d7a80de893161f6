// A page's script with the client and the hook, for the compiler: this file is never run.

import { type Client, createClient, type Session } from "@countersign/client";
import * as inPreact from "@countersign/client/preact";
import { createUseSession, type Hooks, type SessionState } from "@countersign/client/react";
import * as preact from "preact/hooks";
import * as react from "react";

const client: Client = createClient({
  issuer: "https://auth.example",
  transport: "token",
  origins: ["https://api.example"],
  locks: navigator.locks,
});

export async function greet(): Promise<string> {
  const outcome = await client.signIn({ email: "ada@example.com", password: "analytical engine notes 1843" });
  if (!outcome.ok) return outcome.title;
  const session: Session | undefined = await client.session();
  const response = await client.fetch("https://api.example/me", { signal: AbortSignal.timeout(1000) });
  return `${session?.email} ${response.status}`;
}

export function watch(hooks: Hooks): string {
  const seen = createUseSession(client, hooks)();
  return seen.status === "signed-in" ? seen.session.sub : seen.status;
}

// The frameworks' own hooks, as they are exported: one by one, or all of them.
const { useEffect, useState } = react;
export const useSessionInReact: () => SessionState = createUseSession(client, { useEffect, useState });
export const useSessionOfReact: () => SessionState = createUseSession(client, react);
export const useSessionInPreact: () => SessionState = inPreact.createUseSession(client, preact);

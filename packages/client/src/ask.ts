// Asks the issuer, within a bounded time, and reads what it says. Knows no credential and keeps nothing.

import type { Answer, Ask, Transport } from "./contract.ts";
import { type Clock, limit } from "./primitives/clock.ts";

/**
 * The way to the issuer, whose URL has no slash at its end; `timeoutMs` is how long one call may take, its body included. Follows no redirect: a
 * body may hold a password or a refresh token.
 */
export function createAsk(
  issuer: string,
  transport: Transport,
  fetch: typeof globalThis.fetch,
  clock: Clock,
  timeoutMs: number,
): Ask {
  return async (path, { method = "POST", body, bearer, signal } = {}) => {
    const tooLong = limit(clock, timeoutMs, new Error("The issuer took too long."));
    try {
      const response = await fetch(issuer + path, {
        method,
        headers: {
          ...(body && { "content-type": "application/json" }),
          ...(bearer && { authorization: `Bearer ${bearer}` }),
        },
        ...(body && { body: JSON.stringify(body) }),
        signal: signal ? AbortSignal.any([signal, tooLong.signal]) : tooLong.signal,
        credentials: transport === "cookie" ? "same-origin" : "omit",
        redirect: "error",
        cache: "no-store",
      });
      return await readAnswer(response);
    } finally {
      tooLong.abort();
    }
  };
}

async function readAnswer(response: Response): Promise<Answer> {
  const { status, headers } = response;
  return { status, body: parse(await response.text()), retryAfterSeconds: Number(headers.get("retry-after")) };
}

/** The members of a JSON object; none for anything else. */
export function parse(text: string): Answer["body"] {
  try {
    const value: unknown = JSON.parse(text);
    return { ...Object(value) };
  } catch {
    return {};
  }
}

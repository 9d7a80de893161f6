// Fetches a document that may be neither slow nor large nor elsewhere; knows nothing of what it says.

import { readBounded } from "./bounded-body.ts";
import type { Clock } from "./primitives/clock.ts";

/** What fetches: the runtime's `fetch`, or one of the caller's. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** Where a document is, and the bounds of fetching it. */
export interface BoundedFetch {
  readonly url: string;
  readonly fetch: Fetch;
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly maxBytes: number;
}

/** The bytes of a document. Throws unless the answer is 200, from this very address, in time and within the size. */
export async function fetchBounded(
  { url, fetch, clock, timeoutMs, maxBytes }: BoundedFetch,
  init: Pick<RequestInit, "method" | "headers" | "body">,
): Promise<Uint8Array> {
  const stop = new AbortController();
  const timer = new AbortController();
  const tooLate = clock.sleep(timeoutMs, timer.signal).then((): never => {
    throw new Error(`It took longer than ${timeoutMs} ms.`);
  });
  const reading = (async () => {
    // "manual" and not "error", which some runtimes do not know; whatever is not 200 is a failure.
    const response = await fetch(url, { ...init, redirect: "manual", signal: stop.signal });
    if (response.status !== 200) throw new Error(`The answer was ${response.status}.`);
    const bytes = await readBounded(response.body, maxBytes);
    if (bytes === undefined) throw new Error(`It is longer than ${maxBytes} bytes.`);
    return bytes;
  })();
  try {
    return await Promise.race([reading, tooLate]);
  } finally {
    stop.abort();
    timer.abort();
    // Whichever of the two lost the race fails with nobody listening.
    reading.catch(() => undefined);
    tooLate.catch(() => undefined);
  }
}

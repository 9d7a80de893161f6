// The conformance suite of stores: every sentence of the contract as rows that any store must pass, unchanged.
// It knows no test runner: describe, it and expect are passed in.

import { accountRows } from "./conformance/accounts.ts";
import { keepingRows } from "./conformance/keeping.ts";
import { raceRows } from "./conformance/races.ts";
import { recordRows } from "./conformance/records.ts";
import { sessionRows } from "./conformance/sessions.ts";
import type { Harness, Open } from "./conformance/setting.ts";

export type { Environment, Expectation, Harness, Open, Opened } from "./conformance/setting.ts";

/**
 * Registers the suite for one store. `open` is called once per row and answers a fresh, empty store that takes its time from
 * the clock it is given (time travel), and where it can a `peer` on the same data and a way to `reopen` it.
 *
 * ```ts
 * import { describe, expect, it } from "vitest";
 * storeConformance("memory", async (environment) => ({ store: createMemoryStore(environment) }), { describe, it, expect });
 * ```
 */
export function storeConformance(name: string, open: Open, harness: Harness): void {
  harness.describe(`a store: ${name}`, () => {
    keepingRows(harness, open);
    accountRows(harness, open);
    sessionRows(harness, open);
    recordRows(harness, open);
    raceRows(harness, open);
  });
}

// The store in memory, by the suite that judges every store.

import { describe, expect, it } from "vitest";
import { storeConformance } from "./conformance.ts";
import { createMemoryStore } from "./memory.ts";

storeConformance("memory", async (environment) => ({ store: createMemoryStore(environment) }), {
  describe,
  it,
  expect,
});

describe("the memory store", () => {
  it("finds sessions and services without a promise", () => {
    const store = createMemoryStore();
    expect(store.sessions.find("unknown")).toBe(undefined);
    expect(store.services.find("unknown")).toBe(undefined);
  });
});

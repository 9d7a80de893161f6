// What the client adds to a page: bundled, minified and compressed as an application would ship it.

import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { bundle } from "../support/client-bundle.ts";

describe("the client, bundled and minified", () => {
  it("is under 3 KB compressed, every part of it, and brings nothing along", async () => {
    const code = await bundle("packages/client/src/index.ts");
    expect(gzipSync(code, { level: 9 }).length).toBeLessThan(3 * 1024);
    expect(code).not.toMatch(/\bimport\b|\brequire\(/);
    // A bundle of nothing would be small too.
    expect(code).toContain("/auth/refresh");
  });

  it("adds less than half a KB for the hook", async () => {
    const code = await bundle("packages/client/src/session-hook.ts");
    expect(gzipSync(code, { level: 9 }).length).toBeLessThan(512);
    expect(code).not.toMatch(/\bimport\b|\brequire\(/);
    expect(code).toContain("signed-out");
  });
});

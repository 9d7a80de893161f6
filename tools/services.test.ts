import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { findService, provideCommand, servicesRequired } from "./services.ts";

describe("services are required", () => {
  it.each([
    { env: {}, required: false },
    { env: { CI: "" }, required: false },
    { env: { CI: "false" }, required: false },
    { env: { REQUIRE_SERVICES: "0" }, required: false },
    { env: { CI: "true" }, required: true },
    { env: { REQUIRE_SERVICES: "1" }, required: true },
  ])("with $env: $required", ({ env, required }) => {
    expect(servicesRequired(env)).toBe(required);
  });
});

describe("finding a service", () => {
  it("takes the first program on the path that can be run", () => {
    const folder = mkdtempSync(join(tmpdir(), "countersign-services-"));
    try {
      const program = join(folder, "nginx");
      writeFileSync(program, "");
      expect(findService("nginx", folder)).not.toBe(program);
      chmodSync(program, 0o755);
      expect(findService("nginx", folder)).toBe(program);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe("the command that provides services", () => {
  it.each([
    { isRoot: true, says: "apt-get update && apt-get install -y --no-install-recommends nginx caddy" },
    { isRoot: false, says: "sudo apt-get update && sudo apt-get install -y --no-install-recommends nginx caddy" },
  ])("as root $isRoot is one line", ({ isRoot, says }) => {
    expect(provideCommand(["nginx", "caddy"], isRoot)).toBe(says);
  });
});

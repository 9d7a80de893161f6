// How a suite asks for a real program. Does not install it: that is the runner's work.

import { appendFileSync } from "node:fs";
import { expect } from "vitest";
import { findService, provideCommand, type ServiceName, servicesRequired } from "../../tools/services.ts";

/**
 * The path of the program, for `describe.skipIf(path === undefined)`. Where services are required a missing one throws
 * instead. Call it at the top of a test file: the runner names the file and the remedy when it was skipped.
 */
export function requireService(name: ServiceName): string | undefined {
  const path = findService(name);
  if (path !== undefined) return path;
  if (servicesRequired(process.env)) {
    throw new Error(`${name} is required and missing. Provide it: ${provideCommand([name])}`);
  }
  const { TEST_MISSING_SERVICES: report } = process.env;
  if (report !== undefined) {
    const file = expect.getState().testPath ?? "";
    appendFileSync(report, `${JSON.stringify({ file, service: name })}\n`);
  }
  return undefined;
}

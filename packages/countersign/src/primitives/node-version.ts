// The version of Node.js that the package is made for; knows nothing of why.

import { ConfigurationError } from "@countersign/verifier";

/** The least major version. */
export const leastNode = 24;

/** Throws `ConfigurationError` on an older Node.js, so that nobody has to read it out of a missing function. */
export function requireNode(version: string = process.versions.node): void {
  if (Number.parseInt(version, 10) >= leastNode) return;
  throw new ConfigurationError("node", `must be Node.js ${leastNode} or newer; this is ${version}`);
}

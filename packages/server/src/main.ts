#!/usr/bin/env node
// The `countersign` command: hands the command line over, and ends with its exit code. Knows no command.

import { join } from "node:path";

// Nothing else is imported before this: an older Node.js would stumble over what it lacks, and not say why.
if (Number.parseInt(process.versions.node, 10) < 24) {
  process.stderr.write(`countersign needs Node.js 24 or newer; this is ${process.versions.node}.\n`);
  process.exit(1);
}

const { enableCompileCache } = await import("node:module");
// Halves the time to start, from the second start on. In the package's own folder and not in a shared temporary one: what lies there is run.
enableCompileCache(join(import.meta.dirname, "..", "node_modules", ".cache", "compiled"));

const { run } = await import("./cli/run.ts");

process.exitCode = await run(process.argv.slice(2), {
  env: process.env,
  cwd: process.cwd(),
  stdin: process.stdin,
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
});

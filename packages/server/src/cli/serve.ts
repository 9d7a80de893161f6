// `countersign serve`: starts the server, tells where and what it is, and ends it in order on a signal. Answers no request.

import { relative } from "node:path";
import type { Clock } from "@countersign/verifier";
import type { Composed } from "../compose.ts";
import { readConfig } from "../config-sources.ts";
import type { ExitCode } from "../operator-error.ts";
import { type RunningServer, startConfigured } from "../server.ts";
import { isDevelopment } from "../this-machine.ts";
import { readVersion } from "../version.ts";
import type { Invocation, Terminal } from "./contract.ts";
import { sourcesOf } from "./open.ts";

/** Runs the server until a signal ends it: 0 after an orderly end. */
export async function serve(invocation: Invocation): Promise<ExitCode> {
  const { terminal } = invocation;
  const config = readConfig(sourcesOf(invocation));
  const signalled = firstSignal(invocation.clock);
  const server = await startConfigured(config, { write: terminal.out, clock: invocation.clock });
  tellStart(server, terminal);
  const signal = await signalled;
  tell(
    server.composed,
    terminal,
    `${signal}: stopping. Requests under way may finish; once more stops at once.`,
    "stopping",
  );
  await server.close();
  tell(server.composed, terminal, "Stopped.", "stopped");
  return 0;
}

/** Signals within this time are one: a terminal and npm each send theirs for the same Ctrl+C. Milliseconds. */
const sameSignalMs = 500;

/** The first SIGINT or SIGTERM. A later one ends the process at once. */
function firstSignal(clock: Clock): Promise<string> {
  return new Promise((resolve) => {
    let firstAt: number | undefined;
    const on = (signal: NodeJS.Signals) => {
      firstAt ??= clock.monotonic();
      if (clock.monotonic() - firstAt > sameSignalMs) process.exit(signal === "SIGINT" ? 130 : 143);
      resolve(signal);
    };
    process.on("SIGINT", on);
    process.on("SIGTERM", on);
  });
}

// The address stands in exactly one of these lines, the last of all to be written, so that scripts can wait for it.
function tellStart({ url, port, composed }: RunningServer, terminal: Terminal): void {
  const { config, auth, folder } = composed;
  const { strategies } = auth.options;
  const facts = {
    strategies: `${strategies.join(", ")} (a sign-in that names none gets ${strategies[0]})`,
    data: shorten(folder.path, terminal.cwd),
    mail: mailWords(composed, terminal.cwd),
    log: `${config.log.level}, metrics ${config.metrics.access}`,
  };
  if (config.log.format === "json") {
    const { mailWay } = composed;
    const line = { url, port, host: config.host, strategies, data: folder.path, mail: mailWay, version: readVersion() };
    terminal.out(`${JSON.stringify({ level: "info", time: timeOf(composed), ...line, msg: "listening" })}\n`);
    return;
  }
  const elsewhere = config.issuer === undefined ? "" : `, on ${config.host}:${port}`;
  terminal.out(
    [
      "",
      `  Countersign ${readVersion()}`,
      "",
      ...Object.entries(facts).map(([name, words]) => `  ${name.padEnd(11)} ${words}`),
      `  ${"stop".padEnd(11)} Ctrl+C, or SIGTERM to process ${process.pid}`,
      "",
      `  ${"listening".padEnd(11)} ${url}${elsewhere}`,
      "",
      "",
    ].join("\n"),
  );
}

function mailWords({ mailWay, folder, auth }: Composed, cwd: string): string {
  switch (mailWay) {
    case "smtp":
      return "sent by the mail server of the configuration (mail.smtp)";
    case "files":
      return `not sent: ${isDevelopment(auth.options) ? "shown at /dev/mail and " : ""}written to ${shorten(folder.mails, cwd)}`;
    case "none":
      return "none: without mail.smtp nobody can reset a password or confirm an address";
  }
}

function tell(composed: Composed, terminal: Terminal, words: string, message: string): void {
  if (composed.config.log.format === "json") {
    terminal.out(`${JSON.stringify({ level: "info", time: timeOf(composed), msg: message })}\n`);
    return;
  }
  terminal.out(`\n  ${words}\n`);
}

// Written past the log and its level: whoever starts a server waits for these lines.
function timeOf({ clock }: Composed): string {
  return new Date(clock.now()).toISOString();
}

function shorten(path: string, cwd: string): string {
  const short = relative(cwd, path);
  return short === "" || short.startsWith("..") ? path : `./${short}`;
}

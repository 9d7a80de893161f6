// A running server: parts, sockets, and their orderly end. Knows no signals and no console.

import type { IncomingMessage } from "node:http";
import type { Clock } from "@countersign/verifier";
import { systemClock } from "@countersign/verifier";
import { getRequestListener } from "@hono/node-server";
import { requireNode } from "countersign";
import { type App, createApp, type Peer } from "./app.ts";
import { type Composed, type ComposeOptions, compose } from "./compose.ts";
import { type Config, type ConfigInput, configSchema } from "./config.ts";
import { noteIssuer } from "./data-folder.ts";
import { listen } from "./listen.ts";
import { readVersion } from "./version.ts";

/** A server that answers. */
export interface RunningServer extends AsyncDisposable {
  /** Where its visitors find it: the issuer. */
  readonly url: string;
  readonly port: number;
  /** The parts, for tests and for programs that embed the server. */
  readonly composed: Composed;
  /** Takes nothing new, lets requests finish (10 s at most), then closes the store. Repeating it answers the same promise. */
  close(): Promise<void>;
}

/** What a server is given beside its configuration. */
export interface ServerOptions {
  /** Where log lines go. Default: nowhere. */
  readonly write?: (line: string) => void;
  /** Default: the machine's. */
  readonly clock?: Clock;
}

/** How long requests under way may take once the server is stopping, in milliseconds. */
const graceMs = 10_000;

/** Starts a server. Takes what `countersign.json` takes. Throws a `ZodError` for anything else, and what `startConfigured` throws. */
export function startServer(input: ConfigInput = {}, options: ServerOptions = {}): Promise<RunningServer> {
  return startConfigured(configSchema.parse(input), options);
}

/**
 * Starts a server of a checked configuration. It answers once this resolves; requests that come before wait. Throws `OperatorError`
 * or `ConfigurationError` when something in the set-up is wrong, `Unavailable` when the database stays locked.
 */
export async function startConfigured(config: Config, options: ServerOptions = {}): Promise<RunningServer> {
  requireNode();
  const { clock = systemClock } = options;
  const app = Promise.withResolvers<App>();
  // Nobody may wait for it when the start fails.
  app.promise.catch(() => undefined);
  const listener = getRequestListener(async (request, env) => {
    const answer = await app.promise;
    return answer(request, peerOf(env.incoming));
  });
  // The port comes first: it is part of the issuer's name where none is configured, and a second start on it must change nothing.
  const sockets = await listen((request, response) => void listener(request, response), {
    host: config.host,
    port: config.port,
    clock,
  });
  try {
    const composed = await composeStarted(config, { ...options, clock, issuer: `http://localhost:${sockets.port}` });
    const stopping = new AbortController();
    app.resolve(createApp(composed, readVersion(), () => stopping.signal.aborted));
    const { issuer } = composed.auth.options;
    noteIssuer(composed.folder, issuer);
    let closing: Promise<void> | undefined;
    const close = () => {
      closing ??= (async () => {
        stopping.abort();
        // Streams of the revocation feed and of the lab would go on for ever.
        composed.auth.close();
        const childrenEnded = Promise.all([composed.lab.close(), composed.demonstration.close()]);
        const finished = await sockets.stop(graceMs);
        if (!finished) composed.log.warn("requests were cut off because they took too long");
        await childrenEnded;
        await composed.close();
      })();
      return closing;
    };
    return { url: issuer, port: sockets.port, composed, close, [Symbol.asyncDispose]: close };
  } catch (error) {
    app.reject(error);
    await sockets.stop(0);
    throw error;
  }
}

async function composeStarted(config: Config, options: ComposeOptions): Promise<Composed> {
  const composed = await compose(config, options);
  try {
    await composed.auth.start();
    return composed;
  } catch (error) {
    await composed.close();
    throw error;
  }
}

function peerOf(incoming: {
  readonly socket?: IncomingMessage["socket"] | undefined;
  readonly httpVersion: string;
}): Peer {
  return { remoteAddress: incoming.socket?.remoteAddress ?? "", httpVersion: incoming.httpVersion };
}

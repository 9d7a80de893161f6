// Opens and closes the sockets: limits against slow and huge requests, and an end that lets requests finish. Knows no route.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Clock } from "@countersign/verifier";
import { OperatorError } from "./operator-error.ts";

/** Answers one request. */
export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** Open sockets. */
export interface Listening {
  readonly port: number;
  /**
   * Takes no new connection, lets requests under way finish for `graceMs` at most, then closes what is left. Answers whether all of them
   * finished. Repeating it is harmless.
   */
  stop(graceMs: number): Promise<boolean>;
}

/** Limits of a connection. An answer is short, so a peer that takes longer than this is broken or hostile. */
const limits = {
  /** From the first byte of a request to the end of its head. */
  headersTimeout: 10_000,
  /** To the end of its body. */
  requestTimeout: 30_000,
  /** Longer than proxies keep theirs (60 s), so that no request meets a connection that is just being closed. */
  keepAliveTimeout: 65_000,
  maxHeaderSize: 16_384,
  connectionsCheckingInterval: 2000,
} as const;

/**
 * Listens on a host and port. `localhost` means both loopback addresses, as far as the machine has them: browsers try either.
 * Throws `OperatorError` when the port is taken or the address is not this machine's.
 */
export async function listen(
  handler: Handler,
  { host, port, clock }: { readonly host: string; readonly port: number; readonly clock: Clock },
): Promise<Listening> {
  const [first = host, ...others] = host === "localhost" ? ["127.0.0.1", "::1"] : [host];
  const tracker = createTracker(handler);
  const server = await open(tracker.handler, first, port);
  const actualPort = portOf(server);
  const servers = [server];
  for (const other of others) {
    try {
      servers.push(await open(tracker.handler, other, actualPort));
    } catch (error) {
      // No IPv6 here. But a port that somebody else has there is a port that is taken.
      if (isTaken(error)) {
        server.close();
        throw error;
      }
    }
  }
  return { port: actualPort, stop: (graceMs) => stop(servers, tracker, graceMs, clock) };
}

async function open(handler: Handler, host: string, port: number): Promise<Server> {
  const server = createServer(limits, handler);
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) => reject(asListenError(error, host, port)));
    server.listen({ host, port }, resolve);
  });
  return server;
}

class PortTaken extends OperatorError {}

function isTaken(error: unknown): boolean {
  return error instanceof PortTaken;
}

function asListenError(error: Error, host: string, port: number): Error {
  const code = "code" in error ? String(error.code) : "";
  if (code === "EADDRINUSE") {
    return new PortTaken(
      `Port ${port} is in use by another program. Stop it, or choose another port: PORT=${port + 1}`,
    );
  }
  if (code === "EACCES")
    return new OperatorError(`Port ${port} may not be used without special rights. Choose one above 1023.`);
  return new OperatorError(`The server cannot listen on ${host} (${code === "" ? error.message : code}).`);
}

interface Tracker {
  readonly handler: Handler;
  /** Lets every answer under way close its connection, and resolves when there is none. */
  drain(): Promise<void>;
}

function createTracker(handler: Handler): Tracker {
  const underWay = new Set<ServerResponse>();
  let whenEmpty: (() => void) | undefined;
  return {
    handler(request, response) {
      underWay.add(response);
      if (whenEmpty !== undefined) response.shouldKeepAlive = false;
      response.once("close", () => {
        underWay.delete(response);
        if (underWay.size === 0) whenEmpty?.();
      });
      handler(request, response);
    },
    drain() {
      for (const response of underWay) response.shouldKeepAlive = false;
      return new Promise((resolve) => {
        whenEmpty = resolve;
        if (underWay.size === 0) resolve();
      });
    },
  };
}

async function stop(servers: readonly Server[], tracker: Tracker, graceMs: number, clock: Clock): Promise<boolean> {
  const closed = Promise.all(servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve()))));
  const timer = new AbortController();
  const finished = await Promise.race([
    tracker.drain().then(() => true),
    clock.sleep(graceMs, timer.signal).then(() => false),
  ]);
  timer.abort();
  for (const server of servers) {
    if (finished) server.closeIdleConnections();
    else server.closeAllConnections();
  }
  await closed;
  return finished;
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the socket has no port");
  return address.port;
}

// Small HTTP servers for tests: an app behind a proxy, a service, a page. Judges nothing.

import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** A server on a free port of 127.0.0.1. `await using app = await serve(…)` stops it at the end of the block. */
export interface SmallServer extends AsyncDisposable {
  readonly server: Server;
  readonly port: number;
  /** Stops it and cuts what is open. Repeating it is harmless. */
  stop(): Promise<void>;
}

/** Starts a server. Without a listener requests wait: for servers that must know the port before they can answer. */
export async function serve(listener?: RequestListener): Promise<SmallServer> {
  const server = createServer(listener);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  const stop = async () => {
    server.closeAllConnections();
    if (server.listening) await new Promise<void>((resolve) => server.close(() => resolve()));
  };
  return { server, port, stop, [Symbol.asyncDispose]: stop };
}

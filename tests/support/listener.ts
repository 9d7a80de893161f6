// Somebody who listens: to requests, WebSockets, bare connections and UDP, each noted by what it says it is. Answers everything kindly.

import { createSocket } from "node:dgram";
import { createServer as createHttpServer, type Server as HttpServer } from "node:http";
import { type AddressInfo, createServer as createNetServer, type Server } from "node:net";
import type { LeakAddress } from "./leaks.ts";

/** A listener. `await using ear = await listen()` closes it at the end of the block. */
export interface Listener extends AsyncDisposable {
  /** What was heard, such as `open/fetch`. */
  readonly heard: ReadonlySet<string>;
  /** Where the leaks of one page go: everything heard there is noted with its name. */
  addressFor(page: string): Promise<(kind: string) => LeakAddress>;
}

/** Starts to listen on free ports of 127.0.0.1. Its name is `leak.test`. */
export async function listen(): Promise<Listener> {
  const heard = new Set<string>();
  const endings: (() => void)[] = [];
  const http = createHttpServer((request, response) => {
    heard.add((request.url ?? "").slice(1));
    response.setHeader("access-control-allow-origin", "*");
    response.end("heard");
  });
  http.on("upgrade", (request, socket) => {
    heard.add((request.url ?? "").slice(1));
    socket.destroy();
  });
  const port = await begin(http, endings);
  return {
    heard,
    async addressFor(page) {
      const ahead = await begin(
        createNetServer((socket) => {
          heard.add(`${page}/preconnect`);
          socket.destroy();
        }),
        endings,
      );
      const udp = await beginUdp(() => heard.add(`${page}/web-rtc`), endings);
      const quic = await beginUdp(() => heard.add(`${page}/web-transport`), endings);
      return (kind) => ({
        url: `http://leak.test:${port}/${page}/${kind}`,
        near: `http://localhost:${port}/${page}/${kind}`,
        ws: `ws://leak.test:${port}/${page}/${kind}`,
        udp: `127.0.0.1:${udp}`,
        quic: `https://127.0.0.1:${quic}/`,
        ahead: `http://${page}.test:${ahead}`,
        name: `${page}-${kind}.invalid`,
      });
    },
    async [Symbol.asyncDispose]() {
      http.closeAllConnections();
      for (const end of endings) end();
    },
  };
}

async function begin(server: Server | HttpServer, endings: (() => void)[]): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  endings.push(() => void server.close());
  return (server.address() as AddressInfo).port;
}

async function beginUdp(onMessage: () => void, endings: (() => void)[]): Promise<number> {
  const socket = createSocket("udp4", onMessage);
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  endings.push(() => void socket.close());
  return socket.address().port;
}

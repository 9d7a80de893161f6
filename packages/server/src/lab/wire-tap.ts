// A raw server that counts the bytes of each request as they arrive, and answers them all alike. Understands no HTTP beyond its blank line.

import { createServer, type Socket } from "node:net";
import { listen } from "../processes/listen.ts";

export interface WireTap {
  readonly port: number;
  /** The bytes of the last request: line and headers, as they were received. */
  last(): number;
  close(): Promise<void>;
}

const answer = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";

/** Starts it. It takes requests without a body. */
export async function openWireTap(): Promise<WireTap> {
  let bytes = 0;
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    let received = Buffer.alloc(0);
    open.add(socket);
    socket.on("close", () => open.delete(socket));
    socket.on("error", () => undefined);
    socket.on("data", (chunk) => {
      received = Buffer.concat([received, chunk]);
      if (!received.includes("\r\n\r\n")) return;
      bytes = received.length;
      socket.end(answer);
    });
  });
  const port = await listen(server);
  return {
    port,
    last: () => bytes,
    close() {
      for (const socket of open) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

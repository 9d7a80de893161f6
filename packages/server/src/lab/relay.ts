// A wire between a service and its issuer that can be cut: nothing goes through then, and nobody is told. Reads nothing of what passes.

import { connect, createServer, type Socket } from "node:net";
import { listen } from "../processes/listen.ts";

export interface Relay {
  readonly origin: string;
  cut(): void;
  mend(): void;
  close(): Promise<void>;
}

/** Lays a wire to a port of this machine. */
export async function layRelay(toPort: number): Promise<Relay> {
  let isCut = false;
  const open = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(toPort, "127.0.0.1");
    join(near, far);
    join(far, near);
  });
  function join(socket: Socket, other: Socket): void {
    open.add(socket);
    socket.on("data", (chunk) => void (isCut || other.write(chunk)));
    socket.on("error", () => undefined);
    socket.on("close", () => {
      open.delete(socket);
      // A cut wire does not even tell that the other end has gone.
      if (!isCut) other.destroy();
    });
  }
  const drop = () => {
    for (const socket of open) socket.destroy();
  };
  const port = await listen(server);
  return {
    origin: `http://127.0.0.1:${port}`,
    cut() {
      isCut = true;
    },
    mend() {
      isCut = false;
      drop();
    },
    close() {
      isCut = false;
      drop();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

// Servers on loopback ports of the system's choice. Knows no request.

import type { Server } from "node:http";
import type { Server as NetServer } from "node:net";

/** Listens on 127.0.0.1; answers the port. */
export function listen(server: Server | NetServer): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      if (address === null || typeof address === "string") return reject(new Error("A server has no port."));
      return resolve(address.port);
    });
  });
}

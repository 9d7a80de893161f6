// Free ports on this machine. Does not hold them: what listens there does.

import { createServer } from "node:net";

/** A TCP port of 127.0.0.1 that was free a moment ago. Prefer port 0 where a server can tell which one it got. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  if (address === null || typeof address === "string") throw new Error("the system gave no port");
  return address.port;
}

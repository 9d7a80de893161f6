// The process of the issuers: one for each column, each on its own port and store. Measures nothing.

import { rmSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import { type Auth, createAuth } from "countersign";
import { nodeHandler } from "countersign/node";
import { answerParent } from "../../processes/child.ts";
import { listen } from "../../processes/listen.ts";
import type { Column } from "../contract.ts";
import { loadWorsening } from "../worse.ts";
import type { IssuerActs } from "./acts.ts";
import { authOptions, type OpenStore, openStore, password } from "./setup.ts";

interface Opened extends OpenStore {
  readonly auth: Auth;
}

const opened = new Map<Column, Opened>();
let folders: readonly string[] = [];

answerParent<IssuerActs>(
  {
    async open({ folders: all, host, ...setup }) {
      folders = all;
      let handle: RequestListener = (_request, response) => void response.writeHead(503).end();
      const server = createServer((request, response) => void handle(request, response));
      // Clients of the lab keep their connections while other rows run: none may be closed just as it is used again.
      server.keepAliveTimeout = 0;
      const port = await listen(server);
      const issuer = host.includes("://") ? host : `http://${host}:${port}`;
      const kept = await openStore(setup, "issuer");
      const auth = createAuth(authOptions(setup, issuer, kept.store));
      await auth.start();
      const { issuer: worsen } = await loadWorsening(setup);
      handle = nodeHandler(worsen === undefined ? auth : { handle: worsen(auth.handle) });
      opened.set(setup.column, { ...kept, auth });
      const { id, secret } = await auth.services.add({ name: "lab", scopes: ["follow", "introspect"] });
      return { port, issuer, serviceKey: `${id}.${secret}` };
    },
    async addSubject({ column, email }) {
      const made = await of(column).auth.subjects.create({ email, password });
      if (!made.ok) throw new Error(`A subject of the lab was refused: ${made.code}.`);
      return null;
    },
    counts: ({ column }) => of(column).counts(),
    rows: ({ column }) => of(column).store.sessions.count(),
  },
  // Whoever started us is gone, perhaps without a chance to tidy up.
  () => {
    for (const folder of folders) {
      // Services that are about to end may still be writing there.
      rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
    }
  },
);

function of(column: Column): Opened {
  const found = opened.get(column);
  if (found === undefined) throw new Error(`The issuer of ${column} was not started.`);
  return found;
}

// The process of a service: for each column a server whose every answer says who asks. Measures nothing.

import { createServer } from "node:http";
import { withIdentity } from "@countersign/verifier/node";
import { answerParent } from "../../processes/child.ts";
import { listen } from "../../processes/listen.ts";
import type { Column } from "../contract.ts";
import type { ServiceActs } from "./acts.ts";
import { createJudge, type Judge } from "./setup.ts";

const judges = new Map<Column, Judge>();

answerParent<ServiceActs>({
  async open(setup) {
    const judge = await createJudge(setup);
    judges.set(setup.column, judge);
    const guarded = withIdentity(judge.authenticator, (_request, response, { sub, sid }) => {
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ sub, sid }));
    });
    const server = createServer((request, response) => void guarded(request, response));
    // As in the issuer.
    server.keepAliveTimeout = 0;
    // A WebSocket is opened only for who is recognised, and from the own site.
    server.on("upgrade", async (request, socket) => {
      const verdict = await Promise.resolve(judge.authenticator.authenticate(request)).catch(() => undefined);
      socket.end(
        `HTTP/1.1 ${verdict?.ok === true ? "101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket" : "403 Forbidden"}\r\n\r\n`,
      );
    });
    return { port: await listen(server) };
  },
  counts: ({ column }) => judges.get(column)?.counts() ?? {},
});

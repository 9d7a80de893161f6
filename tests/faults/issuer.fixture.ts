// An issuer in a process of its own, on a database file, with a door through which the tests end sessions. Arguments: database, port.

import { createServer } from "node:http";
import { createAuth } from "countersign";
import { isIssuerPath, nodeHandler } from "countersign/node";
import { openSqliteStore } from "countersign/sqlite";

const [path = "", portText = "0"] = process.argv.slice(2);
const port = Number(portText);
const store = await openSqliteStore({ path });
const auth = createAuth({
  issuer: `http://127.0.0.1:${port}`,
  secrets: ["a server secret that only the fault tests know"],
  strategies: ["hybrid", "session", "jwt"],
  hashing: { memoryKiB: 7168, passes: 1, concurrency: 2, queueLimit: 1000 },
  session: { perSubject: 1000 },
  feed: { lag: "2s" },
  store,
  onError: (error, where) => void process.stderr.write(`fault in ${where}: ${String(error)}\n`),
});
const handle = nodeHandler(auth);
const server = createServer(async (request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://fixture");
  if (isIssuerPath(pathname)) return handle(request, response);
  const answer = (body: unknown) => void response.end(JSON.stringify(body ?? null));
  if (pathname === "/fixture/end") {
    const wait = searchParams.has("wait") ? ("everywhere" as const) : undefined;
    return answer((await auth.sessions.end(searchParams.get("sid") ?? "", { wait })).reached);
  }
  if (pathname === "/fixture/everywhere") return answer(await auth.everywhere());
  if (pathname === "/fixture/subject") {
    const email = searchParams.get("email") ?? "";
    return answer(await auth.subjects.create({ email, password: "wren plays slow cello" }));
  }
  if (pathname === "/fixture/service") {
    const { id, secret } = await auth.services.add({ name: "tests", scopes: ["follow", "introspect"] });
    return answer({ key: `${id}.${secret}` });
  }
  return void response.writeHead(404).end();
});
await auth.start();
server.listen(port, "127.0.0.1", () => process.stdout.write(`issuer listens on ${port}\n`));

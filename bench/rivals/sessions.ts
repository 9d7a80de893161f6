// The rivals that keep sessions: express-session and iron-session. Knows no server; each is handed requests.

import { createHmac, randomBytes } from "node:crypto";
import { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import expressSession from "express-session";
import { getIronSession, sealData } from "iron-session";

const secret = randomBytes(32).toString("hex");

/** Judges a request by its `Cookie` header: the user, or `undefined`. */
export type JudgeCookies = (cookie: string) => Promise<string | undefined>;

/** express-session with its store in memory; sessions are put there as its own code would. */
export function expressSessions(count: number) {
  const store = new expressSession.MemoryStore();
  const middleware = expressSession({ secret, resave: false, saveUninitialized: false, store });
  const credentials = Array.from({ length: count }, (_, index) => {
    const id = randomBytes(24).toString("base64url");
    const cookie = { originalMaxAge: null, expires: null, httpOnly: true, path: "/" };
    store.set(id, { cookie, user: { id: `user-${index}` } });
    // The format of cookie-signature: value, dot, base64 without padding.
    const signature = createHmac("sha256", secret).update(id).digest("base64").replace(/=+$/, "");
    return `connect.sid=${encodeURIComponent(`s:${id}.${signature}`)}`;
  });
  const judge: JudgeCookies = (cookie) => {
    const { request, response } = exchange(cookie);
    return new Promise((resolve, reject) =>
      middleware(request, response, (error) => (error === undefined ? resolve(expressUser(request)) : reject(error))),
    );
  };
  return { middleware, credentials, judge };
}

/** Whom express-session found in a request. */
export function expressUser(request: object): string | undefined {
  const session: unknown = "session" in request ? request.session : undefined;
  const user: unknown = typeof session === "object" && session !== null && "user" in session ? session.user : undefined;
  return idOf(user);
}

/** iron-session: everything in a sealed cookie. */
export async function ironSessions(count: number) {
  const options = { cookieName: "sid", password: secret };
  const credentials: string[] = [];
  for (let index = 0; index < count; index += 1) {
    credentials.push(`sid=${await sealData({ id: `user-${index}` }, { password: secret })}`);
  }
  const judgeRequest = async (request: IncomingMessage, response: ServerResponse) =>
    idOf(await getIronSession<{ id?: string }>(request, response, options));
  const judge: JudgeCookies = (cookie) => {
    const { request, response } = exchange(cookie);
    return judgeRequest(request, response);
  };
  return { judgeRequest, credentials, judge };
}

// What node:http would hand over, on a socket that leads nowhere.
const nowhere = new Socket();

function exchange(cookie: string): { request: IncomingMessage; response: ServerResponse } {
  const request = new IncomingMessage(nowhere);
  request.method = "GET";
  request.url = "/";
  request.headers = { host: "127.0.0.1", cookie };
  return { request, response: new ServerResponse(request) };
}

function idOf(user: unknown): string | undefined {
  const id: unknown = typeof user === "object" && user !== null && "id" in user ? user.id : undefined;
  return typeof id === "string" ? id : undefined;
}

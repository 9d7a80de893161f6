// One server under load, as a process of its own: sets up the variant that it is told, makes credentials, and tells what it used up.

import { hybridSubjects, jwtSubjects, type Subjects, sessionSubjects } from "../authenticators.ts";
import { answerMessages } from "../children.ts";
import { newAccessToken, newSigningKey } from "../credentials.ts";
import { betterAuthSessions } from "../rivals/better-auth.ts";
import { expressSessions, expressUser, ironSessions } from "../rivals/sessions.ts";
import { fastJwtJudge, joseJudge, jsonwebtokenJudge, newSharedSecretToken, pemOf } from "../rivals/tokens.ts";
import {
  type Framework,
  type Guard,
  startApplication,
  startExpress,
  startFastify,
  startHonoWithHeaders,
  startHonoWithoutMiddleware,
  startNodeWithHeaders,
} from "./frameworks.ts";

declare module "fastify" {
  interface Session {
    user?: string;
  }
}

/** What the server is asked: to start, or for the processor time that it has used. */
export type ServerMessage =
  | {
      readonly start: {
        readonly framework: Framework;
        readonly name: string;
        readonly rows: number;
        readonly folder: string;
      };
    }
  | { readonly usage: true };

/** Where it listens, and what it accepts. */
export interface StartedServer {
  readonly port: number;
  /** The name of the header that carries the credentials. */
  readonly header: "authorization" | "cookie";
  readonly credentials: readonly string[];
}

type Start = Extract<ServerMessage, { start: unknown }>["start"];

/** How many distinct credentials each server is asked for. */
const count = 500;

answerMessages<ServerMessage>(async (message) => {
  if ("start" in message) return start(message.start);
  const { user, system } = process.cpuUsage();
  return user + system;
});

async function start(wanted: Start): Promise<StartedServer> {
  const { framework, name } = wanted;
  if (name === "bare") return { port: await startApplication(framework, { kind: "none" }), ...none };
  if (name === "no-middleware") return { port: await startHonoWithoutMiddleware(), ...none };
  if (name === "two-headers") {
    const port = await (framework === "hono" ? startHonoWithHeaders() : startNodeWithHeaders());
    return { port, header: "authorization", credentials: ["Bearer any"] };
  }
  const own = await ourSubjects(wanted);
  if (own !== undefined) {
    const { authenticator, header, credentials } = own;
    return { port: await startApplication(framework, { kind: "ours", authenticator }), header, credentials };
  }
  const rival = rivals[name];
  if (rival === undefined) throw new Error(`There is no server ${framework}/${name}.`);
  return rival(wanted);
}

const none = { header: "authorization", credentials: [] } as const;

async function ourSubjects({ name, rows, folder }: Start): Promise<Subjects | undefined> {
  const key = newSigningKey();
  const numbers = { credentials: count, rows, folder };
  switch (name) {
    case "jwt":
      return jwtSubjects(key, numbers);
    case "hybrid":
      return hybridSubjects(key, { ...numbers, revocations: 1000, by: "token" });
    case "hybrid-cookies":
      return hybridSubjects(key, { ...numbers, revocations: 1000, by: "cookies" });
    case "session-memory":
      return sessionSubjects("memory", numbers);
    case "session-feed":
      return sessionSubjects("feed", numbers);
    case "session-sqlite":
      return sessionSubjects("sqlite", numbers);
    default:
      return undefined;
  }
}

const rivals: Readonly<Record<string, (wanted: Start) => Promise<StartedServer>>> = {
  jose: ({ framework }) => withToken(framework, "ES256", (key) => joseJudge("ES256", key)),
  "jose-hs": ({ framework }) => withToken(framework, "HS256", (key) => joseJudge("HS256", key)),
  "fast-jwt": ({ framework }) => withToken(framework, "ES256", (key) => fastJwtJudge("ES256", key, 0)),
  "fast-jwt-cache": ({ framework }) => withToken(framework, "ES256", (key) => fastJwtJudge("ES256", key, 1000)),
  "fast-jwt-hs": ({ framework }) => withToken(framework, "HS256", (key) => fastJwtJudge("HS256", key, 0)),
  jsonwebtoken: ({ framework }) => withToken(framework, "ES256", (key) => jsonwebtokenJudge("ES256", key)),
  "jsonwebtoken-hs": ({ framework }) => withToken(framework, "HS256", (key) => jsonwebtokenJudge("HS256", key)),
  "iron-session": startIronSession,
  "express-session": startExpressSession,
  "fastify-jwt": () => startFastifyJwt(false),
  "fastify-jwt-cache": () => startFastifyJwt(true),
  "fastify-session": startFastifySession,
  "better-auth": (wanted) => startBetterAuth(wanted, false),
  "better-auth-cache": (wanted) => startBetterAuth(wanted, true),
};

type Judge = (token: string) => string | Promise<string>;

async function withToken(
  framework: Framework,
  algorithm: "ES256" | "HS256",
  judgeOf: (key: ReturnType<typeof newSigningKey>) => Judge | Promise<Judge>,
): Promise<StartedServer> {
  const key = newSigningKey();
  const judge = await judgeOf(key);
  const guard: Guard = {
    kind: "function",
    judge: ({ authorization = "" }) => judge(authorization.slice("Bearer ".length)),
  };
  const newToken = () => (algorithm === "ES256" ? newAccessToken(key, "lean+jwt") : newSharedSecretToken());
  return { port: await startApplication(framework, guard), header: "authorization", credentials: bearers(newToken) };
}

function bearers(newToken: () => string): string[] {
  return Array.from({ length: count }, () => `Bearer ${newToken()}`);
}

async function startIronSession({ framework }: Start): Promise<StartedServer> {
  const { credentials, judge } = await ironSessions(count);
  const guard: Guard = { kind: "function", judge: ({ cookie = "" }) => judge(cookie) };
  return { port: await startApplication(framework, guard), header: "cookie", credentials };
}

async function startExpressSession(): Promise<StartedServer> {
  const { middleware, credentials } = expressSessions(count);
  const port = await startExpress((app) => {
    app.use(middleware);
    app.get("/", (request, response) => {
      const id = expressUser(request);
      if (id === undefined) response.status(401).end();
      else response.json({ id });
    });
  });
  return { port, header: "cookie", credentials };
}

async function startFastifyJwt(cache: boolean): Promise<StartedServer> {
  const { fastifyJwt } = await import("@fastify/jwt");
  const key = newSigningKey();
  const port = await startFastify(async (app) => {
    await app.register(fastifyJwt, {
      secret: { public: pemOf(key) },
      verify: { algorithms: ["ES256"], ...(cache ? { cache } : {}) },
    });
    app.get("/", { onRequest: async (request) => void (await request.jwtVerify()) }, async (request) => ({
      id: typeof request.user === "object" && "sub" in request.user ? request.user.sub : undefined,
    }));
  });
  return { port, header: "authorization", credentials: bearers(() => newAccessToken(key, "lean+jwt")) };
}

async function startFastifySession(): Promise<StartedServer> {
  const { fastifyCookie } = await import("@fastify/cookie");
  const { fastifySession } = await import("@fastify/session");
  const port = await startFastify(async (app) => {
    await app.register(fastifyCookie);
    const secret = "a secret that only the bench knows, and nobody else";
    await app.register(fastifySession, { secret, cookie: { secure: false }, saveUninitialized: false });
    app.get("/sign-in", async (request) => {
      request.session.user = newUser();
      return {};
    });
    app.get("/", async (request, reply) => {
      const { user } = request.session;
      return user === undefined ? reply.code(401).send() : { id: user };
    });
  });
  const credentials: string[] = [];
  for (let index = 0; index < count; index += 1) {
    const response = await fetch(`http://127.0.0.1:${port}/sign-in`);
    credentials.push(response.headers.getSetCookie()[0]?.split(";")[0] ?? "");
    await response.text();
  }
  return { port, header: "cookie", credentials };
}

let users = 0;

function newUser(): string {
  users += 1;
  return `user-${users}`;
}

async function startBetterAuth({ framework, folder }: Start, cookieCache: boolean): Promise<StartedServer> {
  const { credentials, judge } = await betterAuthSessions(folder, { count, cookieCache });
  const guard: Guard = { kind: "function", judge: ({ cookie = "" }) => judge(new Headers({ cookie })) };
  return { port: await startApplication(framework, guard), header: "cookie", credentials };
}

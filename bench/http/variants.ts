// The servers that are measured: each framework bare, and with each way to recognise a request. Starts none.

import type { Framework } from "./frameworks.ts";

/** One server, by the path `framework/name`. */
export interface Variant {
  readonly framework: Framework;
  readonly name: string;
  readonly title: string;
}

/** Ours, which every framework has. */
export const ours = {
  jwt: "Countersign, jwt",
  hybrid: "Countersign, hybrid, 1 000 revocations",
  "hybrid-cookies": "Countersign, hybrid, both cookies",
  "session-memory": "Countersign, session in memory",
  "session-feed": "Countersign, session kept under the feed",
  "session-sqlite": "Countersign, session on SQLite, 1 000 000 rows",
} as const;

/** The rivals of each framework. */
export const rivals: Readonly<Record<Framework, Readonly<Record<string, string>>>> = {
  node: {
    "fast-jwt-cache": "fast-jwt ES256, its cache",
    "fast-jwt": "fast-jwt ES256",
    "fast-jwt-hs": "fast-jwt HS256",
    jose: "jose ES256",
    "jose-hs": "jose HS256",
    jsonwebtoken: "jsonwebtoken ES256",
    "iron-session": "iron-session",
  },
  fastify: {
    "fastify-jwt-cache": "@fastify/jwt ES256, its cache",
    "fastify-jwt": "@fastify/jwt ES256",
    "fastify-session": "@fastify/session, in memory",
    "better-auth": "better-auth, node:sqlite",
    "better-auth-cache": "better-auth, its cookie cache",
  },
  hono: {
    "better-auth": "better-auth, node:sqlite",
    "better-auth-cache": "better-auth, its cookie cache",
  },
  express: {
    "express-session": "express-session, in memory",
    "jsonwebtoken-hs": "jsonwebtoken HS256",
    "better-auth": "better-auth, node:sqlite",
  },
};

/** Every server that is set beside the bare one, ours first. */
export const variants: readonly Variant[] = (["node", "fastify", "hono", "express"] as const).flatMap((framework) =>
  Object.entries({ ...ours, ...rivals[framework] }).map(([name, title]) => ({ framework, name, title })),
);

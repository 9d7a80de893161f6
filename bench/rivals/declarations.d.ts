// The parts of untyped rivals that the bench uses.

declare module "express-session" {
  import type { IncomingMessage, ServerResponse } from "node:http";

  interface SessionData {
    cookie: {
      readonly originalMaxAge: null;
      readonly expires: null;
      readonly httpOnly: boolean;
      readonly path: string;
    };
    user?: { readonly id: string };
  }

  interface Options {
    readonly secret: string;
    readonly resave: boolean;
    readonly saveUninitialized: boolean;
    readonly store?: MemoryStore;
  }

  type Middleware = (request: IncomingMessage, response: ServerResponse, next: (error?: unknown) => void) => void;

  interface MemoryStore {
    set(sid: string, session: SessionData, callback?: (error?: unknown) => void): void;
  }

  const session: {
    (options: Options): Middleware;
    readonly MemoryStore: new () => MemoryStore;
  };

  export = session;
}

declare module "jsonwebtoken" {
  import type { KeyObject } from "node:crypto";

  const jsonwebtoken: {
    verify(
      token: string,
      key: KeyObject | string,
      options: { readonly algorithms: readonly string[]; readonly issuer: string },
    ): string | { readonly sub?: string };
  };

  export = jsonwebtoken;
}

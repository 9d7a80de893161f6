// What a route is: its address, its checks, its schemas and what it runs. Knows no router.

import type { Identity, RefusalCode } from "@countersign/verifier";
import type { z } from "zod";
import type { Audit } from "../audit.ts";
import type { KeyRing } from "../keys/key-ring.ts";
import type { ServerSecrets } from "../keys/secrets.ts";
import type { ResolvedOptions } from "../options.ts";
import type { Clock } from "../primitives/clock.ts";
import type { Outcome, Problem, ProblemCode } from "../primitives/errors.ts";
import type { Feed } from "../revocation/feed.ts";
import type { Renewed } from "../sessions/renew.ts";
import type { Caller, SignInParts } from "../sign-in/contract.ts";
import type { Subjects } from "../sign-in/subjects.ts";
import type { Account, ClientInfo, LifetimePolicy, ServiceKey, SessionRecord, Store } from "../stores/contract.ts";
import type { Credentials } from "../strategies/contract.ts";
import type { Recogniser } from "./authenticate.ts";
import type { CookieJar } from "./cookies.ts";

/** What every handler may use. */
export interface HttpParts {
  readonly options: ResolvedOptions;
  readonly store: Store;
  readonly policy: LifetimePolicy;
  readonly secrets: ServerSecrets;
  readonly keys: KeyRing;
  readonly audit: Audit;
  readonly recogniser: Recogniser;
  readonly signInParts: SignInParts;
  readonly subjects: Subjects;
  readonly clock: Clock;
  readonly feed: Feed;
  /** Makes the token that stands beside a hybrid's session; `undefined` where it is over, or is no hybrid. Costs a look-up and a signature. */
  readonly renewBeside: (sid: string) => Promise<Credentials["access"]>;
  readonly renew: (token: string, client: ClientInfo, transport: "cookie" | "token") => Promise<Outcome<Renewed>>;
}

/** Who may call a route. */
export type Access =
  /** Anybody. */
  | "public"
  /** A living sign-in session of a subject that is not disabled; never a client's child session. */
  | "account"
  /** A service key with this scope. */
  | "introspect"
  | "follow"
  | "revoke"
  | "admin";

/** The session of an account route. `record` is absent for tokens without a record. */
export interface AccountSession {
  readonly identity: Identity;
  readonly account: Account;
  readonly record: SessionRecord | undefined;
}

/** One request, parsed and checked. */
export interface Call<Body = unknown, Query = unknown> {
  readonly request: Request;
  readonly parts: HttpParts;
  readonly caller: Caller;
  readonly cookies: CookieJar;
  readonly body: Body;
  readonly query: Query;
  readonly params: Readonly<Record<string, string>>;
  /** Present on `account` routes. */
  readonly session: AccountSession | undefined;
  /** Present on service routes. */
  readonly service: ServiceKey | undefined;
}

/** What a handler answers; a problem is told by its code. */
export type Answer =
  | {
      readonly status: number;
      readonly body?: object;
      /** A body that is JSON already. */
      readonly json?: string;
      /** A body that goes on; its `content-type` is among the headers. */
      readonly stream?: ReadableStream<Uint8Array>;
      readonly headers?: Readonly<Record<string, string>>;
      readonly cookies?: readonly string[];
    }
  | {
      readonly problem: ProblemCode;
      readonly retryAfterSeconds?: number | undefined;
      /** What would do, for people (RFC 9457 section 3.1.4). */
      readonly detail?: string | undefined;
      readonly errors?: readonly FieldError[];
    }
  | { readonly refusal: RefusalCode };

/** The answer to an expected no, with all that it says. */
export function answerProblem({ code, retryAfterSeconds, detail }: Omit<Problem, "ok">): Answer {
  return { problem: code, retryAfterSeconds, detail };
}

/** What is wrong with one member of a request. */
export interface FieldError {
  readonly at: string;
  readonly message: string;
}

/** A good answer, for the reference. */
export interface DescribedAnswer {
  readonly what: string;
  readonly schema?: z.ZodType;
  /** The media type of an answer that is no JSON. */
  readonly mediaType?: string;
  /** Headers that every such answer bears, by name, with what they tell. */
  readonly headers?: Readonly<Record<string, string>>;
  /** What `Set-Cookie` does, where it may come along. */
  readonly cookies?: string;
}

/** One row of the table of routes. */
export interface Route {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  /** With `:name` for parameters. */
  readonly path: string;
  readonly tag: string;
  readonly summary: string;
  readonly access: Access;
  /** Whether pages of the configured `corsOrigins` may call it. */
  readonly cors: boolean;
  /** How long an answer may be kept by caches, in seconds; absent: not at all. */
  readonly cacheSeconds?: number;
  readonly body?: { readonly schema: z.ZodType; readonly form?: true; readonly optional?: true };
  readonly query?: z.ZodType;
  /** Request headers that the handler reads, by name, with what they tell; for the reference. */
  readonly headers?: Readonly<Record<string, string>>;
  /** What a public route takes where the request bears it: any credential, or the cookies of a refresh; for the reference. */
  readonly takes?: "credentials" | "refresh cookies";
  /** The good answers, by status. */
  readonly answers: Readonly<Record<number, DescribedAnswer>>;
  /** What a public route refuses all the same: a request from another site, or a credential as on account routes. */
  readonly refuses?: "cross_site" | "credentials";
  /** The problems beside those that every route of its access has. */
  readonly problems: readonly ProblemCode[];
  run(call: Call): Answer | Promise<Answer>;
}

/** A route with the types of its schemas kept. */
export function route<Body extends z.ZodType = z.ZodUndefined, Query extends z.ZodType = z.ZodUndefined>(
  row: Omit<Route, "body" | "query" | "run"> & {
    body?: { schema: Body; form?: true; optional?: true };
    query?: Query;
    run(call: Call<z.output<Body>, z.output<Query>>): Answer | Promise<Answer>;
  },
): Route {
  const { run, ...rest } = row;
  return {
    ...rest,
    // The dispatcher has parsed body and query by these very schemas; parsing again here would only repeat it.
    run: (call) => run(call as Call<z.output<Body>, z.output<Query>>),
  };
}

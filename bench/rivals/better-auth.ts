// better-auth as its own documentation sets it up, on node:sqlite with or without its cookie cache. Knows no server.

import { hash } from "node:crypto";
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { betterAuth } from "better-auth";
import { getMigrations } from "better-auth/db/migration";

/** What is asked of it. */
export interface BetterAuthSessions {
  readonly credentials: readonly string[];
  readonly judge: (headers: Headers) => Promise<string | undefined>;
}

/** `cookieCache`: whether a signed copy of the session in a second cookie spares the look-up. */
export async function betterAuthSessions(
  folder: string,
  { count, cookieCache }: { readonly count: number; readonly cookieCache: boolean },
): Promise<BetterAuthSessions> {
  const database = new DatabaseSync(join(mkdtempSync(join(folder, "better-auth-")), "better-auth.db"));
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;");
  const options = {
    database,
    baseURL: "http://127.0.0.1",
    secret: hash("sha256", "a secret that only the bench knows"),
    // Signing in is not what is measured here: a cheap hash makes the sessions in seconds.
    emailAndPassword: { enabled: true, password: { hash: cheapHash, verify: cheapVerify } },
    session: { cookieCache: { enabled: cookieCache, maxAge: 3600 } },
    logger: { level: "error" },
    telemetry: { enabled: false },
    rateLimit: { enabled: false },
  } as const;
  const auth = betterAuth(options);
  await (await getMigrations(options)).runMigrations();
  const body = { email: "person@example.com", password: "correct horse battery" };
  await auth.api.signUpEmail({ body: { ...body, name: "A Person" } });
  const credentials: string[] = [];
  for (let index = 0; index < count; index += 1) {
    credentials.push(cookiesOf(await auth.api.signInEmail({ body, asResponse: true })));
  }
  return {
    credentials,
    judge: async (headers) => (await auth.api.getSession({ headers }))?.user.id,
  };
}

function cookiesOf(response: Response): string {
  const pairs = response.headers.getSetCookie().map((cookie) => cookie.split(";")[0] ?? "");
  return pairs.filter((pair) => !pair.endsWith("=")).join("; ");
}

async function cheapHash(password: string): Promise<string> {
  return hash("sha256", password);
}

async function cheapVerify(given: { readonly hash: string; readonly password: string }): Promise<boolean> {
  return (await cheapHash(given.password)) === given.hash;
}

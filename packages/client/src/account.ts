// Signing in and out, and who is signed in: the issuer's routes as typed calls. Knows no request of the application.

import type {
  Abortable,
  Answer,
  Ask,
  CheckMail,
  Credentials,
  Declined,
  Session,
  SignedIn,
  Transport,
} from "./contract.ts";
import { type Keeper, unlessAborted } from "./keep-fresh.ts";
import type { Presence } from "./presence.ts";
import type { Turns } from "./turns.ts";

/** What signing in and up takes. */
export interface SignInWish {
  readonly email: string;
  readonly password: string;
  /** Default: the issuer's first. */
  readonly strategy?: Session["strategy"] | undefined;
}

/** The helpers. An expected no is a value; they reject when the issuer cannot answer (down, unreachable, too slow), and when aborted. */
export interface Account {
  signIn(wish: SignInWish, options?: Abortable): Promise<SignedIn | Declined>;
  /** `check_mail` where the issuer wants the address proved first. */
  signUp(wish: SignInWish, options?: Abortable): Promise<SignedIn | CheckMail | Declined>;
  /** Proves the password again: a new session takes the place of this one. */
  stepUp(password: string, options?: Abortable): Promise<SignedIn | Declined>;
  /** Every other session of the person ends. */
  changePassword(currentPassword: string, newPassword: string, options?: Abortable): Promise<SignedIn | Declined>;
  /** Resolves once the issuer has ended the session. Rejects otherwise, and then the person is still signed in. */
  signOut(options?: Abortable): Promise<void>;
  /** Who is signed in; `undefined` where nobody is. Asks the issuer, except with tokens when there is none. */
  session(options?: Abortable): Promise<Session | undefined>;
}

/** The helpers over one client's parts. */
export function createAccount(
  transport: Transport,
  ask: Ask,
  credentials: Credentials,
  turns: Turns,
  keeper: Keeper,
  presence: Presence,
): Account {
  // In turn, so that no renewal under way brings back what was replaced or ended.
  const decide = (path: string, body: object | undefined, status: number, signal: AbortSignal | undefined) =>
    unlessAborted(
      turns.take(async () => {
        const answer = await ask(path, { body, bearer: credentials.bearer(), signal });
        if (answer.status !== status) return answer;
        const isSignedIn = status === 200;
        if (!isSignedIn) credentials.forget();
        else if (!credentials.adopt(answer.body)) throw unanswered(answer);
        keeper.settle(isSignedIn ? "renewed" : "refused");
        presence.declare(isSignedIn);
        return answer;
      }),
      signal,
    );
  const signIn = (path: string, wish: SignInWish, options?: Abortable) =>
    decide(path, { ...wish, transport }, 200, options?.signal);
  const prove = async (path: string, body: object, { signal }: Abortable = {}) =>
    readProof(await keeper.run(() => decide(path, body, 200, signal), wantsFresh, signal));
  return {
    signIn: async (wish, options) => readProof(await signIn("/auth/sign-in", wish, options)),
    signUp: async (wish, options) => {
      const answer = await signIn("/auth/sign-up", wish, options);
      return answer.status === 202 ? { ok: true, status: "check_mail" } : readProof(answer);
    },
    stepUp: (password, options) => prove("/auth/step-up", { password }, options),
    changePassword: (current_password, new_password, options) =>
      prove("/auth/password", { current_password, new_password }, options),
    async signOut({ signal } = {}) {
      const answer = await decide("/auth/sign-out", credentials.farewell(), 204, signal);
      if (answer.status !== 204) throw unanswered(answer);
    },
    async session({ signal } = {}) {
      if (transport === "token" && !credentials.bearer()) return undefined;
      const make = () => ask("/auth/session", { method: "GET", bearer: credentials.bearer(), signal });
      const { status, body } = await keeper.run(make, wantsFresh, signal, true, true);
      if (status === 401 && presence.isSignedIn() === false) return undefined;
      if (status !== 200 || !isSession(body)) throw unanswered({ status });
      presence.find("renewed");
      credentials.sub = body.sub;
      return body;
    },
  };
}

/** Whether a 401 says that a password was wrong: sent again, it would count twice. */
export function isAboutPassword({ code }: Answer["body"]): boolean {
  return code === "credentials_wrong";
}

function wantsFresh({ status, body }: Answer): boolean {
  return status === 401 && !isAboutPassword(body);
}

function readProof({ status, body, retryAfterSeconds }: Answer): SignedIn | Declined {
  const { sid, code, title } = body;
  if (status === 200 && typeof sid === "string") return { ok: true, status: "signed_in", sid };
  if (status >= 500 || typeof code !== "string") throw unanswered({ status });
  return { ok: false, code, title: `${title}`, ...(retryAfterSeconds > 0 && { retryAfterSeconds }) };
}

function isSession(body: object): body is Session {
  return "sub" in body && "sid" in body;
}

function unanswered({ status }: Pick<Answer, "status">): Error {
  return new Error(`The issuer could not answer (status ${status}).`);
}

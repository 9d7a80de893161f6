// The public face of the package.

export type { Authenticator, Identity, JsonObject, Strategy, Verdict } from "@countersign/verifier";
export { ConfigurationError, Unavailable } from "@countersign/verifier";
export { type Actor, type AuditAct, auditActs } from "./audit.ts";
export { type Auth, type AuthOptions, createAuth, type Keys, type Services, type Subjects } from "./auth.ts";
export type { Route } from "./http/contract.ts";
export { type ClaimsHook, type DataOptions, optionsSchema, type Subject } from "./options.ts";
export { type Duration, durationSeconds } from "./primitives/duration.ts";
export { type Outcome, type Problem, type ProblemCode, problems, UsageError } from "./primitives/errors.ts";
export { parseRefreshToken } from "./sessions/refresh-token.ts";
export { looksLikeSessionToken, nameSessionToken } from "./sessions/session-token.ts";
export type { Sessions } from "./sessions/sessions.ts";
export type { Mail, SendMail } from "./sign-in/contract.ts";
export type * from "./stores/contract.ts";

// The public face of the package. What a store is made of has a door of its own: `countersign/store`.

export type { Authenticator, Identity, JsonObject, Strategy, Verdict } from "@countersign/verifier";
export { ConfigurationError, Unavailable } from "@countersign/verifier";
export { type ActOptions, type Actor, type AuditAct, auditActs } from "./audit.ts";
export { type AuditPage, type Auth, createAuth, type FeedState, type PrivilegeInfo, type RequestInfo } from "./auth.ts";
export type { AuthOptions } from "./auth-compose.ts";
export type { EndOptions, Reached } from "./ending.ts";
export type { Route } from "./http/contract.ts";
export { refreshCookieNames } from "./http/cookies.ts";
export type { ServiceScope } from "./http/service-key-access.ts";
export type { Services, ServiceView } from "./http/services.ts";
export type { KeyView } from "./keys/key-ring.ts";
export type { Keys } from "./keys/keys.ts";
export { type ClaimsHook, type DataOptions, optionsSchema, type Subject } from "./options.ts";
export { type Duration, durationSeconds } from "./primitives/duration.ts";
export { type Outcome, type Problem, type ProblemCode, problems, UsageError } from "./primitives/errors.ts";
export { requireNode } from "./primitives/node-version.ts";
export { type OptionMistake, optionMistakes } from "./primitives/schema-issues.ts";
export type { BarrierResult } from "./revocation/barrier.ts";
export { parseRefreshToken } from "./sessions/refresh-token.ts";
export { looksLikeSessionToken, nameSessionToken } from "./sessions/session-token.ts";
export type { SessionView } from "./sessions/session-view.ts";
export type { NewEnds, Sessions } from "./sessions/sessions.ts";
export type { Mail, SendMail } from "./sign-in/contract.ts";
export { longestPassword } from "./sign-in/password-policy.ts";
export type { SubjectPage, Subjects, SubjectView } from "./sign-in/subjects.ts";
export type { AuditEntry, ClientInfo, Pruned } from "./stores/contract.ts";

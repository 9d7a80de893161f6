// The public face of the package.

export { longestToken, registeredClaims, type TokenType, type VerifiedToken } from "./access-token.ts";
export { type ReadText, readBoundedText } from "./bounded-body.ts";
export { type CookieJudges, judgeCookies } from "./cookie-pair.ts";
export { acceptedCookieNames, type CookieKind, cookieNames, findCookie, isPlainLocalhost } from "./cookies.ts";
export { type CrossSiteOptions, isCrossSite } from "./csrf.ts";
export type { FeedOptions } from "./feed-options.ts";
export type { Identity, Json, JsonObject, Strategy } from "./identity.ts";
export type { IntrospectionOptions } from "./introspection.ts";
export { createLocalKeySet, createRemoteKeySet, type KeySource, type RemoteKeySetOptions } from "./key-set.ts";
export {
  firstCookie,
  type PresentedBearer,
  type PresentedCookie,
  type PresentedCookies,
  presentedCookies,
  presentedCookieValues,
  presentedCredential,
} from "./presented.ts";
export { type Clock, type SleepOptions, systemClock } from "./primitives/clock.ts";
export { ConfigurationError, Unavailable, type UnavailableCode } from "./primitives/errors.ts";
export { warnOfFaults } from "./primitives/warnings.ts";
export { type Problem, type ProblemOptions, problem, problemFor } from "./problem.ts";
export { readHeader, twice } from "./request.ts";
export {
  answerFromJson,
  type LeaseAnswer,
  type LeaseQuestion,
  lagBounds,
  maxEventsPerMessage,
  messageFromJson,
  messageToJson,
  type OnStale,
  type RevocationEvent,
  type RevocationMessage,
  type RevocationScope,
} from "./revocation/event.ts";
export {
  createFollower,
  type FeedTransport,
  type Follower,
  type FollowerOptions,
  type FollowerState,
} from "./revocation/follower.ts";
export type { JudgedToken, RevocationView } from "./revocation/view.ts";
export { createSessionCache, type FoundSession, type SessionCache } from "./session-cache.ts";
export { deriveSid, isSessionToken, sidLabel } from "./session-name.ts";
export { parseStrictForm, type ReadForm } from "./strict-form.ts";
export { parseStrictObject } from "./strict-json.ts";
export { createTokenCache, type TokenCache } from "./token-cache.ts";
export type {
  Accepted,
  Authenticator,
  Awaitable,
  HeadersLike,
  RefusalCode,
  Refused,
  RequestLike,
  Verdict,
} from "./verdict.ts";
export { refusals, refuse } from "./verdict.ts";
export { type Algorithm, importVerificationKey, type VerificationKey } from "./verification-key.ts";
export {
  createVerifier,
  type FollowerSource,
  insecureJudgeIgnoringExpiry,
  type TypedVerifierOptions,
  type Verifier,
  type VerifierOptions,
} from "./verifier.ts";
export { weightOf } from "./weight.ts";

// What each refusal means to whoever runs the service, in a sentence. Judges nothing.

import type { RefusalCode } from "@countersign/verifier";

/** The compiler keeps this list complete. */
export const refusalMeanings: Readonly<Record<RefusalCode, string>> = {
  credential_missing: "There is no credential.",
  credential_ambiguous: "The same header or cookie stands in the request twice.",
  authorization_malformed: "It is not one text that an Authorization header can bear.",
  token_malformed: "It is not three parts of canonical base64url with JSON inside, or a member stands in it twice.",
  token_too_long: "Nothing beyond 8 KB is read.",
  token_header_forbidden: "Its header tries to choose its own rules or keys (crit, b64, zip, jku, x5u, jwk, x5c).",
  token_algorithm: "Its algorithm is not allowed, or is not the one of its key.",
  token_type: "Its typ is of another kind of JWT than this issuer takes.",
  token_key_unknown: "No key of this issuer has its kid: made elsewhere, revoked, or retired long ago.",
  token_signature: "Its signature does not fit: changed on the way, or made with another key.",
  token_claims: "A required claim is missing or of the wrong kind.",
  token_issuer: "Its iss is not exactly this issuer.",
  token_audience: "It is meant for other services (aud).",
  token_lifetime: "From iat to exp is longer than is taken.",
  token_not_yet_valid: "It was issued in the future, by more than clocks may differ.",
  token_expired: "It is past its end. A client mends that by itself: it refreshes.",
  token_needs_feed: "It promises prompt revocation, and only a verifier that follows the feed takes it.",
  token_revoked: "It was revoked before its end.",
  session_unsupported: "Only access tokens are judged here.",
  session_unknown: "No such session: never issued here, or long gone.",
  session_revoked: "Its session was ended on purpose.",
  session_idle: "Its session was unused for too long.",
  session_expired: "Its session is past its end.",
  cross_site_request: "Another site made the request.",
  insufficient_scope: "It does not cover the request.",
};

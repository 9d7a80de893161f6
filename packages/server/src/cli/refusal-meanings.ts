// What each refusal means to whoever runs the service: the one table, for `countersign explain` and docs/errors.md. Judges nothing.

import type { RefusalCode } from "@countersign/verifier";

/** In Markdown, of the credential as "it". The compiler keeps this list complete. */
export const refusalMeanings: Readonly<Record<RefusalCode, string>> = {
  credential_missing: "The request bore neither a Bearer credential nor one of our cookies.",
  credential_ambiguous: "The same header or cookie stood in the request twice, so nobody can tell which one was meant.",
  authorization_malformed:
    "There was an `Authorization` header, but not `Bearer` and one credential. It is never passed over for a cookie.",
  token_malformed: "Not three parts of canonical base64url, or no JSON object inside, or a member twice.",
  token_too_long: "Longer than 8 KB: refused before anything is read.",
  token_header_forbidden:
    "Its header tries to choose its own rules or keys: `crit`, `b64`, `zip`, `jku`, `x5u`, `jwk`, `x5c`.",
  token_algorithm: "Its algorithm is not allowed here, or is not the one of its key.",
  token_type: "Its `typ` is of another kind of JWT than is taken here.",
  token_key_unknown:
    "No published key has its `kid`, also after the key set was fetched again: made elsewhere, or its key was revoked or retired long ago.",
  token_signature: "Its signature does not fit: changed on the way, or made with another key.",
  token_claims:
    "A required claim is missing or of the wrong kind, or the application's own check of the claims said no.",
  token_issuer: "Its `iss` is not exactly the expected issuer.",
  token_audience: "Its `aud` does not name this service, or is there where none is expected.",
  token_lifetime: "From `iat` to `exp` is longer than is taken here.",
  token_not_yet_valid: "Issued in the future, by more than the clocks may differ.",
  token_expired: "Past its end. The one refusal that a client mends by itself: it refreshes.",
  token_without_session: "The token of a hybrid came in a cookie without the session cookie that it stands beside.",
  token_of_other_session:
    "The token in the cookie names another session than the session cookie beside it, and sessions are not looked up here: the client refreshes.",
  token_needs_feed: "A `hybrid+jwt` promises prompt revocation, and only a verifier that follows the feed takes it.",
  token_revoked:
    "It was revoked: its session ended, or all tokens of its subject or its key were revoked, as the revocation feed or the issuer says.",
  session_unsupported: "A session token was presented where only access tokens can be judged.",
  session_unknown: "No such session: never issued here, or long gone.",
  session_revoked:
    "Its session was ended on purpose: by its owner, by an operator, by a change of password, or after a theft was noticed.",
  session_idle: "Its session was unused for longer than its idle lifetime or the policy allows.",
  session_expired: "Its session is past its absolute end, or older than the policy allows.",
  cross_site_request:
    "A request that changes something came with cookies from another site, or could not show where it came from.",
  insufficient_scope: "The credential is good, but its scope does not cover this request.",
};

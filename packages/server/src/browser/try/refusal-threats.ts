// What each refusal of a token keeps out: for readers of the gate's verdict. What the codes mean stands in the list of refusals.

import type { RefusalCode } from "@countersign/verifier";

/** The refusals that concern a token. */
export type TokenRefusal = Extract<RefusalCode, `token_${string}`>;

/** Why a token is refused for it: the attack, or the mistake, that the rule is there for. The compiler keeps this list complete. */
export const refusalThreats: Readonly<Record<TokenRefusal, string>> = {
  token_malformed:
    "What can be read in two ways is read in the way that suits the attacker. So a token has one spelling, one meaning, and a `kid` that names its key.",
  token_too_long: "Whoever reads without a bound works for strangers.",
  token_header_forbidden:
    "The header is read before anything is proven. A token that brings its own key, or its own rules, proves itself.",
  token_algorithm:
    "A token does not choose how it is checked. The key does: that ends `none`, and a public key taken for the secret of an HMAC.",
  token_type: "One kind of JWT must not pass for another: a mailed link for an access token, an ID token for an API's.",
  token_key_unknown:
    "A signature says something only when its key is the issuer's. No address in the token is asked for one.",
  token_signature: "Nothing in the token is worth reading before this is good.",
  token_claims: "A time that is a text, or a session id that is missing, means something else to every reader.",
  token_issuer: "Two issuers may give the same `sub` to different people.",
  token_audience: "A token made for one service, presented to another, would let that service speak for its user.",
  token_lifetime: "It bounds what a mistake of the issuer, or a stolen token, can cost.",
  token_not_yet_valid: "A clock is wrong, or somebody issued tokens for later.",
  token_expired: "The end is the one thing about a token that stops a thief when nobody notices the theft.",
  token_without_session: "A cookie can be planted by a neighbouring host. The session cookie beside it vouches for it.",
  token_of_other_session: "Two accounts in one browser must not mix.",
  token_needs_feed: "It promises that its end is heard of at once. Whoever does not listen cannot keep the promise.",
  token_revoked: "Somebody signed out, was shut out, or was robbed. That counts more than `exp`.",
};

/** Whether a refusal concerns a token by itself. */
export function isTokenRefusal(code: RefusalCode): code is TokenRefusal {
  return Object.hasOwn(refusalThreats, code);
}

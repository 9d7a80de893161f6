// Every weakness that can be read from a JWT alone, without its key: a table of rules. What a verifier says of it is the gate's business.

import { type JsonObject, longestToken } from "@countersign/verifier";
import type { Finding } from "./findings.ts";
import type { Jwt, JwtPart } from "./jwt-parts.ts";
import { findPersonalData, findSecrets } from "./personal-data.ts";
import { bytesText, distanceText, spanText } from "./words.ts";

/** Which part of a JWT a finding is about: it is shown there. */
export type JwtPlace = "header" | "claims" | "signature" | "whole";

/** What was found, and where. */
export interface JwtFinding extends Finding {
  readonly place: JwtPlace;
}

/** The most bytes of a cookie, name and value together, that a browser keeps (RFC 6265bis section 5.6). */
const longestCookie = 4096;

/** Weaknesses of a token at a time in milliseconds since 1970, in the order of its parts. Never throws. */
export function findWeaknesses(jwt: Jwt, nowMs: number): readonly JwtFinding[] {
  const header = jwt.header.members ?? {};
  const claims = jwt.claims.members;
  return [
    ...at("whole", wholeFindings(jwt)),
    ...at("header", [...partFindings(jwt.header, "header"), ...algorithmFindings(header), ...headerFindings(header)]),
    ...at("claims", partFindings(jwt.claims, "claims")),
    ...at("claims", claims === undefined ? [] : claimFindings(claims, header, nowMs)),
    ...at("signature", signatureFindings(jwt, header)),
  ];
}

type Rule = Finding | false | undefined;

function at(place: JwtPlace, rules: readonly Rule[]): readonly JwtFinding[] {
  return rules
    .filter((rule): rule is Finding => rule !== false && rule !== undefined)
    .map((finding) => ({ ...finding, place }));
}

function danger(title: string, text: string): Finding {
  return { level: "danger", title, text };
}

function warning(title: string, text: string): Finding {
  return { level: "warning", title, text };
}

function note(title: string, text: string): Finding {
  return { level: "note", title, text };
}

function wholeFindings({ text, hadBlanks }: Jwt): readonly Rule[] {
  const bytes = text.length;
  return [
    hadBlanks &&
      note(
        "Spaces or line breaks inside",
        "They were taken out here. A verifier takes none out: a token with a line break in it is no token.",
      ),
    bytes > longestToken &&
      danger(
        "Too long to be looked at",
        `It has ${bytesText(bytes)}. The gate reads nothing beyond ${longestToken}, for whoever reads without a bound can be kept busy by strangers. Many servers refuse headers of 8 KB altogether.`,
      ),
    bytes > longestCookie &&
      danger(
        "Too large for a cookie",
        `A browser drops a cookie whose name and value have more than ${longestCookie} bytes, without a word. This token alone has ${bytesText(bytes)}.`,
      ),
    bytes > longestCookie / 4 &&
      bytes <= longestCookie &&
      warning(
        "Large",
        `${bytesText(bytes)} travel with every request. A cookie holds ${longestCookie}, name included. Put identifiers into the token and look the rest up.`,
      ),
  ];
}

function partFindings(part: JwtPart, name: "header" | "claims"): readonly Rule[] {
  return [
    part.text === undefined &&
      danger(
        "Not readable",
        `The ${name} part is no base64url of UTF-8 text. ${name === "claims" ? "Some libraries sign anything; a JWT holds a JSON object." : ""}`.trim(),
      ),
    part.text !== undefined &&
      part.members === undefined &&
      danger("No JSON object", "A JWT's claims are one JSON object (RFC 7519 section 7.2). This is something else."),
    part.text !== undefined &&
      !part.isCanonical &&
      warning(
        "Not canonical base64url",
        "The same bytes have another spelling: padding, the other alphabet, or stray bits at the end. Then one token has several texts, and a list of revoked texts, or a cache keyed by them, misses some.",
      ),
    part.doubled.length > 0 &&
      danger(
        "A member twice",
        `${quoted(part.doubled)} stands in it more than once. One reader takes the first, another the last: who checks and who uses may see two different tokens (RFC 8725 section 3.10).`,
      ),
    part.members !== undefined &&
      part.doubled.length === 0 &&
      !part.isUnambiguous &&
      danger(
        "Ambiguous JSON",
        "Readers of JSON may differ about it: a member `__proto__`, a lone surrogate, a number too large to be one, a byte order mark, or nesting below 16 levels.",
      ),
  ];
}

const takenAlgorithms = ["ES256", "Ed25519", "EdDSA", "RS256"];

function algorithmFindings({ alg }: JsonObject): readonly Rule[] {
  if (typeof alg !== "string") {
    return [danger("No algorithm", "`alg` has to be there, as a text (RFC 7515 section 4.1.1).")];
  }
  if (alg.toLowerCase() === "none") {
    return [
      danger(
        "`alg` is `none`: nobody signed it",
        "Anyone can write this token, with any claims. Libraries that take the token's own word for its algorithm accept it (RFC 8725 section 3.2). The gate has a list of algorithms, and this is never on it.",
      ),
    ];
  }
  if (/^HS\d+$/.test(alg)) {
    return [
      warning(
        "One secret both signs and checks",
        `With \`${alg}\` every service that can check a token can also make one, and the secret has to travel to all of them. The gate takes public keys only.`,
      ),
      note(
        "Open to confusion",
        "Where a library lets the token choose its algorithm, an attacker takes the issuer's public key, which everybody has, for the secret of an HMAC. Paste the public key below to see whether that was done here.",
      ),
    ];
  }
  if (takenAlgorithms.includes(alg)) {
    return [
      {
        level: "good",
        title: "Signed with a private key",
        text: `\`${alg}\`: services hold the public key only, and can check but not sign.`,
      },
    ];
  }
  return [
    note(
      "An algorithm the gate does not take",
      `\`${shortened(alg)}\` is not among ES256, Ed25519 and RS256. A short list is easier to keep safe; each key is bound to one of them.`,
    ),
  ];
}

/** Header members by which a token would bring its own key or its own rules along. */
const bringers: Readonly<Record<string, string>> = {
  jku: "names an address from which its key is to be fetched: an attacker names their own, or one inside your network.",
  x5u: "names an address from which its certificate is to be fetched: an attacker names their own, or one inside your network.",
  jwk: "brings the key along that is to check it. Of course it fits: whoever made the token made the key.",
  x5c: "brings the certificate along that is to check it. It says nothing unless the whole chain is judged.",
  crit: "lists extensions that the reader must understand. Whoever ignores the list ignores a rule (RFC 7515 section 4.1.11).",
  b64: "changes what is signed (RFC 7797): readers that do not know it check other bytes than they read.",
  zip: "says that the content is compressed: a small token can unfold to a very large one, and its length tells of its content.",
};

function headerFindings(header: JsonObject): readonly Rule[] {
  const { kid, typ } = header;
  return [
    ...Object.entries(bringers).map(
      ([name, why]) =>
        Object.hasOwn(header, name) && danger(`\`${name}\` in the header`, `It ${why} The gate refuses it unread.`),
    ),
    (typ === undefined || (typeof typ === "string" && /^(application\/)?jwt$/i.test(typ))) &&
      warning(
        typ === undefined ? "It does not say what it is for" : "`typ` says only that it is a JWT",
        "An ID token, a mail confirmation and an access token of one issuer look alike, and one may be taken for another. One `typ` per kind keeps them apart (RFC 8725 section 3.11): `at+jwt`, `lean+jwt`.",
      ),
    kid === undefined &&
      note(
        "No `kid`",
        "It does not say which key signed it. With two keys, as during every rotation, readers have to try.",
      ),
    kid !== undefined &&
      !(typeof kid === "string" && kid.length > 0 && kid.length <= 64) &&
      warning(
        "A `kid` that is no short text",
        "The gate takes 1 to 64 characters and does nothing with them but compare.",
      ),
    typeof kid === "string" &&
      /\.\.|^\/|:\/\/|[\\'";|<>$`\s]/.test(kid) &&
      danger(
        "A `kid` that looks like an attack",
        "It holds characters of a path, a query or a command. Where a `kid` names a file or goes into a statement, a token picks its own key. It has to be an opaque name.",
      ),
  ];
}

function claimFindings(claims: JsonObject, header: JsonObject, nowMs: number): readonly Rule[] {
  return [
    ...timeFindings(claims, nowMs),
    ...nameFindings(claims, header),
    ...contentFindings(claims),
    Object.hasOwn(claims, "cnf") &&
      note(
        "Bound to a key",
        "`cnf` says that only the holder of a key may present it. A verifier that asks for no proof must refuse it, and the gate does.",
      ),
  ];
}

/** An hour: the longest life that the gate accepts unless it is told otherwise. */
const longestLifeSeconds = 3600;

function timeFindings({ exp, iat, nbf }: JsonObject, nowMs: number): readonly Rule[] {
  const faults = Object.entries({ exp, iat, nbf }).map(([name, value]) => timeFault(name, value));
  if (exp === undefined) {
    return [
      danger(
        "It never ends",
        "There is no `exp`. Whoever gets hold of it keeps it for as long as its key lives, and only a new key ends it.",
      ),
      ...faults,
    ];
  }
  const end = toSeconds(exp);
  const start = toSeconds(iat);
  return [
    ...faults,
    iat === undefined && warning("No `iat`", "Nobody can tell how old it is, nor bound how long it lives."),
    end !== undefined && start !== undefined && lifeFinding(end - start),
    end !== undefined && end * 1000 <= nowMs && note("Expired", `It ended ${distanceText(end * 1000, nowMs)}.`),
    start !== undefined &&
      start * 1000 > nowMs + 10_000 &&
      warning(
        "Issued in the future",
        `\`iat\` is ${distanceText(start * 1000, nowMs)}: a clock is wrong, or the token is.`,
      ),
  ];
}

function timeFault(name: string, value: unknown): Rule {
  if (value === undefined) return undefined;
  if (typeof value !== "number") {
    return danger(
      `\`${name}\` is no number`,
      "Times are seconds since 1970, as a number. A text compared with a number gives a different answer in each language, and in some it never expires.",
    );
  }
  if (value > 1e11) {
    return danger(
      `\`${name}\` is in milliseconds`,
      `Times in a JWT are in seconds. Read as such, this is the year ${Math.round(1970 + value / 31_556_952)}: the token does not expire in anybody's lifetime.`,
    );
  }
  return Number.isInteger(value) && value >= 0
    ? undefined
    : warning(`\`${name}\` is no whole number`, "The gate takes whole seconds since 1970, and none before.");
}

function lifeFinding(seconds: number): Rule {
  const life = spanText(seconds);
  if (seconds <= 0) return danger("It ends before it begins", "`exp` is not later than `iat`.");
  if (seconds > 86_400) {
    return danger(
      `It lives for ${life}`,
      "A stolen copy works that long, whatever its owner does: signing out does not reach a token that nobody looks up. Minutes are usual, with a refresh token behind them.",
    );
  }
  if (seconds > longestLifeSeconds) {
    return warning(
      `It lives for ${life}`,
      "A stolen copy works that long. The gate takes an hour at the most, unless it is told otherwise.",
    );
  }
  return {
    level: "good",
    title: "Short-lived",
    text: `It lives for ${life}: that is what a stolen copy is worth without a revocation feed.`,
  };
}

function nameFindings(claims: JsonObject, header: JsonObject): readonly Rule[] {
  const isFull = typeof header.typ === "string" && /^(application\/)?at\+jwt$/i.test(header.typ);
  return [
    typeof claims.iss !== "string" &&
      warning(
        "No issuer",
        "Without `iss`, a reader that trusts two issuers cannot tell whose word this is (RFC 8725 section 3.8).",
      ),
    typeof claims.sub !== "string" &&
      warning("No subject", "`sub` says whom it speaks of. A token without it recognises nobody."),
    claims.aud === undefined &&
      (isFull
        ? danger("No audience", "`at+jwt` has to say for which service it is (RFC 9068 section 2.2).")
        : note(
            "No audience",
            "Any service of this issuer takes it, and each of them could present it to the others. That is meant for services of one owner; for others, name each in `aud`.",
          )),
    claims.sid === undefined &&
      note(
        "No session id",
        "Without `sid` a single sign-in cannot be revoked: only all tokens of the subject, or of the key. The gate asks for it.",
      ),
  ];
}

function contentFindings(claims: JsonObject): readonly Rule[] {
  const personal = findPersonalData(claims);
  const secrets = findSecrets(claims);
  const power = ["roles", "role", "permissions", "groups", "admin", "is_admin"].filter((name) =>
    Object.hasOwn(claims, name),
  );
  return [
    secrets.length > 0 &&
      danger(
        "It carries a secret",
        `${quoted(secrets)}. A signed token is not encrypted: whoever sees it reads it, and so does every log that holds it.`,
      ),
    personal.length > 0 &&
      warning(
        "It carries personal data",
        `${quoted(personal)}. base64url is no encryption: proxies, logs and browser extensions read it, and it stays as it was at sign-in. Carry \`sub\`, and look the person up.`,
      ),
    power.length > 0 &&
      note(
        "What it permits is fixed until it ends",
        `${quoted(power)}: who loses a role keeps it in this token until \`exp\`, unless it is revoked.`,
      ),
  ];
}

/** How many bytes a signature of this algorithm has. */
const signatureBytes: Readonly<Record<string, number>> = {
  HS256: 32,
  HS384: 48,
  HS512: 64,
  ES256: 64,
  ES384: 96,
  ES512: 132,
  Ed25519: 64,
  EdDSA: 64,
};

function signatureFindings({ signature }: Jwt, { alg }: JsonObject): readonly Rule[] {
  const { bytes } = signature;
  if (bytes === undefined) return [danger("Not readable", "The signature is no base64url.")];
  if (bytes.length === 0)
    return [danger("There is no signature", "Its third part is empty: anyone could have written it.")];
  const name = typeof alg === "string" ? alg : "";
  const expected = signatureBytes[name];
  return [
    !signature.isCanonical &&
      warning(
        "Not canonical base64url",
        "The same signature has several spellings, and so has the token: see the note at the other parts.",
      ),
    bytes.every((byte) => byte === 0) &&
      danger("All zeros", "Some libraries once took this for a good ECDSA signature of everything (CVE-2022-21449)."),
    expected !== undefined && bytes.length !== expected && wrongLength(name, bytes, expected),
    /^(RS|PS)\d+$/.test(name) && rsaFinding(bytes.length * 8),
  ];
}

function wrongLength(alg: string, bytes: Uint8Array, expected: number): Finding {
  const isDer = alg.startsWith("ES") && bytes[0] === 0x30 && bytes[1] === bytes.length - 2;
  return warning(
    isDer ? "In DER, not as JWTs have it" : "Not the length of its algorithm",
    isDer
      ? "This is an ECDSA signature as TLS has it. A JWT carries r and s side by side (RFC 7518 section 3.4)."
      : `${alg} makes ${expected} bytes; here are ${bytes.length}. It was cut off, or made by something else.`,
  );
}

function rsaFinding(bits: number): Rule {
  if (bits < 2040)
    return danger(
      "A weak RSA key",
      `The signature has ${bits} bits, and so has the key: fewer than 2048 can be broken. The gate does not take them.`,
    );
  if (bits < 3064)
    return note(
      "An RSA key of 2048 bits",
      "It is accepted. For new keys take 3072, or better ES256 or Ed25519: a quarter of the bytes.",
    );
  return undefined;
}

function toSeconds(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) && value <= 1e11 ? value : undefined;
}

function quoted(names: readonly string[]): string {
  const shown = names.slice(0, 6).map((name) => `\`${shortened(name.replaceAll("`", "'"))}\``);
  return names.length > shown.length ? `${shown.join(", ")} and ${names.length - shown.length} more` : shown.join(", ");
}

function shortened(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}

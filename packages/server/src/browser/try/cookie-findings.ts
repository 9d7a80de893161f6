// What is weak about a cookie that a browser would take, and what is done well. Refusals by the browser are not its business.

import type { CookieFacts } from "./cookie-facts.ts";
import type { Finding } from "./findings.ts";
import { bytesText } from "./words.ts";

/** Weaknesses and strengths of a cookie, in the order of its facts. Never repeats its value. */
export function findCookieWeaknesses(
  facts: CookieFacts,
  outcome: "stored" | "refused" | "removes",
): readonly Finding[] {
  // Whoever removes a cookie has nothing to protect, but a spelling to get right.
  if (outcome === "removes") return formFindings(facts);
  const findings = [
    ...flagFindings(facts),
    ...scopeFindings(facts),
    ...lifeFindings(facts),
    ...valueFindings(facts),
    ...formFindings(facts),
  ];
  // Nothing vouches for a cookie that is not kept.
  return outcome === "stored" ? findings : findings.filter(({ level }) => level !== "good");
}

type Rule = Finding | false | undefined;

function kept(rules: readonly Rule[]): readonly Finding[] {
  return rules.filter((rule): rule is Finding => rule !== false && rule !== undefined);
}

function flagFindings(facts: CookieFacts): readonly Finding[] {
  const { isSecure, isHttpOnly, sameSite, cookie } = facts;
  const isCredential = looksLikeCredential(facts);
  return kept([
    !isSecure && {
      level: isCredential ? "danger" : "warning",
      title: "No `Secure`",
      text: "It travels over plain HTTP too: anybody on the way reads it, and a single link to `http:` is enough to make a browser send it.",
    },
    !isHttpOnly && {
      level: isCredential ? "danger" : "note",
      title: "No `HttpOnly`",
      text: isCredential
        ? "Script can read it. One hole in one script on the page, and it is somebody else's; with the flag, an attacker can use it only from within the page."
        : "Script can read it. That is fine for a preference, and wrong for anything that opens something.",
    },
    sameSite === undefined && {
      level: "warning",
      title: cookie.attributes.has("samesite") ? "A `SameSite` that browsers do not know" : "No `SameSite`",
      text: "What happens with requests from other sites is left to the browser, and browsers differ. Say `Lax`, or `Strict`.",
    },
    sameSite === "none" && {
      level: isCredential ? "warning" : "note",
      title: "`SameSite=None`",
      text: "It comes along with requests that other sites make. So every change needs a check of its own for where it came from, and browsers that block third-party cookies drop it there all the same.",
    },
    sameSite === "lax" && {
      level: "note",
      title: "`Lax` is not the whole of it",
      text: "Pages of the same site, such as a neighbouring subdomain, send it with every request. A server checks `Sec-Fetch-Site` or `Origin` besides.",
    },
    isSecure &&
      isHttpOnly &&
      (sameSite === "lax" || sameSite === "strict") && {
        level: "good",
        title: "Flags",
        text: "Encrypted connections only, out of the reach of script, and kept from other sites.",
      },
  ]);
}

function scopeFindings(facts: CookieFacts): readonly Finding[] {
  const { prefix, domain, path, cookie, isSecure } = facts;
  return kept([
    domain !== undefined && {
      level: looksLikeCredential(facts) ? "danger" : "warning",
      title: "Every subdomain gets it",
      text: `\`Domain\` sends it to every host below \`${domain}\`: the blog, the old campaign page, the one that somebody forgot and an attacker takes over. Without \`Domain\` it stays with this host.`,
    },
    prefix === undefined &&
      looksLikeCredential(facts) && {
        level: "warning",
        title: "Neighbours can plant one",
        text: "Without a prefix, any host of the same site, and anybody on the way of a plain HTTP request, can set a cookie of this name. `__Host-Http-` makes the browser vouch that this host set it, encrypted, in an answer.",
      },
    prefix !== undefined && goodPrefix(facts),
    path !== "/" && {
      level: "note",
      title: "A path is no wall",
      text: "It spares bytes. Pages of one host can reach into each other whatever the path, so it protects nothing (RFC 6265bis section 8.5).",
    },
    cookie.attributes.has("partitioned") &&
      isSecure && {
        level: "note",
        title: "`Partitioned`",
        text: "Inside another site's page there is one jar for each such site: it recognises nobody from one to the next.",
      },
  ]);
}

const prefixWords = {
  "__Host-Http-":
    "The browser vouches that this very host set it, over an encrypted connection, in an answer and not by script. Older browsers take it for a plain name.",
  "__Host-":
    "The browser vouches that this very host set it, over an encrypted connection. Script of this host could have: `__Host-Http-` rules that out.",
  "__Http-":
    "The browser vouches that an answer set it, over an encrypted connection, and no script did. Any host of the domain could have.",
  "__Secure-":
    "The browser vouches that it was set over an encrypted connection. Any host of the domain could have: `__Host-` rules that out.",
} as const;

function goodPrefix({ prefix = "__Secure-" }: CookieFacts): Finding {
  return {
    level: prefix.startsWith("__Host-") ? "good" : "note",
    title: `The prefix \`${prefix}\``,
    text: prefixWords[prefix],
  };
}

function lifeFindings(facts: CookieFacts): readonly Finding[] {
  const { life, cookie } = facts;
  const month = 31 * 86_400;
  const maxAge = cookie.attributes.get("max-age");
  return kept([
    life.kind === "lasting" &&
      (life.seconds ?? 0) > month &&
      looksLikeCredential(facts) && {
        level: "warning",
        title: "A long life",
        text: "A cookie's end is a wish that the browser fulfils: a thief's copy does not. What counts is when the server stops taking it.",
      },
    life.isCapped && {
      level: "note",
      title: "More than browsers grant",
      text: "They keep no cookie for more than 400 days, whatever it asks for.",
    },
    maxAge !== undefined &&
      cookie.attributes.has("expires") && {
        level: "note",
        title: "`Max-Age` and `Expires`",
        text: "Where both stand, `Max-Age` counts.",
      },
    maxAge !== undefined &&
      !/^-?\d+$/.test(maxAge) && {
        level: "warning",
        title: "`Max-Age` is no whole number",
        text: "Browsers ignore it: the cookie lives as if it did not stand there.",
      },
    cookie.attributes.has("expires") &&
      life.by === undefined &&
      maxAge === undefined && {
        level: "warning",
        title: "`Expires` cannot be read",
        text: "Browsers ignore it: the cookie ends with the browser.",
      },
  ]);
}

function valueFindings(facts: CookieFacts): readonly Finding[] {
  const { cookie, bytes } = facts;
  const isJwt = /^ey[\w-]+\.ey[\w-]+\.[\w-]*$/.test(cookie.value);
  return kept([
    isJwt && {
      level: "note",
      title: "It holds a JWT",
      text: `${bytesText(bytes)} with every request, readable by whoever sees it. Take it apart in the first tool.`,
    },
    bytes > 2048 &&
      bytes <= 4096 && {
        level: "warning",
        title: "Large",
        text: "At 4096 bytes browsers drop it without a word, and a few such cookies fill the 8 KB of headers that many servers take.",
      },
    looksLikeCredential(facts) &&
      !isJwt &&
      cookie.value.length > 0 &&
      cookie.value.length < 22 && {
        level: "warning",
        title: "Short for a secret",
        text: "A session id has to be too long to be guessed: 128 random bits are 22 characters of base64url.",
      },
    /^(%7B|\{|eyJ)/i.test(cookie.value) &&
      !isJwt && {
        level: "warning",
        title: "It looks like data, not like a secret",
        text: "Unless it is signed, its owner can rewrite it. Whatever it says of rights, the server has to know better.",
      },
  ]);
}

function formFindings({ cookie }: CookieFacts): readonly Finding[] {
  return kept([
    !cookie.hasName && {
      level: "warning",
      title: "No name",
      text: "There is no equals sign, so browsers take all of it for the value of a cookie without a name.",
    },
    cookie.hasName &&
      !/^[!#$%&'*+.^_`|~\w-]*$/.test(cookie.name) && {
        level: "warning",
        title: "An unusual name",
        text: "It holds characters that a name may not have (RFC 6265bis section 4.1.1). Browsers are lenient; the next proxy or library may not be.",
      },
    /[\s",\\]|[^\x20-\x7e]/.test(cookie.value.replace(/^"(.*)"$/, "$1")) && {
      level: "warning",
      title: "Unusual characters in the value",
      text: "Spaces, commas, quotes, backslashes and letters beyond ASCII are read differently from one library to the next. Encode the value, in base64url for example.",
    },
    cookie.doubled.length > 0 && {
      level: "warning",
      title: "An attribute twice",
      text: `${cookie.doubled.map((name) => `\`${name}\``).join(", ")}: the last one counts.`,
    },
    ...[...cookie.attributes.keys()]
      .filter((name) => !knownAttributes.has(name))
      .slice(0, 3)
      .map((name) => ({
        level: "note" as const,
        title: "An attribute that browsers ignore",
        text: `\`${name.length > 40 ? `${name.slice(0, 40)}…` : name}\` means nothing to them.`,
      })),
  ]);
}

const knownAttributes: ReadonlySet<string> = new Set(
  "expires max-age domain path secure httponly samesite partitioned priority".split(" "),
);

// By its name, or because it holds a long opaque value or a JWT: what opens something is to be guarded.
function looksLikeCredential({ cookie }: CookieFacts): boolean {
  // A token against CSRF that script copies into a header opens nothing by itself.
  if (/[cx]srf/i.test(cookie.name)) return false;
  return (
    /(sid|sess|auth|token|jwt|login|remember|refresh|access|identity|credential)/i.test(cookie.name) ||
    /(^|[-_])(at|rt|id)$/i.test(cookie.name) ||
    /^[\w+/=.-]{32,}$/.test(cookie.value)
  );
}

// Sets and clears the issuer's cookies. Reading them is the verifier's business.

import { cookieNames, isPlainLocalhost } from "@countersign/verifier";
import type { Credentials, Secret } from "../strategies/contract.ts";

/** Where refresh tokens in cookies are sent, and nowhere else but to the `privilegePaths`. */
export const refreshPath = "/auth/refresh";

interface CookieKind {
  readonly prefixed: string;
  readonly plain: string;
  readonly path: string;
  readonly sameSite: "Lax" | "Strict";
}

// `__Host-Http-` asks for `Path=/`; cookies with a narrower path bear `__Secure-`.
const kinds = {
  session: { prefixed: cookieNames.prefixed.session, plain: cookieNames.plain.session, path: "/", sameSite: "Lax" },
  access: {
    prefixed: cookieNames.prefixed.accessToken,
    plain: cookieNames.plain.accessToken,
    path: "/",
    sameSite: "Lax",
  },
  refresh: { prefixed: "__Secure-rt", plain: "rt", path: refreshPath, sameSite: "Strict" },
  device: { prefixed: "__Secure-device", plain: "device", path: "/auth/sign-in", sameSite: "Lax" },
} as const satisfies Record<string, CookieKind>;

/** The names under which a refresh token arrives as a cookie. */
export const refreshCookieNames: readonly string[] = [kinds.refresh.prefixed, kinds.refresh.plain];

/** Makes `Set-Cookie` values for one client. */
export interface CookieJar {
  /** The names under which a kind of cookie may arrive, the preferred one first. */
  names(kind: "refresh" | "device"): readonly string[];
  /** The cookies that carry these credentials. Ends in milliseconds since 1970 become `Max-Age`. */
  set(credentials: Credentials, nowMs: number): string[];
  /** The cookie of a renewed access token, alone. */
  renew(access: Secret, nowMs: number): string;
  /** The cookie that makes this device known, at each of the paths where people sign in. */
  setDevice(token: string): string[];
  /** Removes every cookie that carries a credential. */
  clear(): string[];
}

/** The longest life that browsers grant a cookie: 400 days (RFC 6265bis section 5.5). */
const deviceMaxAge = 400 * 86_400;

/**
 * The cookies of an issuer. Over plain `http://localhost` a browser that refuses `Secure` cookies there (Safari) gets the same
 * cookies under plain names.
 */
export function createCookieJar(
  issuer: string,
  userAgent: string | undefined,
  signInPaths: readonly string[],
  privilegePaths: readonly string[] = [],
): CookieJar {
  const isLocal = isPlainLocalhost(issuer);
  const isPlain = isLocal && refusesSecureOnLocalhost(userAgent);
  const name = (kind: CookieKind) => (isPlain ? kind.plain : kind.prefixed);
  const write = (kind: CookieKind, value: string, maxAge: number, path: string = kind.path) =>
    serialise(name(kind), value, { maxAge, path, sameSite: kind.sameSite, isSecure: !isPlain });
  const writeAll = (kind: "session" | "access" | "refresh", value: string, maxAge: number) => {
    const paths = kind === "refresh" ? [refreshPath, ...privilegePaths] : [kinds[kind].path];
    return paths.map((path) => write(kinds[kind], value, maxAge, path));
  };
  return {
    names: (kind) => (isLocal ? [kinds[kind].prefixed, kinds[kind].plain] : [kinds[kind].prefixed]),
    set(credentials, nowMs) {
      const cookies: string[] = [];
      for (const kind of ["session", "access", "refresh"] as const) {
        const secret = credentials[kind];
        if (secret === undefined) continue;
        cookies.push(...writeAll(kind, secret.token, maxAgeOf(secret, nowMs)));
      }
      // A sign-in by one strategy takes the place of one by another: its cookies must not linger beside the new ones.
      if (credentials.session === undefined) cookies.push(...writeAll("session", "", 0));
      if (credentials.access === undefined) cookies.push(...writeAll("access", "", 0));
      if (credentials.refresh === undefined) cookies.push(...writeAll("refresh", "", 0));
      return cookies;
    },
    renew: (access, nowMs) => write(kinds.access, access.token, maxAgeOf(access, nowMs)),
    setDevice: (token) =>
      [kinds.device.path, ...signInPaths].map((path) => write(kinds.device, token, deviceMaxAge, path)),
    clear: () => (["session", "access", "refresh"] as const).flatMap((kind) => writeAll(kind, "", 0)),
  };
}

function maxAgeOf({ keepUntil, expiresAt }: Secret, nowMs: number): number {
  return Math.max(0, Math.floor(((keepUntil ?? expiresAt) - nowMs) / 1000));
}

function refusesSecureOnLocalhost(userAgent: string | undefined): boolean {
  return userAgent !== undefined && /Safari\//.test(userAgent) && !/Chrom(e|ium)|Edg|OPR|Firefox/.test(userAgent);
}

interface Attributes {
  readonly maxAge: number;
  readonly path: string;
  readonly sameSite: "Lax" | "Strict";
  readonly isSecure: boolean;
}

// Values are our own tokens; checking them all the same keeps a mistake elsewhere from becoming a header of an attacker's.
function serialise(name: string, value: string, attributes: Attributes): string {
  if (!/^[\w.-]*$/.test(value) || !/^\/[\w/-]*$/.test(attributes.path))
    throw new Error("A cookie may not hold this value.");
  const secure = attributes.isSecure ? "; Secure" : "";
  return `${name}=${value}; Max-Age=${attributes.maxAge}; Path=${attributes.path}; HttpOnly${secure}; SameSite=${attributes.sameSite}`;
}

// The doctor's question to a running server: what it sees of a request that came by the visitors' way. Proved by the server secret.

import { createHmac, hkdfSync, randomBytes, timingSafeEqual } from "node:crypto";
import { z } from "zod";

/** The header of the question. Whoever cannot make its value gets the answer that everybody gets. */
export const probeHeader = "x-countersign-doctor";

/** The cookie that goes with the question, and the one that comes back. */
export const probeCookies = { there: "countersign-doctor", back: "__Host-Http-doctor" } as const;

/** What a server saw of the question. */
export const seenSchema = z.object({
  nonce: z.string(),
  /** What it calls itself. */
  issuer: z.string(),
  /** Milliseconds since 1970. */
  time: z.number(),
  host: z.string(),
  trustedProxyHops: z.number(),
  /** How many addresses stand in `X-Forwarded-For`. */
  forwardedFor: z.number(),
  /** `X-Forwarded-Proto`, where a proxy says it. */
  forwardedProto: z.string().nullable(),
  /** Which of the headers arrived that the judgement of a request needs. */
  arrived: z.object({ cookie: z.boolean(), authorization: z.boolean(), origin: z.boolean(), fetchSite: z.boolean() }),
});

/** What a server saw of the question. */
export type Seen = z.output<typeof seenSchema>;

/** Makes and recognises questions. */
export interface Probes {
  /** A question, good for a minute. */
  make(): { readonly value: string; readonly nonce: string };
  /** Its nonce, if it was made under one of the secrets not long ago. */
  read(value: string | null): string | undefined;
}

const lifeMs = 60_000;

/** Questions under the server secrets: the first makes, all recognise. */
export function createProbes(secrets: readonly string[], now: () => number): Probes {
  const keys = secrets.map((secret) => Buffer.from(hkdfSync("sha256", secret, "", "countersign/doctor/v1", 32)));
  const mac = (key: Buffer, text: string) => createHmac("sha256", key).update(text).digest();
  return {
    make() {
      const [key] = keys;
      if (key === undefined) throw new Error("There is no server secret.");
      const nonce = randomBytes(12).toString("base64url");
      const text = `${now()}.${nonce}`;
      return { nonce, value: `${text}.${mac(key, text).toString("base64url")}` };
    },
    read(value) {
      const [, at, nonce, signature] = /^(\d{13})\.([\w-]{16})\.([\w-]{43})$/.exec(value ?? "") ?? [];
      if (at === undefined || nonce === undefined || signature === undefined) return undefined;
      // A minute either way: the doctor's clock may be what is wrong.
      if (Math.abs(now() - Number(at)) > lifeMs) return undefined;
      const presented = Buffer.from(signature, "base64url");
      return keys.some((key) => timingSafeEqual(mac(key, `${at}.${nonce}`), presented)) ? nonce : undefined;
    },
  };
}

/** The answer to a question: what was seen of it, and a cookie that the doctor looks at. */
export function answerProbe(
  request: Request,
  nonce: string,
  standing: { readonly issuer: string; readonly trustedProxyHops: number; readonly time: number },
): Response {
  const { headers } = request;
  const seen: Seen = {
    nonce,
    ...standing,
    host: (headers.get("host") ?? "").toLowerCase(),
    forwardedFor: (headers.get("x-forwarded-for") ?? "").split(",").filter((each) => each.trim() !== "").length,
    forwardedProto: headers.get("x-forwarded-proto"),
    arrived: {
      cookie: (headers.get("cookie") ?? "").split("; ").includes(`${probeCookies.there}=${nonce}`),
      authorization: headers.get("authorization") === `Bearer ${nonce}`,
      origin: headers.has("origin"),
      fetchSite: headers.has("sec-fetch-site"),
    },
  };
  return new Response(JSON.stringify({ status: "ok", seen }), {
    headers: {
      "content-type": "application/json",
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
      "set-cookie": probeSetCookie(nonce),
    },
  });
}

/** The cookie of the answer, as it must come back. */
export function probeSetCookie(nonce: string): string {
  return `${probeCookies.back}=${nonce}; Max-Age=60; Path=/; HttpOnly; Secure; SameSite=Lax`;
}

// Answers for the scripts of the pages: in JSON, kept by nobody and framed by nobody. Knows no route.

/** What every answer to a script says of itself. */
export const plainHeaders = {
  "cache-control": "no-store",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cross-origin-resource-policy": "same-origin",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
} as const;

/** An answer in JSON. */
export function json(status: number, body: unknown): Response {
  const headers = { ...plainHeaders, "content-type": "application/json" };
  return new Response(JSON.stringify(body), { status, headers });
}

// The service that every runtime runs, unchanged: says who asks, by a verifier that follows the feed. Knows no runtime.

import { createVerifier, problemFor, Unavailable, type Verifier } from "@countersign/verifier";

/** What each runtime hands over as it can: environment variables or bindings. */
export interface Settings {
  readonly ISSUER: string;
  readonly SERVICE_KEY: string;
  readonly NAME: string;
  readonly FOLLOW: "background" | "on-demand";
  readonly LAG_MS: string;
}

let verifier: Verifier | undefined;

/** Answers one request. The verifier is made with the first and kept, as an application would. */
export async function handle(request: Request, settings: Settings): Promise<Response> {
  verifier ??= createVerifier({
    issuer: settings.ISSUER,
    feed: {
      serviceKey: settings.SERVICE_KEY,
      name: settings.NAME,
      follow: settings.FOLLOW,
      lagMs: Number(settings.LAG_MS),
      timeoutMs: 1000,
    },
  });
  if (new URL(request.url).pathname === "/feed") return Response.json(verifier.feed());
  try {
    const verdict = await verifier.authenticate(request);
    if (verdict.ok) return new Response(verdict.identity.sid);
    const { status, headers, body } = problemFor(verdict);
    return new Response(body, { status, headers: { ...headers } });
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    const { status, headers, body } = problemFor(error);
    return new Response(body, { status, headers: { ...headers } });
  }
}

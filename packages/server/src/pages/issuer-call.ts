// Asks the issuer on behalf of a page's visitor: the same request checks, limits and answers as for any other client.

import type { Auth } from "countersign";
import { z } from "zod";

/** What the issuer answered. */
export interface IssuerAnswer {
  readonly status: number;
  /** The stable code of a problem. */
  readonly code: string | undefined;
  /** The members that are at fault, with `request_invalid`. */
  readonly faulty: readonly string[];
  readonly body: unknown;
  /** `Set-Cookie` values, to be passed on. */
  readonly cookies: readonly string[];
  readonly retryAfterSeconds: number | undefined;
}

/** A call for the visitor of `request`. */
export interface IssuerRequest {
  readonly method: "GET" | "POST" | "DELETE";
  readonly path: string;
  readonly json?: object;
}

/**
 * What the issuer judges a visitor by: the cookies, where the request comes from, and by which way. No `Authorization`: a proxy in front
 * may use it for itself, and pages know cookies only.
 */
const passedOn = [
  ...["cookie", "host", "origin", "sec-fetch-site", "sec-fetch-mode", "sec-fetch-dest", "sec-fetch-user"],
  ...["user-agent", "x-forwarded-for"],
];

const problemBody = z.object({ code: z.string(), errors: z.array(z.object({ at: z.string() })).optional() });

/** Makes a call and reads its answer whole. */
export async function callIssuer(
  auth: Pick<Auth, "handle">,
  visit: { readonly request: Request; readonly remoteAddress: string },
  call: IssuerRequest,
): Promise<IssuerAnswer> {
  const headers = new Headers();
  for (const name of passedOn) {
    const value = visit.request.headers.get(name);
    if (value !== null) headers.set(name, value);
  }
  if (call.json !== undefined) headers.set("content-type", "application/json");
  const body = call.json === undefined ? {} : { body: JSON.stringify(call.json) };
  const request = new Request(new URL(call.path, visit.request.url), { method: call.method, headers, ...body });
  const response = await auth.handle(request, { remoteAddress: visit.remoteAddress });
  const text = await response.text();
  const answered: unknown = text === "" ? undefined : JSON.parse(text);
  const problem = response.ok ? undefined : problemBody.safeParse(answered).data;
  const retryAfter = response.headers.get("retry-after");
  return {
    status: response.status,
    code: problem?.code,
    faulty: problem?.errors?.map((error) => error.at) ?? [],
    body: answered,
    cookies: response.headers.getSetCookie(),
    retryAfterSeconds: retryAfter === null ? undefined : Number(retryAfter),
  };
}

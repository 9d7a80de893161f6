// Recognises a service by its key: HTTP Basic or Bearer. Knows no route.

import { type RequestLike, readHeader } from "@countersign/verifier";
import { equalSecretly, sha256, toBase64url } from "../primitives/bytes.ts";
import { UsageError } from "../primitives/errors.ts";
import type { Random } from "../primitives/random.ts";
import type { ServiceKey, Store } from "../stores/contract.ts";

/** A new service key: its public id, and the secret that is shown once and kept as a hash. */
export function newServiceKey(random: Random): { id: string; secret: string; secretHash: string } {
  const id = toBase64url(random.bytes(9));
  const secret = toBase64url(random.bytes(32));
  return { id, secret, secretHash: sha256(secret) };
}

/**
 * Whether a service key opens what asks for `scope`. Who administers sees and ends every subject, and an audience is there to see less:
 * with one, the scope `admin` counts for nothing, whoever wrote it down.
 */
export function covers(service: Pick<ServiceKey, "scopes" | "audience">, scope: ServiceKey["scopes"][number]): boolean {
  return service.scopes.includes(scope) && (scope !== "admin" || service.audience === null);
}

/** Throws `UsageError` with `service_audience_admin` for a key that would promise what `covers` does not give. */
export function requireFittingScopes(service: Pick<ServiceKey, "scopes" | "audience">): void {
  if (service.scopes.every((scope) => covers(service, scope))) return;
  throw new UsageError("service_audience_admin", "a service key with the scope admin takes no audience: make two keys");
}

/** The service that a request comes from; `undefined` when it bears no key or a wrong one. Costs one look-up. */
export async function findService(store: Store, request: RequestLike): Promise<ServiceKey | undefined> {
  const header = readHeader(request, "authorization");
  const presented = typeof header === "string" && header.length <= 512 ? parseKey(header) : undefined;
  if (presented === undefined) return undefined;
  const service = await store.services.find(presented.id);
  // The same work whether or not the id is known.
  const isRight = equalSecretly(service?.secretHash ?? sha256(""), sha256(presented.secret));
  return service !== undefined && isRight ? service : undefined;
}

function parseKey(header: string): { id: string; secret: string } | undefined {
  const [, scheme, value] = /^(basic|bearer) +([\w\-.~+/]+=*)$/i.exec(header) ?? [];
  if (scheme === undefined || value === undefined) return undefined;
  const text = scheme.toLowerCase() === "basic" ? Buffer.from(value, "base64").toString("utf8") : value;
  const [, id, secret] = /^([\w-]{12})[:.]([\w-]{43})$/.exec(text) ?? [];
  return id === undefined || secret === undefined ? undefined : { id, secret };
}

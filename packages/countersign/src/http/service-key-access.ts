// Lets a service in by its key: recognised, held against a scope, and where refused, limited and recorded. Knows no route.

import { type Outcome, problem } from "../primitives/errors.ts";
import type { Caller } from "../sign-in/contract.ts";
import type { ServiceKey } from "../stores/contract.ts";
import type { HttpParts } from "./contract.ts";
import { covers, findService } from "./service-key.ts";

/** One of the things that a service key may open. */
export type ServiceScope = ServiceKey["scopes"][number];

/**
 * The service whose key a request bears, if it covers `scope`. Costs one look-up; a key that is refused, one entry of the audit log.
 * `service_invalid`: no key or a wrong one; `service_scope_missing`; `attempts_exceeded`: too many refused ones from this address.
 * Throws `Unavailable`.
 */
export async function judgeService(
  parts: Pick<HttpParts, "store" | "audit" | "signInParts">,
  request: Request,
  caller: Caller,
  scope: ServiceScope,
): Promise<Outcome<{ service: ServiceKey }>> {
  const service = await findService(parts.store, request);
  if (service === undefined) return refuse(parts, request, caller, "service_invalid", "anonymous");
  if (covers(service, scope)) return { ok: true, service };
  return refuse(parts, request, caller, "service_scope_missing", `service:${service.id}`);
}

// Whoever presents no key at all has not tried anything. Refused keys are limited before they are recorded: anybody can send one.
async function refuse(
  parts: Pick<HttpParts, "audit" | "signInParts">,
  request: Request,
  caller: Caller,
  code: "service_invalid" | "service_scope_missing",
  actor: string,
) {
  if (request.headers.has("authorization")) {
    const taken = await parts.signInParts.limits.take("service", caller.address);
    if (!taken.ok && !taken.begins) {
      return problem("attempts_exceeded", { retryAfterSeconds: taken.retryAfterSeconds });
    }
    const by = { actor, address: caller.address, client: caller.client.label };
    await parts.audit.record({ act: "service.authenticate", outcome: "refused", by, detail: code });
  }
  return problem(code);
}

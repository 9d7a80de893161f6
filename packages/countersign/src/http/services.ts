// What an operator does to service keys by name, and how an application judges one. A secret is shown once, when it is made.

import { type ActOptions, type Audit, operator } from "../audit.ts";
import type { Outcome } from "../primitives/errors.ts";
import type { Random } from "../primitives/random.ts";
import type { ServiceKey } from "../stores/contract.ts";
import { callerOf } from "./caller.ts";
import type { HttpParts } from "./contract.ts";
import { newServiceKey, requireFittingScopes } from "./service-key.ts";
import { judgeService, type ServiceScope } from "./service-key-access.ts";

/** A service that may ask the issuer things. */
export interface ServiceView {
  /** 12 base64url characters, public. */
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly ServiceScope[];
  /** The audience that the service stands for; null: first-party tokens and sessions. */
  readonly audience: string | null;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
}

/** Service keys, for operators. Every method throws `Unavailable` when the store cannot answer. */
export interface Services {
  /**
   * Makes a key. The secret is in this answer and nowhere else; as one text it is `id.secret`. Throws `UsageError` with
   * `service_audience_admin` for the scope `admin` together with an audience: who administers sees every subject.
   */
  add(
    input: { name: string; scopes: readonly ServiceScope[]; audience?: string | undefined },
    options?: ActOptions,
  ): Promise<{ readonly id: string; readonly secret: string }>;
  list(): Promise<readonly ServiceView[]>;
  /** Removes a key; whether there was one. */
  remove(id: string, options?: ActOptions): Promise<boolean>;
  /**
   * For routes of your own that only services may call: the service whose key the request bears as HTTP Basic or Bearer, if it covers
   * `scope`. Refused keys are limited by address and recorded, as on the issuer's own routes; `remoteAddress` is the socket's.
   * Outcomes: `service_invalid`, `service_scope_missing`, `attempts_exceeded`.
   */
  judge(
    request: Request,
    scope: ServiceScope,
    info?: { remoteAddress?: string | undefined },
  ): Promise<Outcome<{ service: ServiceView }>>;
}

type Parts = Pick<HttpParts, "store" | "signInParts" | "options"> & { readonly audit: Audit; readonly random: Random };

/** Service keys over a store. */
export function createServices(parts: Parts): Services {
  const { store, random, audit, options } = parts;
  return {
    async add({ name, scopes, audience = null }, { by = operator } = {}) {
      requireFittingScopes({ scopes, audience });
      const { id, secret, secretHash } = newServiceKey(random);
      await store.services.create({ id, name, secretHash, scopes, audience });
      await audit.record({ act: "service.add", outcome: "ok", by, detail: id });
      return { id, secret };
    },
    list: async () => (await store.services.list()).map(toView),
    async remove(id, { by = operator } = {}) {
      const removed = await store.services.remove(id);
      if (removed) await audit.record({ act: "service.remove", outcome: "ok", by, detail: id });
      return removed;
    },
    async judge(request, scope, { remoteAddress = "" } = {}) {
      const caller = callerOf(request, remoteAddress, options.trustedProxyHops, []);
      const judged = await judgeService(parts, request, caller, scope);
      return judged.ok ? { ok: true, service: toView(judged.service) } : judged;
    },
  };
}

function toView({ id, name, scopes, audience, createdAt }: ServiceKey): ServiceView {
  return Object.freeze({ id, name, scopes, audience, createdAt });
}

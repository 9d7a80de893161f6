// How a test makes a column worse than it is, so that the figures must show it: what may be put in the way, and how it is found. Worsens nothing.

import type { Authenticator } from "@countersign/verifier";
import type { Auth } from "countersign";
import type { Store } from "countersign/store";

/** Which process asks: a worse thing may be worse in one of them only. */
export type Role = "issuer" | "service" | "filler";

/** What stands between a column and its parts. */
export interface Worsening {
  /** Instead of the store, after it was counted. */
  store?(store: Store, role: Role): Store;
  /** Instead of what judges requests in a service. */
  judge?(good: Authenticator): Authenticator;
  /** Instead of the issuer's answers. */
  issuer?(good: Auth["handle"]): Auth["handle"];
}

/** Where a worsening stands: a module, by its URL, and the name of the export. */
export interface WorseModule {
  readonly module: string;
  readonly name: string;
}

/** What makes a column worse; nothing where it is as it is. */
export async function loadWorsening({ worse }: { readonly worse?: WorseModule }): Promise<Worsening> {
  if (worse === undefined) return {};
  const module: unknown = await import(worse.module);
  const found: unknown = typeof module === "object" && module !== null ? Reflect.get(module, worse.name) : undefined;
  if (!isWorsening(found)) throw new Error(`${worse.name} makes nothing worse.`);
  return found;
}

function isWorsening(found: unknown): found is Worsening {
  return typeof found === "object" && found !== null;
}

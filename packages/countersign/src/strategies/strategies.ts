// The strategies by name: the one place that knows all of them.

import type { KeyRing } from "../keys/key-ring.ts";
import type { ServerSecrets } from "../keys/secrets.ts";
import type { ResolvedOptions } from "../options.ts";
import type { Random } from "../primitives/random.ts";
import { createAccessTokenIssuer } from "./access-token.ts";
import type { StrategyDoor } from "./contract.ts";
import { createHybridStrategy } from "./hybrid.ts";
import { createJwtStrategy } from "./jwt.ts";
import { createSessionStrategy } from "./session.ts";

/** What strategies are made of. */
export interface StrategiesParts {
  readonly options: ResolvedOptions;
  readonly secrets: ServerSecrets;
  readonly random: Random;
  readonly keys: KeyRing;
  /** The store's clock. */
  readonly now: () => number;
  /** Resolves once tokens may be issued. */
  readonly ready: () => Promise<void>;
}

/** Every strategy, also those that sign-ins may not name: what was issued by them before goes on. */
export function createStrategies(parts: StrategiesParts): (name: string) => StrategyDoor | undefined {
  const { options, secrets, random, keys, now, ready } = parts;
  const { lifetimeMs, idleMs, maxAgeMs } = options.session;
  const { lifetimeSeconds, maxBytes, refresh } = options.jwt;
  const tokens = createAccessTokenIssuer({ issuer: options.issuer, keys, random, lifetimeSeconds, maxBytes, ready });
  const doors = new Map(
    [
      createSessionStrategy({ random, now, lifetimeMs, idleMs, maxAgeMs }),
      createJwtStrategy({ random, now, secrets, tokens, lifetimeMs, idleMs, maxAgeMs, refresh }),
      createHybridStrategy({ random, now, secrets, tokens, lifetimeMs, idleMs, maxAgeMs }),
    ].map((door) => [door.name as string, door] as const),
  );
  return (name) => doors.get(name);
}

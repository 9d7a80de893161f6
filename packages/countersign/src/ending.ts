// How whoever ends something waits until that holds everywhere. Knows not what is ended, nor how the wait is done.

import type { ActOptions } from "./audit.ts";
import type { BarrierResult } from "./revocation/barrier.ts";

/** How something is ended. */
export interface EndOptions extends ActOptions {
  /**
   * `everywhere`: resolves only once every verifier that follows the feed refuses it. Costs one question from each follower, and where one of
   * them does not ask, its lag. Default: resolves once it is ended in the store.
   */
  readonly wait?: "everywhere" | undefined;
}

/** How far it has come. */
export interface Reached {
  /** Present where it was waited for. */
  readonly reached: BarrierResult | undefined;
}

/** Waits until everything that is ended by now is refused everywhere. Never throws. */
export type Everywhere = () => Promise<BarrierResult>;

/** Waits, where that was asked for. To be called once the end is committed. */
export async function reach(everywhere: Everywhere, { wait }: EndOptions): Promise<BarrierResult | undefined> {
  return wait === "everywhere" ? everywhere() : undefined;
}

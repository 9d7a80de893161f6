// What the places of a caller mean to an account and to the queue of hashes. Pure; knows neither stores nor limits.

import type { SignInView } from "../stores/contract.ts";
import { addressBlock } from "./client-info.ts";
import type { Caller, Place } from "./contract.ts";

/** The names of places, as stores are told them. */
export function namesOf(places: readonly Place[]): readonly string[] {
  return places.map(({ name }) => name);
}

/** Those of the places that signed in to the account before; none where there is no account. */
export function placesKnownTo(view: SignInView | undefined, places: readonly Place[]): readonly Place[] {
  return places.filter(({ name }) => view?.knownPlaces.includes(name));
}

/** The one of the known places to count by. A device before an address: others may share the address, and use up what it is allowed. */
export function strongest(known: readonly Place[]): Place | undefined {
  return known.find(({ by }) => by === "device") ?? known[0];
}

/** Who asks for a hash, as the queue counts: the address block. Nobody where it is not known, lest all such share one allowance. */
export function askerOf({ address }: Pick<Caller, "address">): string | undefined {
  const block = addressBlock(address);
  return block === "unknown" ? undefined : block;
}

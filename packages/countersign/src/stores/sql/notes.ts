// What is noted of a sign-in, in whatever transaction puts it in force. Knows no session.

import { maxPlaces, type SignInNotes } from "../contract.ts";
import { appendAudit } from "./audit.ts";
import { parseList } from "./rows.ts";
import type { Unit } from "./unit.ts";

/** Writes the notes of a sign-in of this subject. */
export async function writeNotes(unit: Unit, sub: string, { places, audit }: SignInNotes = {}): Promise<void> {
  if (places !== undefined) await recordSuccess(unit, sub, places);
  if (audit !== undefined) await appendAudit(unit, [audit]);
}

/** Sets the failures to 0 and remembers the places. */
export async function recordSuccess({ db }: Unit, sub: string, places: readonly string[]): Promise<void> {
  const account = await db.selectFrom("accounts").select("places").where("sub", "=", sub).executeTakeFirst();
  if (account === undefined) return;
  const known = parseList(account.places).filter((place) => !places.includes(place));
  const latest = JSON.stringify([...known, ...new Set(places)].slice(-maxPlaces));
  await db.updateTable("accounts").set({ failures: 0, places: latest }).where("sub", "=", sub).execute();
}

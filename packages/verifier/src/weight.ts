// Estimates what a JSON value takes in memory, so that caches can be bounded by bytes. Knows no cache.

import type { Json } from "./identity.ts";

/** What an object, an array or a text takes before anything is in it. */
const emptyBytes = 64;

/** A place in an object or an array: the value itself, or what leads to it. */
const placeBytes = 16;

/**
 * About how many bytes of memory a JSON value takes, rather too many than too few: 4 KB of text become 90 KB of memory where they are nested
 * empty objects. Costs a visit of each value.
 */
export function weightOf(value: Json | undefined): number {
  if (typeof value === "string") return emptyBytes + 2 * value.length;
  if (typeof value !== "object" || value === null) return placeBytes;
  let bytes = emptyBytes;
  if (isList(value)) for (const each of value) bytes += placeBytes + weightOf(each);
  else for (const name in value) bytes += 2 * placeBytes + 2 * name.length + weightOf(value[name]);
  return bytes;
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

// What may stand in the data of a session. Knows no store; its rules are what every database can keep unchanged.

import type { Json, JsonObject } from "@countersign/verifier";

/**
 * Whether every name and text of a patch can be kept as it is: well-formed Unicode without the character U+0000. Databases drop it, cut texts
 * at it or take two names for one (the JSON functions of SQLite do), so what holds it is refused instead of kept otherwise. So is a member
 * `__proto__`, which programs treat in many ways.
 */
export function isKeepable(patch: JsonObject): boolean {
  return Object.entries(patch).every(([name, value]) => isKeepableName(name) && isKeepableValue(value));
}

function isKeepableValue(value: Json): boolean {
  if (typeof value === "string") return isKeepableText(value);
  if (typeof value !== "object" || value === null) return true;
  // Of an array the names are its indexes.
  return Object.entries(value).every(([name, member]) => isKeepableName(name) && isKeepableValue(member));
}

function isKeepableName(name: string): boolean {
  return name !== "__proto__" && isKeepableText(name);
}

function isKeepableText(text: string): boolean {
  return text.isWellFormed() && !text.includes("\u0000");
}

// Looks through claims for what should not travel in a token that anybody can read: people's data, and secrets. Repeats no value.

import type { Json, JsonObject } from "@countersign/verifier";

/** Where personal data seems to stand: paths of members, such as `profile.email`. Never a value. */
export function findPersonalData(claims: JsonObject): readonly string[] {
  return leaves(claims)
    .filter(isPersonal)
    .map(({ path }) => path);
}

/** Where secrets seem to stand: paths of members. Never a value. */
export function findSecrets(claims: JsonObject): readonly string[] {
  return leaves(claims)
    .filter(isSecret)
    .map(({ path }) => path);
}

interface Leaf {
  readonly path: string;
  readonly name: string;
  readonly value: Json;
}

// `sub` and its like are identifiers; what stands in them counts only by its look.
const personalNames =
  /^(e-?mail(_?address)?|name|(given|family|first|last|middle|full|nick|user)_?name|surname|nickname|phone(_?number)?|mobile|address|street(_address)?|birth_?(date|day)|date_of_birth|dob|gender|sex|nationality|ssn|social_security(_number)?|passport(_number)?|tax_?id|iban|picture|photo|ip(_?address)?|locale|zoneinfo)$/i;

const secretNames =
  /(^|[_-])(password|passwd|passphrase|secret|api_?key|private_?key|access_?key|card_?number|cvv|pin)$/i;

function isPersonal({ name, value }: Leaf): boolean {
  if (typeof value !== "string" && typeof value !== "number") return false;
  return personalNames.test(name) || (typeof value === "string" && /^[^\s@:/]+@[^\s@:/]+\.[a-z]{2,}$/i.test(value));
}

function isSecret({ name, value }: Leaf): boolean {
  if (typeof value === "string" && (value.startsWith("-----BEGIN") || /^ey[\w-]+\.ey[\w-]+\.[\w-]*$/.test(value)))
    return true;
  return secretNames.test(name) && (typeof value === "string" || typeof value === "number");
}

const deepest = 16;

function leaves(value: Json, path = "", name = "", depth = 0): readonly Leaf[] {
  if (depth > deepest) return [];
  if (Array.isArray(value)) return value.flatMap((item: Json) => leaves(item, path, name, depth + 1));
  if (typeof value !== "object" || value === null) return [{ path, name, value }];
  return Object.entries(value).flatMap(([key, inner]) =>
    leaves(inner, path === "" ? key : `${path}.${key}`, key, depth + 1),
  );
}

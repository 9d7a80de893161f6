// Judges what the application's `claims` hook answered. Knows neither the hook nor the credential that will carry it.

import { type Json, type JsonObject, parseStrictObject, registeredClaims } from "@countersign/verifier";
import { UsageError } from "../primitives/errors.ts";

/**
 * Bytes of JSON that the claims of one subject may take, whatever carries them. A service that asks about a session reads 16,384 bytes of
 * the answer, and its data may take as many again. What a token may take besides is `jwt.maxBytes`.
 */
export const maxClaimsBytes = 4096;

/** How deep claims may nest: a verifier reads 16 levels, those of the token or of the answer around them among these. */
export const maxClaimsDepth = 12;

/**
 * The claims in what a hook answered: a copy, every member of which arrives at a verifier as it was said.
 *
 * Throws `UsageError`. `claims_invalid`: no plain object, or something in it that JSON drops or changes, or that a verifier refuses to read
 * (`undefined`, `BigInt`, `Date`, half a character, a circle, more than 12 levels). `claims_reserved`: it names a claim of the token itself
 * (RFC 7519 section 4.1, RFC 9068, and our own). `claims_too_large`: more than 4,096 bytes of JSON.
 */
export function checkClaims(answer: unknown): JsonObject {
  if (!isPlain(answer)) throw invalid("answered no plain object");
  const claims: [name: string, claim: Json][] = [];
  for (const name of Reflect.ownKeys(answer)) {
    if (typeof name === "symbol") throw invalid("named a member by a symbol");
    if (registeredClaims.has(name)) {
      throw new UsageError("claims_reserved", `The claims hook may not set "${name}": it belongs to the token itself.`);
    }
    claims.push([name, readClaim(answer, name)]);
  }
  const checked: JsonObject = Object.fromEntries(claims);
  const size = encoder.encode(JSON.stringify(checked)).length;
  if (size > maxClaimsBytes) {
    throw new UsageError(
      "claims_too_large",
      `The claims hook's answer takes ${size} bytes as JSON; ${maxClaimsBytes} are allowed. Return less.`,
    );
  }
  return checked;
}

const encoder = new TextEncoder();

// One by one, so that the error can name the claim.
function readClaim(answer: object, name: string): Json {
  const said = { [name]: Reflect.get(answer, name) };
  const read = parseStrictObject(encoder.encode(jsonOf(said)))?.[name];
  if (read === undefined || !isSame(said[name], read, maxClaimsDepth - 1)) {
    throw invalid(`said something in ${JSON.stringify(name)} that would not arrive as it is`);
  }
  return read;
}

// Anything may stand in there, and everything that cannot be written down is answered alike.
function jsonOf(said: object): string {
  try {
    return JSON.stringify(said);
  } catch {
    return "";
  }
}

/** Whether what was read is what was said, nothing dropped and nothing turned into something else, within so many levels. */
function isSame(said: unknown, read: Json | undefined, levels: number): boolean {
  if (typeof said !== "object" || said === null) return said === read;
  if (typeof read !== "object" || read === null || levels === 0) return false;
  if (!Array.isArray(said) && !isPlain(said)) return false;
  if (Array.isArray(said) !== Array.isArray(read)) return false;
  const names = Reflect.ownKeys(said).filter((name) => !(Array.isArray(said) && name === "length"));
  const members = Object.entries(read);
  return (
    names.length === members.length &&
    members.every(([name, member]) => isSame(Reflect.get(said, name), member, levels - 1))
  );
}

// Also one of another realm, whose `Object.prototype` is not ours.
function isPlain(value: unknown): value is object {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function invalid(what: string): UsageError {
  return new UsageError(
    "claims_invalid",
    `The claims hook ${what}. Claims are a plain object of JSON, at most ${maxClaimsDepth} levels deep.`,
  );
}

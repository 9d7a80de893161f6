// Reads JSON that can be read in one way only; knows nothing of tokens or keys.

import type { Json, JsonObject } from "./identity.ts";

const deepest = 16;
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * The JSON object in these bytes; `undefined` for anything else.
 *
 * Two readers of one text must not see two things, so this refuses what JSON leaves open (RFC 8259 sections 4, 6 and
 * 8): members named twice, at any depth; lone surrogates; numbers too large to be one; invalid UTF-8; a byte order
 * mark. Also a member `__proto__`, and nesting below 16 levels. Costs two passes over the text; bound it before.
 */
export function parseStrictObject(bytes: Uint8Array): JsonObject | undefined {
  try {
    const text = decoder.decode(bytes);
    const value: unknown = JSON.parse(text);
    return isObject(value) && isUnambiguous(text) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Freezes a JSON value through and through, and returns it. */
export function freezeJson<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const member of Object.values(value)) freezeJson(member);
  }
  return value;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

// Over a text that is already known to be JSON, these are all the strings, brackets and numbers in it.
const lexemes = /("[^"\\]*(?:\\.[^"\\]*)*")(\s*:)?|[{}[\]]|-?\d[\d.eE+-]*/g;

function isUnambiguous(text: string): boolean {
  const open: Set<string>[] = [];
  for (const [lexeme, string, colon] of text.matchAll(lexemes)) {
    if (string !== undefined) {
      const value: Json = JSON.parse(string);
      if (typeof value !== "string" || !value.isWellFormed()) return false;
      if (colon !== undefined && !isNewMember(open.at(-1), value)) return false;
    } else if (lexeme === "{" || lexeme === "[") {
      if (open.push(new Set()) > deepest) return false;
    } else if (lexeme === "}" || lexeme === "]") {
      open.pop();
    } else if (!Number.isFinite(Number(lexeme))) {
      return false;
    }
  }
  return true;
}

function isNewMember(members: Set<string> | undefined, name: string): boolean {
  if (members === undefined || members.has(name) || name === "__proto__") return false;
  members.add(name);
  return true;
}

// Takes a JWT apart as leniently as can be, so that even a bad one can be looked at. Judges nothing and checks no signature.

import { isSessionToken, type JsonObject, parseStrictObject } from "@countersign/verifier";
import { base64url } from "jose";
import { inputProblem, isObject } from "./input.ts";

/** One of the first two parts of a JWT. */
export interface JwtPart {
  /** As it travels. */
  readonly raw: string;
  /** What it decodes to, as text; `undefined` when it is no base64 or no UTF-8. */
  readonly text: string | undefined;
  /** What most JSON readers see in it; `undefined` when it is no JSON object. */
  readonly members: JsonObject | undefined;
  /** Whether it is the one and only base64url text for its bytes. */
  readonly isCanonical: boolean;
  /** Whether every JSON reader sees the same in it. */
  readonly isUnambiguous: boolean;
  /** Members that stand in it more than once. */
  readonly doubled: readonly string[];
}

/** A JWT taken apart. Nothing of it is proven. */
export interface Jwt {
  /** The three parts with dots between, as they would be presented. */
  readonly text: string;
  /** Whether spaces or line breaks stood inside it. */
  readonly hadBlanks: boolean;
  readonly header: JwtPart;
  readonly claims: JwtPart;
  readonly signature: { readonly raw: string; readonly bytes: Uint8Array | undefined; readonly isCanonical: boolean };
}

/** What was read: a JWT, nothing yet, or why it is none. */
export type JwtReading =
  | { readonly state: "empty" }
  | { readonly state: "problem"; readonly problem: string }
  | { readonly state: "read"; readonly jwt: Jwt };

/** Reads what was pasted as a JWT. `Bearer` and quotes around it are taken off. Never throws. */
export function takeApart(pasted: string): JwtReading {
  const problem = inputProblem(pasted);
  if (problem !== undefined) return { state: "problem", problem };
  const inner = pasted
    .trim()
    .replace(/^authorization\s*:\s*/i, "")
    .replace(/^bearer\s+/i, "")
    .replace(/^["'`](.*)["'`]$/s, "$1");
  const text = inner.replace(/\s+/g, "");
  if (text === "") return { state: "empty" };
  const [header, claims, signature, ...more] = text.startsWith("{") ? [] : text.split(".");
  if (header === undefined || claims === undefined || signature === undefined || more.length > 0) {
    return { state: "problem", problem: noJwt(text) };
  }
  const bytes = decode(signature);
  const isCanonical = bytes !== undefined && base64url.encode(bytes) === signature;
  const jwt = {
    text,
    hadBlanks: inner !== text,
    header: readPart(header),
    claims: readPart(claims),
    signature: { raw: signature, bytes, isCanonical },
  };
  if (jwt.header.members !== undefined) return { state: "read", jwt };
  return {
    state: "problem",
    problem: "There are three parts, but the first one is not a JSON object in base64url, so it is no JWT header.",
  };
}

/** Members that stand twice in one object of this JSON text, at any depth. Reads the text only once it is known to be JSON. */
export function doubledMembers(json: string): readonly string[] {
  const open: Set<string>[] = [];
  const doubled = new Set<string>();
  for (const [lexeme, string, colon] of json.matchAll(/("[^"\\]*(?:\\.[^"\\]*)*")(\s*:)?|[{}[\]]/g)) {
    if (lexeme === "{" || lexeme === "[") open.push(new Set());
    else if (lexeme === "}" || lexeme === "]") open.pop();
    else if (string !== undefined && colon !== undefined) {
      const name = String(JSON.parse(string));
      const members = open.at(-1);
      if (members?.has(name) === true) doubled.add(name);
      members?.add(name);
    }
  }
  return [...doubled];
}

function noJwt(text: string): string {
  if (text.startsWith("{")) {
    return "That is JSON. A JWT travels in its compact form: three parts with dots between. To sign claims, use the maker below.";
  }
  if (text.startsWith("-----BEGIN")) return "That is a key. It belongs into the field for the key.";
  const dots = text.split(".").length - 1;
  if (dots === 4) {
    return "That has five parts: an encrypted JWT (JWE). Only who holds its key can read it; there is nothing here to take apart.";
  }
  if (isSessionToken(text)) {
    return "That has the shape of a session token: a secret without meaning. There is nothing in it to take apart; the server looks up whose it is.";
  }
  return `A JWT has three parts with two dots between. This has ${dots === 0 ? "no dot" : dots === 1 ? "one dot" : `${dots} dots`}.`;
}

function readPart(raw: string): JwtPart {
  const bytes = decode(raw);
  const text = bytes === undefined ? undefined : utf8(bytes);
  const members = text === undefined ? undefined : readObject(text);
  return {
    raw,
    text,
    members,
    isCanonical: bytes !== undefined && base64url.encode(bytes) === raw,
    isUnambiguous: bytes !== undefined && parseStrictObject(bytes) !== undefined,
    doubled: text === undefined || members === undefined ? [] : doubledMembers(text),
  };
}

// Also with padding, in the other alphabet, or with stray bits at the end: many libraries take all that.
function decode(raw: string): Uint8Array | undefined {
  try {
    const binary = atob(raw.replaceAll("-", "+").replaceAll("_", "/").replace(/=+$/, ""));
    return Uint8Array.from(binary, (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
}

function utf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function readObject(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

// What `JSON.parse` gives is JSON through and through.
function isJsonObject(value: unknown): value is JsonObject {
  return isObject(value);
}

// Which passwords are good enough to be chosen. Knows no accounts and no hashes; never stands between a user and a sign-in.

import { createRequire } from "node:module";
import { type Outcome, problem } from "../primitives/errors.ts";

/** The most characters that a password may have, unless a policy says otherwise. */
export const longestPassword = 256;

/** The rules for new passwords. */
export interface PasswordPolicyOptions {
  /** The least number of characters (code points). Default 15: what NIST SP 800-63B-4 asks of a password that stands alone. */
  readonly minLength?: number;
  /** The largest number of characters. Default 256: hashing cost is bounded, and every password manager fits. */
  readonly maxLength?: number;
  /** Words that a password may not contain, such as the name of the service. Those below 4 characters are not looked for. */
  readonly words?: readonly string[];
}

/** Judges passwords that are about to be chosen. */
export interface PasswordPolicy {
  /**
   * Accepts a password with its normal form, which is what gets hashed, or refuses it: `password_too_short`,
   * `password_too_long`, `password_common`, `password_contains_context`; with
   * `request_invalid` what is no text at all (lone surrogates). There are no rules of composition (SP 800-63B-4 section 3.1.1.2).
   *
   * The first call that passes the length reads the word lists: about 150 ms of the main thread, once per process. `load` does it earlier.
   */
  judge(password: string, about?: { readonly email?: string }): Outcome<{ normalised: string }>;
  /** Reads the word lists now. */
  load(): void;
}

/** A policy with these rules. */
export function createPasswordPolicy(options: PasswordPolicyOptions = {}): PasswordPolicy {
  const minLength = options.minLength ?? 15;
  const maxLength = options.maxLength ?? longestPassword;
  const words = options.words ?? [];
  return {
    judge(password, about = {}) {
      if (!password.isWellFormed()) return problem("request_invalid");
      const normalised = normalisePassword(password, maxLength);
      if (normalised === undefined) {
        return problem("password_too_long", { detail: `A password may have at most ${maxLength} characters.` });
      }
      if (characters(normalised).length < minLength) {
        return problem("password_too_short", { detail: `A password needs at least ${minLength} characters.` });
      }
      if (containsContext(normalised, contextWords(words, about.email))) return problem("password_contains_context");
      if (isTrivial(normalised) || isListed(normalised, commonWords())) return problem("password_common");
      return { ok: true, normalised };
    },
    load() {
      commonWords();
    },
  };
}

/**
 * The form in which a password is hashed: Unicode NFC, so that two keyboards that write one letter differently agree. Nothing else
 * changes: no trimming, no case, no truncation. `undefined` when it is too long to be one, or no text at all (lone surrogates: the
 * hash would see a replacement character instead, and several passwords would be one).
 */
export function normalisePassword(password: string, maxLength = longestPassword): string | undefined {
  // A code point takes at most two units, and composition at most shortens threefold: what is longer need not be normalised.
  if (password.length > maxLength * 6 || !password.isWellFormed()) return undefined;
  const normalised = password.normalize("NFC");
  return characters(normalised).length <= maxLength ? normalised : undefined;
}

function characters(text: string): readonly string[] {
  return [...text];
}

/** Words that say where or whose the password is: those of the service, and the local part of the address, without its tag. */
function contextWords(words: readonly string[], email: string | undefined): readonly string[] {
  const [local = ""] = email?.split("@") ?? [];
  const [name = ""] = local.split("+");
  return [...words, local, name].map(squeezed).filter((word) => characters(word).length >= 4);
}

function containsContext(password: string, words: readonly string[]): boolean {
  const text = squeezed(password);
  return words.some((word) => text.includes(word));
}

/** Letters and digits only, in lower case: `Margaret.Hale` and `margaret hale` are one word. */
function squeezed(text: string): string {
  return text
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}]/gu, "");
}

/** Rows along which fingers wander. */
const walks = [
  "abcdefghijklmnopqrstuvwxyz",
  "1234567890",
  "qwertyuiopasdfghjklzxcvbnm",
  "qwertzuiopasdfghjklyxcvbnm",
  "azertyuiopqsdfghjklmwxcvbn",
].flatMap((row) => [row.repeat(30), characters(row).toReversed().join("").repeat(30)]);

/** Fewer than five different characters, a pattern of up to four repeated, or a walk along the alphabet or a keyboard. */
function isTrivial(password: string): boolean {
  const text = password.toLowerCase();
  if (new Set(characters(text)).size < 5 || period(text) <= 4) return true;
  return cores(text).some((core) => core.length >= 4 && walks.some((walk) => walk.includes(core)));
}

/** A word of the lists, also repeated, also with digits or punctuation around it to reach the length. */
function isListed(password: string, list: ReadonlySet<string>): boolean {
  return cores(password.toLowerCase()).some((core) => {
    const unit = core.slice(0, period(core));
    return list.has(unit) || list.has(unit.replace(/\p{N}+$/u, ""));
  });
}

/** The password, and what is left of it once digits and punctuation that only lengthen are taken away. */
function cores(text: string): readonly string[] {
  const bare = squeezed(text);
  const undecorated = [text.replace(/^[^\p{L}]+|[^\p{L}]+$/gu, ""), bare.replace(/^\p{N}+|\p{N}+$/gu, "")];
  return [text, bare, ...undecorated.filter((core) => core.length >= 3)];
}

/** The length of the shortest beginning of which the whole text is a repetition, the last one perhaps cut. */
function period(text: string): number {
  for (let length = 1; length <= text.length / 2; length += 1) {
    if (text.startsWith(text.slice(length))) return length;
  }
  return text.length;
}

const require = createRequire(import.meta.url);

let list: ReadonlySet<string> | undefined;

/** Breached passwords and English words, in lower case; read when first needed, for they are large and most processes never ask. */
function commonWords(): ReadonlySet<string> {
  list ??= readLists();
  return list;
}

function readLists(): ReadonlySet<string> {
  const common: typeof import("@zxcvbn-ts/language-common") = require("@zxcvbn-ts/language-common");
  const english: typeof import("@zxcvbn-ts/language-en") = require("@zxcvbn-ts/language-en");
  const words = new Set(common.dictionary["passwords-common"]);
  for (const word of english.dictionary["commonWords-en"]) words.add(word);
  for (const name of english.dictionary["firstnames-en"]) words.add(name);
  return words;
}

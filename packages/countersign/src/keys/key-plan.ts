// What a stored key may do at a time, and what a rotation or revocation changes. Pure: knows neither store nor cryptography.

import { eventSlackMs, type StoredKey } from "../stores/contract.ts";

/**
 * `published`: in the key set, not signing yet. `signing`. `retired`: its tokens are still accepted. `left`: nothing that it signed can
 * be accepted any more, and it may be removed.
 */
export type KeyState = "published" | "signing" | "retired" | "left";

/** The state of a key at a time, in milliseconds since 1970. Each bound belongs to the state that begins there. */
export function judgeKey(key: Pick<StoredKey, "signsFrom" | "signsUntil" | "leavesAt">, nowMs: number): KeyState {
  if (key.leavesAt !== null && nowMs >= key.leavesAt) return "left";
  if (nowMs < key.signsFrom) return "published";
  return key.signsUntil !== null && nowMs >= key.signsUntil ? "retired" : "signing";
}

/** Whether a key has left, and its time of being remembered is over too. */
export function isForgotten(key: Pick<StoredKey, "leavesAt">, rememberMs: number, nowMs: number): boolean {
  return key.leavesAt !== null && nowMs >= key.leavesAt + rememberMs;
}

/** The key that signs: the newest that may. Where clocks disagree so far that none may yet, the one that is to begin first. */
export function pickSigning<Key extends StoredKey>(keys: readonly Key[], nowMs: number): Key | undefined {
  const inState = (state: KeyState) => keys.filter((key) => judgeKey(key, nowMs) === state);
  const byBeginning = (a: Key, b: Key) => a.signsFrom - b.signsFrom || (a.kid < b.kid ? -1 : 1);
  return inState("signing").toSorted(byBeginning).at(-1) ?? inState("published").toSorted(byBeginning).at(0);
}

/** The key that waits for its turn. */
export function pickStaged<Key extends StoredKey>(keys: readonly Key[], nowMs: number): Key | undefined {
  const signing = pickSigning(keys, nowMs);
  return keys.find((key) => key !== signing && judgeKey(key, nowMs) === "published");
}

/** A key that stops to sign when its successor begins, and leaves once the last token it signed has run out everywhere. */
export function succeededBy(key: StoredKey, successorSignsFrom: number, maxTokenMs: number): StoredKey {
  return { ...key, signsUntil: successorSignsFrom, leavesAt: successorSignsFrom + maxTokenMs + eventSlackMs };
}

/** A key whose successor is no more. */
export function withoutSuccessor(key: StoredKey): StoredKey {
  return { ...key, signsUntil: null, leavesAt: null };
}

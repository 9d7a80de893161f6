// Changes of the key ring: first key, rotation, revocation, upkeep. Each asks the store, decides, and writes if nobody else did meanwhile.

import { type Algorithm, type Awaitable, Unavailable } from "@countersign/verifier";
import { toBase64url } from "../primitives/bytes.ts";
import { type Outcome, problem } from "../primitives/errors.ts";
import type { Random } from "../primitives/random.ts";
import type { KeyStore, Store, StoredKey } from "../stores/contract.ts";
import { generateKey } from "./algorithms.ts";
import { isForgotten, pickSigning, pickStaged, succeededBy, withoutSuccessor } from "./key-plan.ts";
import { isAnyRevoked, type RingCopy, type RingKey } from "./ring-copy.ts";
import { openKey, sealKey } from "./sealed.ts";
import type { ServerSecrets } from "./secrets.ts";

/** What changes need. */
export interface RingChangeParts {
  readonly store: Pick<Store, "keys" | "now"> & { readonly log: Pick<Store["log"], "newest"> };
  readonly secrets: ServerSecrets;
  readonly random: Random;
  readonly algorithm: Algorithm;
  readonly keySetRefreshMs: number;
  readonly maxTokenMs: number;
  readonly rotateAfterMs: number;
  readonly rememberMs: number;
}

/**
 * How long the log remembers a revoked key: longer than any verifier should serve its last good key set, and as long as anybody may keep
 * its row to put it back. There are few such events, so remembering costs nothing.
 */
const revokedKeyMemoryMs = 3650 * 86_400_000;
/** How often a change is tried anew after another process was faster. */
const maxLostRaces = 10;

/** What to answer, and what to write first; nothing to write where `write` is absent. */
interface Planned<T> {
  readonly answer: T;
  readonly write?: Parameters<KeyStore["change"]>[1];
}

/** Makes the first key where there is none; it signs at once. Of two processes that start together, one makes it. */
export async function makeFirstKey(parts: RingChangeParts, copy: RingCopy): Promise<void> {
  await change(parts, copy, async (keys, now) => {
    if (pickSigning(keys, now) !== undefined) return { answer: undefined };
    return { answer: undefined, write: { put: [await newKey(parts, now, keys)] } };
  });
}

/** Seals keys anew that are sealed under an older secret: afterwards that secret can go. */
export async function resealKeys(parts: RingChangeParts, copy: RingCopy): Promise<void> {
  await change(parts, copy, () => {
    const put = [...copy.keys().values()].filter((key) => !key.isSealCurrent).map((key) => resealed(parts, key));
    return put.length === 0 ? { answer: undefined } : { answer: undefined, write: { put } };
  });
}

/** Stages a key of the present algorithm, where the ring signs with another and none is staged. */
export async function stageAlgorithm(parts: RingChangeParts, copy: RingCopy): Promise<void> {
  await change(parts, copy, async (keys, now) => {
    const signing = pickSigning(keys, now);
    const isOther = signing !== undefined && signing.alg !== parts.algorithm;
    if (!isOther || pickStaged(keys, now) !== undefined) return { answer: undefined };
    return { answer: undefined, write: { put: (await stage(parts, keys, signing, now)).put } };
  });
}

/** Stages the next key. `key_already_staged`: one waits already. */
export function rotateKey(
  parts: RingChangeParts,
  copy: RingCopy,
): Promise<Outcome<{ kid: string; signsFrom: number }>> {
  return change<Outcome<{ kid: string; signsFrom: number }>>(parts, copy, async (keys, now) => {
    const signing = pickSigning(keys, now);
    if (signing === undefined) throw noSigningKey();
    if (pickStaged(keys, now) !== undefined) return { answer: problem("key_already_staged") };
    const { put, kid, signsFrom } = await stage(parts, keys, signing, now);
    return { answer: { ok: true, kid, signsFrom }, write: { put } };
  });
}

/** Takes a key out at once and for ever; another signs. `key_not_found`. */
export function revokeKey(parts: RingChangeParts, copy: RingCopy, kid: string): Promise<Outcome<{ signing: string }>> {
  return change<Outcome<{ signing: string }>>(parts, copy, async (keys, now) => {
    if (!keys.some((key) => key.kid === kid)) return { answer: problem("key_not_found") };
    const { signing, put } = await withoutKey(kid, keys, now, () => newKey(parts, now, keys));
    const away = { remove: [kid], revoke: [kid], revokeKeepMs: revokedKeyMemoryMs };
    return { answer: { ok: true, signing }, write: { put, ...away } };
  });
}

/** Removes keys that are forgotten and revoked ones whose row was put back, and stages a successor for a signing key that is old enough. */
export function maintainKeys(
  parts: RingChangeParts,
  copy: RingCopy,
): Promise<{ readonly removed: readonly string[]; readonly staged: string | undefined }> {
  return change(parts, copy, async (keys, now) => {
    const forgotten = keys.filter((key) => isForgotten(key, parts.rememberMs, now)).map(({ kid }) => kid);
    const remove = [...forgotten, ...copy.putBack()];
    const signing = pickSigning(keys, now);
    const isDue = signing !== undefined && now - signing.signsFrom >= parts.rotateAfterMs;
    const staged = isDue && pickStaged(keys, now) === undefined ? await stage(parts, keys, signing, now) : undefined;
    const answer = { removed: remove, staged: staged?.kid };
    if (remove.length === 0 && staged === undefined) return { answer };
    return { answer, write: { remove, put: staged?.put ?? [] } };
  });
}

/** A ring without a signing key cannot issue: nothing that a client could do about it. */
export function noSigningKey(): Unavailable {
  return new Unavailable("key_set_unavailable", "the key ring holds no signing key");
}

/** Asks the store, lets `plan` decide on what it holds, writes; again from the start when another process wrote in between. */
function change<T>(
  { store }: RingChangeParts,
  copy: RingCopy,
  plan: (keys: readonly StoredKey[], nowMs: number) => Awaitable<Planned<T>>,
): Promise<T> {
  return copy.exclusively(async (read) => {
    for (let round = 0; round < maxLostRaces; round += 1) {
      const revision = await read();
      const { answer, write } = await plan(copy.records(), store.now());
      if (write === undefined) return answer;
      if (await store.keys.change(revision, write)) {
        await read();
        return answer;
      }
    }
    throw new Unavailable("store_unavailable", "the key ring was changed by others at every attempt");
  });
}

async function stage(parts: RingChangeParts, keys: readonly StoredKey[], signing: StoredKey, nowMs: number) {
  const signsFrom = nowMs + 2 * parts.keySetRefreshMs;
  const next = await newKey(parts, signsFrom, keys);
  return { put: [succeededBy(signing, signsFrom, parts.maxTokenMs), next], kid: next.kid, signsFrom };
}

async function newKey(parts: RingChangeParts, signsFrom: number, taken: readonly StoredKey[]): Promise<StoredKey> {
  const { publicJwk, privateJwk } = await generateKey(parts.algorithm);
  const name = { kid: await freeKid(parts, taken), alg: parts.algorithm };
  const sealedPrivateJwk = sealKey(name, JSON.stringify(privateJwk), parts.secrets, parts.random);
  const life = { createdAt: parts.store.now(), signsFrom, signsUntil: null, leavesAt: null };
  return { ...name, publicJwk: JSON.stringify(publicJwk), sealedPrivateJwk, ...life };
}

/** 24 random bits, 4 characters: every token carries them. A revoked key's name is never given again: nobody would take the new key. */
async function freeKid({ random, store }: RingChangeParts, taken: readonly StoredKey[]): Promise<string> {
  for (;;) {
    const kid = toBase64url(random.bytes(3));
    if (!taken.some((key) => key.kid === kid) && !(await isAnyRevoked([kid], store.log))) return kid;
  }
}

function resealed({ secrets, random }: RingChangeParts, { record }: RingKey): StoredKey {
  const { privateJwk } = openKey(record, record.sealedPrivateJwk, secrets);
  return { ...record, sealedPrivateJwk: sealKey(record, privateJwk, secrets, random) };
}

/** The ring without one key: which key signs then, and what has to be written for it. */
async function withoutKey(kid: string, keys: readonly StoredKey[], nowMs: number, make: () => Promise<StoredKey>) {
  const signing = pickSigning(keys, nowMs);
  const staged = pickStaged(keys, nowMs);
  if (signing !== undefined && signing.kid !== kid) {
    // A present key whose successor is revoked signs on.
    return { signing: signing.kid, put: staged?.kid === kid ? [withoutSuccessor(signing)] : [] };
  }
  const next = staged === undefined ? await make() : { ...staged, signsFrom: nowMs };
  return { signing: next.kid, put: [next] };
}

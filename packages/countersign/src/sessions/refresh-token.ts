// The refresh token: self-describing and deterministic, and the judge of a presented one. Asks no store.

import { createHmac } from "node:crypto";
import type { ServerSecret, ServerSecrets } from "../keys/secrets.ts";
import { equalSecretly, fromBase64url, toBase64url } from "../primitives/bytes.ts";
import type { SessionRecord } from "../stores/contract.ts";

/** What a refresh token says of itself, before its MAC was checked. */
export interface ParsedRefreshToken {
  readonly version: number;
  readonly sid: string;
  readonly counter: number;
  readonly mac: string;
}

/**
 * The refresh token with this number: base64url of version (1 byte) ‖ sid (12) ‖ counter (4) ‖ HMAC-SHA-256 cut to 192 bits (24),
 * 55 characters. The MAC covers the record's seed and everything before it, under a key derived from the server secret: neither
 * the database alone nor the secret alone makes one. The same inputs make the same token, so that retries converge.
 */
export function makeRefreshToken(secret: ServerSecret, sid: string, seed: string, counter: number): string {
  const head = encodeHead(secret.version, sid, counter);
  return toBase64url(Buffer.concat([head, computeMac(secret, seed, head)]));
}

/** The parts of a text that has the shape of a refresh token; `undefined` for anything else. */
export function parseRefreshToken(text: string): ParsedRefreshToken | undefined {
  const bytes = text.length === 55 ? fromBase64url(text) : undefined;
  if (bytes === undefined || bytes.length !== 41) return undefined;
  return {
    version: bytes[0] ?? 0,
    sid: toBase64url(bytes.subarray(1, 13)),
    counter: new DataView(bytes.buffer, bytes.byteOffset).getUint32(13),
    mac: toBase64url(bytes.subarray(17)),
  };
}

/** Whether one of the server's secrets made this token for this record. */
export function isGenuine(presented: ParsedRefreshToken, record: SessionRecord, secrets: ServerSecrets): boolean {
  if (record.refreshSeed === null || record.sid !== presented.sid) return false;
  const { refreshSeed } = record;
  const head = encodeHead(presented.version, presented.sid, presented.counter);
  return secrets.all.some(
    (secret) =>
      secret.version === presented.version &&
      equalSecretly(toBase64url(computeMac(secret, refreshSeed, head)), presented.mac),
  );
}

/** What is to be done with a genuine refresh token. */
export type RefreshVerdict =
  /** Current: move the counter, if it still is current. */
  | "rotate"
  /** The one before, within the grace, from the same client: the same successor again. */
  | "repeat"
  /** Older, late, or from somebody else: the session ends. */
  | "reuse"
  /** Above current: the store forgot something. The session ends, and nobody is called a thief. */
  | "rewound";

/** Judges the number of a genuine refresh token against a living record. */
export function judgeRefresh(
  presentedCounter: number,
  record: SessionRecord,
  presentedLabel: string,
  graceMs: number,
  nowMs: number,
): RefreshVerdict {
  if (presentedCounter === record.refreshCounter) return "rotate";
  if (presentedCounter > record.refreshCounter) return "rewound";
  const isPrevious = presentedCounter === record.refreshCounter - 1;
  const isInGrace = nowMs - record.rotatedAt <= graceMs;
  return isPrevious && isInGrace && presentedLabel === record.client.label ? "repeat" : "reuse";
}

function encodeHead(version: number, sid: string, counter: number): Buffer {
  const head = Buffer.alloc(17);
  head[0] = version;
  Buffer.from(sid, "base64url").copy(head, 1, 0, 12);
  head.writeUInt32BE(counter, 13);
  return head;
}

function computeMac(secret: ServerSecret, seed: string, head: Uint8Array): Buffer {
  return createHmac("sha256", secret.key("refresh-token/v1"))
    .update(Buffer.from(seed, "base64url"))
    .update(head)
    .digest()
    .subarray(0, 24);
}

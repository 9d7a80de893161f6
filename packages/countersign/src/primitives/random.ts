// Randomness that everything in this package is given; the only file that draws it.

import { randomBytes } from "node:crypto";

/** A source of randomness. Tests pass a seeded one; nothing else may. */
export interface Random {
  /** `length` bytes from a cryptographically secure generator. */
  bytes(length: number): Uint8Array;
}

/** The system's cryptographically secure generator. */
export const systemRandom: Random = { bytes: (length) => randomBytes(length) };

/** A fraction in [0, 1), from 32 bits of `random`. */
export function fraction(random: Random): number {
  const bytes = random.bytes(4);
  return new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0) / 2 ** 32;
}

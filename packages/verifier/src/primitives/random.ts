// Randomness that the package is given; the only file that draws it.

/** A source of randomness. Tests pass a seeded one; nothing else may. */
export interface RandomSource {
  /** `length` bytes of a cryptographically secure generator. */
  bytes(length: number): Uint8Array;
}

/** The runtime's generator. */
export const runtimeRandom: RandomSource = { bytes: (length) => crypto.getRandomValues(new Uint8Array(length)) };

/** A fraction in [0, 1), from 32 bits. */
export function randomFraction(random: RandomSource): number {
  const bytes = random.bytes(4);
  return new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0) / 2 ** 32;
}

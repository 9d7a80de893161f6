// Password hashes: argon2id off the main thread, behind a bounded queue. Knows no accounts and no rules for passwords.

import { ConfigurationError, Unavailable } from "@countersign/verifier";
import { hash as argon2Hash, verify as argon2Verify, parseOptions } from "@node-rs/argon2";
import { type Random, systemRandom } from "../primitives/random.ts";

/** What a hash costs, and how many may be computed. */
export interface HasherOptions {
  /** Memory of one hash in KiB. Default 19456 (19 MiB), with two passes a choice of OWASP's. Raise it as far as memory allows. */
  readonly memoryKiB?: number;
  /** Passes over the memory. Default 2. */
  readonly passes?: number;
  /** Lanes of one hash. Default 1. */
  readonly parallelism?: number;
  /** Hashes computed at once. Default 2; more than there are cores helps nobody. */
  readonly concurrency?: number;
  /** Hashes that may wait for their turn. Default 64. A quarter of them at most are asked for by the same `from`. */
  readonly queueLimit?: number;
  /** Where salts come from. */
  readonly random?: Random;
}

/** Whether a password proved right, and whether its hash should be made anew. */
export interface Verified {
  readonly ok: boolean;
  readonly outdated: boolean;
}

/**
 * Makes and judges password hashes. Each call is one argon2id computation on a thread of its own; the main thread goes on.
 * Passwords are taken as they are: bring them into Unicode NFC first (`normalisePassword`).
 * `from` says who asks: a network address block. When the queue is full, or the quarter of it that one of them may fill, every method
 * throws `Unavailable` with the code `busy` at once.
 */
export interface Hasher {
  /** A PHC string with a new 16-byte salt: `$argon2id$v=19$m=19456,t=2,p=1$…$…`. */
  hash(password: string, from?: string): Promise<string>;
  /**
   * Whether the password belongs to the PHC string. `outdated`: it was made with other parameters than today's, so that it should
   * be made anew once the password has proved right. A string that is no argon2id hash belongs to no password, after equal work.
   */
  verify(password: string, phc: string, from?: string): Promise<Verified>;
  /** Computations waiting and under way, for metrics. */
  depth(): { readonly waiting: number; readonly running: number };
}

const saltBytes = 16;
const outputBytes = 32;
/** Beyond it a stored hash is taken for malformed: it could only be there to exhaust the memory. 1 GiB. */
const maxMemoryKiB = 1_048_576;

/** A hasher with these parameters. Throws `ConfigurationError` for parameters out of range. */
export function createHasher(options: HasherOptions = {}): Hasher {
  const parameters = {
    memoryCost: inRange("hashing.memoryKiB", options.memoryKiB ?? 19_456, 8, maxMemoryKiB),
    timeCost: inRange("hashing.passes", options.passes ?? 2, 1, 100),
    parallelism: inRange("hashing.parallelism", options.parallelism ?? 1, 1, 16),
    outputLen: outputBytes,
  };
  const random = options.random ?? systemRandom;
  const queue = createQueue(
    inRange("hashing.concurrency", options.concurrency ?? 2, 1, 64),
    inRange("hashing.queueLimit", options.queueLimit ?? 64, 0, 100_000),
  );
  const nothing = nobodysHash(parameters);
  return {
    hash: (password, from) =>
      queue.run(from, () => argon2Hash(password, { ...parameters, salt: random.bytes(saltBytes) })),
    async verify(password, phc, from) {
      const made = readParameters(phc);
      const matches = await queue.run(from, () => argon2Verify(made === undefined ? nothing : phc, password));
      if (made === undefined) return { ok: false, outdated: false };
      return { ok: matches, outdated: !sameParameters(made, parameters) };
    },
    depth: queue.depth,
  };
}

/** A hash made like this one that no known password has; `undefined` for anything but an argon2id hash of sane size. */
export function decoyLike(phc: string): string | undefined {
  const made = readParameters(phc);
  return made && nobodysHash(made);
}

interface Parameters {
  readonly memoryCost: number;
  readonly timeCost: number;
  readonly parallelism: number;
  readonly outputLen: number;
}

/** What a PHC string says of its making; `undefined` for anything but argon2id, version 19, of sane size. */
function readParameters(phc: string): Parameters | undefined {
  if (!/^\$argon2id\$v=19\$m=\d{1,7},t=\d{1,3},p=\d{1,2}\$[A-Za-z0-9+/]{11,86}\$[A-Za-z0-9+/]{22,86}$/.test(phc))
    return undefined;
  try {
    const made = parseOptions(phc);
    return made.memoryCost <= maxMemoryKiB ? made : undefined;
  } catch {
    return undefined;
  }
}

function sameParameters(a: Parameters, b: Parameters): boolean {
  return (
    a.memoryCost === b.memoryCost &&
    a.timeCost === b.timeCost &&
    a.parallelism === b.parallelism &&
    a.outputLen === b.outputLen
  );
}

/** A hash that no known password has, with these parameters. Nothing need be computed to have it: checking it is the work. */
function nobodysHash({ memoryCost, timeCost, parallelism }: Parameters): string {
  const base64 = (length: number) => Buffer.alloc(length).toString("base64").replace(/=+$/, "");
  return `$argon2id$v=19$m=${memoryCost},t=${timeCost},p=${parallelism}$${base64(saltBytes)}$${base64(outputBytes)}`;
}

/**
 * Runs work first come, first served: `concurrency` pieces at once, `limit` waiting. What comes beyond is turned away at once, since
 * waiting longer than a client waits helps nobody and costs the memory of the whole line. Nobody fills more than a quarter of it: with
 * the limits on failures alone, one address that knows the passwords of its own accounts could keep everybody else out.
 */
function createQueue(concurrency: number, limit: number) {
  const waiting: { readonly from: string | undefined; readonly begin: () => void }[] = [];
  const share = Math.ceil(limit / 4);
  let running = 0;
  const hasRoom = (from: string | undefined) =>
    waiting.length < limit && (from === undefined || waiting.filter((each) => each.from === from).length < share);
  return {
    depth: () => ({ waiting: waiting.length, running }),
    async run<T>(from: string | undefined, work: () => Promise<T>): Promise<T> {
      if (running < concurrency) running += 1;
      else if (hasRoom(from)) await new Promise<void>((begin) => void waiting.push({ from, begin }));
      else throw new Unavailable("busy", "the password hashing queue is full", { retryAfterSeconds: 2 });
      try {
        return await work();
      } finally {
        // The place goes straight to the next in line, so that nobody slips in between.
        const next = waiting.shift();
        if (next === undefined) running -= 1;
        else next.begin();
      }
    },
  };
}

function inRange(option: string, value: number, least: number, most: number): number {
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new ConfigurationError(option, `a whole number from ${least} to ${most}`);
  }
  return value;
}

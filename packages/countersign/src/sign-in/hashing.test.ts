import { setImmediate as nextTurn } from "node:timers/promises";
import { ConfigurationError, Unavailable } from "@countersign/verifier";
import { describe, expect, it } from "vitest";
import { createTestRandom } from "../primitives/testing.ts";
import { createHasher, decoyLike, type HasherOptions } from "./hashing.ts";

// The least that argon2 takes, so that the tests are quick; the defaults have a test of their own.
const cheap = { memoryKiB: 64, passes: 1, random: createTestRandom("hashing") };
const hasherWith = (options: HasherOptions = {}) => createHasher({ ...cheap, ...options });

describe("hash", () => {
  it("makes a PHC string of argon2id with 19 MiB and two passes by default", async () => {
    expect(await createHasher().hash("correct horse battery")).toMatch(
      /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/,
    );
  });

  it("takes its parameters", async () => {
    expect(await hasherWith({ memoryKiB: 128, passes: 3, parallelism: 2 }).hash("correct horse battery")).toMatch(
      /^\$argon2id\$v=19\$m=128,t=3,p=2\$/,
    );
  });

  it("salts: the same password has another hash each time", async () => {
    const hasher = hasherWith();
    const [a, b] = await Promise.all([hasher.hash("correct horse battery"), hasher.hash("correct horse battery")]);
    expect(a).not.toBe(b);
  });

  it("takes its salt from the randomness that it was given", async () => {
    const once = () => hasherWith({ random: createTestRandom("same") }).hash("correct horse battery");
    expect(await once()).toBe(await once());
  });
});

describe("verify", () => {
  it.each([
    ["the password itself", "correct horse battery", true],
    ["another case", "Correct horse battery", false],
    ["a space more", "correct horse battery ", false],
    ["a character less", "correct horse batter", false],
    ["nothing", "", false],
  ])("judges %s", async (_name, password, ok) => {
    const hasher = hasherWith();
    const phc = await hasher.hash("correct horse battery");
    expect(await hasher.verify(password, phc)).toEqual({ ok, outdated: false });
  });

  it.each([
    ["memory", { memoryKiB: 128 }],
    ["passes", { passes: 2 }],
    ["parallelism", { parallelism: 2 }],
  ])("recognises a hash made with other %s, and calls it outdated", async (_name, other) => {
    const phc = await hasherWith(other).hash("correct horse battery");
    expect(await hasherWith().verify("correct horse battery", phc)).toEqual({ ok: true, outdated: true });
    expect(await hasherWith(other).verify("correct horse battery", phc)).toEqual({ ok: true, outdated: false });
  });

  const good = "$argon2id$v=19$m=64,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
  it.each([
    ["nothing", ""],
    ["words", "not a hash"],
    ["another algorithm", "$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy"],
    ["argon2i", good.replace("argon2id", "argon2i")],
    ["an old version", good.replace("v=19", "v=16")],
    ["an unreasonable memory", good.replace("m=64", "m=9999999")],
    ["no memory", good.replace("m=64", "m=0")],
    ["a cut end", good.slice(0, -30)],
    ["something at the end", `${good}$`],
    ["a line break", `${good}\n`],
  ])("takes %s for the hash of no password, after the work of one", async (_name, phc) => {
    const hasher = hasherWith();
    const verdict = hasher.verify("correct horse battery", phc);
    expect(hasher.depth()).toEqual({ waiting: 0, running: 1 });
    expect(await verdict).toEqual({ ok: false, outdated: false });
  });
});

describe("a decoy", () => {
  it("is made like the hash it stands for, whatever the salt, and belongs to no known password", async () => {
    const like = { memoryKiB: 128, passes: 3, parallelism: 2 };
    const [one = "", two = ""] = await Promise.all(
      ["first", "second"].map(async (each) => hasherWith(like).hash(each)),
    );
    const decoy = decoyLike(one) ?? "";
    expect(decoy).toMatch(/^\$argon2id\$v=19\$m=128,t=3,p=2\$A{22}\$A{43}$/);
    expect(decoyLike(two)).toBe(decoy);
    for (const password of ["first", "second", ""]) {
      expect(await hasherWith(like).verify(password, decoy)).toEqual({ ok: false, outdated: false });
    }
  });

  it.each([
    ["nothing", ""],
    ["another algorithm", "$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy"],
  ])("there is none like %s", (_name, phc) => {
    expect(decoyLike(phc)).toBeUndefined();
  });
});

describe("the queue", () => {
  it("lets the main thread go on while it computes", async () => {
    const order: string[] = [];
    const hashing = createHasher()
      .hash("correct horse battery")
      .then(() => void order.push("hash"));
    await nextTurn();
    order.push("main thread");
    await hashing;
    expect(order).toEqual(["main thread", "hash"]);
  });

  it("computes so many at once, lets so many wait, and turns the rest away at once", async () => {
    const hasher = hasherWith({ concurrency: 2, queueLimit: 5 });
    const calls = Array.from({ length: 20 }, (_, index) => hasher.hash(`correct horse ${index}`));
    expect(hasher.depth()).toEqual({ waiting: 5, running: 2 });
    const results = await Promise.allSettled(calls);
    expect(results.map(({ status }) => status)).toEqual([...Array(7).fill("fulfilled"), ...Array(13).fill("rejected")]);
    const reason: unknown =
      results.at(-1)?.status === "rejected" ? (results.at(-1) as PromiseRejectedResult).reason : undefined;
    expect(reason).toBeInstanceOf(Unavailable);
    expect(reason).toMatchObject({ code: "busy", retryAfterSeconds: 2 });
    expect(hasher.depth()).toEqual({ waiting: 0, running: 0 });
  });

  it("has room again once something is done", async () => {
    const hasher = hasherWith({ concurrency: 1, queueLimit: 0 });
    const first = hasher.hash("correct horse battery");
    await expect(hasher.hash("correct horse battery")).rejects.toBeInstanceOf(Unavailable);
    await first;
    await expect(hasher.hash("correct horse battery")).resolves.toMatch(/^\$argon2id\$/);
  });

  it("serves first come, first served", async () => {
    const hasher = hasherWith({ concurrency: 1, queueLimit: 10 });
    const order: number[] = [];
    await Promise.all(
      [0, 1, 2, 3, 4].map((index) => hasher.verify(`${index}`, "malformed").then(() => void order.push(index))),
    );
    expect(order).toEqual([0, 1, 2, 3, 4]);
  });

  it("counts malformed hashes against the bound like any other", async () => {
    const hasher = hasherWith({ concurrency: 1, queueLimit: 1 });
    const known = hasher.hash("correct horse battery");
    const malformed = hasher.verify("correct horse battery", "malformed");
    await expect(hasher.verify("correct horse battery", "malformed")).rejects.toBeInstanceOf(Unavailable);
    await Promise.all([known, malformed]);
  });

  it("lets nobody fill more than a quarter of it, whatever they ask for, and others go on", async () => {
    const hasher = hasherWith({ concurrency: 1, queueLimit: 8 });
    const phc = await hasher.hash("correct horse battery");
    const running = hasher.hash("first", "192.0.2.1");
    const waiting = [hasher.hash("second", "192.0.2.1"), hasher.verify("third", phc, "192.0.2.1")];
    await expect(hasher.hash("fourth", "192.0.2.1")).rejects.toMatchObject({ code: "busy", retryAfterSeconds: 2 });
    await expect(hasher.verify("fourth", phc, "192.0.2.1")).rejects.toBeInstanceOf(Unavailable);
    await expect(hasher.verify("fourth", "malformed", "192.0.2.1")).rejects.toBeInstanceOf(Unavailable);
    const others = [hasher.hash("other", "192.0.2.2"), hasher.hash("other", "192.0.2.2"), hasher.hash("nobody's")];
    expect(hasher.depth()).toEqual({ waiting: 5, running: 1 });
    await Promise.all([running, ...waiting, ...others]);
    await hasher.hash("again", "192.0.2.1");
  });

  it("is bounded as a whole for those who are nobody in particular", async () => {
    const hasher = hasherWith({ concurrency: 1, queueLimit: 4 });
    const calls = Array.from({ length: 6 }, (_, index) => hasher.hash(`correct horse ${index}`));
    const results = await Promise.allSettled(calls);
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(5);
  });
});

it.each([
  ["memory below what argon2 takes", { memoryKiB: 7 }],
  ["memory beyond 1 GiB", { memoryKiB: 1_048_577 }],
  ["no passes", { passes: 0 }],
  ["half a pass", { passes: 1.5 }],
  ["no concurrency", { concurrency: 0 }],
  ["a negative queue", { queueLimit: -1 }],
])("refuses %s", (_name, options) => {
  expect(() => createHasher(options)).toThrow(ConfigurationError);
});

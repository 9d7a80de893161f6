// The protocol's rules, each broken on purpose: what is replaced in which source. Knows how to break a module while it is loaded, and not
// whether anybody notices.

import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

/** One text of one source, and what stands in its place. */
export interface Edit {
  /** From the project's root. */
  readonly file: string;
  /** Occurs exactly once. */
  readonly from: string;
  readonly to: string;
}

/** A rule broken on purpose. */
export interface Mutant {
  readonly name: string;
  /** What was changed, for the table. */
  readonly change: string;
  readonly edits: readonly Edit[];
}

const root = join(import.meta.dirname, "..", "..");
const feed = "packages/countersign/src/revocation/feed.ts";
const pieces = "packages/countersign/src/revocation/pieces.ts";
const leases = "packages/countersign/src/revocation/leases.ts";
const barrier = "packages/countersign/src/revocation/barrier.ts";
const issuerRow = "packages/countersign/src/revocation/issuer-row.ts";
const memory = "packages/countersign/src/stores/memory.ts";
const follower = "packages/verifier/src/revocation/follower.ts";
const sessionCache = "packages/verifier/src/session-cache.ts";
const verifier = "packages/verifier/src/verifier.ts";
const clients = "tests/simulation/clients.ts";

/** Every mutant of the protocol's list. */
export const mutants: readonly Mutant[] = [
  {
    name: "lease-after-reading",
    change: "The issuer reads the log, and notes the lease and writes its row afterwards.",
    edits: [
      {
        file: feed,
        from: "const { isSnapshot, from, to } = await store.log.read({ number: claimed, mark }, 0);",
        to: "const early = await pieces.read({ number: claimed, mark });\n      const { isSnapshot, from, to } = early.piece.message;",
      },
      {
        file: feed,
        from: "const read = await pieces.read({ number: claimed, mark });",
        to: "const read = early;",
      },
    ],
  },
  {
    name: "leases-before-commit",
    change:
      "Who revokes reads the issuers' rows just before its own commit, and the barrier goes by those. (Here the caller is the operator of `clients.ts`, who revokes and then waits.)",
    edits: [
      {
        file: barrier,
        from: "const first = await store.issuers.list().catch(() => undefined);",
        to: "const first = rowsBeforeCommit.get(store.issuers) ?? (await store.issuers.list().catch(() => undefined));\n  rowsBeforeCommit.delete(store.issuers);",
      },
      {
        file: barrier,
        from: "function addAll(",
        to: "export const rowsBeforeCommit = new WeakMap<object, readonly IssuerRow[]>();\n\nfunction addAll(",
      },
      {
        file: clients,
        from: "const { sessions, accounts, log } = by.store;",
        to: "const { sessions, accounts, log, issuers } = by.store;\n  rowsBeforeCommit.set(issuers, await issuers.list());",
      },
      {
        file: clients,
        from: 'import { unbounded } from "../../packages/countersign/src/stores/contract.ts";',
        to: 'import { unbounded } from "../../packages/countersign/src/stores/contract.ts";\nimport { rowsBeforeCommit } from "../../packages/countersign/src/revocation/barrier.ts";',
      },
    ],
  },
  {
    name: "issuer-by-wall-clock",
    change: "The issuer measures leases by its wall clock.",
    edits: [
      { file: feed, from: "const handledAt = clock.monotonic();", to: "const handledAt = clock.now();" },
      {
        file: leases,
        from: "    const now = clock.monotonic();\n    for (",
        to: "    const now = clock.now();\n    for (",
      },
      { file: leases, from: "until)) - clock.monotonic();", to: "until)) - clock.now();" },
    ],
  },
  {
    name: "age-from-answer",
    change: "The view counts as complete from when the answer came, not from when the question was sent.",
    edits: [{ file: follower, from: "    completeAsOf = sent;", to: "    completeAsOf = now();" }],
  },
  {
    name: "nonce-ignored",
    change: "An answer to another question is taken for the answer to this one.",
    edits: [
      {
        file: follower,
        from: 'if (answer.nonce !== nonce) throw new Error("The answer is to another question.");',
        to: "",
      },
    ],
  },
  {
    name: "mark-ignored",
    change: "The log is continued from a number, whatever log that number was of.",
    edits: [
      {
        file: memory,
        from: 'const isSnapshot = typeof asked !== "number" && !holds(memory, asked);',
        to: 'const isSnapshot = typeof asked !== "number" && !holds(memory, asked) && asked.number < 0;',
      },
    ],
  },
  {
    name: "number-from-max",
    change: "The next number is one above the greatest in the table, which pruning empties.",
    edits: [
      {
        file: memory,
        from: "const number = memory.head.number + 1;",
        to: "const number = Math.max(0, ...memory.events.map((each) => each.number)) + 1;",
      },
    ],
  },
  {
    name: "number-before-commit",
    change:
      "Numbers are handed out before their events are committed: the feed reads the newest number 20 ms before it can read the event. (Only the feed does: the oracle reads what is committed.)",
    edits: [
      {
        file: memory,
        from: "  memory.events.push(event);",
        to: "  memory.events.push(event);\n  uncommitted.add(event);\n  void memory.clock.sleep(20).then(() => uncommitted.delete(event));",
      },
      {
        file: memory,
        from: "const all = memory.events.filter(({ number }) => number > from);",
        to: 'const isCommitted = (event: LogEvent) => typeof asked === "number" || !uncommitted.has(event);\n  const all = memory.events.filter((event) => event.number > from && isCommitted(event));',
      },
      {
        file: memory,
        from: "function holds(",
        to: "const uncommitted = new WeakSet<object>();\n\nfunction holds(",
      },
    ],
  },
  {
    name: "event-before-commit",
    change:
      "Events are handed out before their transactions are committed: the feed is told of the end of a session 100 ms before, and a third of these transactions then fail. (The oracle reads what is committed.)",
    edits: [
      {
        file: memory,
        from: "    end: (sid, reason) => atomically(memory, (now) => endSession(memory, sid, reason, now)),",
        to: `    end: async (sid, reason) => {
      const { number } = memory.head;
      const expires = eventExpiry(memory.lifetimes, memory.clock.now());
      const event: LogEvent = { number: number + 1, mark: "not committed", scope: "session", target: sid, expires };
      const fails = (memory.random.bytes(1)[0] ?? 0) < 85;
      if (fails && sessions.get(sid)?.revokedAt === null) {
        handedOut.set(memory, event);
        await memory.clock.sleep(100);
        handedOut.delete(memory);
        throw new Unavailable("store_unavailable", "the transaction fails");
      }
      return atomically(memory, (now) => endSession(memory, sid, reason, now));
    },`,
      },
      {
        file: memory,
        from: "function readLog(memory: Memory, asked: number | { number: number; mark: string }, limit: number): LogView {",
        to: `const handedOut = new WeakMap<object, LogEvent>();

function readLog(committed: Memory, asked: number | { number: number; mark: string }, limit: number): LogView {
  const early = typeof asked === "number" ? undefined : handedOut.get(committed);
  const isNext = early !== undefined && early.number === committed.head.number + 1;
  const memory = isNext ? { ...committed, head: early, events: [...committed.events, early] } : committed;`,
      },
    ],
  },
  {
    name: "horizon-not-carried",
    change: "Messages do not carry the horizon.",
    edits: [
      {
        file: pieces,
        from: "return { from, to, mark, events, horizon, isSnapshot, hasMore, keySet };",
        to: "return { from, to, mark, events, horizon: Math.min(0, horizon), isSnapshot, hasMore, keySet };",
      },
    ],
  },
  {
    name: "piece-outlives-news",
    change: "A piece of the log that was read for one follower is told to others, whatever was committed since.",
    edits: [
      {
        file: pieces,
        from: "JSON.stringify([from, isSnapshot, to, mark, horizon, news]);",
        to: "JSON.stringify([from, isSnapshot, news]);",
      },
    ],
  },
  {
    name: "prune-by-own-clock",
    change:
      "The follower drops what has run out by its own clock. (Views know no clock, so it is dropped as it arrives.)",
    edits: [
      {
        file: follower,
        from: "const applied = view.apply(message);",
        to: "const applied = view.apply({ ...message, events: message.events.filter((each) => each.expires > clock.now()) });",
      },
    ],
  },
  {
    name: "ask-without-lease",
    change:
      "The question that a stale view asks within a request is answered, and no lease noted. (Such a question looks like any other, so it is marked by its name.)",
    edits: [
      {
        file: follower,
        from: "    try {\n      await ask();\n    } catch (cause) {",
        to: "    try {\n      if (asking === undefined) isWithoutLease = true;\n      await ask();\n    } catch (cause) {",
      },
      {
        file: follower,
        from: "  let mustAsk = false;\n",
        to: "  let mustAsk = false;\n  let isWithoutLease = false;\n",
      },
      {
        file: follower,
        from: "await transport.ask({ follower, name, applied,",
        to: 'await transport.ask({ follower, name: isWithoutLease ? "without lease" : name, applied,',
      },
      {
        file: follower,
        from: "      timer.abort();\n      await tooLate;",
        to: "      isWithoutLease = false;\n      timer.abort();\n      await tooLate;",
      },
      {
        file: feed,
        from: "const noted = leases.note(lease, handledAt);",
        to: 'const noted = name === "without lease" ? "noted" : leases.note(lease, handledAt);',
      },
    ],
  },
  {
    name: "acknowledged-before-applied",
    change: "A number counts as applied, and is acknowledged, 20 ms before what came with it is applied.",
    edits: [
      {
        file: follower,
        from: "const applied = view.apply(message);",
        to: "const applied = view.apply({ ...message, events: [] });\n    void clock.sleep(20).then(() => view.apply({ ...message, from: 0, to: Math.max(message.to, view.applied), mark: view.mark, isSnapshot: true }));",
      },
    ],
  },
  {
    name: "cache-fill-without-number",
    change: "A session that was looked up is kept, whatever the view heard of it meanwhile.",
    edits: [
      {
        file: sessionCache,
        from: "view.newestOf(sid) > applied",
        to: "applied < 0",
      },
    ],
  },
  {
    name: "kept-session-not-dropped",
    change: "A session that is kept stays, whatever events speak of it.",
    edits: [{ file: verifier, from: "    onSpoken: sessions.drop,", to: "    onSpoken: () => undefined," }],
  },
  {
    name: "kept-session-without-end",
    change: "A session that is kept is accepted past its own end.",
    edits: [
      {
        file: verifier,
        from: "if (kept !== undefined && clock.now() < kept.identity.expiresAt * 1000) return kept;",
        to: "if (kept !== undefined) return kept;",
      },
    ],
  },
  {
    name: "verdict-outlives-view",
    change: "A token that the view once said nothing against is not judged by it again.",
    edits: [
      {
        file: verifier,
        from: "if (known.passedVersion === view.version) return known.accepted;",
        to: "if (known.passedVersion !== undefined) return known.accepted;",
      },
    ],
  },
  {
    name: "remembered-token-without-end",
    change: "A token that is remembered is accepted past its own end.",
    edits: [
      {
        file: verifier,
        from: "const untimely = judgeTime(known.token, clock.now());",
        to: "const untimely = judgeBeginning(known.token, clock.now());",
      },
    ],
  },
  {
    name: "row-after-grant",
    change: "The answer is sent without waiting for the issuer's row to be written.",
    edits: [
      {
        file: feed,
        from: "        await row.publish();\n        startSweeping();",
        to: "        void row.publish().catch(() => undefined);\n        startSweeping();",
      },
    ],
  },
  {
    name: "restart-forgets-rows",
    change: "An issuer that starts removes the rows of those that ran before it.",
    edits: [
      {
        file: issuerRow,
        from: "    await store.issuers.put(row);",
        to: "    for (const old of await store.issuers.list()) await store.issuers.remove(old.incarnation, old.nonce);\n    await store.issuers.put(row);",
      },
    ],
  },
  {
    name: "blind-last-used",
    change:
      "The time of the last use is written with the whole record, as it was read. (The store in memory reads and writes at once, so 3 ms are put between, and every use is written.)",
    edits: [
      {
        file: memory,
        from: "    touch: (sid, policy) =>\n      atomically(memory, (now) => {\n        const record = livingOf(sid, policy, now);\n        if (record",
        to: "    touch: async (sid, policy) => {\n      const record = livingOf(sid, policy, memory.clock.now());\n      await memory.clock.sleep(3);\n      return atomically(memory, (now) => {\n        if (record",
      },
      {
        file: memory,
        from: "isTouchDue(record, policy, now)) setSession(memory, record, { lastUsedAt: now });\n        return record !== undefined;\n      }),",
        to: "now > 0) setSession(memory, record, { lastUsedAt: now });\n        return record !== undefined;\n      });\n    },",
      },
    ],
  },
  {
    name: "id-from-configuration",
    change: "A follower's id is its configured name, which two of them share.",
    edits: [
      {
        file: follower,
        from: "const follower = randomText(options.random, 12);",
        to: "const follower = base64url.encode(name);",
      },
    ],
  },
];

/** Has every module that is loaded from now on broken by this mutant. Throws when the source is not what the mutant was made for. */
export function breakModules({ edits }: Mutant): void {
  const sources = new Map<string, string>();
  for (const edit of edits) {
    const url = pathToFileURL(join(root, edit.file)).href;
    sources.set(url, edited(sources.get(url) ?? readFileSync(fileURLToPath(url), "utf8"), edit));
  }
  registerHooks({
    load(url, context, nextLoad) {
      const source = sources.get(url);
      return source === undefined
        ? nextLoad(url, context)
        : { format: "module-typescript", source, shortCircuit: true };
    },
  });
}

function edited(source: string, { file, from, to }: Edit): string {
  const found = source.split(from).length - 1;
  if (found !== 1) throw new Error(`${file} has ${found} times, and should have once: ${from}`);
  return source.replace(from, () => to);
}

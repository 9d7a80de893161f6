// Judges what a simulated world does by the promises alone: keeps its own record of what was committed, acknowledged and told, and of
// every verdict. Knows nothing of how views, leases and barriers work.

import type { LogEvent, LogView, SessionRecord } from "../../packages/countersign/src/stores/contract.ts";
import type { JudgedToken, RevocationView } from "../../packages/verifier/src/revocation/view.ts";
import type { RefusalCode } from "../../packages/verifier/src/verdict.ts";

/**
 * What is promised: R1 to R5 as the protocol numbers them; `expiry`: nothing is accepted past its own end, on which the life of events counts;
 * `progress`: once all is well again, everything is answered.
 */
export type PromiseName = "R1" | "R2" | "R3" | "R4" | "R5" | "expiry" | "progress";

/** A promise that was broken. */
export interface Violation {
  readonly promise: PromiseName;
  readonly words: string;
}

/** A session, as its client knows it. */
export interface SessionCredential {
  readonly kind: "session";
  readonly id: string;
  readonly sid: string;
  readonly sub: string;
  /** What is presented. */
  readonly secret: string;
  /** How often the store had been put back when it was made. */
  readonly lineage: number;
  /** When it ends, on the store's clock: the earliest and the latest that this ever was. */
  readonly ends: { earliest: number; latest: number };
}

/** A token. */
export interface TokenCredential {
  readonly kind: "token";
  readonly id: string;
  readonly token: JudgedToken;
  /** What is presented. */
  readonly text: string;
  /** `iat` less the leeway, in milliseconds. */
  readonly validFromMs: number;
  /** The session that it was made of, which a browser presents beside it. */
  readonly session: SessionCredential | undefined;
  readonly lineage: number;
}

export type Credential = SessionCredential | TokenCredential;

/** A verifier, from its start to its end: one that starts again is another. */
export interface Judge {
  readonly name: string;
  readonly view: RevocationView;
  /** The lag that it is promised to keep, in milliseconds. */
  readonly lagMs: number;
  /** Whether it accepts when stale: then neither bound nor barrier is promised of it. */
  readonly isInsecure: boolean;
  /** Credentials that it has refused as revoked, and when it did so first. */
  readonly refused: Map<string, number>;
}

/** How a request ended. `version` is that of the session's data, where it was seen. */
export type Ruling =
  | { readonly verdict: "accepted"; readonly version?: number }
  | { readonly verdict: "refused"; readonly code: RefusalCode }
  | { readonly verdict: "unavailable" };

/** When a request was asked, in true time, and by the clock that it is judged by, which may have jumped before the answer. */
export interface Asked {
  readonly at: number;
  readonly wall: number;
  readonly answeredWall: number;
  readonly hasJumped: boolean;
}

/** An event, and what has become of it. */
export interface Fact extends LogEvent {
  readonly committedAt: number;
  /** When somebody was told that it is done. */
  ackedAt: number | undefined;
  /** When a barrier said that it holds everywhere. */
  everywhereAt: number | undefined;
  /** Whether the store was put back to before it. */
  isLost: boolean;
}

export interface Oracle {
  readonly violations: readonly Violation[];
  readonly counts: { accepted: number; refused: number; unavailable: number };
  /** Every event that was ever committed. */
  readonly facts: readonly Fact[];
  /** How often the store was put back. */
  readonly lineage: number;
  /** Where the observer of the log stands. */
  readonly position: number;
  /** What one transaction added to the log. Answers the facts. */
  committed(read: LogView): readonly Fact[];
  acknowledged(facts: readonly Fact[]): void;
  /** A caller was told that this session is over. */
  toldEnded(sid: string): void;
  /** A change of a session's data was acknowledged. */
  toldVersion(sid: string, version: number): void;
  everywhere(number: number, beganAt: number): void;
  /** The store was put back to where `read` says it is. */
  rewound(read: LogView): void;
  /** What the store holds of a session, when the log ended with this number. */
  stored(sid: string, record: SessionRecord | undefined, number: number): void;
  storeWall(ms: number): void;
  ruled(judge: Judge, credential: Credential, asked: Asked, ruling: Ruling): void;
  /** Whether a view lacks nothing that it should have. */
  checkView(judge: Judge): void;
  broken(promise: PromiseName, words: string): void;
}

/** The bound of R2 in true time: a verifier's own clock may be 1 % slow. */
export function boundMs(lagMs: number): number {
  return lagMs / 0.99 + 0.5;
}

function earliestEnd(credential: Credential): number {
  return credential.kind === "token" ? credential.token.validUntilMs : credential.ends.earliest;
}

/** Whether the verifier's own clock is reason enough for a refusal, as it was in the request: that clock may be wrong, which is its own matter. */
function isByOwnClock(credential: Credential, code: RefusalCode, asked: Asked): boolean {
  switch (code) {
    // A token's time is judged first, at the very moment of the request.
    case "token_not_yet_valid":
      return credential.kind === "token" && asked.wall < credential.validFromMs;
    case "token_expired":
      return asked.wall >= earliestEnd(credential);
    // Whole seconds are told of it.
    case "session_expired":
      return asked.hasJumped || Math.max(asked.wall, asked.answeredWall) >= earliestEnd(credential) - 1000;
    default:
      return false;
  }
}

/** The reasons for which anything may be refused here: it was ended, or it is over. */
const revocations: ReadonlySet<RefusalCode> = new Set(["token_revoked", "session_revoked", "session_unknown"]);
const expiries: ReadonlySet<RefusalCode> = new Set(["token_expired", "session_expired"]);

/** For how long barriers after the store was put back are out of the promise: rows of issuers were among what it lost. */
const rowsLostForMs = (lagMs: number) => 1.05 * lagMs + 10_000;

export function createOracle(now: () => number, longestLagMs: number): Oracle {
  const violations: Violation[] = [];
  const counts = { accepted: 0, refused: 0, unavailable: 0 };
  const facts: Fact[] = [];
  const factsByTarget = new Map<string, Fact[]>();
  // The event that each version of a session's data came with, and those that were acknowledged.
  const changes = new Map<string, number>();
  const versions = new Map<string, { version: number; at: number; number: number }[]>();
  // The log as it is in the store: the fact of each number.
  let log: Fact[] = [];
  let [lineage, rewoundAt, rewoundTo, highestStoreWall] = [0, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, 0];

  const broken = (promise: PromiseName, words: string) => void violations.push({ promise, words });
  const of = (scope: LogEvent["scope"], target: string) => factsByTarget.get(`${scope} ${target}`) ?? [];

  /** What may be said against it. A number of a log that is gone says nothing of one that took its place, but may be compared with it. */
  function against(credential: Credential): readonly Fact[] {
    if (credential.kind === "session") return of("session", credential.sid);
    const { sub, sid, kid, logNumber } = credential.token;
    const own = [...of("session", sid), ...of("key", kid)];
    if (logNumber === undefined) return own;
    const cutOffs = [...of("subject", sub), ...of("everyone", "")];
    return [...own, ...cutOffs.filter((fact) => fact.isLost || logNumber < fact.number)];
  }

  /** What has to be said against it. */
  function mustBeAgainst(credential: Credential): readonly Fact[] {
    const kept = against(credential).filter(({ isLost }) => !isLost);
    if (credential.kind === "session") return kept;
    const { logNumber } = credential.token;
    if (logNumber === undefined || credential.lineage === lineage || logNumber <= rewoundTo) return kept;
    return kept.filter(({ scope }) => scope === "session" || scope === "key");
  }

  function checkAccepted(judge: Judge, credential: Credential, asked: Asked, version: number | undefined): void {
    const beganAt = asked.at;
    const who = `${judge.name} accepted ${credential.id}, asked at ${beganAt.toFixed(1)}`;
    const latestEnd = credential.kind === "token" ? credential.token.validUntilMs : credential.ends.latest;
    if (asked.wall >= latestEnd && !asked.hasJumped)
      broken("expiry", `${who}, past its end on the clock that it goes by`);
    if (beganAt > (judge.refused.get(credential.id) ?? beganAt))
      broken("R4", `${who}, after having refused it as revoked`);
    if (judge.isInsecure) return;
    for (const fact of mustBeAgainst(credential)) checkPromised(judge, fact, beganAt, `${who}: ended`);
    if (credential.kind !== "session" || version === undefined) return;
    const seen = version === 0 ? 0 : changes.get(`${credential.sid} ${version}`);
    for (const told of versions.get(credential.sid) ?? []) {
      const fact = log[told.number - 1];
      if (seen === undefined || told.number <= seen || fact === undefined) continue;
      const words = `${who} as of ${version}: changed to ${told.version}`;
      checkPromised(judge, { ...fact, ackedAt: told.at }, beganAt, words);
    }
  }

  function checkPromised(judge: Judge, fact: Fact, beganAt: number, words: string): void {
    const { number, ackedAt, everywhereAt } = fact;
    if (everywhereAt !== undefined && beganAt > everywhereAt) {
      broken("R3", `${words} by ${number}, which held everywhere at ${everywhereAt.toFixed(1)}`);
    }
    if (ackedAt !== undefined && beganAt > ackedAt + boundMs(judge.lagMs)) {
      broken("R2", `${words} by ${number}, acknowledged at ${ackedAt.toFixed(1)}, lag ${judge.lagMs}`);
    }
  }

  function checkRefused(judge: Judge, credential: Credential, asked: Asked, code: RefusalCode): void {
    if (isByOwnClock(credential, code, asked)) return;
    const who = `${judge.name} refused ${credential.id} (${code})`;
    const isOver = earliestEnd(credential) <= highestStoreWall;
    if (expiries.has(code)) {
      if (!isOver) broken("R5", `${who} before its end on any clock of the store`);
      return;
    }
    if (!revocations.has(code)) broken("R5", `${who}, and nothing here explains that`);
    // What a store says may be taken back when it is put back; what the view knew, it keeps.
    const isKept = code === "token_revoked" || (credential.kind === "session" && judge.view.hasEnded(credential.sid));
    if (isKept) judge.refused.set(credential.id, judge.refused.get(credential.id) ?? now());
    const isLost = credential.kind === "session" && credential.lineage !== lineage;
    if (code === "session_unknown" && (isOver || isLost)) return;
    if (against(credential).length === 0) broken("R5", `${who}, and nobody had ended it`);
  }

  function isKnown(view: RevocationView, { scope, target, number }: Fact): boolean {
    const nobody = { sub: "", sid: "", kid: "", validUntilMs: Number.MAX_SAFE_INTEGER };
    switch (scope) {
      case "session":
        return view.hasEnded(target) && view.judge({ ...nobody, sid: target, logNumber: undefined }) !== undefined;
      case "changed":
        return view.newestOf(target) >= number;
      case "key":
        return view.judge({ ...nobody, kid: target, logNumber: undefined }) !== undefined;
      case "subject":
        return view.judge({ ...nobody, sub: target, logNumber: number - 1 }) !== undefined;
      case "everyone":
        return view.judge({ ...nobody, logNumber: number - 1 }) !== undefined;
    }
  }

  return {
    violations,
    counts,
    facts,
    get lineage() {
      return lineage;
    },
    get position() {
      return log.length;
    },
    committed(read) {
      // Of transactions of one moment, the one before may have been read in between.
      const added = read.events.slice(log.length - read.from).map((event): Fact => {
        return { ...event, committedAt: now(), ackedAt: undefined, everywhereAt: undefined, isLost: false };
      });
      for (const fact of added) {
        if (fact.number !== log.length + 1) broken("R1", `number ${fact.number} was given after ${log.length}`);
        log.push(fact);
        facts.push(fact);
        const key = `${fact.scope} ${fact.target}`;
        factsByTarget.set(key, [...(factsByTarget.get(key) ?? []), fact]);
      }
      if (read.to !== log.length) broken("R1", `the log says ${read.to} and holds no event after ${log.length}`);
      return added;
    },
    acknowledged(told) {
      for (const fact of told) fact.ackedAt ??= now();
    },
    toldEnded(sid) {
      for (const fact of of("session", sid)) if (!fact.isLost) fact.ackedAt ??= now();
    },
    toldVersion(sid, version) {
      const number = changes.get(`${sid} ${version}`);
      if (number === undefined) return;
      versions.set(sid, [...(versions.get(sid) ?? []), { version, at: now(), number }]);
    },
    everywhere(number, beganAt) {
      if (beganAt < rewoundAt + rowsLostForMs(longestLagMs)) return;
      for (const fact of log) if (fact.number <= number) fact.everywhereAt ??= now();
    },
    rewound(read) {
      for (const fact of log.slice(read.to)) fact.isLost = true;
      log = log.slice(0, read.to);
      lineage += 1;
      [rewoundAt, rewoundTo] = [now(), Math.min(rewoundTo, read.to)];
      versions.clear();
      for (const [change, number] of changes) if (number > read.to) changes.delete(change);
    },
    stored(sid, record, number) {
      if (record === undefined) return;
      const changed = of("changed", sid).findLast((each) => !each.isLost && each.number <= number);
      const change = `${sid} ${record.data.version}`;
      if (changed !== undefined && !changes.has(change)) changes.set(change, changed.number);
      if (record.revokedAt !== null) return;
      const fact = of("session", sid).find((each) => !each.isLost && each.number <= number);
      if (fact !== undefined) broken("R4", `the store holds ${sid} as living, which ${fact.number} had ended`);
    },
    storeWall(ms) {
      highestStoreWall = Math.max(highestStoreWall, ms);
    },
    ruled(judge, credential, asked, ruling) {
      counts[ruling.verdict] += 1;
      if (ruling.verdict === "accepted") checkAccepted(judge, credential, asked, ruling.version);
      else if (ruling.verdict === "refused") checkRefused(judge, credential, asked, ruling.code);
    },
    checkView(judge) {
      const { applied, mark, horizon } = judge.view;
      if (applied === 0) return;
      const at = log[applied - 1];
      // A view of a log that was put back has nothing to do with this one.
      if (at === undefined || at.mark !== mark) return;
      for (const fact of log.slice(0, applied)) {
        if (fact.expires > horizon && !isKnown(judge.view, fact)) {
          broken("R1", `${judge.name} has applied ${applied} and lacks ${fact.number} (${fact.scope} ${fact.target})`);
        }
      }
    },
    broken,
  };
}

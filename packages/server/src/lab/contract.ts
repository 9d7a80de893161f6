// What the lab is made of: columns, conditions, rows, the report. Knows no scenario and starts nothing.

/** The systems that are compared, in the order of the table. */
export const columns = ["session", "session-feed", "jwt", "jwt-alone", "hybrid"] as const;

export type Column = (typeof columns)[number];

/** What each column stands for, in a few words. */
export const columnWords: Readonly<Record<Column, string>> = {
  session: "Session",
  "session-feed": "Session under the feed",
  jwt: "JWT with refresh",
  "jwt-alone": "JWT alone",
  hybrid: "Hybrid",
};

/** What each column is, for who reads its name for the first time. */
export const columnMeanings: Readonly<Record<Column, string>> = {
  session: "each service looks the session up at each request",
  "session-feed":
    "each service keeps the sessions that it looked up; the feed, a stream of revocations from the issuer, tells it which have ended",
  jwt: "short-lived tokens, renewed by a refresh token",
  "jwt-alone": "no refresh token and no record: when the token runs out, one signs in again",
  hybrid: "a session, and a token that stands in for it; the feed ends both",
};

/** What is compared, in the order of the table. */
export const aspects = [
  "state",
  "revocation",
  "scalability",
  "payload",
  "cross-domain",
  "theft",
  "csrf-fixation",
] as const;

export type Aspect = (typeof aspects)[number];

/** Under what the lab runs. */
export interface Conditions {
  /**
   * `sqlite`: services reach the store of sessions themselves, one database file. `memory`: the store is in the issuer's process, and services ask
   * it over HTTP.
   */
  readonly store: "sqlite" | "memory";
  /** Service processes. */
  readonly services: number;
  /** Claims that a credential carries beside its own, each of about 20 bytes. */
  readonly claims: number;
  /** How long each load lasts, in seconds. */
  readonly seconds: number;
  /** The longest life of access tokens, in seconds. Short, because the lab waits for them to run out. */
  readonly accessLifetime: number;
  readonly quick: boolean;
  /** Repeats the same choice of work. Credentials are random all the same. */
  readonly seed: number;
  readonly rows: readonly Aspect[];
}

/** A figure of one column. */
export interface Cell {
  /** In `unit`; null where there is none to measure, which wins nothing. */
  readonly value: number | null;
  readonly unit: string;
  /** The figure as people read it. */
  readonly text: string;
  /** What else was seen. */
  readonly detail: string;
}

export type Cells = Readonly<Record<Column, Cell>>;

/** Points for a plot. */
export interface Series {
  readonly title: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly lines: readonly { readonly column: Column; readonly name?: string; readonly points: readonly Point[] }[];
}

export interface Axis {
  readonly name: string;
  readonly scale: "linear" | "log";
}

export type Point = readonly [x: number, y: number];

/** By how much a figure must be better to win: by the larger of the two. */
export interface Margin {
  /** A part of the smaller figure, whichever is better: 0.1 for a tenth. */
  readonly relative: number;
  /** In the unit of the row. */
  readonly absolute: number;
}

/** Nobody wins: the figures are as good as each other, or scatter so much that they do not tell. */
export const undecided = ["tie", "noisy"] as const;

export type Undecided = (typeof undecided)[number];

/** The figures of the turns that all columns took one after another, in order: those of one turn belong together. */
export type Turns = Readonly<Record<Column, readonly number[]>>;

export interface Winners {
  /** The visitor's question: JWT (with refresh) or session. */
  readonly classic: "session" | "jwt" | Undecided;
  /** Of all columns: the one that beats every other by the margin. */
  readonly all: Column | Undecided;
  /** Those that nobody beats by the margin: one, or those that tie. None where nobody beats anybody, or where it is too noisy to say. */
  readonly leaders: readonly Column[];
}

/** A row before it is judged. */
export interface RowDraft {
  readonly aspect: Aspect;
  readonly title: string;
  /** What was measured, in one sentence. */
  readonly sentence: string;
  /** What has to be known to read the figures at all, in one sentence: it stands beside them. */
  readonly note?: string;
  /** What the figures do not show. */
  readonly limits: string;
  readonly cells: Cells;
  readonly series?: readonly Series[];
  /** Which figure is better. */
  readonly better: "less" | "more";
  readonly margin: Margin;
  /** Where there are any, columns are compared by these, and not by the figures of their cells. */
  readonly turns?: Turns;
}

export interface Row extends RowDraft {
  readonly winners: Winners;
}

/** How far a run has come. */
export interface RunProgress {
  /** Rows that are done. */
  readonly done: number;
  readonly of: number;
  readonly aspect: Aspect;
  readonly words: string;
}

/** What a run comes to. */
export interface Report {
  readonly format: 1;
  /** When it began, ISO 8601. */
  readonly date: string;
  /** The command that makes such a report. */
  readonly command: string;
  readonly tookSeconds: number;
  readonly machine: Machine;
  readonly versions: { readonly countersign: string; readonly node: string };
  readonly conditions: Conditions;
  readonly rows: readonly Row[];
}

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly os: string;
}

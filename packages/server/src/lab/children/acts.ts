// What the lab's processes can be asked to do: the types of both ends of the wire.

import type { Counts } from "../../processes/counted-store.ts";
import type { Column } from "../contract.ts";
import type { ServiceSetup, Setup } from "./setup.ts";

export interface IssuerActs {
  /** Starts the issuer of a column. `host`: as its visitors name it. */
  open: {
    input: Setup & { readonly folders: readonly string[]; readonly host: string };
    output: { readonly port: number; readonly issuer: string; readonly serviceKey: string };
  };
  addSubject: { input: { readonly column: Column; readonly email: string }; output: null };
  counts: { input: { readonly column: Column }; output: Counts };
  /** Rows of sessions. */
  rows: { input: { readonly column: Column }; output: number };
}

export interface ServiceActs {
  open: { input: ServiceSetup; output: { readonly port: number } };
  counts: { input: { readonly column: Column }; output: Counts };
}

/** One load: requests one after another on each of so many connections. */
export interface Load {
  readonly ports: readonly number[];
  /** The headers of each credential. */
  readonly credentials: readonly Readonly<Record<string, string>>[];
  readonly connections: number;
  /** Either for so long, once each connection has had its first request; or so many requests, the first of each connection among them. */
  readonly seconds?: number;
  readonly requests?: number;
  readonly seed: number;
}

export interface LoadOutcome {
  readonly requests: number;
  readonly seconds: number;
  readonly medianMs: number;
  readonly p99Ms: number;
  /** Answers by status; anything but 200 makes the figures worthless. */
  readonly statuses: Readonly<Record<string, number>>;
}

export interface LoadActs {
  run: { input: Load; output: LoadOutcome };
}

/** A store with more and more sessions. */
export interface FillActs {
  open: { input: Setup & { readonly seed: number }; output: null };
  /** Adds subjects that are signed in, up to so many. */
  grow: {
    input: { readonly to: number };
    output: { readonly sessions: number; readonly bytesPerSubject: number };
  };
  /**
   * Times one request's judgement: over so many credentials, no two alike, whatever the strategy. The first check of each is timed apart from
   * those that follow.
   */
  time: {
    input: { readonly judgements: number; readonly credentials: number };
    output: { readonly microseconds: number; readonly firstMicroseconds: number };
  };
}

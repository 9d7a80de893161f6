// The table of sections: what each measures, and the script that does. Runs none.

/** A part of the bench, measured in a process of its own so that none inherits another's heap. */
export interface Section {
  readonly name: string;
  readonly script: string;
  readonly title: string;
  /** The longest that it may take, in minutes: whatever hangs, the bench ends. */
  readonly minutes: number;
}

export const sections: readonly Section[] = [
  {
    name: "in-process",
    script: "in-process.ts",
    title: "authenticate, in process, over fresh strings",
    minutes: 20,
  },
  {
    name: "http",
    script: "http.ts",
    title: "share of throughput kept, over HTTP",
    minutes: 60,
  },
  {
    name: "revocation",
    script: "revocation.ts",
    title: "from an acknowledged revocation to 100 followers",
    minutes: 10,
  },
  {
    name: "cold-start",
    script: "cold-start.ts",
    title: "from nothing to a full view",
    minutes: 10,
  },
  { name: "memory", script: "memory.ts", title: "bytes per session and per revocation", minutes: 10 },
  { name: "sign-in", script: "sign-in.ts", title: "sign-ins against the bare hash", minutes: 10 },
  { name: "start-up", script: "start-up.ts", title: "from the command to the first answer", minutes: 5 },
];

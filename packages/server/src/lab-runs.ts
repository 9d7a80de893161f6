// The lab as the server runs it for its page: one run at a time, told to whoever listens, and the reader's last report. Measures nothing.

import type { Clock } from "@countersign/verifier";
import { resolveConditions } from "./lab/conditions.ts";
import { aspects, type Conditions, type Report, type RunProgress } from "./lab/contract.ts";
import { keepReport, readKeptReport } from "./lab/kept-report.ts";
import { readCommittedReport } from "./lab/report.ts";
import { type Log, scrub } from "./log.ts";

/** How far a run has come, and how long it has taken so far. */
export interface LabProgress extends RunProgress {
  readonly elapsedSeconds: number;
}

/** What a listener is told. */
export type LabEvent =
  | { readonly kind: "progress"; readonly data: LabProgress }
  | { readonly kind: "done"; readonly data: ReportSummary }
  | { readonly kind: "failed"; readonly data: { readonly message: string } }
  | { readonly kind: "stopped"; readonly data: Readonly<Record<string, never>> };

/** What there is to say of a report without its rows. */
export type ReportSummary = Pick<Report, "date"> & Pick<Conditions, "quick">;

/** What the lab is doing, as the page asks for it. */
export interface LabStatus {
  readonly running: boolean;
  /** How far the run has come that is under way. */
  readonly progress?: LabProgress;
  /** How the last run of this server ended. */
  readonly lastRun?: Exclude<LabEvent["kind"], "progress">;
  /** The reader's own report, if there is one. */
  readonly lastReport?: ReportSummary;
}

/** The report that is shown. */
export interface ShownReport {
  readonly report: Report;
  /** It was made here, on the reader's machine; otherwise it came with the package. */
  readonly isOwn: boolean;
}

export interface LabRuns {
  /** Whether the page may run the lab at all, whoever visits. */
  readonly isAllowed: boolean;
  status(): LabStatus;
  /** The reader's own report, where `own` says that the visitor may see it, else the committed one. Reads each file once. */
  shown(visitor: { readonly own: boolean }): ShownReport;
  /** Starts a run of every row and does not wait for it. `running`: one is under way; `closed`: the server is stopping. */
  start(how: Pick<Conditions, "quick">): "started" | "running" | "closed";
  /** Calls the run off, if there is one, and waits until its processes and files are gone. Answers whether there was one. */
  stop(): Promise<boolean>;
  /**
   * Tells each event from now on, and first how far the run has come that is under way. `onClose` is called once nothing more will come.
   * Answers how to stop it; `undefined`: too many listen already, or the server is stopping.
   */
  subscribe(listener: (event: LabEvent) => void, onClose: () => void): (() => void) | undefined;
  /** Stops the run and lets all listeners go. Repeating it is harmless. */
  close(): Promise<void>;
}

export interface LabRunsOptions {
  readonly isAllowed: boolean;
  /** Where the reader's report is kept. */
  readonly reportFile: string;
  readonly log: Log;
  readonly clock: Clock;
}

/** How many may listen at once. */
export const mostListeners = 16;

interface Run {
  readonly calledOff: AbortController;
  /** How far it has come now. */
  progress(): LabProgress;
  come: RunProgress;
  /** Never rejects. */
  ended: Promise<void>;
}

/** Makes it. Starts nothing and reads nothing yet. */
export function createLabRuns({ isAllowed, reportFile, log, clock }: LabRunsOptions): LabRuns {
  const listeners = createListeners();
  const own = createOwnReport(reportFile, log);
  let run: Run | undefined;
  let lastRun: LabStatus["lastRun"];
  let isClosed = false;

  async function runToItsEnd(current: Run, conditions: Conditions): Promise<void> {
    const event = await outcomeOf(conditions, current, listeners.tell, own.keep);
    if (event.kind === "failed") log.error({ reason: event.data.message }, "the lab failed");
    run = undefined;
    lastRun = event.kind;
    listeners.tell(event);
  }
  const stop = async () => {
    const current = run;
    current?.calledOff.abort(new Error("The run was stopped."));
    await current?.ended;
    return current !== undefined;
  };

  return {
    ...{ isAllowed, stop },
    status: () => statusOf(run, lastRun, own.find()),
    shown(visitor) {
      const report = visitor.own ? own.find() : undefined;
      return report === undefined ? { report: committedReport(), isOwn: false } : { report, isOwn: true };
    },
    start({ quick }) {
      if (isClosed) return "closed";
      if (run !== undefined) return "running";
      const conditions = resolveConditions({ quick });
      const come = { done: 0, of: conditions.rows.length, aspect: aspects[0], words: "starting processes" };
      run = createRun(come, clock);
      run.ended = runToItsEnd(run, conditions);
      return "started";
    },
    subscribe(listener, onClose) {
      const leave = isClosed ? undefined : listeners.add(listener, onClose);
      if (leave !== undefined && run !== undefined) listener({ kind: "progress", data: run.progress() });
      return leave;
    },
    async close() {
      isClosed = true;
      await stop();
      listeners.close();
    },
  };
}

function createRun(come: RunProgress, clock: Clock): Run {
  const beganAt = clock.monotonic();
  const run: Run = {
    ...{ calledOff: new AbortController(), come, ended: Promise.resolve() },
    progress: () => ({ ...run.come, elapsedSeconds: Math.floor((clock.monotonic() - beganAt) / 1000) }),
  };
  return run;
}

function statusOf(run: Run | undefined, lastRun: LabStatus["lastRun"], report: Report | undefined): LabStatus {
  return {
    running: run !== undefined,
    ...(run === undefined ? {} : { progress: run.progress() }),
    ...(lastRun === undefined ? {} : { lastRun }),
    ...(report === undefined ? {} : { lastReport: summaryOf(report) }),
  };
}

type Listener = (event: LabEvent) => void;

interface Listeners {
  tell(event: LabEvent): void;
  /** Answers how to leave; `undefined`: there are too many. */
  add(listener: Listener, onClose: () => void): (() => void) | undefined;
  close(): void;
}

function createListeners(): Listeners {
  const listeners = new Map<Listener, () => void>();
  return {
    tell(event) {
      for (const listener of [...listeners.keys()]) listener(event);
    },
    add(listener, onClose) {
      if (listeners.size >= mostListeners) return undefined;
      listeners.set(listener, onClose);
      return () => void listeners.delete(listener);
    },
    close() {
      for (const onClose of [...listeners.values()]) onClose();
      listeners.clear();
    },
  };
}

interface OwnReport {
  /** Reads the file once. */
  find(): Report | undefined;
  keep(report: Report): void;
}

function createOwnReport(file: string, log: Log): OwnReport {
  let own: Report | undefined;
  let isRead = false;
  return {
    find() {
      if (!isRead) own = readKeptReport(file, log);
      isRead = true;
      return own;
    },
    keep(report) {
      own = report;
      isRead = true;
      keepReport(file, report, log);
    },
  };
}

let committed: Report | undefined;

function committedReport(): Report {
  committed ??= readCommittedReport();
  return committed;
}

async function outcomeOf(
  conditions: Conditions,
  run: Run,
  tell: (event: LabEvent) => void,
  onReport: (report: Report) => void,
): Promise<LabEvent & { readonly kind: Exclude<LabEvent["kind"], "progress"> }> {
  try {
    // Only who runs the lab loads it: a server starts without.
    const { startLab } = await import("./lab/run.ts");
    const report = await startLab(
      conditions,
      (progress) => {
        run.come = progress;
        tell({ kind: "progress", data: run.progress() });
      },
      run.calledOff.signal,
    );
    onReport(report);
    return { kind: "done", data: summaryOf(report) };
  } catch (error) {
    if (run.calledOff.signal.aborted) return { kind: "stopped", data: {} };
    return { kind: "failed", data: { message: error instanceof Error ? scrub(error.message) : "unknown fault" } };
  }
}

function summaryOf({ date, conditions }: Report): ReportSummary {
  return { date, quick: conditions.quick };
}

// The lab as the server runs it for its page: one run at a time, told to whoever listens, and the reader's last report. Measures nothing.

import type { Conditions, Report, RunProgress } from "./lab/contract.ts";
import { keepReport, readKeptReport } from "./lab/kept-report.ts";
import { readCommittedReport } from "./lab/report.ts";
import { type Log, scrub } from "./log.ts";

/** What a listener is told. */
export type LabEvent =
  | { readonly kind: "progress"; readonly data: RunProgress }
  | { readonly kind: "done"; readonly data: ReportSummary }
  | { readonly kind: "failed"; readonly data: { readonly message: string } }
  | { readonly kind: "stopped"; readonly data: Readonly<Record<string, never>> };

/** What there is to say of a report without its rows. */
export type ReportSummary = Pick<Report, "date"> & Pick<Conditions, "quick" | "rows">;

/** What the lab is doing, as the page asks for it. */
export interface LabStatus {
  readonly running: boolean;
  /** How far the run has come that is under way. */
  readonly progress?: RunProgress;
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
  /** The reader's own report, else the committed one. Reads each file once. */
  shown(): ShownReport;
  /** Starts a run and does not wait for it. `running`: one is under way; `closed`: the server is stopping. */
  start(conditions: Conditions): "started" | "running" | "closed";
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
}

/** How many may listen at once. */
export const mostListeners = 16;

interface Run {
  readonly calledOff: AbortController;
  progress: RunProgress;
  /** Never rejects. */
  ended: Promise<void>;
}

/** Makes it. Starts nothing and reads nothing yet. */
export function createLabRuns({ isAllowed, reportFile, log }: LabRunsOptions): LabRuns {
  const listeners = new Map<(event: LabEvent) => void, () => void>();
  let run: Run | undefined;
  let lastRun: LabStatus["lastRun"];
  let isClosed = false;
  let own: Report | undefined;
  let isOwnRead = false;

  function tell(event: LabEvent): void {
    for (const listener of [...listeners.keys()]) listener(event);
  }
  function ownReport(): Report | undefined {
    if (!isOwnRead) own = readKeptReport(reportFile, log);
    isOwnRead = true;
    return own;
  }
  async function runToItsEnd(current: Run, conditions: Conditions): Promise<void> {
    const event = await outcomeOf(conditions, current, tell, (report) => {
      own = report;
      isOwnRead = true;
      keepReport(reportFile, report, log);
    });
    if (event.kind === "failed") log.error({ reason: event.data.message }, "the lab failed");
    run = undefined;
    lastRun = event.kind;
    tell(event);
  }
  const stop = async () => {
    const current = run;
    current?.calledOff.abort(new Error("The run was stopped."));
    await current?.ended;
    return current !== undefined;
  };

  return {
    isAllowed,
    status() {
      const report = ownReport();
      return {
        running: run !== undefined,
        ...(run === undefined ? {} : { progress: run.progress }),
        ...(lastRun === undefined ? {} : { lastRun }),
        ...(report === undefined ? {} : { lastReport: summaryOf(report) }),
      };
    },
    shown() {
      const report = ownReport();
      return report === undefined ? { report: committedReport(), isOwn: false } : { report, isOwn: true };
    },
    start(conditions) {
      if (isClosed) return "closed";
      if (run !== undefined) return "running";
      const [aspect = "state"] = conditions.rows;
      const progress = { done: 0, of: conditions.rows.length, aspect, words: "starting processes" };
      run = { calledOff: new AbortController(), progress, ended: Promise.resolve() };
      run.ended = runToItsEnd(run, conditions);
      return "started";
    },
    stop,
    subscribe(listener, onClose) {
      if (isClosed || listeners.size >= mostListeners) return undefined;
      listeners.set(listener, onClose);
      if (run !== undefined) listener({ kind: "progress", data: run.progress });
      return () => void listeners.delete(listener);
    },
    async close() {
      isClosed = true;
      await stop();
      for (const onClose of [...listeners.values()]) onClose();
      listeners.clear();
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
        run.progress = progress;
        tell({ kind: "progress", data: progress });
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
  return { date, quick: conditions.quick, rows: conditions.rows };
}

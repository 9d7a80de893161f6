// The panel that runs the lab, made alive: progress as it comes, and the new table when it is done. Knows nothing of what is measured.

import { systemClock } from "@countersign/verifier";
import type { LabProgress } from "../lab-runs.ts";
import { doneWords, elapsedWords, endWords, progressWords } from "../web/front/lab-words.ts";

/** The elements that the server rendered. */
interface Panel {
  readonly root: HTMLElement;
  readonly start: HTMLFormElement;
  readonly running: HTMLElement;
  readonly stop: HTMLFormElement;
  readonly progress: HTMLProgressElement;
  readonly now: HTMLElement;
  readonly elapsed: HTMLElement;
  readonly said: HTMLElement;
  readonly eventsAddress: string;
  readonly statusAddress: string;
}

/** Makes the panel alive where the page has one. */
export function mountLab(): void {
  const panel = findPanel();
  if (panel === undefined) return;
  let events: EventSource | undefined;
  const ticking = createTicking(panel.elapsed);

  const follow = () => {
    events ??= listen(panel, ticking, (words) => {
      events?.close();
      events = undefined;
      ticking.stop();
      setRunning(panel, false);
      panel.said.textContent = words;
    });
  };
  sendByScript(panel.start, panel, () => {
    panel.said.textContent = "The lab is running.";
    ticking.startFrom(0);
    setRunning(panel, true);
    panel.stop.querySelector("button")?.focus();
    follow();
  });
  sendByScript(panel.stop, panel, () => undefined);
  if (!panel.running.hidden) follow();
}

function findPanel(): Panel | undefined {
  const root = document.getElementById("lab-panel");
  const start = root?.querySelector<HTMLFormElement>(".lab-start");
  const running = root?.querySelector<HTMLElement>(".lab-running");
  const stop = root?.querySelector<HTMLFormElement>(".lab-stop");
  const progress = root?.querySelector<HTMLProgressElement>(".lab-progress");
  const now = root?.querySelector<HTMLElement>(".lab-now");
  const elapsed = root?.querySelector<HTMLElement>(".lab-elapsed");
  const said = root?.querySelector<HTMLElement>(".lab-said");
  const { events: eventsAddress, status: statusAddress } = root?.dataset ?? {};
  if (!root || !start || !running || !stop || !progress || !now || !elapsed || !said) return undefined;
  if (eventsAddress === undefined || statusAddress === undefined) return undefined;
  return { root, start, running, stop, progress, now, elapsed, said, eventsAddress, statusAddress };
}

/** Sends a form without leaving the page. What is refused is said in the panel. */
function sendByScript(form: HTMLFormElement, panel: Panel, onAccepted: () => void): void {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const fields = new FormData(form, event.submitter);
    const body = new URLSearchParams([...fields].map(([name, value]) => [name, String(value)]));
    void post(form.action, body).then((refusal) => {
      if (refusal === undefined) onAccepted();
      else panel.said.textContent = refusal;
    });
  });
}

async function post(address: string, body: URLSearchParams): Promise<string | undefined> {
  try {
    const response = await fetch(address, { method: "POST", body, headers: { accept: "application/json" } });
    if (response.ok) return undefined;
    const problem: unknown = await response.json();
    const detail: unknown =
      typeof problem === "object" && problem !== null ? Reflect.get(problem, "detail") : undefined;
    return typeof detail === "string" ? detail : "The server did not do that.";
  } catch {
    return "The server cannot be reached.";
  }
}

/** Follows the run; `onEnd` is told how it ended, in words. A run that is done shows its figures by loading the page again. */
function listen(panel: Panel, ticking: Ticking, onEnd: (words: string) => void): EventSource {
  const events = new EventSource(panel.eventsAddress);
  events.addEventListener("progress", ({ data }) => {
    const come: LabProgress = JSON.parse(data);
    showProgress(panel, come);
    ticking.startFrom(come.elapsedSeconds);
  });
  events.addEventListener("done", () => location.reload());
  events.addEventListener("failed", () => onEnd(endWords.failed));
  events.addEventListener("stopped", () => onEnd(endWords.stopped));
  // After a break the run may be over, and its end was told to nobody.
  events.addEventListener(
    "open",
    () =>
      void askStatus(panel).then((end) => {
        if (end === "done") location.reload();
        else if (end !== undefined) onEnd(endWords[end]);
      }),
  );
  return events;
}

/** The time that a run has taken, which goes on between what the server tells. */
interface Ticking {
  startFrom(seconds: number): void;
  stop(): void;
}

function createTicking(elapsed: HTMLElement): Ticking {
  let beganAt: number | undefined;
  let isShowing = false;
  const show = () => {
    if (beganAt === undefined) return;
    elapsed.textContent = elapsedWords(Math.floor((systemClock.monotonic() - beganAt) / 1000));
  };
  const keepShowing = async () => {
    isShowing = true;
    for (; beganAt !== undefined; show()) await systemClock.sleep(1000);
    isShowing = false;
  };
  return {
    startFrom(seconds) {
      beganAt = systemClock.monotonic() - seconds * 1000;
      show();
      if (!isShowing) void keepShowing();
    },
    stop() {
      beganAt = undefined;
    },
  };
}

type End = keyof typeof endWords;

/** How the last run ended; `undefined` while one is under way, or when the server does not say. */
async function askStatus({ statusAddress }: Panel): Promise<End | undefined> {
  try {
    const response = await fetch(statusAddress, { headers: { accept: "application/json" } });
    const status: { running?: boolean; lastRun?: End } = response.ok ? await response.json() : { running: true };
    return status.running === true ? undefined : (status.lastRun ?? "stopped");
  } catch {
    return undefined;
  }
}

function showProgress({ progress, now, said }: Panel, come: LabProgress): void {
  // Only whole rows are announced: what is under way changes too often to be listened to.
  if (progress.value !== come.done) said.textContent = doneWords(come);
  progress.max = come.of;
  progress.value = come.done;
  now.textContent = progressWords(come);
}

function setRunning({ start, running }: Panel, isRunning: boolean): void {
  start.hidden = isRunning;
  running.hidden = !isRunning;
}

// The line at the top: revokes a session of the demonstration from time to time, not while the lab runs, and says how long that took. Knows nothing of how.

import { systemClock } from "@countersign/verifier";
import { durationText } from "../demonstration/words.ts";
import { postJson } from "./ask-server.ts";

/** Between two pulses; and how many at most, lest a forgotten page keeps processes at work. */
const everyMs = 10_000;
const most = 60;

/** Makes the line alive where the page has one and this server may measure. */
export function mountLiveLine(): void {
  const line = document.getElementById("live-line");
  const address = line?.dataset.at;
  if (line === null || address === undefined) return;
  void keepMeasuring(line, address);
}

async function keepMeasuring(line: HTMLElement, address: string): Promise<void> {
  for (let pulses = 0; pulses < most; ) {
    if (document.visibilityState === "visible" && !isLabRunning()) {
      pulses += 1;
      const { status, body } = await postJson(address, {});
      if (status === 200) show(line, body);
    }
    await systemClock.sleep(everyMs);
  }
}

// A run started on this page; of one that was started elsewhere, the server knows.
function isLabRunning(): boolean {
  return document.querySelector<HTMLElement>("#lab-panel .lab-running")?.hidden === false;
}

function show(line: HTMLElement, pulse: unknown): void {
  if (typeof pulse !== "object" || pulse === null || !("ms" in pulse) || !("services" in pulse)) return;
  const { ms, services } = pulse;
  if (typeof ms !== "number" || typeof services !== "number") return;
  write(line, ".live-line-time", durationText(ms * 1000));
  write(line, ".live-line-services", String(services));
  write(line, ".live-line-where", "measured on this machine just now");
  line.classList.add("live-line-fresh");
}

function write(line: HTMLElement, selector: string, words: string): void {
  const place = line.querySelector(selector);
  if (place !== null) place.textContent = words;
}

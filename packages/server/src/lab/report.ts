// The report that comes with the package, made by a full run. Makes none.

import { readFileSync } from "node:fs";
import type { Report } from "./contract.ts";

/** The committed report: what is shown until somebody runs their own. Reads one file. */
export function readCommittedReport(): Report {
  // A test compares its shape with that of a report that is made.
  return JSON.parse(readFileSync(new URL("./report/report.json", import.meta.url), "utf8"));
}

// What the machine and the program are: for the report. Measures nothing.

import { cpus, release, totalmem, type } from "node:os";
import { readVersion } from "../version.ts";
import type { Machine, Report } from "./contract.ts";

export function describeMachine(): Machine {
  const all = cpus();
  return {
    cpu: all[0]?.model.trim() || "unknown",
    cores: all.length,
    memoryBytes: totalmem(),
    os: `${type()} ${release()}`,
  };
}

export function describeVersions(): Report["versions"] {
  return { countersign: readVersion(), node: process.versions.node };
}

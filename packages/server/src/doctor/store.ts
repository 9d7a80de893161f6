// Judges the database file: whole, of this program's step, with room to grow. Pure.

import type { SqliteInspection } from "countersign/sqlite";
import { type Finding, findingsAbout } from "./finding.ts";

const about = findingsAbout("store");

/** What is known of the database beside what a look into it finds. */
export interface StoreSurroundings {
  /** The size of the write-ahead log, in bytes. */
  readonly walBytes: number;
  /** Room on its disk, in bytes; `undefined` where it cannot be told. */
  readonly freeBytes: number | undefined;
}

const mebi = 1_048_576;
/** The log is cut back to 64 MB after each checkpoint: twice that, and none has come to its end for long. */
const largeWal = 128 * mebi;

/** What there is to say of it. */
export function judgeStore(seen: SqliteInspection, { walBytes, freeBytes }: StoreSurroundings): Finding[] {
  const found = [
    ...judgeWholeness(seen),
    ...judgeSchema(seen),
    ...(walBytes > largeWal
      ? [
          about.warn(
            `The write-ahead log has grown to ${size(walBytes)}: something holds an old view of the database open.`,
            "End what else reads the database (a backup, a shell), or restart the server.",
          ),
        ]
      : []),
    ...judgeRoom(freeBytes),
  ];
  if (found.length > 0) return found;
  const room = freeBytes === undefined ? "" : `, ${size(freeBytes)} free on its disk`;
  const sizes = `${size(seen.bytes)}, write-ahead log ${size(walBytes)}${room}`;
  return [about.ok(`The database is whole (quick check) and at step ${seen.schemaVersion}: ${sizes}.`)];
}

function judgeWholeness({ faults, journalMode, schemaVersion }: SqliteInspection): Finding[] {
  if (faults.length > 0) {
    const more = faults.length === 1 ? "" : ` and ${faults.length - 1} more`;
    return [about.error(`The database is damaged: ${faults[0]}${more}.`, "Stop the server, and restore a backup.")];
  }
  if (schemaVersion > 0 && journalMode !== "wal") {
    return [
      about.error(
        `The database is in the journal mode ${journalMode}, and readers would wait for writers.`,
        "Start the server on a local disk: it sets the write-ahead log.",
      ),
    ];
  }
  return [];
}

function judgeSchema({ faults, schemaVersion, knownVersion }: SqliteInspection): Finding[] {
  if (faults.length > 0 || schemaVersion === knownVersion) return [];
  if (schemaVersion === 0) {
    return [about.error("The database holds none of our tables.", "Name the right data folder: --data FOLDER")];
  }
  if (schemaVersion > knownVersion) {
    return [
      about.error(
        `The database is at step ${schemaVersion}, and this program knows ${knownVersion}.`,
        "Run the newer program, or restore the backup made before it.",
      ),
    ];
  }
  return [
    about.warn(
      `The database is at step ${schemaVersion}, and this program brings it to ${knownVersion}: keys, feed and followers were not looked at.`,
      "Make a backup, and start the server once.",
    ),
  ];
}

function judgeRoom(freeBytes: number | undefined): Finding[] {
  if (freeBytes === undefined || freeBytes >= 1024 * mebi) return [];
  const finding = `Only ${size(freeBytes)} are free on the disk of the database.`;
  const remedy = "Make room: a full disk stops every sign-in and every revocation.";
  return [freeBytes < 100 * mebi ? about.error(finding, remedy) : about.warn(finding, remedy)];
}

function size(bytes: number): string {
  return bytes < 1024 * mebi ? `${(bytes / mebi).toFixed(1)} MB` : `${(bytes / (1024 * mebi)).toFixed(1)} GB`;
}

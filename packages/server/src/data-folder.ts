// The data folder: what lies where, who may read it, and the generated server secret. Opens no database.

import { randomBytes } from "node:crypto";
import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { misuse } from "./operator-error.ts";

/** The places in a data folder. */
export interface DataFolder {
  readonly path: string;
  readonly database: string;
  readonly mails: string;
  readonly secretFile: string;
  /** Where the server that ran last notes its issuer, for commands that are told of none. */
  readonly issuerFile: string;
  /** The report of the lab that the page ran last. */
  readonly labReport: string;
}

/** The places in the folder at `path`; touches nothing. */
export function dataFolder(path: string): DataFolder {
  return {
    path,
    database: join(path, "countersign.db"),
    mails: join(path, "mails"),
    secretFile: join(path, "secret"),
    issuerFile: join(path, "issuer"),
    labReport: join(path, "lab-report.json"),
  };
}

/**
 * Makes the folder, for its owner only, where there is none, and the folders above it. Throws `OperatorError` when that is not possible, or
 * when nothing can be written there.
 */
export function makeDataFolder(folder: DataFolder): void {
  try {
    // One by one: asked for all of them, Node.js goes on for ever where a file system takes none (`/proc`).
    for (const path of missingFolders(folder.path)) makeFolder(path);
    accessSync(folder.path, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw misuse(
      `The data folder ${folder.path} cannot be ${existsSync(folder.path) ? "used" : "made"} (${codeOf(error)}). Name another with --data or COUNTERSIGN_DATA.`,
    );
  }
}

/** The folder and those above it that are not there, the outermost first. Throws where a file stands in the way. */
function missingFolders(path: string): string[] {
  const missing: string[] = [];
  for (let at = path; !isFolder(at); at = dirname(at)) missing.unshift(at);
  return missing;
}

function isFolder(path: string): boolean {
  try {
    const isOne = statSync(path).isDirectory();
    if (!isOne) throw Object.assign(new Error("A file stands where a folder is needed."), { code: "ENOTDIR" });
    return true;
  } catch (error) {
    if (codeOf(error) === "ENOENT") return false;
    throw error;
  }
}

function makeFolder(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    // Another process that starts at once was faster.
    if (codeOf(error) !== "EEXIST") throw error;
  }
}

/** A place in a data folder that other users of this machine could open. */
export interface Exposed {
  readonly path: string;
  /** As it was found: `0644`. */
  readonly mode: string;
  /** Whether it was narrowed to its owner; otherwise it is as it was. */
  readonly isNarrowed: boolean;
}

/**
 * Narrows what other users of this machine could open to its owner: the folder and its mails, the secret, the database and the files that
 * SQLite keeps beside it. Answers what it found so. What does not belong to `owner` (a user's number; absent on Windows, where modes say
 * nothing) is left alone, and so is a folder that is everybody's on purpose, like `/tmp`. To be called before the database is opened:
 * SQLite gives new files beside it the mode of the database.
 */
export function narrowDataFolder(folder: DataFolder, owner: number | undefined = process.geteuid?.()): Exposed[] {
  if (owner === undefined) return [];
  const { path, secretFile, database, mails } = folder;
  return [path, secretFile, database, `${database}-wal`, `${database}-shm`, mails].flatMap((place) => {
    const mode = exposedMode(place);
    if (mode === undefined) return [];
    return [{ path: place, mode: modeText(mode), isNarrowed: narrow(place, owner) }];
  });
}

/** The mode of a place that others can open; `undefined` where they cannot, or where nothing is to be seen. */
function exposedMode(path: string): number | undefined {
  try {
    const { mode } = statSync(path);
    return (mode & 0o077) === 0 ? undefined : mode & 0o7777;
  } catch {
    // Not there, or not ours to look at: whoever opens it is told why.
    return undefined;
  }
}

function narrow(path: string, owner: number): boolean {
  try {
    const found = statSync(path);
    const isEverybodys = found.isDirectory() && (found.mode & sticky) !== 0;
    if (found.uid !== owner || isEverybodys) return false;
    chmodSync(path, found.mode & (found.isDirectory() ? 0o700 : 0o600));
  } catch {
    return false;
  }
  // Some file systems take every change of mode and make none.
  return exposedMode(path) === undefined;
}

/** In such a folder everybody may make files, and nobody remove another's. */
const sticky = 0o1000;

function modeText(mode: number): string {
  return mode.toString(8).padStart(4, "0");
}

/** Whether there is a database in the folder. Throws `OperatorError` when the folder cannot be looked into. */
export function hasDatabase(folder: DataFolder): boolean {
  try {
    return statSync(folder.database).isFile();
  } catch (error) {
    const code = codeOf(error);
    if (code === "ENOENT" || code === "ENOTDIR") return false;
    throw misuse(
      `The data folder ${folder.path} cannot be read (${code}). Run the command as the user that the server runs as.`,
    );
  }
}

/**
 * The secrets of the file `secret`, a line each; the file is made with a random one (256 bits) where there is none, readable by its owner
 * only. Of two processes that start together, one makes it and both read it. Throws `OperatorError` when others
 * can read the file, or when it holds no good secret.
 */
export function readSecrets(folder: DataFolder): string[] {
  const { secretFile } = folder;
  if (!existsSync(secretFile)) makeSecret(folder);
  requirePrivate(secretFile);
  const secrets = readText(secretFile)
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
  if (secrets.length === 0 || secrets.some((secret) => secret.length < 32)) {
    throw misuse(
      `${secretFile} must hold one secret a line, each of at least 32 characters. Restore it from a backup.`,
    );
  }
  return secrets;
}

// Written whole under another name first, then linked: nobody ever reads half a secret, and the first one stays.
function makeSecret({ secretFile }: DataFolder): void {
  const draft = `${secretFile}.${randomBytes(6).toString("hex")}`;
  try {
    writeFileSync(draft, `${randomBytes(32).toString("base64url")}\n`, { mode: 0o600, flag: "wx", flush: true });
    linkSync(draft, secretFile);
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw misuse(`${secretFile} cannot be written (${codeOf(error)}).`);
  } finally {
    rmSync(draft, { force: true });
  }
}

function requirePrivate(path: string): void {
  // Windows has no such modes; there the folder's own access list counts.
  const mode = process.platform === "win32" ? undefined : exposedMode(path);
  if (mode === undefined) return;
  throw misuse(
    `${path} can be read by other users of this machine (mode ${modeText(mode)}). Run: chmod 600 ${path}\n${secretRemedy}`,
  );
}

/** What to do about a secret that others could read. */
export const secretRemedy =
  "If somebody may have read it, put a new line with a new secret in front, and remove the old line later.";

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw misuse(`${path} cannot be read (${codeOf(error)}).`);
  }
}

/** Notes the issuer of the server that runs on this folder. */
export function noteIssuer({ issuerFile }: DataFolder, issuer: string): void {
  writeFileSync(issuerFile, `${issuer}\n`, { mode: 0o600 });
}

/** The issuer that was noted last, if any. */
export function notedIssuer({ issuerFile }: DataFolder): string | undefined {
  const text = existsSync(issuerFile) ? readText(issuerFile).trim() : "";
  return /^https?:\/\/\S{1,200}$/.test(text) && URL.canParse(text) ? text : undefined;
}

/** Makes a folder inside the data folder, for its owner only. */
export function makePrivateFolder(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  chmodSync(path, 0o700);
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "unknown fault";
}

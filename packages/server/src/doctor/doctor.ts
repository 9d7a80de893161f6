// Examines a server from its data folder and its public URL: asks what there is to ask, and hands it to the judges. Words and prints nothing.

import { readFileSync, statfsSync, statSync } from "node:fs";
import { type Clock, ConfigurationError, Unavailable } from "@countersign/verifier";
import { createAuth } from "countersign";
import { inspectSqlite, type SqliteInspection } from "countersign/sqlite";
import type { Store } from "countersign/store";
import { type Composed, compose } from "../compose.ts";
import { type Config, issuerOptionsOf } from "../config.ts";
import {
  type DataFolder,
  dataFolder,
  hasDatabase,
  narrowDataFolder,
  notedIssuer,
  readSecrets,
} from "../data-folder.ts";
import { OperatorError } from "../operator-error.ts";
import { judgeClock } from "./clock.ts";
import { judgeConfiguration } from "./configuration.ts";
import { judgeLog } from "./feed.ts";
import { type Finding, findingsAbout } from "./finding.ts";
import { judgeFollowers } from "./followers.ts";
import { judgeKeys } from "./keys.ts";
import { createProbes } from "./probe.ts";
import { judgeReached, type Reached, reach } from "./reachability.ts";
import { judgeSecrets } from "./secrets.ts";
import { judgeStore } from "./store.ts";

/** What the doctor is given beside the configuration. */
export interface Patient {
  readonly clock: Clock;
  /** The configuration file, where one was read. */
  readonly configFile?: string | undefined;
  /** How the issuer is asked. Default: the runtime's `fetch`. */
  readonly fetch?: typeof globalThis.fetch;
}

/**
 * Every finding, in the order of their subjects. Narrows the modes of the data folder, as every command does; changes nothing else. Takes one
 * pass over the database, and where somebody follows the feed as long as their lag (60 s at most).
 */
export async function examine(config: Config, patient: Patient): Promise<readonly Finding[]> {
  const folder = dataFolder(config.data);
  const issuer = config.issuer ?? notedIssuer(folder) ?? `http://localhost:${config.port}`;
  const setUp = judgeConfiguration(config, issuer);
  if (!hasDatabase(folder)) return [...setUp, noDatabase(folder)];
  const secrets = askSecrets(config, folder, patient.configFile);
  const store = await askStore(folder, patient.clock);
  const isReadable = secrets.secrets !== undefined && store.isReadable;
  const inside = isReadable ? await examineInside(config, issuer, patient.clock) : undefined;
  const reached = secrets.secrets && (await askIssuer(issuer, secrets.secrets, patient));
  return [
    ...setUp,
    ...secrets.findings,
    ...store.findings,
    ...(inside?.findings ?? []),
    ...(reached === undefined ? [] : judgeReached(reached, issuer)),
    ...judgeClock({
      now: patient.clock.now(),
      issuer: reached && issuerTime(reached),
      newestRecord: inside?.newestRecord,
    }),
  ];
}

function noDatabase({ path }: DataFolder): Finding {
  const about = findingsAbout("store");
  return about.error(`There is no database in ${path}.`, "Start the server once, or name the folder: --data FOLDER");
}

function askSecrets(config: Config, folder: DataFolder, configFile: string | undefined) {
  const exposed = narrowDataFolder(folder);
  let secrets: readonly string[] | undefined = config.secrets;
  let fault: string | undefined;
  try {
    // What is missing must not be made here: it would open nothing.
    if (secrets === undefined && statSync(folder.secretFile).isFile()) secrets = readSecrets(folder);
  } catch (error) {
    fault =
      error instanceof OperatorError
        ? error.message
        : `${folder.secretFile} is missing, and the database was made with it.`;
  }
  return { secrets, findings: judgeSecrets({ exposed, readableConfig: readableConfig(configFile), fault }) };
}

function readableConfig(path: string | undefined) {
  if (path === undefined || process.platform === "win32") return undefined;
  const mode = statSync(path).mode & 0o7777;
  const holdsSecrets = /"secrets"|"smtp"/.test(readFileSync(path, "utf8"));
  return (mode & 0o044) !== 0 && holdsSecrets ? { path, mode: mode.toString(8).padStart(4, "0") } : undefined;
}

async function askStore(
  folder: DataFolder,
  clock: Clock,
): Promise<{ isReadable: boolean; findings: readonly Finding[] }> {
  try {
    const seen = await inspectSqlite(folder.database);
    const findings = judgeStore(seen, {
      walBytes: sizeOf(`${folder.database}-wal`),
      freeBytes: freeBytes(folder.path),
    });
    const log = seen.log === undefined ? [] : judgeLog(seen.log, clock.now());
    return { isReadable: isReadable(seen), findings: [...findings, ...log] };
  } catch (error) {
    const about = findingsAbout("store");
    return {
      isReadable: false,
      findings: [about.error(`The database cannot be looked into: ${whyNot(error)}.`, restore)],
    };
  }
}

const restore = "Look at who may read the folder and what runs on it; a damaged database is restored from a backup.";

function isReadable({ faults, schemaVersion, knownVersion }: SqliteInspection): boolean {
  return faults.length === 0 && schemaVersion === knownVersion;
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

function freeBytes(path: string): number | undefined {
  try {
    const { bavail, bsize } = statfsSync(path);
    return bavail * bsize;
  } catch {
    // Not every system tells.
    return undefined;
  }
}

/** What the store says of keys and followers, and the newest time in it. */
async function examineInside(config: Config, issuer: string, clock: Clock) {
  const about = findingsAbout("store");
  let parts: Composed;
  try {
    parts = await compose(config, { issuer, clock });
  } catch (error) {
    return {
      findings: [about.error(`The database cannot be opened: ${whyNot(error)}.`, restore)],
      newestRecord: undefined,
    };
  }
  try {
    const keys = await parts.auth.keys.list();
    const { rotateAfterSeconds } = parts.auth.options.keys;
    const rules = { rotateAfterSeconds, algorithm: parts.auth.options.jwt.algorithm };
    const [newest] = await parts.store.audit.list({ limit: 1 });
    const times = [...keys.map(({ createdAt }) => createdAt), ...(newest === undefined ? [] : [newest.at])];
    const fault = keys.length === 0 ? undefined : await whyKeysStayShut(parts);
    return {
      findings: [...judgeKeys(keys, rules, clock.now(), fault), ...judgeFollowers(await lookTwice(parts))],
      newestRecord: times.length === 0 ? undefined : Math.max(...times),
    };
  } finally {
    await parts.close();
  }
}

// As the server does when it starts, over a store that takes no change.
async function whyKeysStayShut({ config, auth, store, folder, clock }: Composed): Promise<string | undefined> {
  const keys = { ...store.keys, change: async () => true };
  const log = { ...store.log, registerAccessLifetime: async () => undefined };
  const unchanging: Store = { ...store, keys, log };
  const secrets = config.secrets ?? readSecrets(folder);
  const options = issuerOptionsOf(config, auth.options.issuer, secrets);
  const trial = createAuth({ ...options, store: unchanging, clock, upkeep: false });
  try {
    await trial.start();
    return undefined;
  } catch (error) {
    if (error instanceof ConfigurationError) return `The signing key cannot be opened: ${error.message}.`;
    throw error;
  } finally {
    trial.close();
  }
}

async function lookTwice({ store, clock }: Composed) {
  const before = await store.issuers.list();
  const { number: head } = await store.log.head();
  // In this time every process that lives renews its row, and every follower that lives acknowledges.
  const pauseMs = Math.max(
    0,
    ...before.filter(({ followers }) => followers.length > 0).map(({ longestLagMs }) => longestLagMs),
  );
  if (pauseMs > 0) await clock.sleep(pauseMs);
  return { before, after: pauseMs > 0 ? await store.issuers.list() : before, head };
}

function askIssuer(issuer: string, secrets: readonly string[], { clock, fetch }: Patient): Promise<Reached> {
  return reach(
    issuer,
    createProbes(secrets, () => clock.now()),
    clock,
    fetch,
  );
}

function issuerTime(reached: Reached): { at: number; accuracyMs: number } | undefined {
  if (reached.kind === "nobody") return undefined;
  if (reached.kind === "server") return { at: reached.seen.time, accuracyMs: reached.ms };
  // A `Date` header counts whole seconds.
  return reached.date === undefined ? undefined : { at: reached.date, accuracyMs: 1000 };
}

function whyNot(error: unknown): string {
  if (error instanceof OperatorError || error instanceof ConfigurationError || error instanceof Unavailable) {
    return error.message.replace(/\.?\s*$/, "");
  }
  throw error;
}

/** Whether anything has to be mended. */
export function hasErrors(findings: readonly Finding[]): boolean {
  return findings.some(({ level }) => level === "error");
}

// Puts the server's parts together: the only file that picks implementations. Serves nothing.

import { type Clock, isPlainLocalhost, systemClock } from "@countersign/verifier";
import { type Auth, createAuth, type SendMail } from "countersign";
import { openSqliteStore } from "countersign/sqlite";
import type { Store } from "countersign/store";
import { type Config, issuerOptionsOf } from "./config.ts";
import {
  type DataFolder,
  dataFolder,
  type Exposed,
  makeDataFolder,
  narrowDataFolder,
  readSecrets,
  secretRemedy,
} from "./data-folder.ts";
import { createDemonstration, type Demonstration } from "./demonstration/demonstration.ts";
import { createDevMail, type DevMail } from "./dev-mail.ts";
import { createProbes, type Probes } from "./doctor/probe.ts";
import { createLabRuns, type LabRuns } from "./lab-runs.ts";
import { createLog, type Log } from "./log.ts";
import { createMetrics, type Metrics } from "./metrics.ts";
import { createSmtpMail } from "./smtp-mail.ts";
import { isDevelopment } from "./this-machine.ts";

/** What a composition is given beside the configuration. */
export interface ComposeOptions {
  /** The issuer, once its port is known; the configuration's own wins. */
  readonly issuer: string;
  /** Where log lines go. Default: nowhere. */
  readonly write?: (line: string) => void;
  /** Default: the machine's. */
  readonly clock?: Clock;
}

/** The parts of a server. */
export interface Composed {
  readonly config: Config;
  readonly auth: Auth;
  readonly store: Store;
  readonly folder: DataFolder;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly clock: Clock;
  /** Recognises the questions of `countersign doctor`. */
  readonly probes: Probes;
  /** Present where mails are shown instead of sent. */
  readonly devMail: DevMail | undefined;
  /** The lab, as the page runs it. */
  readonly lab: LabRuns;
  /** The live demonstration. It starts no process before it is used. */
  readonly demonstration: Demonstration;
  /** How mails leave. */
  readonly mailWay: "smtp" | "files" | "none";
  /** Waits for work that goes on after answers, then closes the store. */
  close(): Promise<void>;
}

/**
 * Opens the data folder and the database, and makes the issuer. Throws `OperatorError` or `ConfigurationError` when it was set up wrongly,
 * `Unavailable` when the database stays locked.
 */
export async function compose(config: Config, options: ComposeOptions): Promise<Composed> {
  const { clock = systemClock, write = () => undefined } = options;
  const issuer = config.issuer ?? options.issuer;
  const folder = dataFolder(config.data);
  const log = createLog(config.log, write);
  makeDataFolder(folder);
  for (const exposed of narrowDataFolder(folder)) tellExposed(log, exposed, folder);
  const secrets = config.secrets ?? readSecrets(folder);
  const mail = pickMail(config, issuer, folder, clock);
  const store = await openSqliteStore({ path: folder.database, clock });
  try {
    const metrics = createMetrics({ hashing: () => auth.hashing.depth(), feed: () => auth.feed() });
    const auth = createAuth({
      ...issuerOptionsOf(config, issuer, secrets),
      store,
      clock,
      ...(mail.send === undefined ? {} : { sendMail: mail.send }),
      onError: (err, where) => log.error({ err, where }, "fault"),
      onBarrier: metrics.barrier,
      onAudit: ({ act, outcome, actor, sub, sid, address, detail }) => {
        metrics.act(act, outcome);
        log.info(present({ act, outcome, actor, sub, sid, address, detail }), "audit");
      },
    });
    const { lab: isAllowed = isDevelopment(auth.options) } = config;
    const lab = createLabRuns({ isAllowed, reportFile: folder.labReport, log, clock });
    const onFault = (err: unknown) => log.warn({ err }, "the demonstration failed");
    const demonstration = createDemonstration({ clock, onFault });
    const close = async () => {
      await Promise.all([lab.close(), demonstration.close()]);
      auth.close();
      await auth.idle();
      mail.close();
      await store.close();
    };
    const probes = createProbes(secrets, () => clock.now());
    const { devMail, way: mailWay } = mail;
    return { config, auth, store, folder, log, metrics, clock, probes, devMail, lab, demonstration, mailWay, close };
  } catch (error) {
    await store.close();
    throw error;
  }
}

function tellExposed(log: Log, { path, mode, isNarrowed }: Exposed, folder: DataFolder): void {
  const remedy = path === folder.secretFile ? ` ${secretRemedy}` : "";
  log.warn(
    { path, mode },
    isNarrowed
      ? `other users of this machine could open this: narrowed to its owner.${remedy}`
      : `other users of this machine can open this, and it cannot be narrowed: let it belong to the server's user alone.${remedy}`,
  );
}

interface PickedMail {
  readonly way: Composed["mailWay"];
  readonly send: SendMail | undefined;
  readonly devMail: DevMail | undefined;
  close(): void;
}

// Mails are shown only where nobody but this machine can look: they hold links that open accounts.
function pickMail(config: Config, issuer: string, folder: DataFolder, clock: Clock): PickedMail {
  const { smtp, from } = config.mail;
  if (smtp !== undefined) {
    const sender = from ?? `${config.mail.appName.replace(/[^\w .-]/g, "")} <no-reply@${new URL(issuer).hostname}>`;
    return { way: "smtp", devMail: undefined, ...createSmtpMail({ url: smtp, from: sender }) };
  }
  if (!isPlainLocalhost(issuer)) return { way: "none", send: undefined, devMail: undefined, close: () => undefined };
  const devMail = createDevMail(folder.mails, () => clock.now());
  return { way: "files", send: devMail.send, devMail, close: () => undefined };
}

function present(members: Readonly<Record<string, string | null>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(members).flatMap(([name, value]) => (value === null ? [] : [[name, value]])),
  );
}

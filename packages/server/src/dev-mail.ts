// Mail in development: each one becomes a file in the data folder, and can be read back. Sends nothing.

import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Mail, SendMail } from "countersign";
import { z } from "zod";
import { makePrivateFolder } from "./data-folder.ts";

/** A mail that was written to the data folder. */
export interface WrittenMail extends Mail {
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly sentAt: number;
}

/** The mails of the data folder. */
export interface DevMail {
  readonly send: SendMail;
  /** Newest first. */
  list(): readonly WrittenMail[];
  find(id: string): WrittenMail | undefined;
}

/** The number of mails that are kept. */
export const keptMails = 100;

const mailFile = z.object({
  to: z.string(),
  subject: z.string(),
  text: z.string(),
  html: z.string().optional(),
  sentAt: z.number(),
});

const fileName = /^(\d{13}-\d{6})\.json$/;

/** Mails in `folder`, which is made for its owner only: a link in a mail opens an account. */
export function createDevMail(folder: string, now: () => number): DevMail {
  let count = 0;
  const ids = () => namesIn(folder).toSorted().toReversed();
  const find = (id: string) => (ids().includes(id) ? read(folder, id) : undefined);
  return {
    async send({ to, subject, text, html }) {
      makePrivateFolder(folder);
      const sentAt = now();
      const mail = { to, subject, sentAt, text, ...(html === undefined ? {} : { html }) };
      write(folder, sentAt, () => count++, JSON.stringify(mail, null, 2));
      for (const old of ids().slice(keptMails)) rmSync(join(folder, `${old}.json`), { force: true });
    },
    list: () => ids().flatMap((id) => find(id) ?? []),
    find,
  };
}

// Several processes may write into one folder: a name that is taken is passed over.
function write(folder: string, sentAt: number, next: () => number, text: string): void {
  for (let tries = 0; tries < 1000; tries += 1) {
    const id = `${String(sentAt).padStart(13, "0")}-${String(next() % 1_000_000).padStart(6, "0")}`;
    try {
      writeFileSync(join(folder, `${id}.json`), `${text}\n`, { mode: 0o600, flag: "wx" });
      return;
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
    }
  }
  throw new Error("no free name for a mail");
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).flatMap((name) => fileName.exec(name)?.[1] ?? []);
  } catch {
    // No mail was ever written.
    return [];
  }
}

function read(folder: string, id: string): WrittenMail | undefined {
  try {
    const { html, ...mail } = mailFile.parse(JSON.parse(readFileSync(join(folder, `${id}.json`), "utf8")));
    return { id, ...mail, ...(html === undefined ? {} : { html }) };
  } catch {
    // Removed meanwhile, or not ours.
    return undefined;
  }
}

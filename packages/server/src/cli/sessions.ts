// `countersign sessions …`: living sessions, for operators. Knows no credential and no store.

import type { SessionRecord } from "countersign";
import { type ExitCode, misuse, OperatorError } from "../operator-error.ts";
import type { Invocation } from "./contract.ts";
import { withParts } from "./open.ts";
import { printJson, printRows } from "./table.ts";
import { endedWords, findUser } from "./users.ts";
import { readCount, readDuration, readTime, relativeText, timeText } from "./words.ts";

function toRow(record: SessionRecord) {
  return {
    sid: record.sid,
    sub: record.sub,
    strategy: record.strategy,
    client: record.client.label,
    address: record.client.address ?? null,
    created_at: new Date(record.createdAt).toISOString(),
    last_used_at: new Date(record.lastUsedAt).toISOString(),
    expires_at: new Date(record.expiresAt).toISOString(),
    idle_seconds: record.idleMs / 1000,
  };
}

type Row = ReturnType<typeof toRow>;

/** The commands on sessions. */
export const sessions = {
  list: (invocation: Invocation): Promise<ExitCode> =>
    withParts(invocation, async ({ auth, clock }) => {
      const limit = readCount("limit", invocation.text("limit"), 50, 10_000);
      const [named] = invocation.operands;
      const records =
        named === undefined
          ? await auth.sessions.listAll({ limit })
          : (await auth.sessions.list((await findUser(auth, named)).sub)).slice(0, limit);
      const columns = [
        { title: "sid", text: (row: Row) => row.sid },
        { title: "subject", text: (row: Row) => row.sub },
        { title: "strategy", text: (row: Row) => row.strategy },
        { title: "client", text: (row: Row) => row.client },
        { title: "address", text: (row: Row) => row.address ?? "-" },
        { title: "last used", text: (row: Row) => relativeText(Date.parse(row.last_used_at), clock.now()) },
        { title: "ends", text: (row: Row) => timeText(Date.parse(row.expires_at)) },
      ];
      const options = { json: invocation.flag("json"), columns, empty: "No living sessions." };
      printRows(invocation.terminal, records.map(toRow), options);
      return 0;
    }),

  revoke: (invocation: Invocation): Promise<ExitCode> =>
    withParts(invocation, async ({ auth }) => {
      const ended = await auth.sessions.end(invocation.operands[0] ?? "");
      if (ended.length === 0) throw noSession();
      if (invocation.flag("json")) printJson(invocation.terminal, { ended });
      else invocation.terminal.out(`${capital(endedWords(ended.length))}.\n`);
      return 0;
    }),

  extend: (invocation: Invocation): Promise<ExitCode> =>
    withParts(invocation, async ({ auth }) => {
      const sid = invocation.operands[0] ?? "";
      const by = invocation.text("by");
      const until = invocation.text("until");
      if ((by === undefined) === (until === undefined)) throw misuse("Say either --by DURATION or --until TIME.");
      const record = await auth.sessions.find(sid);
      if (record === undefined) throw noSession();
      const to = until === undefined ? record.expiresAt + readDuration("by", by ?? "") : readTime("until", until);
      const changed = await auth.sessions.extend(sid, new Date(to));
      return tellChanged(invocation, changed, changed !== undefined && changed.expiresAt < to);
    }),

  shorten: (invocation: Invocation): Promise<ExitCode> =>
    withParts(invocation, async ({ auth, clock }) => {
      const to = invocation.text("to");
      const until = invocation.text("until");
      const idle = invocation.text("idle");
      if (to !== undefined && until !== undefined) throw misuse("Say either --to DURATION or --until TIME.");
      if (to === undefined && until === undefined && idle === undefined) {
        throw misuse("Say --to DURATION, --until TIME or --idle DURATION.");
      }
      const end =
        to !== undefined
          ? clock.now() + readDuration("to", to)
          : until !== undefined
            ? readTime("until", until)
            : undefined;
      const changed = await auth.sessions.shorten(invocation.operands[0] ?? "", {
        ...(end === undefined ? {} : { until: new Date(end) }),
        ...(idle === undefined ? {} : { idleSeconds: readDuration("idle", idle) / 1000 }),
      });
      return tellChanged(invocation, changed, false);
    }),
};

function tellChanged(invocation: Invocation, record: SessionRecord | undefined, isCut: boolean): ExitCode {
  if (record === undefined) throw noSession();
  if (invocation.flag("json")) printJson(invocation.terminal, toRow(record));
  else {
    const cut = isCut ? " The policy (session.maxLifetime) allows no later end." : "";
    const idle = `It may stay unused for ${record.idleMs / 1000} seconds.`;
    invocation.terminal.out(`The session ends ${timeText(record.expiresAt)}. ${idle}${cut}\n`);
  }
  return 0;
}

function noSession(): OperatorError {
  return new OperatorError("There is no living session with this sid. See: countersign sessions list");
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

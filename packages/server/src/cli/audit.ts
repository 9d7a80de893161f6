// `countersign audit`: who did what, when, from where, with what outcome. Changes nothing.

import type { AuditEntry } from "countersign";
import { type ExitCode, misuse } from "../operator-error.ts";
import type { Invocation } from "./contract.ts";
import { withParts } from "./open.ts";
import { printRows } from "./table.ts";
import { findUser } from "./users.ts";
import { readCount, timeText } from "./words.ts";

const columns = [
  { title: "id", text: (entry: AuditEntry) => `${entry.id}` },
  { title: "when", text: (entry: AuditEntry) => timeText(entry.at) },
  { title: "act", text: (entry: AuditEntry) => entry.act },
  { title: "outcome", text: (entry: AuditEntry) => entry.outcome },
  { title: "by", text: (entry: AuditEntry) => entry.actor },
  { title: "subject", text: (entry: AuditEntry) => entry.sub ?? "-" },
  { title: "session", text: (entry: AuditEntry) => entry.sid ?? "-" },
  { title: "from", text: (entry: AuditEntry) => entry.address ?? "-" },
  { title: "detail", text: (entry: AuditEntry) => entry.detail ?? "-" },
];

/** Shows the audit log, newest first. */
export function showAudit(invocation: Invocation): Promise<ExitCode> {
  return withParts(invocation, async ({ auth }) => {
    const user = invocation.text("user");
    const act = invocation.text("act");
    const before = invocation.text("before");
    if (before !== undefined && !/^[1-9]\d{0,14}$/.test(before)) throw misuse("--before takes the id of an entry");
    const entries = await auth.audit({
      limit: readCount("limit", invocation.text("limit"), 50, 10_000),
      ...(user === undefined ? {} : { sub: (await findUser(auth, user)).sub }),
      ...(act === undefined ? {} : { act }),
      ...(before === undefined ? {} : { before: Number(before) }),
    });
    printRows(invocation.terminal, entries, { json: invocation.flag("json"), columns, empty: "Nothing is recorded." });
    return 0;
  });
}

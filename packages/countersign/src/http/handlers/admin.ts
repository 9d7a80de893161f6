// Handlers for operators, behind a service key with the scope `admin`.

import type { z } from "zod";
import type { AuditAct } from "../../audit.ts";
import type { Account } from "../../stores/contract.ts";
import type { Answer, Call } from "../contract.ts";
import type { auditQuery, subjectsQuery } from "../schemas.ts";
import { seconds } from "../signed-in.ts";

export async function getSubjects(call: Call<undefined, z.output<typeof subjectsQuery>>): Promise<Answer> {
  const { limit, after, search } = call.query;
  const page = { limit, ...(after === undefined ? {} : { after }), ...(search === undefined ? {} : { search }) };
  const accounts = await call.parts.store.accounts.list(page);
  const next = accounts.length === limit ? (accounts.at(-1)?.sub ?? null) : null;
  return { status: 200, body: { subjects: accounts.map(subjectBody), next } };
}

export async function postSubjectRevoke(call: Call): Promise<Answer> {
  const ended = await call.parts.store.accounts.endAll(subOf(call), "revoked");
  return finish(call, "subject.revoke", ended?.ended.length);
}

export async function postSubjectDisable(call: Call): Promise<Answer> {
  const ended = await call.parts.store.accounts.setDisabled(subOf(call), true);
  return finish(call, "subject.disable", ended?.ended.length);
}

export async function postSubjectEnable(call: Call): Promise<Answer> {
  const { accounts } = call.parts.store;
  const ended = await accounts.setDisabled(subOf(call), false);
  // An operator's word also opens an account that was closed after too many failures.
  await accounts.recordSuccess(subOf(call), []);
  return finish(call, "subject.enable", ended?.ended.length);
}

export async function getAudit(call: Call<undefined, z.output<typeof auditQuery>>): Promise<Answer> {
  const { limit, before, sub, act } = call.query;
  const entries = await call.parts.store.audit.list({
    limit,
    ...(before === undefined ? {} : { before }),
    ...(sub === undefined ? {} : { sub }),
    ...(act === undefined ? {} : { act }),
  });
  const next = entries.length === limit ? (entries.at(-1)?.id ?? null) : null;
  return { status: 200, body: { entries, next } };
}

async function finish(call: Call, act: AuditAct, ended: number | undefined): Promise<Answer> {
  if (ended === undefined) return { problem: "subject_not_found" };
  const by = {
    actor: `service:${call.service?.id ?? ""}`,
    address: call.caller.address,
    client: call.caller.client.label,
  };
  await call.parts.audit.record({ act, outcome: "ok", by, sub: subOf(call) });
  return { status: 200, body: { ended } };
}

function subOf(call: Call): string {
  return call.params.sub ?? "";
}

function subjectBody(account: Account): object {
  return {
    sub: account.sub,
    email: account.email,
    email_verified: account.emailVerifiedAt !== null,
    created_at: seconds(account.createdAt),
    disabled: account.disabledAt !== null,
  };
}

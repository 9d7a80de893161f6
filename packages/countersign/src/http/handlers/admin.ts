// Handlers for operators, behind a service key with the scope `admin`. Each translates between HTTP and one operation.

import type { z } from "zod";
import type { Actor } from "../../audit.ts";
import type { EndOptions, Reached } from "../../ending.ts";
import type { Outcome } from "../../primitives/errors.ts";
import type { BarrierResult } from "../../revocation/barrier.ts";
import type { SubjectView } from "../../sign-in/subjects.ts";
import { type Answer, answerProblem, type Call } from "../contract.ts";
import type { auditQuery, endQuery, subjectsQuery } from "../schemas.ts";
import { seconds } from "../signed-in.ts";
import { needService } from "./services.ts";

export async function getSubjects(call: Call<undefined, z.output<typeof subjectsQuery>>): Promise<Answer> {
  const subjects = await call.parts.subjects.list(call.query);
  const next = subjects.length === call.query.limit ? (subjects.at(-1)?.sub ?? null) : null;
  return { status: 200, body: { subjects: subjects.map(subjectBody), next } };
}

export async function postSubjectRevoke(call: Call<undefined, z.output<typeof endQuery>>): Promise<Answer> {
  return answerEnded(await call.parts.subjects.revoke(subOf(call), endOptionsOf(call)));
}

export async function postSubjectDisable(call: Call<undefined, z.output<typeof endQuery>>): Promise<Answer> {
  return answerEnded(await call.parts.subjects.disable(subOf(call), endOptionsOf(call)));
}

export async function postSubjectEnable(call: Call): Promise<Answer> {
  const enabled = await call.parts.subjects.enable(subOf(call), { by: actorOf(call) });
  return enabled.ok ? { status: 200, body: { ended: 0 } } : answerProblem(enabled);
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

function answerEnded(outcome: Outcome<{ ended: number } & Reached>): Answer {
  if (!outcome.ok) return answerProblem(outcome);
  const { ended, reached } = outcome;
  return { status: 200, body: { ended, ...(reached === undefined ? {} : { everywhere: reachedBody(reached) }) } };
}

function reachedBody({ outcome, number, ms, waitedOut, insecure }: BarrierResult): object {
  return { outcome, number, ms: Math.round(ms), waited_out: waitedOut, insecure };
}

function endOptionsOf(call: Call<undefined, z.output<typeof endQuery>>): EndOptions {
  return { by: actorOf(call), wait: call.query.wait };
}

function actorOf(call: Pick<Call, "service" | "caller">): Actor {
  const { address, client } = call.caller;
  return { actor: `service:${needService(call).id}`, address, client: client.label };
}

function subOf(call: Pick<Call, "params">): string {
  return call.params.sub ?? "";
}

function subjectBody({ sub, email, emailVerified, createdAt, disabled }: SubjectView): object {
  return { sub, email, email_verified: emailVerified, created_at: seconds(createdAt), disabled };
}

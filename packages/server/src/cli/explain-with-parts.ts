// What the data folder adds to an explanation: the verdict of the very judge that requests meet, and the session behind it.

import { createAuth, parseRefreshToken } from "countersign";
import type { SessionRecord, Store } from "countersign/store";
import type { Composed } from "../compose.ts";
import { issuerOptionsOf } from "../config.ts";
import { readSecrets } from "../data-folder.ts";
import type { Explanation } from "./explain-shape.ts";
import { refusalMeanings } from "./refusal-meanings.ts";
import { relativeText, timeText } from "./words.ts";

/** Judges a credential as the server would. Notes no use. */
export async function explainWithParts(
  parts: Composed,
  credential: string,
  byShape: Explanation,
): Promise<Explanation> {
  const refresh = parseRefreshToken(credential);
  if (refresh !== undefined) return explainRefresh(parts, refresh, byShape);
  const verdict = await judgeUnnoticed(parts, credential);
  if (!verdict.ok) {
    const sid = byShape.facts.sid ?? byShape.facts["claim sid"];
    const record = sid === undefined ? undefined : await parts.store.sessions.find(sid);
    // What its shape alone shows is more exact than what the code says of every such case.
    const first = byShape.code === verdict.code ? byShape.reasons : [plain(refusalMeanings[verdict.code])];
    const outlives = verdict.code === "token_revoked" && byShape.facts["header typ"] !== "hybrid+jwt";
    const elsewhere = outlives ? ["Services that do not follow the feed accept it until it expires."] : [];
    const reasons = [...first, ...endWords(record, parts), ...elsewhere];
    return { ...byShape, facts: withRecord(byShape, record, parts), verdict: "refused", code: verdict.code, reasons };
  }
  const { sid, strategy, logNumber } = verdict.identity;
  const record = await parts.store.sessions.find(sid);
  const facts = withRecord(byShape, record, parts);
  if (strategy === "session") return { ...byShape, facts, verdict: "accepted", reasons: ["Its session is alive."] };
  if (logNumber !== undefined) {
    const reasons = ["Its signature and times are good. It has no session record (jwt.refresh is false)."];
    return { ...byShape, facts, verdict: "accepted", reasons };
  }
  const isOver = record === undefined || record.revokedAt !== null;
  const reasons = isOver
    ? [
        "Its signature and times are good, so services that do not follow the feed accept it until it expires.",
        ...endWords(record, parts),
        "The issuer's own account routes refuse it.",
      ]
    : ["Its signature and times are good, and its session is alive."];
  return { ...byShape, facts, verdict: "accepted", reasons };
}

async function explainRefresh(
  parts: Composed,
  presented: { sid: string; counter: number },
  byShape: Explanation,
): Promise<Explanation> {
  const record = await parts.store.sessions.find(presented.sid);
  const facts = withRecord(byShape, record, parts);
  const over = endWords(record, parts);
  if (record === undefined || over.length > 0) {
    const reasons = record === undefined ? ["No session has this sid: never issued here, or long gone."] : over;
    return { ...byShape, facts, verdict: "refused", reasons };
  }
  const { refreshCounter } = record;
  if (presented.counter === refreshCounter) {
    return { ...byShape, facts, verdict: "unknown", reasons: ["Its session is alive and its number is current."] };
  }
  const reason =
    presented.counter < refreshCounter
      ? `It was replaced: number ${refreshCounter} is current. Presented now, it counts as stolen and ends the session.`
      : `Its number is above the current one (${refreshCounter}): the database has lost writes. Presented now, it ends the session.`;
  return { ...byShape, facts, verdict: "refused", reasons: [reason] };
}

/** Markdown as a terminal shows it. */
function plain(text: string): string {
  return text.replaceAll("`", "");
}

// An issuer of its own over the same store, but for the note that a session was used, and for the row that a barrier would wait for.
async function judgeUnnoticed({ config, auth, store, folder, clock }: Composed, credential: string) {
  const sessions = { ...store.sessions, touch: async () => true };
  const issuers = { ...store.issuers, put: async () => undefined, update: async () => true };
  const unnoticed: Store = { ...store, sessions, issuers };
  const secrets = config.secrets ?? readSecrets(folder);
  const options = issuerOptionsOf(config, auth.options.issuer, secrets);
  const judge = createAuth({ ...options, store: unnoticed, clock, upkeep: false });
  try {
    return await judge.authenticate({ method: "GET", headers: { authorization: `Bearer ${credential}` } });
  } finally {
    judge.close();
  }
}

function withRecord(
  byShape: Explanation,
  record: SessionRecord | undefined,
  { clock }: Composed,
): Explanation["facts"] {
  if (record === undefined) return byShape.facts;
  const now = clock.now();
  return {
    ...byShape.facts,
    subject: record.sub,
    strategy: record.strategy,
    client: record.client.label,
    "signed in": `${timeText(record.createdAt)}, ${relativeText(record.createdAt, now)}`,
    "last used": `${timeText(record.lastUsedAt)}, ${relativeText(record.lastUsedAt, now)}`,
    ends: `${timeText(record.expiresAt)}, ${relativeText(record.expiresAt, now)}`,
  };
}

/** How a session ended; nothing while it has not. */
function endWords(record: SessionRecord | undefined, { auth, clock }: Composed): string[] {
  if (record === undefined) return [];
  const now = clock.now();
  if (record.revokedAt !== null) {
    return [
      `Its session was ended ${timeText(record.revokedAt)}, ${relativeText(record.revokedAt, now)}: ${record.reason}.`,
    ];
  }
  const { maxAgeMs, maxIdleMs } = auth.options.session;
  const end = Math.min(record.expiresAt, record.createdAt + maxAgeMs);
  if (now >= end) return [`Its session ended ${timeText(end)}, ${relativeText(end, now)}.`];
  const idleEnd = record.lastUsedAt + Math.min(record.idleMs, maxIdleMs);
  return now >= idleEnd ? [`Its session lay idle until ${timeText(idleEnd)}, and ended then.`] : [];
}

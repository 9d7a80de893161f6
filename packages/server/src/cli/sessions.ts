// `countersign sessions …`: living sessions, for operators. Knows no credential and no store.

import type { SessionView } from "countersign";
import type { Composed } from "../compose.ts";
import { type ExitCode, misuse, OperatorError } from "../operator-error.ts";
import type { Invocation } from "./contract.ts";
import { endOptions, everywhereJson, everywhereWords, exitCodeOf, outlivingWords } from "./everywhere.ts";
import { withParts } from "./open.ts";
import { printJson, printRows } from "./table.ts";
import { endedWords, findUser } from "./users.ts";
import { readCount, readDuration, readTime, relativeText, spanText, timeText } from "./words.ts";

function toRow(session: SessionView) {
  return {
    sid: session.sid,
    sub: session.sub,
    strategy: session.strategy,
    client: session.client.label,
    address: session.client.address ?? null,
    created_at: new Date(session.createdAt).toISOString(),
    last_used_at: new Date(session.lastUsedAt).toISOString(),
    expires_at: new Date(session.expiresAt).toISOString(),
    idle_seconds: session.idleMs / 1000,
  };
}

type Row = ReturnType<typeof toRow>;

/** The commands on sessions. */
export const sessions = {
  list: (invocation: Invocation): Promise<ExitCode> =>
    withParts(invocation, async ({ auth, clock }) => {
      const limit = readCount("limit", invocation.text("limit"), 50, 10_000);
      const page = { limit, after: invocation.text("after") };
      const [named] = invocation.operands;
      const found = named === undefined ? await auth.sessions.listAll(page) : await listOfUser(auth, named, page);
      const columns = [
        { title: "sid", text: (row: Row) => row.sid },
        { title: "subject", text: (row: Row) => row.sub },
        { title: "strategy", text: (row: Row) => row.strategy },
        { title: "client", text: (row: Row) => row.client },
        { title: "address", text: (row: Row) => row.address ?? "-" },
        { title: "last used", text: (row: Row) => relativeText(Date.parse(row.last_used_at), clock.now()) },
        { title: "ends", text: (row: Row) => timeText(Date.parse(row.expires_at)) },
      ];
      const more = found.length < limit ? undefined : `--after ${found.at(-1)?.sid}`;
      const options = { json: invocation.flag("json"), columns, empty: "No living sessions.", more };
      printRows(invocation.terminal, found.map(toRow), options);
      return 0;
    }),

  revoke: (invocation: Invocation): Promise<ExitCode> => {
    const [sid] = invocation.operands;
    const isEverybody = invocation.flag("everybody");
    if ((sid === undefined) !== isEverybody) throw misuse("Say either SID or --everybody.");
    return withParts(invocation, (parts) =>
      sid === undefined ? revokeEverybody(invocation, parts) : revokeOne(invocation, parts, sid),
    );
  },

  extend: (invocation: Invocation): Promise<ExitCode> => {
    const by = invocation.text("by");
    const until = invocation.text("until");
    if ((by === undefined) === (until === undefined)) throw misuse("Say either --by DURATION or --until TIME.");
    return withParts(invocation, async ({ auth }) => {
      const sid = invocation.operands[0] ?? "";
      const session = await auth.sessions.find(sid);
      if (session === undefined) throw noSession();
      const to = until === undefined ? session.expiresAt + readDuration("by", by ?? "") : readTime("until", until);
      const changed = await auth.sessions.extend(sid, { until: new Date(to) });
      if (!changed.ok) throw noSession();
      tellChanged(invocation, changed.session);
      if (changed.session.expiresAt >= to) return 0;
      const most = spanText(auth.options.session.maxAgeMs);
      invocation.terminal.err(
        `That is as late as the policy allows: session.maxLifetime is ${most} from the sign-in.\n`,
      );
      return 1;
    });
  },

  shorten: (invocation: Invocation): Promise<ExitCode> => {
    const to = invocation.text("to");
    const until = invocation.text("until");
    const idle = invocation.text("idle");
    if (to !== undefined && until !== undefined) throw misuse("Say either --to DURATION or --until TIME.");
    if (to === undefined && until === undefined && idle === undefined) {
      throw misuse("Say --to DURATION, --until TIME or --idle DURATION.");
    }
    const inMs = to === undefined ? undefined : readDuration("to", to);
    const at = until === undefined ? undefined : readTime("until", until);
    const idleSeconds = idle === undefined ? undefined : readDuration("idle", idle) / 1000;
    return withParts(invocation, async ({ auth, clock }) => {
      const end = inMs === undefined ? at : clock.now() + inMs;
      const ends = { until: end === undefined ? undefined : new Date(end), idleSeconds };
      const changed = await auth.sessions.shorten(invocation.operands[0] ?? "", ends);
      if (!changed.ok) throw noSession();
      tellChanged(invocation, changed.session);
      return 0;
    });
  },
};

// The store lists a subject's sessions whole: they are bounded.
async function listOfUser(
  auth: Composed["auth"],
  named: string,
  { limit, after }: { limit: number; after: string | undefined },
): Promise<readonly SessionView[]> {
  const all = await auth.sessions.list((await findUser(auth, named)).sub);
  const begin = after === undefined ? 0 : all.findIndex(({ sid }) => sid === after) + 1;
  if (after !== undefined && begin === 0) throw new OperatorError("The user has no session with the sid of --after.");
  return all.slice(begin, begin + limit);
}

async function revokeOne(invocation: Invocation, { auth, clock }: Composed, sid: string): Promise<ExitCode> {
  const strategy = (await auth.sessions.find(sid))?.strategy;
  const { ended, reached } = await auth.sessions.end(sid, endOptions(invocation));
  if (ended.length === 0) throw noSession();
  const outliving = strategy === "jwt" ? outlivingWords(auth, clock) : "";
  const words = `${capital(endedWords(ended.length))}.\n${everywhereWords(reached)}${outliving}`;
  if (invocation.flag("json")) printJson(invocation.terminal, { ended, ...everywhereJson(reached) });
  else invocation.terminal.out(words);
  return exitCodeOf(reached);
}

async function revokeEverybody(invocation: Invocation, { auth, clock }: Composed): Promise<ExitCode> {
  const { ended, reached } = await auth.revokeEveryone(endOptions(invocation));
  const outliving = auth.options.strategies.includes("jwt") ? outlivingWords(auth, clock) : "";
  const words = `Everybody is signed out; ${endedWords(ended)}.\n${everywhereWords(reached)}${outliving}`;
  if (invocation.flag("json")) printJson(invocation.terminal, { ended, ...everywhereJson(reached) });
  else invocation.terminal.out(words);
  return exitCodeOf(reached);
}

function tellChanged(invocation: Invocation, session: SessionView): void {
  const idle = `It may stay unused for ${spanText(session.idleMs)}.`;
  if (invocation.flag("json")) printJson(invocation.terminal, toRow(session));
  else invocation.terminal.out(`The session ends ${timeText(session.expiresAt)}. ${idle}\n`);
}

function noSession(): OperatorError {
  return new OperatorError("There is no living session with this sid. See: countersign sessions list");
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

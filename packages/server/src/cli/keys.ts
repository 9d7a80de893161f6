// `countersign keys …`: the signing keys, for operators. Sees no private key.

import { type ExitCode, OperatorError } from "../operator-error.ts";
import type { Invocation } from "./contract.ts";
import { endOptions, everywhereJson, everywhereWords, exitCodeOf } from "./everywhere.ts";
import { withParts } from "./open.ts";
import { printJson, printRows } from "./table.ts";
import { timeText } from "./words.ts";

interface Row {
  readonly kid: string;
  readonly alg: string;
  readonly state: string;
  readonly created_at: string;
  readonly signs_from: string;
  readonly signs_until: string | null;
  readonly leaves_at: string | null;
}

const columns = [
  { title: "kid", text: (row: Row) => row.kid },
  { title: "alg", text: (row: Row) => row.alg },
  { title: "state", text: (row: Row) => row.state },
  { title: "signs from", text: (row: Row) => timeText(Date.parse(row.signs_from)) },
  { title: "signs until", text: (row: Row) => timeText(row.signs_until === null ? null : Date.parse(row.signs_until)) },
  { title: "leaves", text: (row: Row) => timeText(row.leaves_at === null ? null : Date.parse(row.leaves_at)) },
];

/** The commands on signing keys. */
export const keys = {
  list: (invocation: Invocation): Promise<ExitCode> =>
    withParts(invocation, async ({ auth }) => {
      const rows: Row[] = (await auth.keys.list()).map((key) => ({
        kid: key.kid,
        alg: key.alg,
        state: key.state,
        created_at: iso(key.createdAt),
        signs_from: iso(key.signsFrom),
        signs_until: key.signsUntil === null ? null : iso(key.signsUntil),
        leaves_at: key.leavesAt === null ? null : iso(key.leavesAt),
      }));
      const empty = "No keys yet: the first one is made when the server starts.";
      printRows(invocation.terminal, rows, { json: invocation.flag("json"), columns, empty });
      return 0;
    }),

  rotate: (invocation: Invocation): Promise<ExitCode> =>
    withParts(invocation, async ({ auth }) => {
      const rotated = await auth.keys.rotate();
      if (!rotated.ok)
        throw new OperatorError("The next key is already published and waits for its turn. See: countersign keys list");
      const { kid, signsFrom } = rotated;
      if (invocation.flag("json")) printJson(invocation.terminal, { kid, signs_from: iso(signsFrom) });
      else
        invocation.terminal.out(
          `Published ${kid}. It signs from ${timeText(signsFrom)}; until then the present key does.\n`,
        );
      return 0;
    }),

  revoke: (invocation: Invocation): Promise<ExitCode> =>
    withParts(invocation, async ({ auth }) => {
      const [kid = ""] = invocation.operands;
      const revoked = await auth.keys.revoke(kid, endOptions(invocation));
      if (!revoked.ok) throw new OperatorError("There is no such key. See: countersign keys list");
      const { signing, reached } = revoked;
      if (invocation.flag("json"))
        printJson(invocation.terminal, { revoked: kid, signing, ...everywhereJson(reached) });
      else {
        invocation.terminal.out(
          `Revoked ${kid}: this server takes none of its tokens any more. ${signing} signs now.\n` +
            everywhereWords(reached) +
            "Services that follow the feed refuse them at once, others when they next fetch the key set. If the key was stolen,\n" +
            "also end the sessions that the thief may have used.\n",
        );
      }
      return exitCodeOf(reached);
    }),
};

function iso(ms: number): string {
  return new Date(ms).toISOString();
}

// `countersign users …`: the accounts, for operators. Judges no password and knows no store.

import type { Auth, SubjectView } from "countersign";
import { type ExitCode, OperatorError } from "../operator-error.ts";
import type { Invocation } from "./contract.ts";
import { endOptions, everywhereJson, everywhereWords, exitCodeOf, outlivingWords } from "./everywhere.ts";
import { withParts } from "./open.ts";
import { readPassword } from "./password-input.ts";
import { printJson, printRows } from "./table.ts";
import { readCount, timeText } from "./words.ts";

/** What is shown of an account. */
function toRow({ sub, email, emailVerified, disabled, failures, createdAt }: SubjectView) {
  return {
    sub,
    email,
    email_verified: emailVerified,
    disabled,
    failures,
    created_at: new Date(createdAt).toISOString(),
  };
}

type Row = ReturnType<typeof toRow>;

const columns = [
  { title: "subject", text: (row: Row) => row.sub },
  { title: "address", text: (row: Row) => row.email },
  { title: "confirmed", text: (row: Row) => (row.email_verified ? "yes" : "no") },
  { title: "state", text: (row: Row) => (row.disabled ? "disabled" : "active") },
  { title: "created", text: (row: Row) => timeText(Date.parse(row.created_at)) },
];

/** The commands on users. */
export const users = {
  list: (invocation: Invocation): Promise<ExitCode> =>
    withParts(invocation, async ({ auth }) => {
      const search = invocation.text("search");
      const limit = readCount("limit", invocation.text("limit"), 50, 10_000);
      const after = invocation.text("after");
      const found = await auth.subjects.list({ limit, search, after });
      const none = search === undefined ? "No users yet." : "No user's address contains that.";
      const empty = after === undefined ? none : "No more users.";
      const more = found.length < limit ? undefined : `--after ${found.at(-1)?.sub}`;
      printRows(invocation.terminal, found.map(toRow), { json: invocation.flag("json"), columns, empty, more });
      return 0;
    }),

  add: (invocation: Invocation): Promise<ExitCode> =>
    withParts(
      invocation,
      async ({ auth }) => {
        const [email = ""] = invocation.operands;
        const password = await readPassword(invocation.terminal);
        const created = await auth.subjects.create({ email, password });
        if (!created.ok) throw new OperatorError(refusalWords(created.code, auth.options.password.minLength));
        if (invocation.flag("json")) printJson(invocation.terminal, toRow(created.subject));
        else invocation.terminal.out(`Made ${created.subject.email}, subject ${created.subject.sub}.\n`);
        return 0;
      },
      { create: true },
    ),

  disable: (invocation: Invocation) => endAll(invocation, "disable", (email) => `Disabled ${email}`),

  enable: (invocation: Invocation): Promise<ExitCode> =>
    withParts(invocation, async ({ auth }) => {
      const { sub, email } = await findUser(auth, invocation.operands[0] ?? "");
      await auth.subjects.enable(sub);
      if (invocation.flag("json")) printJson(invocation.terminal, { sub });
      else invocation.terminal.out(`Enabled ${email}.\n`);
      return 0;
    }),

  revoke: (invocation: Invocation) => endAll(invocation, "revoke", (email) => `Revoked everything of ${email}`),
};

/** The user that an operator names by address or by subject. Throws `OperatorError` when there is none. */
export async function findUser(auth: Auth, named: string): Promise<SubjectView> {
  const found = named.includes("@") ? await auth.subjects.findByEmail(named) : await auth.subjects.find(named);
  if (found === undefined) throw noUser();
  return found;
}

function endAll(
  invocation: Invocation,
  act: "disable" | "revoke",
  words: (email: string) => string,
): Promise<ExitCode> {
  return withParts(invocation, async ({ auth, clock }) => {
    const { sub, email } = await findUser(auth, invocation.operands[0] ?? "");
    // Of tokens without a record nobody can tell whether there are any.
    const mayOutlive =
      !auth.options.jwt.refresh || (await auth.sessions.list(sub)).some(({ strategy }) => strategy === "jwt");
    const done = await auth.subjects[act](sub, endOptions(invocation));
    if (!done.ok) throw noUser();
    const { ended, reached } = done;
    const outliving = mayOutlive ? outlivingWords(auth, clock) : "";
    const text = `${words(email)}; ${endedWords(ended)}.\n${everywhereWords(reached)}${outliving}`;
    if (invocation.flag("json")) printJson(invocation.terminal, { sub, ended, ...everywhereJson(reached) });
    else invocation.terminal.out(text);
    return exitCodeOf(reached);
  });
}

function noUser(): OperatorError {
  return new OperatorError("There is no such user. See: countersign users list");
}

/** `3 sessions ended`. */
export function endedWords(count: number): string {
  return count === 1 ? "one session ended" : `${count} sessions ended`;
}

function refusalWords(code: string, minLength: number): string {
  switch (code) {
    case "request_invalid":
      return "This is not an e-mail address.";
    case "address_taken":
      return "This address already has an account.";
    case "password_too_short":
      return `The password is too short: it needs at least ${minLength} characters.`;
    case "password_too_long":
      return "The password is too long.";
    case "password_common":
      return "The password is one that attackers try first.";
    case "password_contains_context":
      return "The password contains the address or the name of the service.";
    default:
      return `The user was not made (${code}).`;
  }
}

// `countersign users …`: the accounts, for operators. Judges no password and knows no store.

import type { Account, Auth } from "countersign";
import { type ExitCode, OperatorError } from "../operator-error.ts";
import type { Invocation } from "./contract.ts";
import { withParts } from "./open.ts";
import { readPassword } from "./password-input.ts";
import { printJson, printRows } from "./table.ts";
import { readCount, timeText } from "./words.ts";

/** What is shown of an account: nothing that signs anybody in. */
function toRow(account: Account) {
  return {
    sub: account.sub,
    email: account.email,
    email_verified: account.emailVerifiedAt !== null,
    disabled: account.disabledAt !== null,
    failures: account.failures,
    created_at: new Date(account.createdAt).toISOString(),
  };
}

const columns = [
  { title: "subject", text: (account: ReturnType<typeof toRow>) => account.sub },
  { title: "address", text: (account: ReturnType<typeof toRow>) => account.email },
  { title: "confirmed", text: (account: ReturnType<typeof toRow>) => (account.email_verified ? "yes" : "no") },
  { title: "state", text: (account: ReturnType<typeof toRow>) => (account.disabled ? "disabled" : "active") },
  { title: "created", text: (account: ReturnType<typeof toRow>) => timeText(Date.parse(account.created_at)) },
];

/** The commands on users. */
export const users = {
  list: (invocation: Invocation): Promise<ExitCode> =>
    withParts(invocation, async ({ auth }) => {
      const search = invocation.text("search");
      const limit = readCount("limit", invocation.text("limit"), 50, 10_000);
      const accounts = await auth.subjects.list({ limit, ...(search === undefined ? {} : { search }) });
      const empty = search === undefined ? "No users yet." : "No user's address contains that.";
      printRows(invocation.terminal, accounts.map(toRow), { json: invocation.flag("json"), columns, empty });
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
        if (invocation.flag("json")) printJson(invocation.terminal, toRow(created.account));
        else invocation.terminal.out(`Made ${created.account.email}, subject ${created.account.sub}.\n`);
        return 0;
      },
      { create: true },
    ),

  disable: (invocation: Invocation) =>
    act(
      invocation,
      (auth, sub) => auth.subjects.disable(sub),
      (email, ended) => `Disabled ${email}; ${endedWords(ended)}.`,
    ),

  enable: (invocation: Invocation) =>
    act(
      invocation,
      (auth, sub) => auth.subjects.enable(sub),
      (email) => `Enabled ${email}.`,
    ),

  revoke: (invocation: Invocation) =>
    act(
      invocation,
      (auth, sub) => auth.subjects.revoke(sub),
      (email, ended) => `Revoked everything of ${email}; ${endedWords(ended)}.`,
    ),
};

/** The account that an operator names by address or by subject. Throws `OperatorError` when there is none. */
export async function findUser(auth: Auth, named: string): Promise<Account> {
  const account = named.includes("@") ? await auth.subjects.findByEmail(named) : await auth.subjects.find(named);
  if (account === undefined) throw new OperatorError("There is no such user. See: countersign users list");
  return account;
}

function act(
  invocation: Invocation,
  run: (auth: Auth, sub: string) => Promise<number | undefined>,
  words: (email: string, ended: number) => string,
): Promise<ExitCode> {
  return withParts(invocation, async ({ auth }) => {
    const account = await findUser(auth, invocation.operands[0] ?? "");
    const ended = (await run(auth, account.sub)) ?? 0;
    if (invocation.flag("json")) printJson(invocation.terminal, { sub: account.sub, ended });
    else invocation.terminal.out(`${words(account.email, ended)}\n`);
    return 0;
  });
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

// `countersign services …`: the services that may ask the server things. A key is shown once, when it is made.

import type { ServiceView } from "countersign";
import { type ExitCode, misuse, OperatorError } from "../operator-error.ts";
import type { Invocation } from "./contract.ts";
import { withParts } from "./open.ts";
import { printJson, printRows } from "./table.ts";
import { timeText } from "./words.ts";

const scopes = ["introspect", "revoke", "follow", "admin"] as const;

const columns = [
  { title: "id", text: (service: Row) => service.id },
  { title: "name", text: (service: Row) => service.name },
  { title: "scopes", text: (service: Row) => service.scopes.join(", ") },
  { title: "audience", text: (service: Row) => service.audience ?? "first party" },
  { title: "created", text: (service: Row) => timeText(Date.parse(service.created_at)) },
];

function toRow(service: ServiceView) {
  const { id, name, audience } = service;
  return { id, name, scopes: service.scopes, audience, created_at: new Date(service.createdAt).toISOString() };
}

type Row = ReturnType<typeof toRow>;

/** The commands on services. */
export const services = {
  list: (invocation: Invocation): Promise<ExitCode> =>
    withParts(invocation, async ({ auth }) => {
      const rows = (await auth.services.list()).map(toRow);
      const empty = "No services yet. Make one: countersign services add NAME --scope introspect";
      printRows(invocation.terminal, rows, { json: invocation.flag("json"), columns, empty });
      return 0;
    }),

  add: (invocation: Invocation): Promise<ExitCode> => {
    const [name = ""] = invocation.operands;
    if (!/^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,63}$/u.test(name)) {
      throw misuse("A service's name has 1 to 64 letters, digits, spaces, dots, hyphens and underscores.");
    }
    const wanted = readScopes(invocation.text("scope"));
    const audience = invocation.text("audience");
    if (audience !== undefined && wanted.includes("admin")) {
      throw misuse("A key with the scope admin sees every subject, so it takes no --audience. Make two keys.");
    }
    return withParts(
      invocation,
      async ({ auth }) => {
        const { id, secret } = await auth.services.add({
          name,
          scopes: wanted,
          ...(audience === undefined ? {} : { audience }),
        });
        const key = `${id}.${secret}`;
        if (invocation.flag("json"))
          printJson(invocation.terminal, { id, name, scopes: wanted, audience: audience ?? null, key });
        else invocation.terminal.out(addedWords(name, key, auth.options.issuer));
        return 0;
      },
      { create: true },
    );
  },

  remove: (invocation: Invocation): Promise<ExitCode> =>
    withParts(invocation, async ({ auth }) => {
      const [id = ""] = invocation.operands;
      if (!(await auth.services.remove(id)))
        throw new OperatorError("There is no such service. See: countersign services list");
      if (invocation.flag("json")) printJson(invocation.terminal, { removed: id });
      else invocation.terminal.out(`Removed ${id}. Its key opens nothing any more.\n`);
      return 0;
    }),
};

function readScopes(text: string | undefined): ServiceView["scopes"] {
  const wanted = (text ?? "").split(/[\s,]+/).filter((scope) => scope !== "");
  const known = scopes.filter((scope) => wanted.includes(scope));
  if (wanted.length === 0 || known.length !== new Set(wanted).size) {
    throw misuse(`--scope takes some of ${scopes.join(", ")}, with commas between.`);
  }
  return known;
}

function addedWords(name: string, key: string, issuer: string): string {
  return [
    `Made a key for ${name}. It is shown this once; only its hash is kept:`,
    "",
    `  ${key}`,
    "",
    "Send it as a Bearer credential, or as HTTP Basic with the part before the dot as user and the rest as password:",
    "",
    `  curl -H "Authorization: Bearer $KEY" -d "token=$TOKEN" ${issuer}/auth/introspect`,
    "",
    "",
  ].join("\n");
}

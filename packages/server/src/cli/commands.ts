// The table of commands: each with its words, its options and what it runs. The work stands in files of its own, loaded when called.

import type { Command, CommandOption, Invocation } from "./contract.ts";

/** Options of every command. */
export const commonOptions = {
  config: {
    type: "string",
    value: "FILE",
    help: "The configuration file. Default: countersign.json, where there is one.",
  },
  data: { type: "string", value: "FOLDER", help: "The data folder. Default: ./.countersign" },
} as const satisfies Readonly<Record<string, CommandOption>>;

const json = { json: { type: "boolean", help: "Print JSON instead of a table." } } as const;

const limit = { limit: { type: "string", value: "N", help: "How many at most. Default: 50." } } as const;

const after = (what: string) =>
  ({ after: { type: "string", value: what, help: "Go on after this one of the list." } }) as const;

const wait = {
  wait: {
    type: "boolean",
    help: "Wait until every service that follows the feed refuses it. Exit code 1 when that is not known.",
  },
} as const;

/** What to know before ending what may be a JWT. */
const outliving =
  "The server refuses it at once, and so does every service that follows the feed. Services that do not follow it accept\nan access token of the strategy jwt until it runs out.";

const whose = "Name the user by e-mail address or by subject.";

/** Every command, in the order of the help. */
export const commands: readonly Command[] = [
  {
    name: "serve",
    operands: "",
    arity: [0, 0],
    summary: "Run the server.",
    details:
      "Without any configuration: http://localhost:4000, data in ./.countersign. Every option also has an environment\nvariable: PORT, COUNTERSIGN_DATA, and COUNTERSIGN_SESSION__MAX_LIFETIME for session.maxLifetime.",
    options: {
      port: { type: "string", value: "N", help: "The TCP port. Default: 4000." },
      host: { type: "string", value: "ADDRESS", help: "The address to listen on. Default: localhost." },
      lab: {
        type: "string",
        value: "on|off",
        help: "Whether the page may run the comparison. Default: on at localhost.",
      },
    },
    run: async (invocation) => (await import("./serve.ts")).serve(invocation),
  },
  {
    name: "users list",
    operands: "",
    arity: [0, 0],
    summary: "List users.",
    options: {
      ...json,
      ...limit,
      ...after("SUBJECT"),
      search: { type: "string", value: "TEXT", help: "Only addresses that contain this." },
    },
    run: users("list"),
  },
  {
    name: "users add",
    operands: "EMAIL",
    arity: [1, 1],
    summary: "Make a user.",
    details:
      "The password is asked for, or read from the first line of the standard input; never from the command line.\nThe address counts as confirmed.",
    options: json,
    run: users("add"),
  },
  {
    name: "users disable",
    operands: "USER",
    arity: [1, 1],
    summary: "Keep a user out, and end every session of theirs.",
    details: `${whose}\n${outliving}`,
    options: { ...json, ...wait },
    run: users("disable"),
  },
  {
    name: "users enable",
    operands: "USER",
    arity: [1, 1],
    summary: "Let a disabled user in again.",
    details: whose,
    options: json,
    run: users("enable"),
  },
  {
    name: "users revoke",
    operands: "USER",
    arity: [1, 1],
    summary: "End every session of a user.",
    details: `${whose}\n${outliving}`,
    options: { ...json, ...wait },
    run: users("revoke"),
  },
  {
    name: "sessions list",
    operands: "[USER]",
    arity: [0, 1],
    summary: "List living sessions, of everybody or of one user.",
    options: { ...json, ...limit, ...after("SID") },
    run: sessions("list"),
  },
  {
    name: "sessions revoke",
    operands: "[SID]",
    needs: "[--everybody]",
    arity: [0, 1],
    summary: "End a session, or with --everybody every session there is.",
    details: `Say either SID or --everybody.\n${outliving}`,
    options: {
      ...json,
      ...wait,
      everybody: { type: "boolean", help: "End everything of everybody: for the day on which nothing can be trusted." },
    },
    run: sessions("revoke"),
  },
  {
    name: "sessions extend",
    operands: "SID",
    needs: "(--by DURATION | --until TIME)",
    arity: [1, 1],
    summary: "Move a session's end later, as far as the policy allows.",
    details: "Exit code 1 when the policy (session.maxLifetime) allows less: the session then ends as late as it may.",
    options: {
      ...json,
      by: { type: "string", value: "DURATION", help: "By so much: 7d." },
      until: { type: "string", value: "TIME", help: "To this time: 2026-12-31T18:00:00Z." },
    },
    run: sessions("extend"),
  },
  {
    name: "sessions shorten",
    operands: "SID",
    needs: "(--to DURATION | --until TIME | --idle DURATION)",
    arity: [1, 1],
    summary: "Move a session's end earlier, or shorten its idle lifetime.",
    options: {
      ...json,
      to: { type: "string", value: "DURATION", help: "To so much from now: 1h." },
      until: { type: "string", value: "TIME", help: "To this time: 2026-12-31T18:00:00Z." },
      idle: { type: "string", value: "DURATION", help: "How long it may stay unused: 30m." },
    },
    run: sessions("shorten"),
  },
  {
    name: "keys list",
    operands: "",
    arity: [0, 0],
    summary: "List signing keys: published, signing, retired.",
    options: json,
    run: keys("list"),
  },
  {
    name: "keys rotate",
    operands: "",
    arity: [0, 0],
    summary: "Publish the next signing key. It signs once every verifier has had the time to fetch it.",
    options: json,
    run: keys("rotate"),
  },
  {
    name: "keys revoke",
    operands: "KID",
    arity: [1, 1],
    summary: "Emergency: trust a signing key no more. Another signs at once.",
    options: { ...json, ...wait },
    run: keys("revoke"),
  },
  {
    name: "services list",
    operands: "",
    arity: [0, 0],
    summary: "List the services that may ask this server things.",
    options: json,
    run: services("list"),
  },
  {
    name: "services add",
    operands: "NAME",
    needs: "--scope SCOPES",
    arity: [1, 1],
    summary: "Make a service key. It is shown once.",
    details:
      "introspect and revoke: the routes of that name. follow: the revocation feed. admin: everything under /auth/admin, and\n/metrics from anywhere; such a key sees every subject, so it takes no audience.",
    options: {
      ...json,
      scope: { type: "string", value: "SCOPES", help: "Some of introspect, revoke, follow, admin; with commas." },
      audience: {
        type: "string",
        value: "NAME",
        help: "The audience that the service stands for. Default: first-party credentials.",
      },
    },
    run: services("add"),
  },
  {
    name: "services remove",
    operands: "ID",
    arity: [1, 1],
    summary: "Remove a service key.",
    options: json,
    run: services("remove"),
  },
  {
    name: "audit",
    operands: "",
    arity: [0, 0],
    summary: "Show the audit log, newest first.",
    options: {
      ...json,
      ...limit,
      user: { type: "string", value: "USER", help: "Only of this user." },
      act: { type: "string", value: "ACT", help: "Only this act: session.sign_in." },
      before: { type: "string", value: "ID", help: "Only entries older than this one." },
    },
    run: async (invocation) => (await import("./audit.ts")).showAudit(invocation),
  },
  {
    name: "doctor",
    operands: "",
    arity: [0, 0],
    summary: "Examine the server: configuration, secrets, store, keys, feed, followers, proxy, clock.",
    details:
      "Asks the data folder, and the issuer by its public URL, as visitors do. Each finding is ok, warn or error, with what to\ndo. Changes nothing but modes of the data folder that let others in. Exit code 1 when there is an error.",
    options: json,
    run: async (invocation) => (await import("./doctor.ts")).doctor(invocation),
  },
  {
    name: "compare",
    operands: "",
    arity: [0, 0],
    summary: "Measure sessions, JWTs and the hybrid side by side on this machine.",
    details:
      "Starts an issuer and services of its own, on loopback ports and temporary files, and removes them; touches no data folder.\nExit code 1 when it is interrupted.",
    options: {
      ...json,
      quick: { type: "boolean", help: "Fewer rounds and sizes: rougher figures in under a minute." },
      rows: {
        type: "string",
        value: "ROWS",
        help: "Some of state, revocation, scalability, payload, cross-domain, theft, csrf-fixation; with commas. Default: all.",
      },
      out: { type: "string", value: "FOLDER", help: "Also write compare.json and compare.md there." },
      store: {
        type: "string",
        value: "STORE",
        help: "sqlite, which services share, or memory, for which they ask the issuer.",
      },
      services: { type: "string", value: "N", help: "Service processes, 1 to 16. Default: 4, with --quick 2." },
      claims: { type: "string", value: "N", help: "Claims of a credential, 0 to 20. Default: 5." },
      seconds: { type: "string", value: "N", help: "How long each load lasts, 1 to 60. Default: 5, with --quick 1." },
      "access-lifetime": {
        type: "string",
        value: "DURATION",
        help: "Of access tokens, 10s to 5m. Default: 30s, with --quick 10s.",
      },
      seed: { type: "string", value: "N", help: "Repeats the same choice of work. Default: 1." },
    },
    run: async (invocation) => (await import("./compare.ts")).compare(invocation),
  },
  {
    name: "explain",
    operands: "CREDENTIAL",
    arity: [1, 1],
    summary: "Say what a credential is, and why it would be refused.",
    details:
      "CREDENTIAL is a session token, a refresh token or a JWT; - reads it from the standard input, so that it stands in no\nshell history. It is judged here: by the data folder where there is one, otherwise by its shape and times alone.\nNothing is sent anywhere, and no use is noted.",
    options: json,
    run: async (invocation) => (await import("./explain.ts")).explain(invocation),
  },
];

function users(act: "list" | "add" | "disable" | "enable" | "revoke") {
  return async (invocation: Invocation) => (await import("./users.ts")).users[act](invocation);
}

function sessions(act: "list" | "revoke" | "extend" | "shorten") {
  return async (invocation: Invocation) => (await import("./sessions.ts")).sessions[act](invocation);
}

function keys(act: "list" | "rotate" | "revoke") {
  return async (invocation: Invocation) => (await import("./keys.ts")).keys[act](invocation);
}

function services(act: "list" | "add" | "remove") {
  return async (invocation: Invocation) => (await import("./services.ts")).services[act](invocation);
}

// The configuration of the server: one schema, from which the checks, the environment and `docs/options.md` come.
// Does not know where values come from.

import { type DataOptions, optionsSchema } from "countersign";
import { z } from "zod";

const issuerOptions = optionsSchema.shape;

/** Everything that `countersign.json` may say. Each member may also come from the environment; see `environmentName`. */
export const configSchema = optionsSchema.extend({
  issuer: issuerOptions.issuer
    .optional()
    .describe(
      "The URL of this server as its visitors reach it: the `iss` of every token, the base of every link. Default: `http://localhost` with the port.",
    ),
  secrets: issuerOptions.secrets
    .optional()
    .describe(
      "The server secrets. The first makes new credentials, all recognise old ones. Default: the lines of the file `secret` in the data folder, which is made with a random one.",
    ),
  port: z.int().min(0).max(65_535).default(4000).describe("The TCP port. 0: any free one."),
  host: z
    .string()
    .min(1)
    .max(255)
    .default("localhost")
    .describe(
      "The address to listen on. `localhost`: this machine only, by IPv4 and IPv6. In a container or behind a proxy on another machine: `0.0.0.0` or `::`.",
    ),
  data: z
    .string()
    .min(1)
    .max(4096)
    .default("./.countersign")
    .describe("The data folder: the database, the generated secret, and in development the mails."),
  log: z
    .strictObject({
      level: z
        .enum(["debug", "info", "warn", "error", "silent"])
        .default("info")
        .describe("What is logged at least. `info` has a line for each request and each act of the audit log."),
      format: z
        .enum(["pretty", "json"])
        .default("pretty")
        .describe("`pretty` for people, `json` (a JSON object a line) for programs."),
    })
    .prefault({}),
  metrics: z
    .strictObject({
      access: z
        .enum(["local", "open", "off"])
        .default("local")
        .describe(
          "Who may read `/metrics` without a key: clients on this machine that come through no proxy (behind a public issuer only once `trustedProxyHops` counts the proxies: else nobody can tell), everybody, or nobody (there is no such address then). Unless it is off, a service key with the scope `admin` reads it from anywhere.",
        ),
    })
    .prefault({}),
  strategies: issuerOptions.strategies
    .unwrap()
    .default(["session", "jwt", "hybrid"])
    .describe(
      "The strategies that a sign-in may name: `session`, `jwt`, `hybrid`. The first is the default. With `hybrid` among them, this server judges every token by the revocation log.",
    ),
  pages: z
    .strictObject({
      showcase: z
        .boolean()
        .optional()
        .describe(
          "Whether the pages are also about Countersign: the comparison at `/`, the way to the API reference, the strategies by name. Otherwise they are the application's alone, under the name `mail.appName`, and `/` leads to the visitor's sessions. Default: only at an issuer at http://localhost with `trustedProxyHops` 0.",
        ),
      strategyChoice: z
        .boolean()
        .optional()
        .describe(
          "Whether visitors are asked by which strategy to be recognised, where several are allowed. Otherwise they get the first. Default: as `pages.showcase`.",
        ),
    })
    .prefault({}),
  lab: z
    .boolean()
    .optional()
    .describe(
      "Whether the page at `/` may run the comparison and the live demonstration on this machine, for visitors on this machine. A run takes all that the machine has, for minutes; the demonstration, four processes while somebody looks. Default: only at an issuer at http://localhost with `trustedProxyHops` 0.",
    ),
  mail: z
    .strictObject({
      ...issuerOptions.mail.unwrap().shape,
      appName: issuerOptions.mail
        .unwrap()
        .shape.appName.describe("The name of the application, in mails and on the pages."),
      smtp: z
        .string()
        .max(1024)
        .refine(isSmtpUrl, "a mail server: smtp://user:password@host:587, or smtps:// for TLS from the start")
        .optional()
        .describe(
          "The mail server, as `smtp://user:password@host:587` or `smtps://…`. Without it an issuer at http://localhost writes its mails to the data folder and shows them at `/dev/mail` (to browsers on the same machine, under the issuer's own address, while `trustedProxyHops` is 0), and any other sends none.",
        ),
      from: z
        .string()
        .min(3)
        .max(320)
        .refine((text) => !/\p{Cc}/u.test(text), "one line")
        .optional()
        .describe("The sender of mails, as `Name <address>`. Default: `no-reply` at the issuer's host."),
    })
    .prefault({}),
});

/** The configuration as one writes it down. */
export type ConfigInput = z.input<typeof configSchema>;

/** The configuration with its defaults. */
export type Config = z.output<typeof configSchema>;

/** The pages at which people sign in: the cookie of a known device is sent there too. */
const ownSignInPaths = ["/sign-in", "/sign-up"];

/** What of a configuration is the issuer's: the options of `createAuth`. */
export function issuerOptionsOf(config: Config, issuer: string, secrets: readonly string[]): DataOptions {
  const {
    port: _,
    host: __,
    data: ___,
    log: ____,
    metrics: _____,
    pages: ______,
    lab: _______,
    ...issuerOptions
  } = config;
  const { mail, signInPaths, ...options } = issuerOptions;
  const { smtp: ________, from: _________, ...mailOptions } = mail;
  return {
    ...options,
    issuer,
    secrets: [...secrets],
    mail: mailOptions,
    signInPaths: [...new Set([...ownSignInPaths, ...signInPaths])],
  };
}

function isSmtpUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, hash } = new URL(text);
  return (protocol === "smtp:" || protocol === "smtps:") && hostname !== "" && hash === "";
}

// Mail through a mail server, by nodemailer. Knows no mail's meaning.

import { Unavailable } from "@countersign/verifier";
import type { SendMail } from "countersign";

/** How the mail server is reached. */
export interface SmtpOptions {
  /** `smtp://user:password@host:587`, `smtps://…`. */
  readonly url: string;
  /** `Name <address>`. */
  readonly from: string;
}

const timeoutMs = 20_000;

/**
 * A sender over one mail server: a few connections that are kept. The library is loaded with the first mail.
 * Throws `Unavailable` when the mail cannot be handed over.
 */
export function createSmtpMail({ url, from }: SmtpOptions): { readonly send: SendMail; close(): void } {
  let opened: Promise<Awaited<ReturnType<typeof openTransport>>> | undefined;
  return {
    async send({ to, subject, text, html }) {
      opened ??= openTransport(url);
      const transport = await opened;
      try {
        // As an object: an address must never be read as a list of several.
        await transport.sendMail({
          from,
          to: { name: "", address: to },
          subject,
          text,
          ...(html === undefined ? {} : { html }),
        });
      } catch (cause) {
        throw new Unavailable("mail_unavailable", "the mail server did not take the mail", { cause });
      }
    },
    close: () => void opened?.then((transport) => transport.close()),
  };
}

async function openTransport(url: string) {
  const { createTransport } = await import("nodemailer");
  const { protocol, hostname, port, username, password } = new URL(url);
  const secure = protocol === "smtps:";
  return createTransport({
    pool: true,
    maxConnections: 2,
    host: hostname.replace(/^\[|\]$/g, ""),
    port: port === "" ? (secure ? 465 : 587) : Number(port),
    secure,
    // Mails carry links that open accounts: a password is never sent, and no mail either, where TLS was asked for and is not there.
    ...(username === ""
      ? {}
      : { auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) }, requireTLS: !secure }),
    disableFileAccess: true,
    disableUrlAccess: true,
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
  });
}

// Mail addresses: parsed once, at the edge, into the typed form and the key by which an account is found. Sends nothing.

import { domainToASCII } from "node:url";

/** An address that was parsed. */
export interface ParsedEmail {
  /** As it was typed, in Unicode normal form C: where mail goes. */
  readonly email: string;
  /** By which the account is found: local part in NFC and lower case, domain in its ASCII form. Unique. */
  readonly emailKey: string;
}

/** Bytes of UTF-8 that an address may take (RFC 5321 section 4.5.3.1.3, without the angle brackets). */
const maxAddressBytes = 254;
/** Bytes of UTF-8 before the `@` (RFC 5321 section 4.5.3.1.1). */
const maxLocalPartBytes = 64;

/**
 * The atoms of a local part (RFC 5322 section 3.2.3), with letters of every script (RFC 6531). Quoted forms are refused: hardly
 * anyone has one, and programs disagree about which of them are equal.
 */
const localPart = /^[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~-]+(?:\.[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~-]+)*$/u;

/** A host name of at least two labels whose last one is no number, so that no IP address passes (RFC 1123 section 2.1). */
const hostName = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?![0-9]+$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/**
 * Parses a mail address. `undefined` when it is none: not a string, more than one `@`, whitespace, control characters or line
 * breaks, quoted local part, IP address or single label as domain, beyond 254 bytes.
 *
 * Characters that only look like others by compatibility (a fullwidth `@` or letter) are refused, so that two accounts cannot
 * have addresses that a mail system folds into one. Two spellings of one international domain have one key.
 */
export function parseEmail(text: unknown): ParsedEmail | undefined {
  if (typeof text !== "string" || text.length > maxAddressBytes || !text.isWellFormed()) return undefined;
  const email = text.normalize("NFC");
  if (email.normalize("NFKC") !== email) return undefined;
  const parts = email.split("@");
  const [local, domain] = parts;
  if (parts.length !== 2 || local === undefined || domain === undefined) return undefined;
  if (!localPart.test(local) || Buffer.byteLength(local) > maxLocalPartBytes) return undefined;
  const host = hostOf(domain);
  if (host === undefined) return undefined;
  const emailKey = `${local.toLowerCase().normalize("NFC")}@${host}`;
  if (Buffer.byteLength(email) > maxAddressBytes || Buffer.byteLength(emailKey) > maxAddressBytes) return undefined;
  return { email, emailKey };
}

/** The ASCII form of a domain (RFC 5891). What a URL parser would drop or decode is refused before it is asked. */
function hostOf(domain: string): string | undefined {
  if (!/^[\p{L}\p{M}\p{N}.-]+$/u.test(domain)) return undefined;
  const host = domainToASCII(domain);
  return host.length <= 253 && hostName.test(host) ? host : undefined;
}

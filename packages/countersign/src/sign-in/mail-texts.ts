// The words of every mail. Knows no transport; the only secret that passes through is the link it is given.

/** One mail's words. */
export interface MailText {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** A link that ends. */
export interface LinkMail {
  /** The name of the service, for people. */
  readonly appName: string;
  /** An absolute http(s) URL. */
  readonly link: string;
  /** Minutes until the link ends. */
  readonly minutes: number;
}

/** A pointer to the page where a forgotten password is replaced; no secret. */
export interface NoticeMail {
  readonly appName: string;
  /** An absolute http(s) URL. */
  readonly link: string;
}

/** To somebody who forgot the password. */
export function resetMail({ appName, link, minutes }: LinkMail): MailText {
  const name = oneLine(appName);
  return compose(`Choose a new password for ${name}`, [
    `Somebody, probably you, asked to choose a new password for ${name}.`,
    `Open this link to do so. It works once, for ${inWords(minutes)}:`,
    { link, label: "Choose a new password" },
    "If it was not you, do nothing: your password stays as it is.",
  ]);
}

/** To somebody who is to show that an address is theirs. */
export function verifyMail({ appName, link, minutes }: LinkMail): MailText {
  const name = oneLine(appName);
  return compose(`Confirm your address for ${name}`, [
    `This address was used to sign up at ${name}.`,
    `Open this link to confirm that it is yours. It works once, for ${inWords(minutes)}:`,
    { link, label: "Confirm this address" },
    "If it was not you, do nothing: without you the address stays unconfirmed.",
  ]);
}

/** To the owner of an account whose address somebody tried to sign up with again. `link`: the forgotten-password page. */
export function addressTakenMail({ appName, link }: NoticeMail): MailText {
  const name = oneLine(appName);
  return compose(`You already have an account at ${name}`, [
    `Somebody, probably you, tried to sign up at ${name} with this address. It already has an account, and nothing was changed.`,
    "Sign in as usual. If you forgot your password, choose a new one here:",
    { link, label: "Forgotten password" },
    "If it was not you, you need not do anything.",
  ]);
}

/** To the owner of an account whose password has changed. `link`: the forgotten-password page. */
export function passwordChangedMail({ appName, link }: NoticeMail): MailText {
  const name = oneLine(appName);
  return compose(`Your password for ${name} was changed`, [
    `Your password for ${name} was changed, and your other devices were signed out.`,
    "If it was not you, choose a new password at once:",
    { link, label: "Choose a new password" },
  ]);
}

type Paragraph = string | { readonly link: string; readonly label: string };

function compose(subject: string, paragraphs: readonly Paragraph[]): MailText {
  const text = paragraphs.map((part) => (typeof part === "string" ? part : part.link)).join("\n\n");
  const body = paragraphs
    .map((part) => `<p>${typeof part === "string" ? escapeHtml(part) : anchor(part)}</p>`)
    .join("\n");
  const head = `<meta charset="utf-8">\n<title>${escapeHtml(subject)}</title>`;
  return { subject, text: `${text}\n`, html: `<!doctype html>\n<html lang="en">\n${head}\n${body}\n</html>\n` };
}

/** The address stands beside the words, so that it can be read before it is opened, and copied. */
function anchor({ link, label }: { link: string; label: string }): string {
  const url = escapeHtml(link);
  return `<a href="${url}">${escapeHtml(label)}</a><br>${url}`;
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? "");
}

/** A line break in a subject would begin another header. */
function oneLine(text: string): string {
  return text.replace(/[\p{C}\p{Zl}\p{Zp}]+/gu, " ").trim();
}

/** Rounded down, so that a link never ends sooner than its mail says. */
function inWords(minutes: number): string {
  if (minutes < 120) return counted(Math.max(1, Math.floor(minutes)), "minute");
  if (minutes < 48 * 60) return counted(Math.floor(minutes / 60), "hour");
  return counted(Math.floor(minutes / (24 * 60)), "day");
}

function counted(count: number, unit: string): string {
  return `${count} ${unit}${count === 1 ? "" : "s"}`;
}

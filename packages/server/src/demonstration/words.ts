// The words of the demonstration, for people: what a request did, what services say, how an end went. Pure; draws nothing.

import type { Answer, Credential, Pane, PaneView, Person, Step } from "./contract.ts";
import { accessTokenOf, endOf } from "./taken-apart.ts";

export const paneTitles: Readonly<Record<Pane, string>> = { jwt: "JWT", session: "Session", hybrid: "Hybrid" };

/** What a service does with such a credential, in a sentence or two. */
export const paneLines: Readonly<Record<Pane, string>> = {
  jwt: "A signed token in a header. A service checks it by the issuer’s public key, and asks nobody.",
  session: "A secret in a cookie. A service asks the issuer at every request, and the issuer looks it up.",
  hybrid: "Both, in two cookies. A service checks the token by itself, and hears which sessions have ended.",
};

/** `41 µs`, `2.6 ms`, `1.3 s`: never broken between figure and unit. */
export function durationText(microseconds: number): string {
  const ms = microseconds / 1000;
  if (microseconds < 999.5) return `${digits(microseconds)}\u00a0µs`;
  return ms < 999.5 ? `${digits(ms)}\u00a0ms` : `${digits(ms / 1000)}\u00a0s`;
}

/** What one request did and cost. */
export function stepWords(step: Step): string {
  return [outcomeWords(step), costWords(step)].join(" ");
}

function outcomeWords({ who, to, request, status, code, microseconds, isRemembered }: Step): string {
  const whose = who === "thief" ? "the thief’s copy" : "it";
  const took = durationText(microseconds);
  if (to === 0) {
    const asked = `${request}: the issuer answered ${status}`;
    return code === null ? `${asked} in ${took}.` : `${asked}, because ${reasonWords(code)}.`;
  }
  if (code !== null)
    return `Service ${to} refused ${whose} with ${status}, because ${reasonWords(code)}. Judged in ${took}.`;
  return `Service ${to} accepted ${whose} in ${took}${isRemembered ? ", knowing it from before" : ""}.`;
}

function costWords(step: Step): string {
  const { to, sentIn, sentBytes, issuerAsked, keysFetched, storeReads, storeWrites } = step;
  const sent = `${sentBytes} bytes of ${sentIn} sent.`;
  if (to === 0) return `Store: ${count(storeReads, "read")}, ${count(storeWrites, "write")}. ${sent}`;
  const keys = keysFetched === 0 ? [] : ["It fetched the issuer’s public keys, once."];
  if (issuerAsked === 0) return [...keys, `It asked nobody${keys.length === 0 ? "" : " else"}. ${sent}`].join(" ");
  return [
    ...keys,
    `It asked the issuer, and that cost ${count(storeReads, "store read")}${whatWasRead(step)}. ${sent}`,
  ].join(" ");
}

// The issuer judges who asks as well as what is asked about, and reads the record again before it vouches for a session.
function whatWasRead({ storeReads, sessionReads, serviceKeyReads }: Step): string {
  const others = storeReads - sessionReads - serviceKeyReads;
  const parts = [
    [sessionReads, "of the session"],
    [serviceKeyReads, "of the service’s key"],
    [others, "of other things"],
  ] as const;
  const named = parts.filter(([number]) => number > 0).map(([number, what]) => `${number} ${what}`);
  return named.length === 0 ? "" : `: ${named.join(", ")}`;
}

/** Why something was refused; for a code without words of its own, the code. */
export function reasonWords(code: string): string {
  return reasons.get(code) ?? `of ${code}`;
}

const reasons: ReadonlyMap<string, string> = new Map([
  ["token_expired", "the token has run out"],
  ["token_revoked", "the feed said that its session has ended"],
  [
    "session_unsupported",
    "the browser has dropped the cookie of a token that ran out, and this service looks up no sessions",
  ],
  ["session_unknown", "the issuer knows no such living session"],
  ["session_revoked", "the session has ended"],
  ["session_ended", "the session has ended"],
  ["credential_revoked", "the session has ended"],
  ["refresh_invalid", "this refresh token counts no more"],
  ["unavailable", "it could not be asked"],
]);

/** What a service says of a copy, in a cell of a table. */
export function answerWords(answer: Answer | null): string {
  if (answer === null) return "not asked";
  if (answer.isAccepted) return "accepts";
  return answer.afterMs === null ? "refuses" : `refuses ${afterWords(answer.afterMs)}`;
}

/** When, after an end. What was refused before the sign-out was even answered counts as at once. */
export function afterWords(ms: number): string {
  return ms < 1 ? "at once" : `after ${durationText(ms * 1000)}`;
}

/** How the end of a session went so far, for every copy of its credential; empty while it lives. */
export function endingWords({ ending, answers }: PaneView): string {
  if (ending === null) return "";
  const how = endings[ending];
  const services = answers.owner.length;
  const still = answers.owner.filter((answer) => answer === null || answer.isAccepted).length;
  // No countdown here: this is read out whenever it changes.
  if (still > 0) return `${how} ${still} of ${services} services still accept it.`;
  const stolen = answers.thief.filter((answer) => answer?.isAccepted === true).length;
  if (stolen > 0) return `${how} ${stolen} of ${services} services still accept the thief’s copy.`;
  const ended = [...answers.owner, ...answers.thief].filter((answer) => answer?.afterMs != null);
  if (ended.length === 0) return `${how} It had run out before.`;
  return `${how} ${lastRefusal(
    ended,
    services,
    answers.thief.some((answer) => answer?.afterMs != null),
  )}`;
}

function lastRefusal(ended: readonly (Answer | null)[], services: number, isStolen: boolean): string {
  const last = Math.max(...ended.map((answer) => answer?.afterMs ?? 0));
  if (ended.some((answer) => answer?.code === "token_expired")) {
    return `The services went on accepting the token until it ran out, ${durationText(last * 1000)} later.`;
  }
  if (last < 1) return `Each of ${services} services refused ${isStolen ? "both copies" : "it"} at once.`;
  const time = durationText(last * 1000);
  const accepted = ended.reduce((sum, answer) => sum + (answer?.acceptedSince ?? 0), 0);
  // What is measured ends with an answer, so it holds the request as well, and the wait before it.
  return accepted === 0
    ? `Each of ${services} services refused the very next request with ${isStolen ? "either copy" : "it"}. The last answer came after ${time}, the asking included.`
    : `The last of ${services} services refused ${isStolen ? "both copies" : "it"} after ${time}, the asking included. Before, they accepted ${count(accepted, "request")} sent after the end.`;
}

const endings = {
  "signed-out": "Signed out.",
  everywhere: "Signed out everywhere.",
  theft:
    "Theft noticed: the refresh token came from two clients, so the issuer ended the session. Nobody renews it any more.",
} as const;

/** Whole seconds until a credential's access token runs out, 0 once it has; null where there is none. */
export function secondsLeft(credential: Credential | null, now: number): number | null {
  const token = credential === null ? null : accessTokenOf(credential);
  const end = token === null ? null : endOf(token);
  return end === null ? null : Math.max(0, Math.ceil((end - now) / 1000));
}

/**
 * When a pane's credential runs out: `left` seconds from now, null where it holds none; on this stage after `hereSeconds` at most, null before there
 * is one.
 */
export function lifetimeWords(pane: Pane, left: number | null, hereSeconds: number | null): string {
  if (pane === "session") return "Nothing runs out soon: by default after 7 days unused, and after 30 days anyway.";
  const lifetime = `Here a token runs out after ${hereSeconds ?? 30} s at most; by default after 5 minutes.`;
  if (left === null) return lifetime;
  return left === 0 ? `It has run out. ${lifetime}` : `It runs out in ${left} s. ${lifetime}`;
}

export const personWords: Readonly<Record<Person, string>> = { owner: "Owner", thief: "Thief" };

function count(number: number, what: string): string {
  return number === 0 ? `no ${what}` : `${number} ${what}${number === 1 ? "" : "s"}`;
}

function digits(value: number): string {
  return String(Number(value.toPrecision(value >= 100 ? 3 : 2)));
}

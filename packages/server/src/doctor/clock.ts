// Judges this machine's clock by what others wrote down of the time. Pure.

import { spanText } from "../cli/words.ts";
import { type Finding, findingsAbout } from "./finding.ts";

const about = findingsAbout("clock");

/** Times of others, in milliseconds since 1970. */
export interface ClockWitnesses {
  readonly now: number;
  /** What the server that answers at the issuer says, or its `Date` header; absent where nobody answered. */
  readonly issuer?: { readonly at: number; readonly accuracyMs: number } | undefined;
  /** The newest time in the database; absent in an empty one. */
  readonly newestRecord?: number | undefined;
}

/** How far clocks may differ before tokens of one are refused by the other, in milliseconds. */
const leewayMs = 10_000;
const noticeableMs = 2000;

const remedy = "Let a time server set the clocks of all machines (systemd-timesyncd, chrony).";

/** What there is to say of it. */
export function judgeClock({ now, issuer, newestRecord }: ClockWitnesses): Finding[] {
  const found = [...judgeIssuer(now, issuer), ...judgeRecord(now, newestRecord)];
  if (found.length > 0) return found;
  const witnesses = [
    ...(issuer === undefined ? [] : ["the issuer's"]),
    ...(newestRecord === undefined ? [] : ["the times in the database"]),
  ];
  return witnesses.length === 0 ? [] : [about.ok(`This machine's clock agrees with ${witnesses.join(" and ")}.`)];
}

function judgeIssuer(now: number, issuer: ClockWitnesses["issuer"]): Finding[] {
  if (issuer === undefined) return [];
  const apart = Math.max(0, Math.abs(issuer.at - now) - issuer.accuracyMs);
  if (apart < noticeableMs) return [];
  const finding = `This machine's clock is ${spanText(apart)} ${issuer.at > now ? "behind" : "ahead of"} the issuer's`;
  return apart > leewayMs
    ? [about.error(`${finding}: tokens would be refused as expired or not yet valid.`, remedy)]
    : [about.warn(`${finding}.`, remedy)];
}

function judgeRecord(now: number, newest: number | undefined): Finding[] {
  if (newest === undefined || newest <= now + noticeableMs) return [];
  return [
    about.error(
      `The database holds a time that is ${spanText(newest - now)} ahead: this clock was set back, or another machine's runs ahead.`,
      remedy,
    ),
  ];
}

// The lifetimes that a team chooses, their scale, and what is wrong with a choice. Knows nothing of theft, nor of how it looks.

import type { Finding } from "./findings.ts";
import { spanText } from "./words.ts";

/** The lifetimes of one configuration, and of one theft. In seconds. */
export interface Lifetimes {
  /** Of an access token. */
  readonly access: number;
  /** For how long the previous refresh token still yields its successor. */
  readonly grace: number;
  /** How long a session may stay unused. */
  readonly idle: number;
  /** From sign-in to the end, whatever happens. */
  readonly absolute: number;
  /** The most that a service's copy of the revocation log may lag behind. */
  readonly lag: number;
  /** How long after the theft its owner, or an operator, ends the sign-in. */
  readonly noticed: number;
}

/** A lifetime that can be dragged. */
export interface Limit {
  readonly key: keyof Lifetimes;
  readonly name: string;
  readonly hint: string;
  readonly least: number;
  readonly most: number;
}

const minute = 60;
const hour = 3600;
const day = 86_400;

/** What can be dragged, in the order in which it takes effect. */
export const limits: readonly Limit[] = [
  {
    key: "lag",
    name: "Allowed lag",
    hint: "How old a service's copy of the revocation log may be.",
    least: 1,
    most: minute,
  },
  {
    key: "grace",
    name: "Refresh grace",
    hint: "How long the last refresh token still works, for lost answers.",
    least: 1,
    most: minute,
  },
  { key: "access", name: "Access token", hint: "How long one signed token is good.", least: 10, most: day },
  { key: "idle", name: "Idle limit", hint: "An unused sign-in ends after this.", least: minute, most: 400 * day },
  { key: "absolute", name: "Absolute limit", hint: "Every sign-in ends after this.", least: minute, most: 400 * day },
  {
    key: "noticed",
    name: "Theft noticed after",
    hint: "Then the owner, or an operator, ends the sign-in.",
    least: 1,
    most: 400 * day,
  },
];

/** Choices to begin with. */
export const presets: readonly { readonly name: string; readonly lifetimes: Lifetimes }[] = [
  {
    name: "Defaults",
    lifetimes: { access: 5 * minute, grace: 10, idle: 7 * day, absolute: 30 * day, lag: 5, noticed: 2 * minute },
  },
  {
    name: "Strict profile",
    lifetimes: { access: 2 * minute, grace: 5, idle: hour, absolute: 12 * hour, lag: 2, noticed: 2 * minute },
  },
  {
    name: "Tokens for a day",
    lifetimes: { access: day, grace: 10, idle: 7 * day, absolute: 30 * day, lag: 5, noticed: 2 * minute },
  },
];

/** Where a slider stops. Each step is a span that people say. */
export const stops: readonly number[] = [
  ...[1, 2, 3, 5, 10, 15, 20, 30, 45],
  ...[1, 2, 3, 5, 10, 15, 20, 30, 45].map((count) => count * minute),
  ...[1, 2, 3, 4, 6, 8, 12, 18].map((count) => count * hour),
  ...[1, 2, 3, 5, 7, 10, 14, 21, 30, 60, 90, 180, 365, 400].map((count) => count * day),
];

/** Where a span stands on the scale: 0 at the first stop, 1 at the last. Between stops it is read off. */
export function placeOf(seconds: number): number {
  const last = stops.length - 1;
  const above = stops.findIndex((stop) => stop >= seconds);
  if (above === -1) return 1;
  if (above === 0) return 0;
  const [low = 1, high = 1] = [stops[above - 1], stops[above]];
  return (above - 1 + Math.log(seconds / low) / Math.log(high / low)) / last;
}

/** The lifetimes after one of them was dragged to a stop; a limit stays within its bounds. */
export function withLimit(lifetimes: Lifetimes, limit: Limit, stop: number): Lifetimes {
  const asked = stops[Math.round(Math.min(Math.max(stop, 0), stops.length - 1))] ?? limit.least;
  return { ...lifetimes, [limit.key]: Math.min(Math.max(asked, limit.least), limit.most) };
}

/** The stop of a span that is one; the nearest below otherwise. */
export function stopOf(seconds: number): number {
  return Math.max(
    0,
    stops.findLastIndex((stop) => stop <= seconds),
  );
}

/** What is wrong with a choice, or worth knowing. */
export function judgeLifetimes({ access, grace, idle, absolute }: Lifetimes): readonly Finding[] {
  const findings: (Finding | false)[] = [
    grace * 5 > access && {
      level: "warning",
      title: "The grace is too long for the token",
      text: `It may be a fifth of the access token's life, ${spanText(access / 5)}: lifetimes are shortened at random by up to a fifth, so that a thief cannot keep hiding in the grace.`,
    },
    access > hour && {
      level: "warning",
      title: "The access token lives too long",
      text: "Countersign issues none for more than an hour, and its gate takes none. Without a feed, a stolen one works until it ends.",
    },
    access > idle && {
      level: "warning",
      title: "The access token outlives an idle sign-in",
      text: "A token that was just renewed still works when the session behind it has gone idle.",
    },
    idle >= absolute && {
      level: "note",
      title: "The idle limit has no effect",
      text: "The sign-in is over before it can have been unused for so long.",
    },
    absolute > day && {
      level: "note",
      title: "More than a day",
      text: "Where NIST's assurance level 2 is asked for, a sign-in ends after 24 hours, or after an hour unused.",
    },
  ];
  return findings.filter((finding): finding is Finding => finding !== false);
}

/** The configuration of these lifetimes, to paste; `undefined` where the server would refuse it. */
export function configurationOf({ access, grace, idle, absolute, lag }: Lifetimes): string | undefined {
  if (grace * 5 > access || access > hour) return undefined;
  const options = {
    session: { lifetime: durationText(absolute), idle: durationText(Math.min(idle, absolute)) },
    jwt: { lifetime: durationText(access), grace: durationText(grace) },
    feed: { lag: durationText(lag) },
  };
  return JSON.stringify(options, null, 2);
}

function durationText(seconds: number): string {
  const units = [
    ["d", day],
    ["h", hour],
    ["m", minute],
  ] as const;
  const [unit, size] = units.find(([, each]) => seconds % each === 0) ?? ["s", 1];
  return `${seconds / size}${unit}`;
}

// Theft: a stolen credential is used at a service, before and after its owner does something about it. Judges no one.

import { type Cell, type Column, columns, columnWords } from "../contract.ts";
import { msText, quantile } from "../figures.ts";
import type { Lab } from "../lab.ts";
import { scenario } from "../scenario.ts";
import { type Credential, credentialOf, type Site } from "../site.ts";
import { byColumn } from "./state.ts";

/** How long something stolen was still accepted. */
export interface Lived {
  /** Until the last request that was accepted began; 0 where none was. */
  readonly ms: number;
  /** The lab waited no longer: it was still accepted. */
  readonly isLiving: boolean;
}

export interface Thefts {
  /** What was stolen, left alone: until it ran out, or until the lab waited no longer. */
  readonly untouched: Lived;
  /** After the owner signed out: of so many sign-outs, each of a credential of its own. */
  readonly signedOut: readonly Lived[];
  /** After the issuer saw a refresh token used twice; none where there is no refresh token. */
  readonly noticed?: Lived & { readonly outcome: string };
}

export interface MeasuredTheft {
  readonly accessLifetime: number;
  readonly thefts: Readonly<Record<Column, Thefts>>;
}

/** What was measured with the machine to itself. */
interface Prompt {
  readonly lab: Lab;
  readonly measured: ReadonlyMap<Column, PromptThefts>;
}

export const theft = scenario<Prompt, MeasuredTheft>({
  aspect: "theft",
  title: "Theft",
  measures:
    "A bearer credential is stolen and used at a service: the time from the owner's acknowledged sign-out until the last request that was still accepted began, the median of several sign-outs; and when left alone, and after a stolen refresh token was noticed.",
  limits:
    "A time ends where the last request that was accepted began, not where the first refusal came back. Access tokens of the lab are short-lived and judged without leeway; a session left alone lives to its idle and absolute end (7 and 30 days by default), for which nobody waits here. The theft of a refresh token is noticed once both, thief and owner, have used it; until then the thief renews. Whether a theft happens at all depends on where a credential is kept, which is not measured.",
  sharesMachine: true,
  async prepare(lab, progress, signal) {
    const measured = new Map<Column, PromptThefts>();
    for (const column of prompt) {
      progress(`${columnWords[column]}: stolen credentials are used while their owner signs out`);
      measured.set(column, await stealWhatEnds(lab, lab.site(column), signal));
    }
    return { lab, measured };
  },
  async run({ lab, measured }, progress, signal) {
    progress("stolen credentials are used until they are refused");
    const found = new Map<Column, Thefts>();
    await Promise.all(
      columns.map(async (column) => {
        const site = lab.site(column);
        found.set(column, await stealAndWait(lab, site, measured.get(column), signal));
      }),
    );
    return { accessLifetime: lab.conditions.accessLifetime, thefts: byColumn(found) };
  },
  report: reportTheft,
});

/** The figures of the thefts. Pure. */
export function reportTheft({ accessLifetime, thefts }: MeasuredTheft) {
  const cell = (column: Column): Cell => {
    const { untouched, signedOut, noticed } = thefts[column];
    const times = signedOut.map(({ ms }) => ms);
    const median = quantile(times, 0.5);
    const worst = { ms: quantile(times, 1), isLiving: signedOut.some(({ isLiving }) => isLiving) };
    return {
      value: worst.isLiving ? null : median,
      unit: "ms that a stolen credential outlives the owner's sign-out, median",
      text: worst.isLiving
        ? `still accepted ${msText(worst.ms)} after sign-out`
        : median === 0
          ? "refused from the sign-out on"
          : `refused ${msText(median)} after sign-out`,
      detail: [
        `Left alone: ${livedText(untouched)}.`,
        worst.isLiving
          ? `After the owner signed out: ${livedText(worst)}.`
          : `After the owner signed out: ${endText(median)} in the median, ${endText(worst.ms)} at the worst, over ${times.length} sign-outs.`,
        noticed === undefined
          ? "There is no refresh token to steal."
          : `After a refresh token came twice: ${livedText(noticed)} (${noticed.outcome}).`,
        ...(column === "jwt" || column === "jwt-alone"
          ? [`Bounded by the lifetime, here ${accessLifetime} s: with 5 minutes, up to 310 s with the usual leeway.`]
          : []),
      ].join(" "),
    };
  };
  return {
    cells: Object.fromEntries(columns.map((column) => [column, cell(column)])) as Record<Column, Cell>,
    better: "less" as const,
    margin: { relative: 0.25, absolute: 25 },
  };
}

function livedText({ ms, isLiving }: Lived): string {
  return isLiving ? `still accepted after ${msText(ms)}, when the lab stopped` : endText(ms);
}

function endText(ms: number): string {
  return ms === 0 ? "refused at once" : `refused after ${msText(ms)}`;
}

/** Columns whose credentials end by themselves only: their thefts run side by side, for they consist of waiting. */
const waiting: readonly Column[] = ["jwt", "jwt-alone"];

/** Columns whose ends take milliseconds. */
const prompt = columns.filter((column) => !waiting.includes(column));

/** A median of fewer is none. */
const leastSignOuts = 3;

/** How often the owner signs out, each time with a credential of its own. */
function signOutsOf({ conditions }: Lab): number {
  return conditions.quick ? 5 : 10;
}

type PromptThefts = Omit<Thefts, "untouched">;

// Milliseconds decide here: one after another, and nothing beside.
async function stealWhatEnds(lab: Lab, site: Site, signal: AbortSignal): Promise<PromptThefts> {
  const email = await site.addSubject();
  const signedOut: Lived[] = [];
  const share = { index: prompt.indexOf(site.column), of: prompt.length };
  for (const _ of lab.budget.rounds("theft", signOutsOf(lab), leastSignOuts, share)) {
    const lived = await signOutAfter(lab, site, await site.signIn(email, "token"), signal);
    signedOut.push(lived);
    // Once is enough: the row has no figure then, and each more would be waited for in vain.
    if (lived.isLiving) break;
  }
  const noticed = await useTwice(lab, site, await site.signIn(email, "token"), signal);
  return { signedOut, ...(noticed === undefined ? {} : { noticed }) };
}

// Seconds decide here: what has to be waited for is waited for at once.
async function stealAndWait(
  lab: Lab,
  site: Site,
  measured: PromptThefts | undefined,
  signal: AbortSignal,
): Promise<Thefts> {
  const email = await site.addSubject();
  const [untouched, rest] = await Promise.all([
    untilUseless(lab, site, await site.signIn(email, "token"), signal),
    measured ?? stealWhatRunsOut(lab, site, email, signal),
  ]);
  return { untouched, ...rest };
}

async function stealWhatRunsOut(lab: Lab, site: Site, email: string, signal: AbortSignal): Promise<PromptThefts> {
  const signIn = () => site.signIn(email, "token");
  const noticed = useTwice(lab, site, await signIn(), signal);
  const signedOut = Array.from({ length: signOutsOf(lab) }, async () =>
    signOutAfter(lab, site, await signIn(), signal),
  );
  const [theft, ...thefts] = await Promise.all([noticed, ...signedOut]);
  return { signedOut: thefts, ...(theft === undefined ? {} : { noticed: theft }) };
}

async function signOutAfter(lab: Lab, site: Site, stolen: Credential, signal: AbortSignal): Promise<Lived> {
  await requireUseful(site, stolen);
  await site.signOut(stolen);
  return untilUseless(lab, site, stolen, signal);
}

// The thief renews twice; then the owner comes with the token that the thief had first: used twice, so somebody stole it.
async function useTwice(
  lab: Lab,
  site: Site,
  owner: Credential,
  signal: AbortSignal,
): Promise<(Lived & { readonly outcome: string }) | undefined> {
  if (owner.refresh === undefined) return undefined;
  const first = credentialOf(await site.renew(owner), owner.email);
  const thief = credentialOf(await site.renew(first), owner.email);
  await requireUseful(site, thief);
  const { status } = await site.renew(owner);
  const lived = await untilUseless(lab, site, thief, signal);
  const after = await site.renew(thief);
  return {
    ...lived,
    outcome: `the owner's renewal was answered ${status}, and the thief's next one ${after.status}`,
  };
}

async function requireUseful(site: Site, { headers }: Credential): Promise<void> {
  const [port = 0] = site.services;
  const status = await site.ask(port, headers);
  if (status !== 200)
    throw new Error(`${site.column}: a stolen credential was answered ${status} before anybody knew.`);
}

/** Used without a pause for so long, while milliseconds matter; then with a pause. */
const promptMs = 100;
const pauseMs = 25;

async function untilUseless(lab: Lab, site: Site, { headers }: Credential, signal: AbortSignal): Promise<Lived> {
  const { clock, conditions } = lab;
  const [port = 0] = site.services;
  const beganAt = clock.monotonic();
  const patienceMs = conditions.accessLifetime * 1000 + 1000;
  for (let ms = 0; ; ) {
    signal.throwIfAborted();
    const askedAfterMs = clock.monotonic() - beganAt;
    const status = await site.ask(port, headers);
    if (status !== 200) return { ms, isLiving: false };
    ms = askedAfterMs;
    if (ms > patienceMs) return { ms, isLiving: true };
    if (ms > promptMs) await clock.sleep(pauseMs, signal);
  }
}

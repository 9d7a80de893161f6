// Judges the ages of the signing keys: which signs, which waits, whether a rotation is overdue. Pure.

import type { KeyView } from "countersign";
import { relativeText, spanText, timeText } from "../cli/words.ts";
import { type Finding, findingsAbout } from "./finding.ts";

const about = findingsAbout("keys");

/** What is asked of keys. */
export interface KeyRules {
  readonly rotateAfterSeconds: number;
  readonly algorithm: string;
}

/** Upkeep comes once a minute: after an hour it did not come. */
const overdueMs = 3_600_000;

/** What there is to say of them at a time, in milliseconds since 1970. `fault`: why the signing key cannot be opened. */
export function judgeKeys(keys: readonly KeyView[], rules: KeyRules, nowMs: number, fault?: string): Finding[] {
  if (fault !== undefined) {
    return [
      about.error(
        fault,
        "Bring back the secret that the keys are sealed under, or revoke the key: countersign keys revoke KID",
      ),
    ];
  }
  const signing = keys.find(({ state }) => state === "signing");
  if (signing === undefined) {
    return [about.warn("No key signs yet.", "Start the server once: it makes the first one.")];
  }
  const staged = keys.find(({ state }) => state === "published");
  return [...judgeSigning(signing, staged, rules, nowMs), ...tellStaged(staged, nowMs)];
}

function judgeSigning(signing: KeyView, staged: KeyView | undefined, rules: KeyRules, nowMs: number): Finding[] {
  const { kid, alg, signsFrom } = signing;
  const dueAt = signsFrom + rules.rotateAfterSeconds * 1000;
  const age = spanText(nowMs - signsFrom);
  if (staged === undefined && nowMs > dueAt + overdueMs) {
    return [
      about.warn(
        `Key ${kid} has signed for ${age}, and was to get its successor ${relativeText(dueAt, nowMs)}: nobody keeps the keys up.`,
        "Keep a server running on this folder, or run: countersign keys rotate",
      ),
    ];
  }
  if (staged === undefined && alg !== rules.algorithm) {
    return [
      about.warn(
        `Key ${kid} signs by ${alg}, and jwt.algorithm is ${rules.algorithm}.`,
        "Restart the server: it stages a key of the other algorithm.",
      ),
    ];
  }
  const next = staged === undefined ? `; its successor is due ${relativeText(dueAt, nowMs)}` : "";
  return [about.ok(`Key ${kid} (${alg}) has signed for ${age}${next}.`)];
}

function tellStaged(staged: KeyView | undefined, nowMs: number): Finding[] {
  if (staged === undefined) return [];
  const { kid, alg, signsFrom } = staged;
  return [
    about.ok(
      `Key ${kid} (${alg}) is published, and signs from ${timeText(signsFrom)}, ${relativeText(signsFrom, nowMs)}.`,
    ),
  ];
}

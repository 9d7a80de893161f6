// The conditions of a run: their defaults, their bounds, and the command that says them. Reads no command line.

import { ConfigurationError } from "@countersign/verifier";
import { type Aspect, aspects, type Conditions } from "./contract.ts";

/** The bounds of numbers, both allowed. */
export const bounds = {
  services: [1, 16],
  claims: [0, 20],
  seconds: [1, 60],
  accessLifetime: [10, 300],
  seed: [0, 4_294_967_295],
} as const;

const units: Readonly<Partial<Record<keyof typeof bounds, string>>> = {
  seconds: " seconds",
  accessLifetime: " seconds",
};

/**
 * Conditions with their defaults: two services (quick) or four, 5 claims, access tokens of 10 s (quick) or 30 s, loads of 1 s (quick) or 5 s.
 * Throws `ConfigurationError` naming what is out of bounds.
 */
export function resolveConditions(
  given: { readonly [Name in keyof Conditions]?: Conditions[Name] | undefined },
): Conditions {
  const quick = given.quick ?? false;
  const conditions: Conditions = {
    store: given.store ?? "sqlite",
    services: given.services ?? (quick ? 2 : 4),
    claims: given.claims ?? 5,
    seconds: given.seconds ?? (quick ? 1 : 5),
    accessLifetime: given.accessLifetime ?? (quick ? 10 : 30),
    quick,
    seed: given.seed ?? 1,
    // In the order of the table, whatever order they were named in.
    rows: aspects.filter((aspect) => (given.rows ?? aspects).includes(aspect)),
  };
  for (const [name, [least, most]] of entriesOf(bounds)) {
    const value = conditions[name];
    if (!Number.isInteger(value) || value < least || value > most) {
      throw new ConfigurationError(name, `must be a whole number from ${least} to ${most}${units[name] ?? ""}`);
    }
  }
  // A load must not outlive the shortest life of the tokens it is made with.
  if (conditions.seconds > conditions.accessLifetime / 2) {
    throw new ConfigurationError("seconds", "must be at most half of the access tokens' lifetime (--access-lifetime)");
  }
  if (conditions.rows.length === 0) throw new ConfigurationError("rows", `must be some of ${aspects.join(", ")}`);
  return conditions;
}

/** Whether a text names an aspect. */
export function isAspect(text: string): text is Aspect {
  return aspects.some((aspect) => aspect === text);
}

/** The command line that makes a run under these conditions. */
export function commandOf(conditions: Conditions): string {
  const { store, services, claims, seconds, accessLifetime, quick, seed, rows } = conditions;
  const usual = resolveConditions({ quick });
  const words = [
    "countersign compare",
    ...(quick ? ["--quick"] : []),
    ...(rows.length === aspects.length ? [] : [`--rows ${rows.join(",")}`]),
    ...(store === usual.store ? [] : [`--store ${store}`]),
    ...(services === usual.services ? [] : [`--services ${services}`]),
    ...(claims === usual.claims ? [] : [`--claims ${claims}`]),
    ...(seconds === usual.seconds ? [] : [`--seconds ${seconds}`]),
    ...(accessLifetime === usual.accessLifetime ? [] : [`--access-lifetime ${accessLifetime}s`]),
    `--seed ${seed}`,
  ];
  return words.join(" ");
}

function entriesOf<T extends object>(table: T): [keyof T, T[keyof T]][] {
  return Object.entries(table) as [keyof T, T[keyof T]][];
}

// Reads options strictly, each for itself, and names the one at fault; knows none of them by name.

import { isPlainLocalhost } from "./cookies.ts";
import { ConfigurationError } from "./primitives/errors.ts";

/** The options as an object, none of them unknown. `group` is the option that holds them; empty at the top. */
export function requireOptions(group: string, options: unknown, known: readonly string[]): void {
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw new ConfigurationError(group === "" ? "options" : group, "must be an object");
  }
  const unknown = Object.keys(options).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const option = group === "" ? unknown : `${group}.${unknown}`;
  throw new ConfigurationError(option, `there is no such option; there are ${known.join(", ")}`);
}

/** A text that says something. */
export function requireText(option: string, value: unknown): void {
  if (typeof value !== "string" || value === "")
    throw new ConfigurationError(option, "must be a text that is not empty");
}

/** A whole number within bounds. */
export function wholeNumber(option: string, value: unknown, least: number, most: number): number {
  if (typeof value === "number" && Number.isInteger(value) && value >= least && value <= most) return value;
  throw new ConfigurationError(option, `must be a whole number from ${least} to ${most}`);
}

/** A number within bounds. */
export function numberWithin(option: string, value: unknown, least: number, most: number): number {
  if (typeof value === "number" && value >= least && value <= most) return value;
  throw new ConfigurationError(option, `must be a number from ${least} to ${most}`);
}

/** A function, where there is one. */
export function requireFunction(option: string, value: unknown): void {
  if (value !== undefined && typeof value !== "function") throw new ConfigurationError(option, "must be a function");
}

/** An address to which credentials may be sent, or from which keys may come: TLS, or this very machine. */
export function safeUrl(option: string, given: unknown): string {
  if (!(typeof given === "string" || given instanceof URL) || !URL.canParse(given)) {
    throw new ConfigurationError(option, "must be an absolute URL");
  }
  const url = new URL(given);
  if (url.protocol !== "https:" && !isPlainLocalhost(url.href)) {
    throw new ConfigurationError(option, "must be https:, or http: on localhost");
  }
  if (url.username !== "" || url.password !== "") throw new ConfigurationError(option, "must not hold credentials");
  return url.href;
}

/** A service key as one text. */
export function requireServiceKey(option: string, value: unknown): void {
  if (typeof value !== "string" || !/^[\w-]{12}\.[\w-]{43}$/.test(value)) {
    throw new ConfigurationError(option, "must be a service key: id.secret");
  }
}

/** What `make` makes; where it names an option of its own, the caller's name for it stands there instead. */
export function renamed<T>(rename: (option: string) => string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    throw error instanceof ConfigurationError ? new ConfigurationError(rename(error.option), error.reason) : error;
  }
}

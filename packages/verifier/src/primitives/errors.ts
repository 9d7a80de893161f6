// The two kinds of error that are thrown: the caller's mistake, and a dependency that could not answer.

/** Codes of `Unavailable`. */
export type UnavailableCode =
  | "store_unavailable"
  | "key_set_unavailable"
  | "issuer_unavailable"
  | "feed_unavailable"
  | "busy"
  | "mail_unavailable";

/**
 * A dependency could not answer: neither an accept nor a refusal. HTTP 503 with `Retry-After`.
 * The message is for operators; answers never carry it.
 */
export class Unavailable extends Error {
  override readonly name = "Unavailable";
  readonly code: UnavailableCode;
  readonly retryAfterSeconds: number;

  constructor(code: UnavailableCode, message: string, options: { retryAfterSeconds?: number; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryAfterSeconds = options.retryAfterSeconds ?? 1;
  }
}

/** The program was set up wrongly: thrown at start, names the option and what is allowed. */
export class ConfigurationError extends Error {
  override readonly name = "ConfigurationError";
  readonly code = "configuration_invalid";
  /** The option at fault, dotted: `jwt.lifetime`. */
  readonly option: string;
  /** What is wrong with it, without its name: `must be a duration from 10s to 1h`. */
  readonly reason: string;

  constructor(option: string, reason: string) {
    super(`${option}: ${reason}`);
    this.option = option;
    this.reason = reason;
  }
}

// Warns of faults where the application listens to none, and of options that weaken a check; the only file of this package that writes to the runtime's own warnings.

/** Faults beyond this number of different ones are not warned of. */
const mostDifferent = 100;

/**
 * A listener for faults, for those who were given none: a warning of the runtime (`process.emitWarning`, else `console.warn`), once for each
 * different fault. It names the kind of the error, its code and the place in the code. What the error says is not repeated: errors of other
 * libraries quote what they were given, and that may be a secret.
 */
export function warnOfFaults(warn: (text: string) => void = emitWarning): (error: unknown, where: string) => void {
  const told = new Set<string>();
  return (error, where) => {
    const fault = describe(error);
    if (told.has(fault) || told.size >= mostDifferent) return;
    told.add(fault);
    const advice = "This is told once; the option onError is told of every fault, with all that the error says.";
    warn(`A fault (${where.slice(0, 100)}): ${fault}. ${advice}`);
  };
}

/** Warns of an option that weakens a check, and says what that costs. For whoever reads the option, once for each time it is set. */
export function warnOfInsecure(option: string, consequence: string): void {
  emitWarning(`${option} is insecure: ${consequence}`, "COUNTERSIGN_INSECURE");
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return `a thrown ${error === null ? "null" : typeof error}`;
  const cause = error.cause instanceof Error ? `, because of ${kindOf(error.cause)}` : "";
  return `${kindOf(error)}${cause}${placeOf(error)}`;
}

function kindOf(error: Error): string {
  const code = "code" in error ? error.code : undefined;
  const name = isWord(error.name) ? error.name : "Error";
  return isWord(code) ? `${name} ${code}` : name;
}

// A name, not a sentence: what could hold a value that somebody sent is left out.
function isWord(text: unknown): text is string {
  return typeof text === "string" && /^[A-Za-z]\w{0,63}$/.test(text);
}

// Behind the message, which may look like anything.
function placeOf({ stack, message }: Error): string {
  if (stack === undefined) return "";
  const afterMessage = stack.slice(stack.indexOf(message) + message.length);
  const frame = /^\s+at (.{1,300})$/m.exec(afterMessage)?.[1];
  return frame === undefined ? "" : `, at ${frame}`;
}

function emitWarning(text: string, code = "COUNTERSIGN_FAULT"): void {
  if (typeof process === "object" && typeof process.emitWarning === "function") {
    process.emitWarning(text, { code });
  } else {
    // biome-ignore lint/suspicious/noConsole: runtimes that are not like Node.js have nowhere else to put it.
    console.warn(text);
  }
}

// What goes wrong in front of an operator, with the remedy in words. Knows no exit but its number.

/** How a command ended: 0 done, 1 refused or failed, 2 misused or set up wrongly. */
export type ExitCode = 0 | 1 | 2;

/** A fault that the operator can mend: its message is shown as it is, without a stack. Never holds a secret. */
export class OperatorError extends Error {
  override readonly name = "OperatorError";
  readonly exitCode: ExitCode;

  constructor(message: string, exitCode: ExitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** A command that was typed wrongly, or a server that was set up wrongly: exit code 2. */
export function misuse(message: string): OperatorError {
  return new OperatorError(message, 2);
}

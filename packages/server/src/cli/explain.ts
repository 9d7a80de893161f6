// `countersign explain`: says what a credential is and why it would be refused. Sends nothing, changes nothing, repeats no secret.

import { readConfig } from "../config-sources.ts";
import { dataFolder, hasDatabase } from "../data-folder.ts";
import type { ExitCode } from "../operator-error.ts";
import type { Invocation } from "./contract.ts";
import { type Explanation, explainShape } from "./explain-shape.ts";
import { explainWithParts } from "./explain-with-parts.ts";
import { sourcesOf, withParts } from "./open.ts";
import { readFirstLine } from "./password-input.ts";
import { alignColumns, printable, printJson } from "./table.ts";

/** Explains one credential: 0 when it would be accepted as far as can be told, 1 when it would be refused. */
export async function explain(invocation: Invocation): Promise<ExitCode> {
  const [operand = ""] = invocation.operands;
  const credential = (operand === "-" ? await readFirstLine(invocation.terminal.stdin) : operand)
    .trim()
    .replace(/^bearer +/i, "");
  const folder = dataFolder(readConfig(sourcesOf(invocation)).data);
  const byShape = explainShape(credential, invocation.clock.now());
  if (!hasDatabase(folder)) return show(invocation, byShape);
  return withParts(invocation, async (parts) => show(invocation, await explainWithParts(parts, credential, byShape)));
}

function show(invocation: Invocation, explanation: Explanation): ExitCode {
  if (invocation.flag("json")) printJson(invocation.terminal, explanation);
  else invocation.terminal.out(inWords(explanation));
  return explanation.verdict === "refused" ? 1 : 0;
}

const verdictWords = {
  accepted: "It would be accepted.",
  refused: "It would be refused.",
  unknown: "Nothing speaks against it, as far as can be told from here.",
} as const;

function inWords({ kind, facts, verdict, code, reasons }: Explanation): string {
  const rows = Object.entries(facts).map(([name, value]) => [`  ${name}`, printable(value)]);
  return [
    `${kind}`,
    "",
    ...alignColumns(rows),
    "",
    `${verdictWords[verdict]}${code === undefined ? "" : ` (${code})`}`,
    ...reasons.map((reason) => `  ${printable(reason)}`),
    "",
  ].join("\n");
}

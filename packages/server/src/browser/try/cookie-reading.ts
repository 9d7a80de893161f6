// Reads Set-Cookie lines, alone or within a whole response, as browsers read them (RFC 6265bis section 5.6). Judges nothing.

import { inputProblem } from "./input.ts";

/** A cookie as a browser reads its line. Of an attribute that stands twice, the last one counts. */
export interface ReadCookie {
  readonly name: string;
  readonly value: string;
  /** Lower-case name to value, as they stand. */
  readonly attributes: ReadonlyMap<string, string>;
  /** Attributes that stand more than once. */
  readonly doubled: readonly string[];
  /** Whether control characters stand in the line: then browsers ignore all of it. */
  readonly hasControls: boolean;
  /** Whether there was an equals sign before the first semicolon. */
  readonly hasName: boolean;
}

/** What was read. */
export type CookieReading =
  | { readonly state: "empty" }
  | { readonly state: "problem"; readonly problem: string }
  | { readonly state: "read"; readonly cookies: readonly ReadCookie[]; readonly isResponse: boolean };

/** The most cookies that are judged at once: browsers keep fewer of one site. */
const mostCookies = 50;

/** Reads what was pasted. Never throws. */
export function readCookies(pasted: string): CookieReading {
  const problem = inputProblem(pasted);
  if (problem !== undefined) return { state: "problem", problem };
  // `curl -v` puts `< ` before each line of an answer.
  const lines = pasted.split(/\r?\n/).map((line) => line.replace(/^<\s?/, ""));
  const filled = lines.filter((line) => line.trim() !== "");
  if (filled.length === 0) return { state: "empty" };
  const isResponse = filled.some((line) => /^(HTTP\/\d|set-cookie\s*:|[\w-]+:\s)/i.test(line));
  const found = isResponse ? setCookieLines(lines) : filled;
  if (found.length === 0) return { state: "problem", problem: whyNone(filled) };
  if (found.length > mostCookies) {
    return {
      state: "problem",
      problem: `That sets ${found.length} cookies. The most that is looked at is ${mostCookies}.`,
    };
  }
  return { state: "read", cookies: found.map(readCookie), isResponse };
}

function setCookieLines(lines: readonly string[]): readonly string[] {
  // What follows the empty line of a response is its body.
  const start = lines.findIndex((line) => line.trim() !== "");
  const body = lines.findIndex(
    (line, index) => index > start && line.trim() === "" && /^HTTP\/\d/i.test(lines[start] ?? ""),
  );
  return lines
    .slice(0, body === -1 ? undefined : body)
    .flatMap((line) => /^\s*set-cookie\s*:(.*)$/i.exec(line)?.[1] ?? []);
}

function whyNone(lines: readonly string[]): string {
  return lines.some((line) => /^cookie\s*:/i.test(line))
    ? "That is a `Cookie` header: what a browser sends back. It says nothing of flags, scope or lifetime. Paste the `Set-Cookie` of the answer that set it."
    : "There is no `Set-Cookie` line in it.";
}

function readCookie(line: string): ReadCookie {
  const [pair = "", ...rest] = line.split(";");
  const equals = pair.indexOf("=");
  const attributes = new Map<string, string>();
  const doubled = new Set<string>();
  for (const text of rest) {
    const at = text.indexOf("=");
    const name = (at === -1 ? text : text.slice(0, at)).trim().toLowerCase();
    const value = at === -1 ? "" : text.slice(at + 1).trim();
    // Browsers ignore an attribute whose value has more than 1024 bytes.
    if (name === "" || value.length > 1024) continue;
    if (attributes.has(name)) doubled.add(name);
    attributes.set(name, value);
  }
  return {
    name: equals === -1 ? "" : pair.slice(0, equals).trim(),
    value: (equals === -1 ? pair : pair.slice(equals + 1)).trim(),
    attributes,
    doubled: [...doubled],
    hasControls: [...line].some(isControl),
    hasName: equals > -1,
  };
}

// All but the tab.
function isControl(character: string): boolean {
  const code = character.charCodeAt(0);
  return (code < 0x20 && code !== 0x09) || code === 0x7f;
}

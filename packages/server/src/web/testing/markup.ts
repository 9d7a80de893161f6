// Reads rendered HTML strictly enough to notice what a browser would silently repair. For tests; knows no page.

/** One element as it was opened. */
export interface ReadElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** The text inside, without tags. */
  readonly text: string;
}

/** What reading found. */
export interface Markup {
  /** Every place that is not well-formed, in words. */
  readonly faults: readonly string[];
  readonly elements: readonly ReadElement[];
}

const voids = new Set(["meta", "link", "input", "br", "hr", "img", "wbr"]);
const tag = /<(\/?)([a-z][a-z0-9]*)((?:\s+[a-zA-Z][\w:-]*(?:="[^"<]*")?)*)\s*(\/?)>/gy;

/** Reads a whole document. */
export function readMarkup(document: string): Markup {
  const faults: string[] = [];
  const elements: { name: string; attributes: Record<string, string>; text: string }[] = [];
  const open: typeof elements = [];
  let at = document.startsWith("<!doctype html>") ? "<!doctype html>".length : 0;
  if (at === 0) faults.push("no doctype");
  while (at < document.length) {
    const next = document.indexOf("<", at);
    const text = document.slice(at, next === -1 ? document.length : next);
    if (/&(?!(?:amp|lt|gt|quot|#\d+);)/.test(text)) faults.push(`a bare ampersand in: ${text.slice(0, 60)}`);
    for (const element of open) element.text += text;
    if (next === -1) break;
    tag.lastIndex = next;
    const match = tag.exec(document);
    if (match === null) {
      faults.push(`not a tag: ${document.slice(next, next + 60)}`);
      at = next + 1;
      continue;
    }
    at = tag.lastIndex;
    const [, closing, name = "", rest = "", selfClosing] = match;
    if (closing === "/") {
      const last = open.pop();
      if (last?.name !== name) faults.push(`</${name}> closes <${last?.name ?? "nothing"}>`);
      continue;
    }
    const element = { name, attributes: readAttributes(rest), text: "" };
    elements.push(element);
    if (!voids.has(name) && selfClosing !== "/") open.push(element);
  }
  for (const element of open) faults.push(`<${element.name}> is never closed`);
  return { faults, elements };
}

function readAttributes(text: string): Record<string, string> {
  return Object.fromEntries(
    [...text.matchAll(/([a-zA-Z][\w:-]*)(?:="([^"]*)")?/g)].map(([, name = "", value]) => [name, value ?? ""]),
  );
}

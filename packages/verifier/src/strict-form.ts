// Reads a urlencoded form that can be read in one way only. Knows no form.

/** The fields of a form, or what is wrong: `repeated` names a field that came twice; without it, the text is no form. */
export type ReadForm =
  | { readonly ok: true; readonly fields: ReadonlyMap<string, string> }
  | { readonly ok: false; readonly repeated?: string };

/**
 * The fields of a text that is `application/x-www-form-urlencoded`, each of which may come once. The usual readers put U+FFFD in the place of
 * what is no UTF-8, and leave a stray `%` as it is, so that two passwords become one; here neither is a form.
 */
export function parseStrictForm(text: string): ReadForm {
  const fields = new Map<string, string>();
  try {
    for (const pair of text.split("&")) {
      if (pair === "") continue;
      const equals = pair.indexOf("=");
      const name = decode(equals === -1 ? pair : pair.slice(0, equals));
      if (fields.has(name)) return { ok: false, repeated: name };
      fields.set(name, equals === -1 ? "" : decode(pair.slice(equals + 1)));
    }
  } catch {
    return { ok: false };
  }
  return { ok: true, fields };
}

/** Throws `URIError` for what is no percent-encoded UTF-8. */
function decode(text: string): string {
  return decodeURIComponent(text.replaceAll("+", " "));
}

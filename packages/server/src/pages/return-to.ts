// Where a visitor may be sent after signing in: a path of this very site, and nothing that a browser could read otherwise.

/** The longest path that is followed. */
const longest = 512;

/**
 * The path to return to, or `undefined` when it could lead anywhere else. Taken are texts that begin with one slash and hold
 * only plain characters of paths and queries: no second slash or backslash at the beginning (`//host`, `/\host`), no control
 * characters (browsers drop tabs and line breaks), no `@`, no colon, and none of these percent-encoded in the path (a proxy may decode them).
 */
export function readReturnTo(text: string | null | undefined): string | undefined {
  if (typeof text !== "string" || text.length > longest) return undefined;
  if (!/^\/(?!\/)[\w\-.~!$&'()*+,;=/%?]*$/.test(text)) return undefined;
  const [path = ""] = text.split("?", 1);
  if (path.includes("//") || /%(?:[01][0-9a-f]|2f|25|3a|40|5c|7f)/i.test(path)) return undefined;
  // Dot segments are resolved as a browser would, and the result must be the same site again.
  const url = new URL(text, "http://site.invalid");
  return url.origin === "http://site.invalid" ? url.pathname + url.search : undefined;
}

// Reads the body of a form: bounded, urlencoded, each field once. Knows no form.

import { parseStrictForm, readBoundedText } from "@countersign/verifier";

/** The most that a form may take, in bytes. */
export const maxFormBytes = 16_384;

/** What came of reading a form. */
export type FormReading =
  | { readonly ok: true; readonly fields: ReadonlyMap<string, string> }
  | { readonly ok: false; readonly status: 400 | 413 | 415 };

/** The fields of a form. 415: not urlencoded; 413: too large; 400: a field twice, not UTF-8, or cut off by the client. */
export async function readForm(request: Request): Promise<FormReading> {
  const type = (request.headers.get("content-type") ?? "").split(";")[0]?.trim().toLowerCase();
  const read = await readBoundedText(request, maxFormBytes);
  if (!read.ok) return { ok: false, status: read.why === "too_large" ? 413 : 400 };
  // A button alone sends an empty form, for which some clients name no type.
  if (type !== "application/x-www-form-urlencoded" && !(type === "" && read.text === ""))
    return { ok: false, status: 415 };
  const form = parseStrictForm(read.text);
  return form.ok ? form : { ok: false, status: 400 };
}

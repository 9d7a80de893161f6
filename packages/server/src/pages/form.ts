// Reads the body of a form: bounded, urlencoded, each field once. Knows no form.

/** The most that a form may take, in bytes. */
export const maxFormBytes = 16_384;

/** What came of reading a form. */
export type FormReading =
  | { readonly ok: true; readonly fields: ReadonlyMap<string, string> }
  | { readonly ok: false; readonly status: 400 | 413 | 415 };

/** The fields of a form. 415: not urlencoded; 413: too large; 400: a field twice, or cut off by the client. */
export async function readForm(request: Request): Promise<FormReading> {
  const type = (request.headers.get("content-type") ?? "").split(";")[0]?.trim().toLowerCase();
  const text = await readBounded(request);
  if (typeof text === "number") return { ok: false, status: text };
  // A button alone sends an empty form, for which some clients name no type.
  if (type !== "application/x-www-form-urlencoded" && !(type === "" && text === "")) return { ok: false, status: 415 };
  const fields = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(text)) {
    if (fields.has(name)) return { ok: false, status: 400 };
    fields.set(name, value);
  }
  return { ok: true, fields };
}

async function readBounded(request: Request): Promise<string | 400 | 413> {
  if (Number(request.headers.get("content-length") ?? 0) > maxFormBytes) return 413;
  if (request.body === null) return "";
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of request.body) {
      length += chunk.byteLength;
      if (length > maxFormBytes) return 413;
      chunks.push(chunk);
    }
  } catch {
    // Only the connection can fail here: the client went away, and nobody is left to read the answer.
    return 400;
  }
  return Buffer.concat(chunks).toString("utf8");
}

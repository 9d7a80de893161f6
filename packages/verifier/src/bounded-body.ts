// Reads a body that may be neither too large nor in doubt about its text. Knows nothing of what it says.

/** A text, or why there is none. `unreadable`: cut off by the sender, or not UTF-8. */
export type ReadText =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly why: "too_large" | "unreadable" };

/**
 * The text of a request's body, of at most `maxBytes`; empty where there is none. Two byte sequences never become one text, least of all in
 * a password: what is not UTF-8 is not read. Of a body that is too large, no more than that is taken.
 */
export async function readBoundedText(
  request: { readonly headers: { get(name: string): string | null }; readonly body: ReadableStream<Uint8Array> | null },
  maxBytes: number,
): Promise<ReadText> {
  if (Number(request.headers.get("content-length") ?? 0) > maxBytes) return { ok: false, why: "too_large" };
  try {
    const bytes = await readBounded(request.body, maxBytes);
    if (bytes === undefined) return { ok: false, why: "too_large" };
    return { ok: true, text: new TextDecoder("utf-8", { fatal: true }).decode(bytes) };
  } catch {
    return { ok: false, why: "unreadable" };
  }
}

/** The bytes of a body; `undefined` where there are more than `maxBytes`, of which the rest is refused. Throws what its sender throws. */
export async function readBounded(
  body: ReadableStream<Uint8Array> | null,
  maxBytes: number,
): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const reader = body?.getReader();
  for (let read = await reader?.read(); read?.value !== undefined; read = await reader?.read()) {
    length += read.value.length;
    if (length > maxBytes) {
      // Not waited for: whoever sends too much may also be slow to stop.
      reader?.cancel().catch(() => undefined);
      return undefined;
    }
    chunks.push(read.value);
  }
  const whole = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.length;
  }
  return whole;
}

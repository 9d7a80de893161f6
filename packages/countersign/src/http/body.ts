// Reads a request's body, bounded, and parses it by a route's schema. Knows no route.

import type { z } from "zod";
import type { Answer, FieldError, Route } from "./contract.ts";

/** The most that a request body may take, in bytes. */
export const maxBodyBytes = 16_384;

type Parsed = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly answer: Answer };

/** The body of a request as its route declares it; `undefined` for a route that takes none. */
export async function readBody(request: Request, declared: Route["body"]): Promise<Parsed> {
  if (declared === undefined) return { ok: true, value: undefined };
  const read = await readText(request);
  if ("refused" in read) return read.refused;
  const { text } = read;
  const wanted = declared.form === true ? "application/x-www-form-urlencoded" : "application/json";
  if (text === "" && declared.optional === true) return parse(declared.schema, {});
  // A media type that a plain form cannot send: it keeps other sites from posting without a preflight.
  if (mediaType(request) !== wanted) return { ok: false, answer: { problem: "media_type_unsupported" } };
  return declared.form === true ? parseForm(declared.schema, text) : parseJson(declared.schema, text);
}

/** The query of a request as its route declares it. A parameter sent twice is an error. */
export function readQuery(url: URL, schema: z.ZodType | undefined): Parsed {
  return schema === undefined ? { ok: true, value: undefined } : parseParameters(schema, url.searchParams);
}

function mediaType(request: Request): string {
  return (request.headers.get("content-type") ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
}

const tooLarge: Parsed = { ok: false, answer: { problem: "body_too_large" } };

async function readText(request: Request): Promise<{ readonly text: string } | { readonly refused: Parsed }> {
  if (Number(request.headers.get("content-length") ?? 0) > maxBodyBytes) return { refused: tooLarge };
  if (request.body === null) return { text: "" };
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of request.body) {
      length += chunk.byteLength;
      if (length > maxBodyBytes) return { refused: tooLarge };
      chunks.push(chunk);
    }
    // Two byte sequences must not become one text, least of all in a password.
    return { text: new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(chunks)) };
  } catch {
    // Cut off by the client, or not UTF-8: its fault either way.
    return { refused: invalid([{ at: "", message: "The body is not whole, or not UTF-8." }]) };
  }
}

function parseJson(schema: z.ZodType, text: string): Parsed {
  try {
    return parse(schema, JSON.parse(text, refusePrototype));
  } catch {
    return invalid([{ at: "", message: "The body is not JSON, or has a member __proto__." }]);
  }
}

// Programs treat this name in many ways, the schemas drop it silently: what is not kept must be refused.
function refusePrototype(name: string, value: unknown): unknown {
  if (name === "__proto__") throw new SyntaxError("a member __proto__");
  return value;
}

function parseForm(schema: z.ZodType, text: string): Parsed {
  return parseParameters(schema, new URLSearchParams(text));
}

function parseParameters(schema: z.ZodType, parameters: URLSearchParams): Parsed {
  const names = [...parameters.keys()];
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  if (repeated !== undefined) return invalid([{ at: repeated.slice(0, 64), message: "May stand there once only." }]);
  return parse(schema, Object.fromEntries(parameters));
}

function parse(schema: z.ZodType, value: unknown): Parsed {
  const parsed = schema.safeParse(value);
  if (parsed.success) return { ok: true, value: parsed.data };
  // The messages name what is allowed and never repeat what was sent.
  return invalid(
    parsed.error.issues.slice(0, 10).map((issue) => ({ at: issue.path.join("."), message: issue.message })),
  );
}

function invalid(errors: readonly FieldError[]): Parsed {
  return { ok: false, answer: { problem: "request_invalid", errors } };
}

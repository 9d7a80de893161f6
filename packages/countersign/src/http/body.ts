// Reads a request's body, bounded, and parses it by a route's schema. Knows no route.

import { parseStrictForm, readBoundedText } from "@countersign/verifier";
import type { z } from "zod";
import type { Answer, FieldError, Route } from "./contract.ts";

/** The most that a request body may take, in bytes. */
export const maxBodyBytes = 16_384;

type Parsed = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly answer: Answer };

/** The body of a request as its route declares it; `undefined` for a route that takes none. */
export async function readBody(request: Request, declared: Route["body"]): Promise<Parsed> {
  if (declared === undefined) return { ok: true, value: undefined };
  const read = await readBoundedText(request, maxBodyBytes);
  if (!read.ok) return read.why === "too_large" ? tooLarge : unreadable;
  const { text } = read;
  const wanted = declared.form === true ? "application/x-www-form-urlencoded" : "application/json";
  if (text === "" && declared.optional === true) return parse(declared.schema, {});
  // A media type that a plain form cannot send: it keeps other sites from posting without a preflight.
  if (mediaType(request) !== wanted) {
    return { ok: false, answer: { problem: "media_type_unsupported", detail: `Send the body as ${wanted}.` } };
  }
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

const unreadable = invalid([{ at: "", message: "The body is not whole, or not UTF-8." }]);

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
  const form = parseStrictForm(text);
  if (form.ok) return parse(schema, Object.fromEntries(form.fields));
  return form.repeated === undefined
    ? invalid([{ at: "", message: "The body is not a form in UTF-8." }])
    : repeatedIn(form.repeated);
}

function parseParameters(schema: z.ZodType, parameters: URLSearchParams): Parsed {
  const names = [...parameters.keys()];
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  return repeated === undefined ? parse(schema, Object.fromEntries(parameters)) : repeatedIn(repeated);
}

function repeatedIn(name: string): Parsed {
  return invalid([{ at: name.slice(0, 64), message: "May stand there once only." }]);
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

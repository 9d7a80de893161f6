// The OpenAPI document of the whole server: the issuer's routes and the server's own beside them. Serves nothing.

import type { Auth } from "countersign";

const tag = "For operators of the server";

/** The server's own routes for programs, as OpenAPI operations. */
const ownPaths = {
  "/healthz": {
    get: operation("get_healthz", "Whether the process answers at all", {
      200: json("It does.", { status: { const: "ok" } }),
    }),
  },
  "/readyz": {
    get: operation("get_readyz", "Whether the store really answers", {
      200: json("It does.", { status: { const: "ready" } }),
      503: json("It does not, or the server is stopping.", { status: { const: "unavailable" } }),
    }),
  },
  "/metrics": {
    get: operation(
      "get_metrics",
      "Numbers for Prometheus: for this machine, and for service keys with the scope `admin`",
      {
        200: {
          description: "The text format of Prometheus.",
          content: { "text/plain": { schema: { type: "string" } } },
        },
        401: problem("service_invalid"),
        403: problem("service_scope_missing"),
        404: { description: "Switched off, or not open to this client without a key (`metrics.access`)." },
        429: problem("attempts_exceeded"),
      },
      [{}, { service: [] }, { serviceBearer: [] }],
    ),
  },
};

/** The document of a server. */
export function serverDocument(auth: Pick<Auth, "openapi">, version: string): Record<string, unknown> {
  const document = auth.openapi(version);
  return { ...document, paths: { ...(isObject(document.paths) ? document.paths : {}), ...ownPaths } };
}

/** The paths of a document, with `{name}` for parameters. */
export function documentPaths(document: Record<string, unknown>): readonly string[] {
  return isObject(document.paths) ? Object.keys(document.paths) : [];
}

function operation(operationId: string, summary: string, responses: object, security: readonly object[] = []): object {
  return { operationId, tags: [tag], summary, security, responses };
}

function problem(code: string): object {
  const schema = { $ref: "#/components/schemas/Problem" };
  return { description: code, content: { "application/problem+json": { schema } } };
}

function json(description: string, properties: object): object {
  const schema = { type: "object", properties, required: Object.keys(properties) };
  return { description, content: { "application/json": { schema } } };
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

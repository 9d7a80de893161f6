// The OpenAPI 3.1 document, made from the table of routes. Knows no router.

import { cookieNames } from "@countersign/verifier";
import { z } from "zod";
import { problems } from "../primitives/errors.ts";
import type { Route } from "./contract.ts";
import { problemSchema } from "./schemas.ts";

type Json = Record<string, unknown>;

/** The document for these routes. */
export function openApiDocument(routes: readonly Route[], about: { issuer: string; version: string }): Json {
  const paths: Record<string, Json> = {};
  for (const route of routes) {
    const path = route.path.replace(/:(\w+)/g, "{$1}");
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(route) };
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Countersign",
      version: about.version,
      description:
        "Sessions and JWTs over one session record. Errors are application/problem+json (RFC 9457) with a stable code.",
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: about.issuer }],
    paths,
    components: {
      schemas: { Problem: jsonSchema(problemSchema, "output"), Json: { description: "Any JSON value." } },
      securitySchemes: {
        session: cookie(cookieNames.prefixed.session, "The session cookie."),
        accessToken: cookie(cookieNames.prefixed.accessToken, "The cookie with the access token."),
        refresh: cookie("__Secure-rt", "The cookie with the refresh token, sent to `/auth/refresh` alone."),
        bearer: { type: "http", scheme: "bearer", description: "An access token or a session token." },
        service: { type: "http", scheme: "basic", description: "A service key: its id and its secret." },
        serviceBearer: { type: "http", scheme: "bearer", description: "A service key in one: `id.secret`." },
      },
    },
  };
}

// On plain `http://localhost` browsers that refuse `Secure` cookies there get the same ones under names without the prefix.
function cookie(name: string, description: string): Json {
  return { type: "apiKey", in: "cookie", name, description };
}

function operation(route: Route): Json {
  const made: Json = {
    operationId: operationId(route),
    tags: [route.tag],
    summary: route.summary,
    security: security(route),
    responses: responses(route),
  };
  const parameters = [...pathParameters(route), ...queryParameters(route), ...headerParameters(route)];
  if (parameters.length > 0) made.parameters = parameters;
  if (route.body !== undefined) {
    const type = route.body.form === true ? "application/x-www-form-urlencoded" : "application/json";
    made.requestBody = {
      required: route.body.optional !== true,
      content: { [type]: { schema: jsonSchema(route.body.schema, "input") } },
    };
  }
  return made;
}

function operationId(route: Route): string {
  const words = route.path.replace(/^\/(auth\/|\.well-known\/)/, "").split(/[^a-z]+/i);
  return [route.method.toLowerCase(), ...words].filter((word) => word !== "").join("_");
}

const credentials: readonly Json[] = [{ session: [] }, { accessToken: [] }, { bearer: [] }];

/** What a caller may show, one of them; what stands in one object goes together, and an empty one is nothing at all. */
function security({ access, refuses, takes }: Route): readonly Json[] {
  if (access === "account" || refuses === "credentials") return credentials;
  if (access !== "public") return [{ service: [] }, { serviceBearer: [] }];
  if (takes === "refresh cookies") return [{}, { refresh: [], accessToken: [] }];
  return takes === "credentials" ? [{}, ...credentials] : [];
}

function responses(route: Route): Json {
  const made: Json = {};
  for (const [status, { what, schema, mediaType, headers = {}, cookies }] of Object.entries(route.answers)) {
    made[status] = {
      description: what,
      ...describedHeaders(headers, cookies),
      ...(mediaType === undefined ? {} : { content: { [mediaType]: { schema: { type: "string" } } } }),
      ...(schema === undefined ? {} : { content: { "application/json": { schema: jsonSchema(schema, "output") } } }),
    };
  }
  for (const [status, codes] of problemsByStatus(route)) {
    made[status] = {
      description: codes.join(", "),
      ...describedHeaders(problemHeaders[status] ?? {}),
      content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
    };
  }
  return made;
}

const problemHeaders: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  401: { "WWW-Authenticate": "How to authenticate (RFC 9110 section 11.6.1)." },
  429: { "Retry-After": "Seconds until another attempt is looked at." },
  503: { "Retry-After": "Seconds after which to try again." },
};

function describedHeaders(always: Readonly<Record<string, string>>, cookies?: string): Json {
  const made: Json = {};
  for (const [name, description] of Object.entries(always)) {
    made[name] = { description, required: true, schema: { type: "string" } };
  }
  if (cookies !== undefined) made["Set-Cookie"] = { description: cookies, schema: { type: "string" } };
  return Object.keys(made).length === 0 ? {} : { headers: made };
}

function problemsByStatus(route: Route): Map<string, string[]> {
  const found = new Map<string, string[]>();
  const add = (status: number, code: string) => found.set(`${status}`, [...(found.get(`${status}`) ?? []), code]);
  for (const code of route.problems) add(problems[code].status, code);
  if (route.body !== undefined || route.query !== undefined) add(400, "request_invalid");
  if (route.body !== undefined) add(413, "body_too_large");
  if (route.body !== undefined) add(415, "media_type_unsupported");
  if (route.refuses === "cross_site") add(403, "cross_site_request");
  if (route.access === "account" || route.refuses === "credentials") {
    add(401, "credential_missing, credential_invalid, token_expired or session_ended");
    add(403, "cross_site_request or insufficient_scope");
  } else if (route.access !== "public") {
    add(401, "service_invalid");
    add(403, "service_scope_missing");
    add(429, "attempts_exceeded");
  }
  add(503, "temporarily_unavailable");
  return found;
}

function pathParameters(route: Route): Json[] {
  return [...route.path.matchAll(/:(\w+)/g)].map(([, name]) => ({
    name,
    in: "path",
    required: true,
    schema: { type: "string", maxLength: 16 },
  }));
}

function headerParameters({ headers = {} }: Route): Json[] {
  return Object.entries(headers).map(([name, description]) => ({
    name,
    in: "header",
    description,
    schema: { type: "string" },
  }));
}

function queryParameters(route: Route): Json[] {
  if (route.query === undefined) return [];
  const { properties = {}, required = [] } = jsonSchema(route.query, "input") as {
    properties?: Record<string, Json>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: "query",
    required: required.includes(name),
    schema,
  }));
}

function jsonSchema(schema: z.ZodType, io: "input" | "output"): Json {
  const { $schema: _, $defs: __, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: "any" });
  // The one thing that refers to itself is "any JSON": its definition has one place in the document, where a reference finds it.
  return JSON.parse(JSON.stringify(rest).replaceAll(/"#\/\$defs\/\w+"/g, '"#/components/schemas/Json"'));
}

import { describe, expect, it } from "vitest";
import { z } from "zod";
import { type Route, route } from "./contract.ts";
import { openApiDocument } from "./openapi.ts";

const least = {
  method: "GET",
  path: "/auth/thing",
  tag: "Things",
  summary: "A thing",
  access: "public",
  cors: false,
  answers: { 204: { what: "Done." } },
  problems: [],
  run: () => ({ status: 204 }),
} as const satisfies Route;

const about = { issuer: "https://auth.example", version: "1.2.3" };

function operation(row: Partial<Route>) {
  const document = openApiDocument([{ ...least, ...row }], about);
  const paths = document.paths as Record<string, Record<string, Record<string, unknown>>>;
  return Object.values(Object.values(paths)[0] ?? {})[0] ?? {};
}

const statuses = (row: Partial<Route>) => Object.keys(operation(row).responses ?? {});

describe("the document", () => {
  it("says whose it is", () => {
    expect(openApiDocument([least], about)).toMatchObject({
      openapi: "3.1.0",
      info: { title: "Countersign", version: "1.2.3" },
      servers: [{ url: "https://auth.example" }],
    });
  });

  it("keeps the methods of one path together, and writes parameters in braces", () => {
    const rows: Route[] = [
      { ...least, path: "/auth/things/:sid" },
      { ...least, path: "/auth/things/:sid", method: "DELETE" },
    ];
    const { paths } = openApiDocument(rows, about) as { paths: Record<string, object> };
    expect(Object.entries(paths).map(([path, item]) => [path, Object.keys(item)])).toEqual([
      ["/auth/things/{sid}", ["get", "delete"]],
    ]);
    expect(operation({ path: "/auth/things/:sid" })).toMatchObject({
      operationId: "get_things_sid",
      parameters: [{ name: "sid", in: "path", required: true }],
    });
  });

  it.each<readonly [string, Partial<Route>, readonly string[]]>([
    ["answers, and that it may not be able to answer", {}, ["204", "503"]],
    ["its own problems", { problems: ["address_taken", "attempts_exceeded"] }, ["204", "409", "429", "503"]],
    ["what any body may be", { body: { schema: z.object({}) } }, ["204", "400", "413", "415", "503"]],
    ["what any query may be", { query: z.object({}) }, ["204", "400", "503"]],
    ["who must be signed in", { access: "account" }, ["204", "401", "403", "503"]],
    ["who must be a service", { access: "admin" }, ["204", "401", "403", "429", "503"]],
    ["from where it may not come", { refuses: "cross_site" }, ["204", "403", "503"]],
    ["whom it refuses", { refuses: "credentials" }, ["204", "401", "403", "503"]],
  ])("names by status %s", (_name, row, expected) => {
    expect(statuses(row)).toEqual(expected);
  });

  it("names several problems of one status together", () => {
    const { responses } = operation({ problems: ["password_common", "password_too_short"] });
    expect(responses).toMatchObject({ 422: { description: "password_common, password_too_short" } });
  });

  it.each([
    ["a public route", {}, []],
    ["an account route", { access: "account" }, [{ session: [] }, { accessToken: [] }, { bearer: [] }]],
    [
      "a public route that refuses as they do",
      { refuses: "credentials" },
      [{ session: [] }, { accessToken: [] }, { bearer: [] }],
    ],
    [
      "a route that ends what it is shown",
      { takes: "credentials" },
      [{}, { session: [] }, { accessToken: [] }, { bearer: [] }],
    ],
    ["a refresh", { takes: "refresh cookies" }, [{}, { refresh: [], accessToken: [] }]],
    ["a service's route", { access: "introspect" }, [{ service: [] }, { serviceBearer: [] }]],
  ] as const)("says what the caller of %s shows", (_name, row, security) => {
    expect(operation(row).security).toEqual(security);
  });

  it("defines every credential that it names", () => {
    const { components } = openApiDocument([least], about) as { components: { securitySchemes: object } };
    expect(components.securitySchemes).toMatchObject({
      session: { type: "apiKey", in: "cookie", name: "__Host-Http-sid" },
      accessToken: { type: "apiKey", in: "cookie", name: "__Host-Http-at" },
      refresh: { type: "apiKey", in: "cookie", name: "__Secure-rt" },
      bearer: { type: "http", scheme: "bearer" },
      service: { type: "http", scheme: "basic" },
      serviceBearer: { type: "http", scheme: "bearer" },
    });
  });

  it("names the headers of requests, of good answers and of problems", () => {
    const made = operation({
      headers: { "X-Method": "Which." },
      answers: {
        200: { what: "Good.", headers: { "X-Who": "Whose." }, cookies: "Sometimes." },
        204: { what: "Nothing to tell." },
      },
      problems: ["credentials_wrong", "attempts_exceeded", "address_taken"],
    });
    expect(made.parameters).toEqual([
      { name: "X-Method", in: "header", description: "Which.", schema: { type: "string" } },
    ]);
    const responses = made.responses as Record<string, { headers?: Record<string, { required?: boolean }> }>;
    const headers = Object.entries(responses).map(([status, answer]) => [
      status,
      Object.entries(answer.headers ?? {}).map(([name, { required }]) => [name, required]),
    ]);
    expect(headers).toEqual([
      [
        "200",
        [
          ["X-Who", true],
          ["Set-Cookie", undefined],
        ],
      ],
      ["204", []],
      ["401", [["WWW-Authenticate", true]]],
      ["409", []],
      ["429", [["Retry-After", true]]],
      ["503", [["Retry-After", true]]],
    ]);
  });

  it("takes bodies and queries from the schemas that check them", () => {
    const made = operation(
      route({
        ...least,
        method: "POST",
        body: { schema: z.strictObject({ name: z.string().max(5), age: z.int().optional() }), optional: true },
        query: z.strictObject({ limit: z.coerce.number().default(5) }),
        run: () => ({ status: 204 }),
      }),
    );
    expect(made.requestBody).toMatchObject({
      required: false,
      content: {
        "application/json": {
          schema: { properties: { name: { maxLength: 5 } }, required: ["name"], additionalProperties: false },
        },
      },
    });
    expect(made.parameters).toMatchObject([{ name: "limit", in: "query", required: false }]);
  });

  it("says that a form is one", () => {
    const form = operation({ body: { schema: z.strictObject({}), form: true } }).requestBody;
    expect(form).toMatchObject({ required: true, content: { "application/x-www-form-urlencoded": {} } });
  });

  it("writes any JSON as a reference that leads somewhere", () => {
    const schema = z.strictObject({ data: z.record(z.string(), z.json()) });
    const document = openApiDocument([{ ...least, body: { schema } }], about);
    const text = JSON.stringify(document);
    const references = [...text.matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, path]) => path?.split("/") ?? []);
    expect(references.length).toBeGreaterThan(1);
    for (const path of references) {
      const target = path.reduce<unknown>((at, name) => (at as Record<string, unknown> | undefined)?.[name], document);
      expect([path, target]).toEqual([path, expect.any(Object)]);
    }
    expect(text).not.toContain("$defs");
  });
});

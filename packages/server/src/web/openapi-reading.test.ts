import { describe, expect, it } from "vitest";
import { type Operation, readOpenApi } from "./openapi-reading.ts";

const origin = "http://localhost:4000";

const post = (operation: object, components: object = {}): Operation => {
  const document = { openapi: "3.1.0", info: {}, paths: { "/a/{id}": { post: operation } }, components };
  const read = readOpenApi(document, origin).groups[0]?.operations[0];
  if (read === undefined) throw new Error("The operation was not read.");
  return read;
};

const withBody = (schema: object, components: object = {}): Operation =>
  post({ requestBody: { content: { "application/json": { schema } } } }, components);

describe("reading an OpenAPI document", () => {
  it("groups operations by tag, in the order that the tags are declared, the rest after them", () => {
    const operation = (tag: string) => ({ get: { tags: [tag] } });
    const document = {
      tags: [{ name: "B" }, { name: "Unused" }, { name: "A" }],
      paths: { "/1": operation("A"), "/2": operation("C"), "/3": operation("B"), "/4": { get: {} } },
    };
    const groups = readOpenApi(document, origin).groups.map(({ name, operations }) => [name, operations.length]);
    expect(groups).toEqual([
      ["B", 1],
      ["A", 1],
      ["C", 1],
      ["Other", 1],
    ]);
  });

  it("leaves out what is missing, down to an empty document", () => {
    expect(readOpenApi({}, origin)).toEqual({ title: "API", version: "", description: "", groups: [] });
    expect(post({})).toMatchObject({ summary: "", parameters: [], body: undefined, answers: [], credentials: [] });
  });

  it.each([
    ["a string", { type: "string" }, "string", ""],
    ["a format", { type: "string", format: "email" }, "string (email)", ""],
    ["lengths", { type: "string", minLength: 15, maxLength: 256 }, "string", "15 to 256 characters."],
    ["one length", { type: "string", minLength: 16, maxLength: 16 }, "string", "16 characters."],
    ["a minimum", { type: "integer", minimum: 1 }, "integer", "At least 1."],
    [
      "the bounds of safe integers, which say nothing",
      { type: "integer", minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER },
      "integer",
      "",
    ],
    ["choices", { enum: ["a", "b"], default: "a" }, `"a" | "b"`, `Default: "a".`],
    ["a constant", { const: true }, "true", ""],
    ["null allowed", { type: ["string", "null"] }, "string | null", ""],
    ["null as a variant", { anyOf: [{ type: "string" }, { type: "null" }] }, "string | null", ""],
    ["a list", { type: "array", items: { type: "string" } }, "list of string", ""],
    ["nothing said", {}, "any", ""],
  ])("describes a member with %s", (_, schema, type, notes) => {
    const row = withBody({ type: "object", properties: { x: schema } }).body?.shapes[0]?.rows[0];
    expect(row).toEqual({ name: "x", type, required: false, notes });
  });

  it("follows references and names nested members by their path", () => {
    const schemas = {
      Outer: {
        type: "object",
        required: ["list"],
        properties: { list: { type: "array", items: { $ref: "#/components/schemas/Inner" } } },
      },
      Inner: { type: "object", properties: { name: { type: "string" } } },
    };
    const rows = withBody({ $ref: "#/components/schemas/Outer" }, { schemas }).body?.shapes[0]?.rows;
    expect(rows?.map(({ name, required }) => [name, required])).toEqual([
      ["list", true],
      ["list[].name", false],
    ]);
  });

  it("ends on schemas that contain or name themselves", () => {
    const schemas = {
      Tree: { type: "object", required: ["child"], properties: { child: { $ref: "#/components/schemas/Tree" } } },
      Loop: { $ref: "#/components/schemas/Loop" },
    };
    expect(withBody({ $ref: "#/components/schemas/Tree" }, { schemas }).body?.shapes[0]?.rows).toHaveLength(4);
    expect(withBody({ $ref: "#/components/schemas/Loop" }, { schemas }).body?.shapes[0]?.rows).toEqual([]);
  });

  it("shows alternatives one by one", () => {
    const variants = [
      { title: "With cookies", type: "object", properties: { a: { type: "string" } } },
      { title: "With tokens", type: "object", properties: { b: { type: "string" } } },
    ];
    expect(withBody({ oneOf: variants }).body?.shapes.map(({ title, rows }) => [title, rows[0]?.name])).toEqual([
      ["With cookies", "a"],
      ["With tokens", "b"],
    ]);
  });
});

describe("an answer", () => {
  it("tells its headers, also one that is defined elsewhere", () => {
    const components = { headers: { Later: { description: "Seconds", required: true, schema: { type: "integer" } } } };
    const headers = { "Retry-After": { $ref: "#/components/headers/Later" }, "X-Who": {} };
    expect(post({ responses: { 429: { headers } } }, components).answers[0]).toEqual({
      status: "429",
      description: "",
      headers: [
        { name: "Retry-After", type: "integer", required: true, notes: "Seconds." },
        { name: "X-Who", type: "any", required: false, notes: "" },
      ],
      content: undefined,
    });
  });
});

describe("the example of an operation", () => {
  const body = {
    type: "object",
    required: ["email"],
    properties: { email: { type: "string" }, more: { type: "string" } },
  };

  it("sends the required members as JSON, and says where it comes from when it bears no credential", () => {
    expect(withBody(body).curl).toBe(
      [
        `curl -X POST "http://localhost:4000/a/$ID"`,
        `-H "Origin: http://localhost:4000"`,
        `-H "Content-Type: application/json"`,
        `-d '{"email":"ada@example.com"}'`,
      ].join(" \\\n  "),
    );
  });

  it("takes an example that the document gives, and quotes it for the shell", () => {
    const operation = {
      requestBody: { content: { "application/json": { schema: body, example: { email: "o'hara@example.com" } } } },
    };
    expect(post(operation).curl).toContain(`-d '{"email":"o'\\''hara@example.com"}'`);
  });

  it("invents no answer, and shows the one that the document gives", () => {
    const answer = (media: object) =>
      post({ responses: { 200: { content: { "application/json": media } } } }).answers[0]?.content?.example;
    expect(answer({ schema: body })).toBeUndefined();
    expect(answer({ schema: body, examples: { one: { value: { email: "x" } } } })).toBe(`{\n  "email": "x"\n}`);
    expect(answer({ schema: { ...body, example: "as text" } })).toBe("as text");
  });

  it("encodes a form as a form", () => {
    const content = { "application/x-www-form-urlencoded": { schema: body, example: { email: "a b@example.com" } } };
    expect(post({ requestBody: { content } }).curl).toContain("-d 'email=a+b%40example.com'");
  });

  it("bears the first credential that travels in a header, also behind one that does not", () => {
    const securitySchemes = { cookie: { type: "apiKey", in: "cookie" }, bearer: { type: "http", scheme: "bearer" } };
    const operation = post({ security: [{ cookie: [] }, { bearer: [] }] }, { securitySchemes });
    expect(operation.curl).toContain("Authorization: Bearer $TOKEN");
    expect(operation.credentials).toEqual(["cookie", "bearer"]);
  });

  it("bears the first credential that the operation takes, with its words", () => {
    const components = {
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer", description: "Access token." },
        service: { type: "http", scheme: "basic" },
      },
    };
    const operation = post({ security: [{ service: ["admin"] }, { bearer: [] }] }, components);
    expect(operation.credentials).toEqual(["service (scope admin)", "Access token"]);
    expect(operation.curl).toContain(`-u "$SERVICE_KEY"`);
    expect(post({ security: [{ bearer: [] }] }, components).curl).toContain("Authorization: Bearer $TOKEN");
    expect(post({ security: [{ bearer: [] }] }, components).curl).not.toContain("Origin");
  });

  it("says what goes together, and that it may be nothing", () => {
    const cookie = (description: string) => ({ type: "apiKey", in: "cookie", description });
    const securitySchemes = {
      a: cookie("One cookie."),
      b: cookie("Another."),
      bearer: { type: "http", scheme: "bearer" },
    };
    const operation = post({ security: [{}, { a: [], b: [] }, { a: [], bearer: [] }] }, { securitySchemes });
    expect(operation.credentials).toEqual(["none", "One cookie + Another", "One cookie + bearer"]);
    expect(operation.curl).toContain("Authorization: Bearer $TOKEN");
    expect(post({ security: [] }, { securitySchemes }).credentials).toEqual([]);
  });

  it("sends no method and no origin for a GET", () => {
    const document = { paths: { "/healthz": { get: {} } } };
    expect(readOpenApi(document, origin).groups[0]?.operations[0]?.curl).toBe(`curl "http://localhost:4000/healthz"`);
  });
});

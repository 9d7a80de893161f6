// Reads an OpenAPI 3.1 document into what a reader needs: operations by tag, members as rows, examples. Knows no HTML.

type Members = Readonly<Record<string, unknown>>;

/** The document, made readable. */
export interface Reading {
  readonly title: string;
  readonly version: string;
  readonly description: string;
  readonly groups: readonly Group[];
}

/** The operations of one tag. */
export interface Group {
  readonly name: string;
  readonly description: string;
  readonly operations: readonly Operation[];
}

/** One method at one address. */
export interface Operation {
  /** Unique in the document, fit for an address: `post-auth-sign-in`. */
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly summary: string;
  readonly description: string;
  /** What a caller may authenticate with, one of them, `none` among them where it need not; empty when nobody need. */
  readonly credentials: readonly string[];
  readonly parameters: readonly Row[];
  readonly body: Content | undefined;
  readonly answers: readonly Answer[];
  readonly curl: string;
}

/** One answer that an operation gives. */
export interface Answer {
  readonly status: string;
  readonly description: string;
  readonly headers: readonly Row[];
  readonly content: Content | undefined;
}

/** A body: its media type and the shapes that it may have. */
export interface Content {
  readonly type: string;
  readonly shapes: readonly Shape[];
  /** An example, as text: for requests one is made when the document gives none. */
  readonly example: string | undefined;
}

/** One shape of a body; several stand for alternatives. */
export interface Shape {
  readonly title: string;
  readonly rows: readonly Row[];
}

/** One member, parameter or header. */
export interface Row {
  /** With its parents: `sessions[].sid`. */
  readonly name: string;
  readonly type: string;
  readonly required: boolean;
  readonly notes: string;
}

const methods = ["get", "post", "put", "patch", "delete", "head", "options"] as const;
const deepest = 4;

/** Reads the document. `origin` is where the examples send their requests. What is missing is left out, never guessed. */
export function readOpenApi(document: object, origin: string): Reading {
  const root = members(document);
  const info = members(root.info);
  const operations = Object.entries(members(root.paths)).flatMap(([path, item]) =>
    methods
      .filter((method) => isMembers(members(item)[method]))
      .map((method) => ({ path, method, item: members(item) })),
  );
  const tagged = operations.map(({ path, method, item }) => {
    const source = members(item[method]);
    return {
      tag: text(list(source.tags)[0]) || "Other",
      operation: readOperation(root, origin, path, method, source, item),
    };
  });
  return {
    title: text(info.title) || "API",
    version: text(info.version),
    description: text(info.description),
    groups: groupNames(root, tagged).map(({ name, description }) => ({
      name,
      description,
      operations: tagged.filter(({ tag }) => tag === name).map(({ operation }) => operation),
    })),
  };
}

function groupNames(root: Members, tagged: readonly { tag: string }[]): { name: string; description: string }[] {
  const used = new Set(tagged.map(({ tag }) => tag));
  const declared = list(root.tags).map((tag) => ({
    name: text(members(tag).name),
    description: text(members(tag).description),
  }));
  const known = new Set(declared.map(({ name }) => name));
  const rest = [...used].filter((name) => !known.has(name)).map((name) => ({ name, description: "" }));
  return [...declared.filter(({ name }) => used.has(name)), ...rest];
}

function readOperation(
  root: Members,
  origin: string,
  path: string,
  method: string,
  source: Members,
  item: Members,
): Operation {
  const parameters = [...list(item.parameters), ...list(source.parameters)].map((entry) => resolve(root, entry));
  const body = readContent(root, resolve(root, source.requestBody).content, true);
  const security = readSecurity(root, source.security ?? root.security);
  return {
    id: `${method}${path.replace(/[^A-Za-z0-9]+/g, "-")}`.replace(/-$/, ""),
    method: method.toUpperCase(),
    path,
    summary: text(source.summary),
    description: text(source.description),
    credentials: security.map(({ words }) => words),
    parameters: parameters.map((parameter) => readParameter(root, parameter)),
    body,
    answers: Object.entries(members(source.responses)).map(([status, entry]) => {
      const answer = resolve(root, entry);
      const headers = Object.entries(members(answer.headers)).map(([name, header]) => readHeader(root, name, header));
      return {
        status,
        description: text(answer.description),
        headers,
        content: readContent(root, answer.content, false),
      };
    }),
    curl: curlFor(origin, path, method, security.find(({ header }) => header !== undefined)?.header, body),
  };
}

function readParameter(root: Members, parameter: Members): Row {
  const schema = resolve(root, parameter.schema);
  return {
    name: text(parameter.name),
    type: `${typeWords(root, schema)}, in ${text(parameter.in)}`,
    required: parameter.required === true,
    notes: sentences([text(parameter.description), ...constraints(schema)]),
  };
}

function readHeader(root: Members, name: string, source: unknown): Row {
  const header = resolve(root, source);
  const schema = resolve(root, header.schema);
  const notes = sentences([text(header.description), ...constraints(schema)]);
  return { name, type: typeWords(root, schema), required: header.required === true, notes };
}

function readSecurity(root: Members, security: unknown): { words: string; header: string | undefined }[] {
  const schemes = members(members(root.components).securitySchemes);
  return list(security).map((requirement) => {
    const together = Object.entries(members(requirement)).map(([name, scopes]) => {
      const scheme = resolve(root, schemes[name]);
      const scope = list(scopes).map(text).join(" ");
      const words = (text(scheme.description) || name).replace(/\.$/, "");
      return { words: scope === "" ? words : `${words} (scope ${scope})`, header: schemeHeader(scheme) };
    });
    const words = together.map((each) => each.words).join(" + ") || "none";
    return { words, header: together.find(({ header }) => header !== undefined)?.header };
  });
}

function schemeHeader(scheme: Members): string | undefined {
  if (scheme.type !== "http") return undefined;
  return text(scheme.scheme).toLowerCase() === "basic" ? '-u "$SERVICE_KEY"' : '-H "Authorization: Bearer $TOKEN"';
}

function readContent(root: Members, content: unknown, invent: boolean): Content | undefined {
  const [type, media] = Object.entries(members(content))[0] ?? [];
  if (type === undefined) return undefined;
  const schema = resolve(root, members(media).schema);
  const example =
    givenExample(root, members(media)) ?? (invent ? exampleFrom(root, schema, "", deepest) : schema.example);
  return {
    type,
    shapes: readShapes(root, schema),
    example:
      example === undefined ? undefined : typeof example === "string" ? example : JSON.stringify(example, null, 2),
  };
}

function readShapes(root: Members, schema: Members): readonly Shape[] {
  const variants = alternatives(root, schema).filter((variant) => variant.type !== "null");
  if (variants.length === 0) return [{ title: "", rows: rowsOf(root, schema, "", deepest) }];
  return variants.map((variant) => ({
    title: text(variant.title) || text(variant.description),
    rows: rowsOf(root, variant, "", deepest),
  }));
}

function rowsOf(root: Members, schema: Members, parent: string, depth: number): Row[] {
  if (depth === 0) return [];
  const items = resolve(root, schema.items);
  if (Object.keys(items).length > 0) return rowsOf(root, items, `${parent}[]`, depth - 1);
  const required = new Set(list(schema.required).map(text));
  const own = Object.entries(propertiesOf(root, schema)).flatMap(([name, value]) => {
    const member = resolve(root, value);
    const full = parent === "" ? name : `${parent}.${name}`;
    return [
      {
        name: full,
        type: typeWords(root, member),
        required: required.has(name),
        notes: sentences([text(member.description), ...constraints(member)]),
      },
      ...rowsOf(root, member, full, depth - 1),
    ];
  });
  return own;
}

function propertiesOf(root: Members, schema: Members): Members {
  const inherited = list(schema.allOf).map((part) => propertiesOf(root, resolve(root, part)));
  return Object.assign({}, ...inherited, members(schema.properties));
}

function typeWords(root: Members, schema: Members): string {
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  const choices = list(schema.enum);
  if (choices.length > 0) return choices.map((choice) => JSON.stringify(choice)).join(" | ");
  const variants = alternatives(root, schema);
  if (variants.length > 0) return [...new Set(variants.map((variant) => typeWords(root, variant)))].join(" | ");
  const types = Array.isArray(schema.type) ? schema.type.map(text) : [text(schema.type)];
  return types.map((type) => typeWord(root, type, schema)).join(" | ");
}

function typeWord(root: Members, type: string, schema: Members): string {
  if (type === "array") {
    const item = typeWords(root, resolve(root, schema.items));
    return item.includes(" | ") ? `list of (${item})` : `list of ${item}`;
  }
  const format = text(schema.format);
  if (type === "string" && format !== "") return `string (${format})`;
  return type === "" ? "any" : type;
}

function constraints(schema: Members): string[] {
  const { minLength, maxLength, minimum, maximum } = schema;
  return [
    range(minLength, maxLength, "characters"),
    range(minimum, maximum, ""),
    schema.default === undefined ? "" : `Default: ${JSON.stringify(schema.default)}`,
  ];
}

function range(from: unknown, to: unknown, unit: string): string {
  // Generated schemas carry the bounds of safe integers; they tell a reader nothing.
  const low = typeof from === "number" && from > Number.MIN_SAFE_INTEGER ? from : undefined;
  const high = typeof to === "number" && to < Number.MAX_SAFE_INTEGER ? to : undefined;
  if (low !== undefined && high !== undefined)
    return low === high ? `${low} ${unit}`.trim() : `${low} to ${high} ${unit}`.trim();
  if (low !== undefined) return `At least ${low} ${unit}`.trim();
  return high === undefined ? "" : `At most ${high} ${unit}`.trim();
}

function alternatives(root: Members, schema: Members): readonly Members[] {
  return [...list(schema.oneOf), ...list(schema.anyOf)].map((variant) => resolve(root, variant));
}

function givenExample(root: Members, media: Members): unknown {
  if (media.example !== undefined) return media.example;
  const named = Object.values(members(media.examples))[0];
  return named === undefined ? undefined : resolve(root, named).value;
}

const exampleByName: Readonly<Record<string, string>> = {
  email: "ada@example.com",
  password: "correct horse battery staple",
  current_password: "correct horse battery staple",
  new_password: "seven quiet lanterns by the sea",
};

function exampleFrom(root: Members, schema: Members, name: string, depth: number): unknown {
  if (schema.example !== undefined) return schema.example;
  const first = [...list(schema.examples), ...list(schema.enum)][0] ?? schema.const ?? schema.default;
  if (first !== undefined) return first;
  const variant = alternatives(root, schema)[0];
  if (variant !== undefined) return exampleFrom(root, variant, name, depth);
  const properties = propertiesOf(root, schema);
  if (Object.keys(properties).length > 0) return depth === 0 ? {} : exampleObject(root, schema, properties, depth);
  return exampleLeaf(root, schema, name, depth);
}

function exampleObject(root: Members, schema: Members, properties: Members, depth: number): object {
  const required = new Set(list(schema.required).map(text));
  const shown = Object.entries(properties).filter(([name]) => required.size === 0 || required.has(name));
  return Object.fromEntries(
    shown.map(([name, value]) => [name, exampleFrom(root, resolve(root, value), name, depth - 1)]),
  );
}

function exampleLeaf(root: Members, schema: Members, name: string, depth: number): unknown {
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
  if (type === "array") return depth === 0 ? [] : [exampleFrom(root, resolve(root, schema.items), name, depth - 1)];
  if (type === "integer" || type === "number") return typeof schema.minimum === "number" ? schema.minimum : 0;
  if (type === "boolean") return true;
  if (type === "string") return exampleByName[name] ?? (name.toUpperCase() || "TEXT");
  return type === "null" ? null : {};
}

function curlFor(
  origin: string,
  path: string,
  method: string,
  credential: string | undefined,
  body: Content | undefined,
): string {
  const address = `${origin}${path.replace(/\{([^}]+)\}/g, (_, name: string) => `$${name.toUpperCase()}`)}`;
  const lines = [`curl ${method === "get" ? "" : `-X ${method.toUpperCase()} `}"${address}"`];
  if (credential !== undefined) lines.push(credential);
  // Without a credential in a header the server asks where an unsafe request comes from.
  else if (method !== "get") lines.push(`-H "Origin: ${origin}"`);
  if (body?.example !== undefined) {
    lines.push(`-H "Content-Type: ${body.type}"`, `-d '${payload(body.type, body.example).replaceAll("'", "'\\''")}'`);
  }
  return lines.join(" \\\n  ");
}

function payload(type: string, example: string): string {
  try {
    const value: unknown = JSON.parse(example);
    return type === "application/x-www-form-urlencoded" ? urlencoded(members(value)) : JSON.stringify(value);
  } catch {
    return example;
  }
}

function urlencoded(fields: Members): string {
  return new URLSearchParams(Object.entries(fields).map(([name, value]) => [name, String(value)])).toString();
}

function sentences(parts: readonly string[]): string {
  return parts
    .filter((part) => part !== "")
    .map((part) => (/[.!?:]$/.test(part) ? part : `${part}.`))
    .join(" ");
}

function resolve(root: Members, value: unknown, hops = 8): Members {
  const source = members(value);
  const reference = source.$ref;
  if (typeof reference !== "string" || hops === 0) return source;
  const target = reference
    .replace(/^#\//, "")
    .split("/")
    .reduce<unknown>((at, part) => members(at)[part.replaceAll("~1", "/").replaceAll("~0", "~")], root);
  return resolve(root, target, hops - 1);
}

function isMembers(value: unknown): value is Members {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function members(value: unknown): Members {
  return isMembers(value) ? value : {};
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

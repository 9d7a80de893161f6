// Turns a JSON Schema, or a documented interface, into a section of docs/options.md. Knows no option by name.

import { parseSync } from "oxc-parser";

/** The part of JSON Schema (2020-12) that zod writes and this file reads. */
export interface JsonSchema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly items?: JsonSchema;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly required?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly format?: string;
  readonly pattern?: string;
  /** Our own member, by `.meta({ allowed })`: words for what a refinement allows. */
  readonly allowed?: string;
}

const durationPattern = "^\\d{1,9}(\\.\\d{1,3})?[smhd]$";

/** A table of every option of a schema, nested ones by their dotted names; with `variableName` also by their variables. */
export function schemaSection(
  title: string,
  schema: JsonSchema,
  variableName?: (path: readonly string[]) => string,
): string {
  const rows = optionRows(schema, "");
  const named = (row: Row) =>
    variableName === undefined ? `\`${row.name}\`` : `\`${row.name}\`<br>\`${variableName(row.name.split("."))}\``;
  const undescribed = rows.filter((row) => row.description === "").map((row) => row.name);
  if (undescribed.length > 0) throw new Error(`${title}: no description of ${undescribed.join(", ")}`);
  return [
    `## ${title}`,
    "",
    `| option${variableName === undefined ? "" : "<br>environment variable"} | allowed | default | what it does |`,
    "|---|---|---|---|",
    ...rows.map((row) => `| ${named(row)} | ${row.allowed} | ${row.fallback} | ${row.description} |`),
  ].join("\n");
}

interface Row {
  readonly name: string;
  readonly allowed: string;
  readonly fallback: string;
  readonly description: string;
}

function optionRows(schema: JsonSchema, prefix: string): Row[] {
  return Object.entries(schema.properties ?? {}).flatMap(([member, option]) => {
    const name = prefix === "" ? member : `${prefix}.${member}`;
    if (option.properties !== undefined) return optionRows(option, name);
    const required = schema.required?.includes(member) === true && option.default === undefined;
    const fallback = option.default === undefined ? (required ? "required" : "") : code(option.default);
    return [{ name, allowed: allowedWords(option), fallback, description: cell(option.description ?? "") }];
  });
}

function allowedWords(schema: JsonSchema): string {
  if (schema.allowed !== undefined) return cell(schema.allowed);
  if (schema.const !== undefined) return code(schema.const);
  if (schema.enum !== undefined) return schema.enum.map(code).join(", ");
  const alternatives = schema.anyOf ?? schema.oneOf;
  if (alternatives?.some((each) => each.pattern === durationPattern)) return "a duration";
  if (alternatives !== undefined) return alternatives.map(allowedWords).join(" or ");
  switch (schema.type) {
    case "boolean":
      return "`true`, `false`";
    case "integer":
      return `an integer${range(schema.minimum, schema.maximum)}`;
    case "number":
      return `a number${range(schema.minimum, schema.maximum)}`;
    case "string":
      return schema.format === "uri" ? "a URL" : `a text${range(schema.minLength, schema.maxLength, " characters")}`;
    case "array":
      return `a list${range(schema.minItems, schema.maxItems)}${itemWords(schema.items)}`;
    case "object":
      return "an object";
    default:
      return "any value";
  }
}

function itemWords(items: JsonSchema | undefined): string {
  return items === undefined ? "" : `, each ${allowedWords(items)}`;
}

function range(least: number | undefined, most: number | undefined, unit = ""): string {
  // zod bounds integers by what a double holds exactly; that is no news to anybody.
  const from = least === Number.MIN_SAFE_INTEGER ? undefined : least;
  const to = most === Number.MAX_SAFE_INTEGER ? undefined : most;
  if (from === undefined && to === undefined) return "";
  if (from === undefined) return `, at most ${to}${unit}`;
  return to === undefined ? `, at least ${from}${unit}` : `, ${from} to ${to}${unit}`;
}

/** A table of the members of an interface, from their types and doc comments. */
export function interfaceSection(path: string, text: string, name: string): string {
  const { program, comments } = parseSync(path, text);
  const declaration = program.body
    .map((node) => (node.type === "ExportNamedDeclaration" ? node.declaration : node))
    .find((node) => node?.type === "TSInterfaceDeclaration" && node.id.name === name);
  if (declaration?.type !== "TSInterfaceDeclaration") throw new Error(`${path} declares no interface ${name}`);
  const rows = declaration.body.body.flatMap((member) => {
    if (member.type !== "TSPropertySignature" && member.type !== "TSMethodSignature") return [];
    const { key, optional, start, end } = member;
    if (key.type !== "Identifier") return [];
    const comment = comments.findLast((each) => each.end <= start && text.slice(each.end, start).trim() === "");
    if (comment === undefined) throw new Error(`${path}: ${name}.${key.name} has no doc comment`);
    const type = text.slice(key.end, end).replace(/^\?/, "").replace(/^:\s*/, "").replace(/;$/, "");
    return [
      `| \`${key.name}\` | ${codeText(type.replace(/\s*\|\s*undefined$/, ""))} | ${optional ? "" : "required"} | ${cell(plain(comment.value))} |`,
    ];
  });
  return [`| member of \`${name}\` | type | | what it does |`, "|---|---|---|---|", ...rows].join("\n");
}

/** The words of a doc comment. */
function plain(comment: string): string {
  return comment
    .split("\n")
    .map((line) => line.replace(/^\s*\*+\s?/, "").trim())
    .join(" ")
    .trim();
}

function code(value: unknown): string {
  return codeText(typeof value === "string" ? value : JSON.stringify(value));
}

function codeText(text: string): string {
  return `\`${cell(text)}\``;
}

/** Text that cannot end a cell of a table. */
function cell(text: string): string {
  return text.replace(/\s+/g, " ").replaceAll("|", "\\|").trim();
}

import { describe, expect, it } from "vitest";
import { misuse } from "../operator-error.ts";
import { parseArguments } from "./arguments.ts";
import { commands, commonOptions } from "./commands.ts";
import type { CommandOption } from "./contract.ts";

const options: Record<string, CommandOption> = {
  json: { type: "boolean", help: "" },
  user: { type: "string", help: "" },
};

const parse = (...words: string[]) => parseArguments("sessions revoke", words, options);

describe("a command's words", () => {
  it.each([
    { words: ["abc"], operands: ["abc"], values: {} },
    { words: ["abc", "--json"], operands: ["abc"], values: { json: true } },
    { words: ["--json", "abc"], operands: ["abc"], values: { json: true } },
    { words: ["--user", "ada", "abc"], operands: ["abc"], values: { user: "ada" } },
    { words: ["--user=ada", "abc"], operands: ["abc"], values: { user: "ada" } },
    // Ids are base64url.
    { words: ["-aaaaaaaaaaaaaaa"], operands: ["-aaaaaaaaaaaaaaa"], values: {} },
    { words: ["--aaaaaaaaaaaaaQ"], operands: ["--aaaaaaaaaaaaaQ"], values: {} },
    { words: ["---aaaaaaaaaaaa7", "--json"], operands: ["---aaaaaaaaaaaa7"], values: { json: true } },
    { words: ["-abc"], operands: ["-abc"], values: {} },
    { words: ["--user", "-aaaaaaaaaaaaaaa"], operands: [], values: { user: "-aaaaaaaaaaaaaaa" } },
    { words: ["--user", "--aaaaaaaaaaaaaQ"], operands: [], values: { user: "--aaaaaaaaaaaaaQ" } },
    { words: ["--user=--aaaaaaaaaaaaaa"], operands: [], values: { user: "--aaaaaaaaaaaaaa" } },
    // What stands for the standard input.
    { words: ["-"], operands: ["-"], values: {} },
    { words: ["--user", "-"], operands: [], values: { user: "-" } },
    { words: ["--user="], operands: [], values: { user: "" } },
    // No object's own members are options.
    { words: ["--__proto__"], operands: ["--__proto__"], values: {} },
    { words: ["--", "--json"], operands: ["--json"], values: {} },
    { words: ["abc", "--", "-x"], operands: ["abc", "-x"], values: {} },
  ])("$words", ({ words, operands, values }) => {
    const parsed = parse(...words);
    expect({ ...parsed, values: { ...parsed.values } }).toEqual({ operands, values });
  });

  it.each([
    { words: ["--frobnicate"], what: "Unknown option '--frobnicate'" },
    { words: ["--frobnicate=1"], what: "Unknown option '--frobnicate'" },
    { words: ["--frobnicate=s3cret"], what: "Unknown option '--frobnicate'" },
    { words: ["--user", "--jsn"], what: "Unknown option '--jsn'" },
    { words: ["--=s3cret"], what: "Unknown option '--'" },
    { words: ["-x"], what: "Unknown option '-x'" },
    { words: ["--user"], what: "Option '--user <value>' argument missing" },
    { words: ["--user", "--json"], what: "Option '--user' argument is ambiguous" },
    { words: ["--json=yes"], what: "Option '--json' does not take an argument" },
  ])("$words are a misuse", ({ words, what }) => {
    expect(() => parse(...words)).toThrow(misuse(`${what}. See: countersign sessions revoke --help`));
  });

  it("are told apart from ids, because no option has a capital, a digit or an underscore in its name", () => {
    for (const command of commands) {
      for (const name of Object.keys({ ...commonOptions, ...command.options })) expect(name).toMatch(/^[a-z-]+$/);
    }
  });
});

// Compiles every TypeScript example that the documents and doc comments show, and runs those that say so.

import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isTestFile } from "../../tools/architecture.ts";
import { listFiles, readText, root } from "../../tools/files.ts";
import { type CodeBlock, codeBlocks, docCommentBlocks } from "../../tools/markdown.ts";
import { runProcess } from "../support/process.ts";

interface Example extends CodeBlock {
  /** Where it is shown, for people: `README.md:12`. */
  readonly place: string;
  /** The file that it is written to. */
  readonly file: string;
  readonly program: string;
}

// Inside the repository, so that packages resolve as they do for an application of the workspace, and `../support` as for a suite.
const folder = join(root, "tests", ".extracted");

const languages = ["ts", "typescript", "tsx", "js", "javascript", "mjs"];

/** What an example in a doc comment takes for granted, besides the exports of its own file. */
const given: Readonly<Record<string, string>> = {
  verifier: 'declare const verifier: import("@countersign/verifier").Verifier;',
  verdict: 'declare const verdict: import("@countersign/verifier").Refused;',
  auth: 'declare const auth: import("countersign").Auth;',
  store: 'declare const store: import("countersign/store").Store;',
  request: "declare const request: Request;",
  createMemoryStore: 'import { createMemoryStore } from "countersign/memory";',
  createServer: 'import { createServer } from "node:http";',
};

const givenApps: Readonly<Record<string, string>> = {
  "express.ts": 'declare const app: import("express").Express;',
  "fastify.ts": 'declare const app: import("fastify").FastifyInstance;',
  "hono.ts": 'declare const app: import("hono").Hono;',
};

const shown: readonly Example[] = listFiles()
  .filter((path) => path.endsWith(".md"))
  .flatMap((path) => codeBlocks(readText(path)).map((block) => toExample(path, block, `${block.code}\nexport {};\n`)));

const commented: readonly Example[] = listFiles("packages")
  .filter((path) => path.endsWith(".ts") && !isTestFile(path))
  .flatMap((path) =>
    docCommentBlocks(readText(path)).map((block) => toExample(path, block, surround(path, block.code))),
  );

const examples = [...shown, ...commented].filter(({ language }) => languages.includes(language));

beforeAll(() => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const { file, program } of examples) writeFileSync(join(folder, file), program);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the examples of the documents", () => {
  it("are TypeScript that is checked: no other dialect, no way around", () => {
    const others = examples.filter(({ language, flags }) => language !== "ts" || flags.some((flag) => flag !== "run"));
    expect(others.map(({ place, language, flags }) => `${place}: ${[language, ...flags].join(" ")}`)).toEqual([]);
  });

  it("compile", () => {
    expect(compile(examples)).toEqual([]);
  });

  it.each(examples.filter(({ flags }) => flags.includes("run")))("$place runs", async ({ file }) => {
    const { code, stderr } = await runProcess({ args: [join(folder, file)], cwd: folder, timeoutMs: 30_000 });
    expect(stderr).toBe("");
    expect(code).toBe(0);
  });
});

describe("the check of examples", () => {
  it.each([
    {
      it: "takes a right one",
      code: 'import { refuse } from "@countersign/verifier";\nrefuse("token_expired");\n',
      errors: 0,
    },
    {
      it: "refuses a wrong one",
      code: 'import { refuse } from "@countersign/verifier";\nrefuse("no_such_code");\n',
      errors: 1,
    },
    { it: "refuses a package that is not there", code: 'import { a } from "@countersign/nothing";\na();\n', errors: 1 },
  ])("$it", ({ code, errors }) => {
    const example = toExample("probe.md", { language: "ts", flags: [], code, line: errors }, code);
    writeFileSync(join(folder, example.file), example.program);
    expect(compile([example])).toHaveLength(errors);
  });
});

/** The compiler's complaints, each with the place where the example is shown. */
function compile(some: readonly Example[]): string[] {
  const project = join(folder, `tsconfig.${some.length}.json`);
  writeFileSync(
    project,
    JSON.stringify({
      extends: join(root, "tsconfig.json"),
      // An example may show a value that it does not use, and the way out before the way on.
      compilerOptions: { noUnusedLocals: false, noUnusedParameters: false, noImplicitReturns: false, types: ["node"] },
      files: some.map(({ file }) => join(folder, file)),
      include: [],
    }),
  );
  if (some.length === 0) return [];
  const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
  const { stdout, status } = spawnSync(process.execPath, [tsc, "-p", project, "--pretty", "false"], {
    encoding: "utf8",
  });
  const errors = stdout.split("\n").filter((line) => /error TS\d+/.test(line));
  if (status !== 0 && errors.length === 0) return [stdout];
  return errors.map((line) => {
    const example = some.find(({ file }) => line.includes(file));
    return example === undefined ? line : `${example.place}: ${line.slice(line.indexOf("error"))}\n${example.program}`;
  });
}

function toExample(path: string, block: CodeBlock, program: string): Example {
  const place = `${path}:${block.line}`;
  return { ...block, place, file: `${path.replace(/[^a-z0-9]+/gi, "-")}-${block.line}.ts`, program };
}

/** Makes a program of an example in a doc comment: its names are known, and it stands where `await` and `return` may. */
function surround(path: string, code: string): string {
  const imports = code.match(/^import .*;$/gm) ?? [];
  const rest = code.replace(/^import .*;\n/gm, "");
  const uses = (name: string) =>
    new RegExp(`(?<![.\\w"'-])${name}\\b`).test(code) &&
    !new RegExp(`(const|let|function|class|import .*) ${name}\\b`).test(code);
  const exported = [...readText(path).matchAll(/^export (?:async )?(?:function|const|class) (\w+)/gm)].map(
    ([, name = ""]) => name,
  );
  const apps = givenApps[basename(path)];
  return [
    `import { ${[...new Set(exported)].filter(uses).join(", ")} } from ${JSON.stringify(`../../${path}`)};`,
    ...Object.entries(given).flatMap(([name, declaration]) =>
      uses(name) && !exported.includes(name) ? [declaration] : [],
    ),
    ...(apps !== undefined && uses("app") ? [apps] : []),
    ...imports,
    // What exports something is a module of its own already.
    /^export /m.test(rest) ? rest : `export async function example() {\n${rest}}\n`,
  ].join("\n");
}

// Keeps docs/security/asvs.md honest: every row is there, every test it names exists, and its numbers are those in force.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { parseSync } from "oxc-parser";
import { describe, expect, it } from "vitest";
import { routes } from "../../packages/countersign/src/http/routes.ts";
import { renewedSchema, signedInSchema } from "../../packages/countersign/src/http/schemas.ts";
import { resolveOptions } from "../../packages/countersign/src/options.ts";
import { limitRules } from "../../packages/countersign/src/sign-in/limits.ts";
import { readText, root } from "../../tools/files.ts";
import { serverSecret } from "../support/issuer.ts";

const page = readText("docs/security/asvs.md");

/** The rows of levels 1 and 2 in ASVS 5.0.0, V6, V7 and V9, each with its level. */
const requirements = [
  "6.1.1/1 6.1.2/2 6.1.3/2",
  "6.2.1/1 6.2.2/1 6.2.3/1 6.2.4/1 6.2.5/1 6.2.6/1 6.2.7/1 6.2.8/1 6.2.9/2 6.2.10/2 6.2.11/2 6.2.12/2",
  "6.3.1/1 6.3.2/1 6.3.3/2 6.3.4/2",
  "6.4.1/1 6.4.2/1 6.4.3/2 6.4.4/2",
  "6.5.1/2 6.5.2/2 6.5.3/2 6.5.4/2 6.5.5/2",
  "6.6.1/2 6.6.2/2 6.6.3/2",
  "6.8.1/2 6.8.2/2 6.8.3/2 6.8.4/2",
  "7.1.1/2 7.1.2/2 7.1.3/2 7.2.1/1 7.2.2/1 7.2.3/1 7.2.4/1 7.3.1/2 7.3.2/2",
  "7.4.1/1 7.4.2/1 7.4.3/2 7.4.4/2 7.4.5/2 7.5.1/2 7.5.2/2 7.6.1/2 7.6.2/2",
  "9.1.1/1 9.1.2/1 9.1.3/1 9.2.1/1 9.2.2/2 9.2.3/2 9.2.4/2",
].flatMap((line) => line.split(" "));

interface Claim {
  readonly id: string;
  readonly level: string;
  readonly state: string;
  readonly remark: string;
  readonly tests: readonly NamedTest[];
}

interface NamedTest {
  readonly path: string;
  readonly title: string;
}

const claims: readonly Claim[] = tableRows(page)
  .filter(([id = ""]) => /^\d+\.\d+\.\d+$/.test(id))
  .map(([id = "", level = "", _asks, state = "", remark = "", shown = ""]) => ({
    ...{ id, level, state, remark },
    tests: readTests(shown),
  }));

/** `path`: *title*, *title* · `path`: *title* */
function readTests(cell: string): NamedTest[] {
  return [...cell.matchAll(/`([^`]+)`:((?:[ ,]*\*[^*]+\*)+)/g)].flatMap(([, path = "", titles = ""]) =>
    [...titles.matchAll(/\*([^*]+)\*/g)].map(([, title = ""]) => ({ path, title })),
  );
}

function tableRows(text: string): string[][] {
  const lines = text.split("\n").filter((line) => line.startsWith("| "));
  return lines.map((line) =>
    line
      .slice(1, -1)
      .split("|")
      .map((cell) => cell.trim()),
  );
}

/** The table under a heading: its rows by their first cell. */
function tableUnder(heading: string): ReadonlyMap<string, readonly string[]> {
  const section = page.split(/^## /m).find((each) => each.startsWith(heading)) ?? "";
  const [, ...rows] = tableRows(section);
  return new Map(rows.map(([first = "", ...rest]) => [first.replaceAll("`", ""), rest]));
}

/** Every text in a test file that can be the title of a test or the name of a row. Comments are none. */
function textsIn(path: string): ReadonlySet<string> {
  const texts = new Set<string>();
  const visit = (node: unknown): void => {
    if (typeof node !== "object" || node === null) return;
    if ("type" in node && node.type === "Literal" && "value" in node && typeof node.value === "string") {
      texts.add(node.value);
    }
    for (const child of Object.values(node)) visit(child);
  };
  visit(parseSync(path, readText(path)).program);
  return texts;
}

describe("docs/security/asvs.md", () => {
  it("has every row of levels 1 and 2 once, with its level, in order", () => {
    expect(claims.map(({ id, level }) => `${id}/${level}`)).toEqual(requirements);
  });

  it.each(claims)("says of $id what is the case, and why where it is no plain yes", ({ state, remark, tests }) => {
    expect(["yes", "not yet", "not applicable"]).toContain(state);
    if (state === "yes") expect(tests.length).toBeGreaterThan(0);
    else expect(remark).not.toBe("");
  });

  it.each(claims.flatMap(({ id, tests }) => tests.map((test) => ({ id, ...test }))))(
    "names for $id a test that there is: $title",
    ({ path, title }) => {
      expect(path).toMatch(/\.test\.ts$/);
      expect(existsSync(join(root, path))).toBe(true);
      expect([...textsIn(path)]).toContain(title);
    },
  );

  it("would find a test that is not there", () => {
    const [test] = readTests("`tests/docs/asvs.test.ts`: *a title that is only* *said here, in two*");
    expect(test).toEqual({ path: "tests/docs/asvs.test.ts", title: "a title that is only" });
    expect(textsIn("tests/docs/asvs.test.ts").has("a title that is only")).toBe(true);
    // Spoken of in this comment, but no test: a title that nobody has
    expect(textsIn("tests/docs/asvs.test.ts").has(["a title that", "nobody has"].join(" "))).toBe(false);
  });
});

const seconds = (text = "") => {
  const [, count, unit] = /^(\d+) (s|min|h|d)$/.exec(text) ?? [];
  return Number(count) * ({ s: 1, min: 60, h: 3600, d: 86_400 }[unit ?? ""] ?? Number.NaN);
};

const resolved = (profile: "standard" | "strict") =>
  resolveOptions({ issuer: "https://auth.example", secrets: [serverSecret], profile });

describe("its documentation", () => {
  it("states the limits that are in force", () => {
    const table = tableUnder("Limits");
    expect([...table.keys()]).toEqual(Object.keys(limitRules));
    const stated = Object.fromEntries(
      [...table].map(([kind, [, points, within, first, longest]]) => [
        kind,
        {
          ...{ points: Number(points), perSeconds: seconds(within) },
          ...{ blockSeconds: seconds(first), maxBlockSeconds: seconds(longest) },
        },
      ]),
    );
    expect(limitRules).toMatchObject(stated);
    expect(page).toContain(`\`hashing.queueLimit\`, ${resolved("standard").hashing.queueLimit} waiting`);
  });

  it("names every route that hands out credentials", () => {
    const handsOut = routes.filter(({ answers }) => {
      const schema = answers[200]?.schema;
      return schema === signedInSchema || schema === renewedSchema;
    });
    const table = tableUnder("Pathways");
    expect([...table.keys()].sort()).toEqual(handsOut.map(({ method, path }) => `${method} ${path}`).sort());
  });

  it("states the timeouts that are in force", () => {
    const table = tableUnder("Timeouts");
    for (const [column, profile] of (["standard", "strict"] as const).entries()) {
      const { session, jwt } = resolved(profile);
      const stated = (option: string) => seconds(table.get(option)?.[column]);
      expect([stated("session.lifetime"), stated("session.idle")]).toEqual([
        session.lifetimeMs / 1000,
        session.idleMs / 1000,
      ]);
      expect([session.maxAgeMs, session.maxIdleMs]).toEqual([session.lifetimeMs, session.idleMs]);
      expect([stated("jwt.lifetime"), stated("jwt.grace")]).toEqual([jwt.lifetimeSeconds, jwt.graceMs / 1000]);
    }
  });

  it("states how many sessions a subject may have", () => {
    const { perSubject } = resolved("standard").session;
    expect(page).toContain(`at most ${perSubject} living sessions (\`session.perSubject\`)`);
  });
});

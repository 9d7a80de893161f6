import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { scriptNames } from "../packages/server/src/web/page.ts";
import { findLocalTraces } from "./hygiene.ts";
import { buildPages, bundlePath, pageEntries } from "./pages.ts";

it("makes a script of every name that pages may ask for", () => {
  expect(pageEntries()).toEqual([...scriptNames]);
});

it.each(pageEntries())("builds the script %s whole, with the stamp of its sources, for any machine", async (name) => {
  await buildPages();
  const text = readFileSync(bundlePath(name), "utf8");
  expect(text).toMatch(/^\/\/ [0-9a-f]{20}\n/);
  // Neither another file nor a package is left to be fetched.
  expect(text).not.toMatch(/^\s*import\b|\bimport\(|sourceMappingURL/m);
  expect(findLocalTraces(text)).toEqual([]);
});

it("builds nothing twice", async () => {
  await buildPages();
  expect(await buildPages()).toEqual([]);
});

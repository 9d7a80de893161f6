import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { listFiles, readPackageJson, readText, root, workspaceFolders } from "../tools/files.ts";
import { checkLock, findBrokenLinks, findLocalTraces, findUnpinned, type Lock } from "../tools/hygiene.ts";

const files = listFiles();
const folders = workspaceFolders();
const manifests = Object.fromEntries(["", ...folders].map((folder) => [folder, readPackageJson(folder)]));

// Host names are put together here, so that this file keeps its own rule.
const registryHost = ["registry", "npmjs", "org"].join(".");
const machinePath = ["", "home", "me", "project"].join("/");

describe("the repository", () => {
  it("names neither a place on somebody's machine nor a registry's host", () => {
    const texts = files.filter((path) => !/\.(png|ico|woff2?|gz|tgz)$/.test(path) && path !== "tools/hygiene.ts");
    expect(
      texts.flatMap((path) => findLocalTraces(readText(path)).map((line) => `${path}: ${line.slice(0, 160)}`)),
    ).toEqual([]);
  });

  it("has a lock that `npm ci` takes and that is tied to no host", () => {
    expect(checkLock(JSON.parse(readText("package-lock.json")) as Lock, manifests)).toEqual([]);
  });

  it.each(["", ...folders])("pins every dependency of %j", (folder) => {
    expect(findUnpinned(readPackageJson(folder))).toEqual([]);
  });

  it("gives all published packages one version, the licence and no install scripts", () => {
    const published = folders.filter((folder) => readPackageJson(folder).private !== true).map(readPackageJson);
    expect(published.map(({ name }) => name).sort()).toEqual([
      "@countersign/client",
      "@countersign/server",
      "@countersign/verifier",
      "countersign",
    ]);
    expect(new Set(published.map(({ version }) => version)).size).toBe(1);
    expect(new Set(published.map(({ license }) => license))).toEqual(new Set(["MIT"]));
    expect(published.filter(({ scripts }) => scripts !== undefined)).toEqual([]);
  });

  it("has doors that exist", () => {
    const doors = folders.flatMap((folder) => {
      const { exports = {}, bin = {} } = readPackageJson(folder);
      return [...Object.values(exports), ...Object.values(bin)].map((door) => join(folder, door));
    });
    expect(doors.filter((door) => !existsSync(join(root, door)))).toEqual([]);
  });

  it("has a licence", () => {
    expect(readText("LICENSE")).toMatch(/^MIT License/);
  });

  it("has no broken link in its texts", () => {
    const read = (path: string) => {
      const absolute = join(root, path);
      if (!existsSync(absolute)) return undefined;
      return statSync(absolute).isDirectory() ? "" : readText(path);
    };
    const texts = files.filter((path) => path.endsWith(".md"));
    expect(texts.flatMap((path) => findBrokenLinks(path, read).map((link) => `${path}: ${link}`))).toEqual([]);
  });
});

describe("the rules of the repository", () => {
  it.each([
    { it: "find a home folder", text: `see ${machinePath}`, found: 1 },
    { it: "find a registry", text: `https://${registryHost}/jose`, found: 1 },
    { it: "find a registry without its scheme", text: registryHost, found: 1 },
    { it: "find the credential of a registry", text: `//host/:${"_auth"}Token=abc`, found: 1 },
    {
      it: "let an address have such a path",
      text: "https://example.com/home/me and /auth/home/me and ./work/a",
      found: 0,
    },
    { it: "let npm be spoken of", text: "npm ci, the registry, https://example.com/npm", found: 0 },
  ])("$it", ({ text, found }) => {
    expect(findLocalTraces(text)).toHaveLength(found);
  });

  const manifest = { name: "a", dependencies: { jose: "1.0.0" } };
  const jose = { version: "1.0.0", integrity: "sha512-x" };
  it.each([
    { it: "take a lock that agrees", packages: { "": manifest, "node_modules/jose": jose }, says: undefined },
    {
      it: "refuse an address",
      packages: { "": manifest, "node_modules/jose": { ...jose, resolved: "https://host/jose.tgz" } },
      says: /tied to/,
    },
    {
      it: "refuse a missing checksum",
      packages: { "": manifest, "node_modules/jose": { version: "1.0.0" } },
      says: /checksum/,
    },
    {
      it: "refuse another version",
      packages: { "": manifest, "node_modules/jose": { ...jose, version: "1.0.1" } },
      says: /wants jose 1.0.0/,
    },
    {
      it: "refuse a dependency that the lock does not know",
      packages: { "": {}, "node_modules/jose": jose },
      says: /differ about jose/,
    },
    {
      it: "refuse a dependency that is gone",
      packages: { "": { dependencies: { ...manifest.dependencies, zod: "1.0.0" } }, "node_modules/jose": jose },
      says: /differ about zod/,
    },
    {
      it: "refuse a missing package of a package",
      packages: { "": manifest, "node_modules/jose": { ...jose, optionalDependencies: { "@jose/linux": "1.0.0" } } },
      says: /needs @jose\/linux/,
    },
    {
      it: "take a package of a package, within it or above",
      packages: {
        "": manifest,
        "node_modules/jose": { ...jose, dependencies: { inner: "1.0.0", outer: "1.0.0" } },
        "node_modules/jose/node_modules/inner": jose,
        "node_modules/outer": jose,
      },
      says: undefined,
    },
    {
      it: "refuse a link to nowhere",
      packages: { "": manifest, "node_modules/jose": jose, "node_modules/b": { link: true, resolved: "b" } },
      says: /links to no workspace/,
    },
  ])("about locks: $it", ({ packages, says }) => {
    const problems = checkLock({ packages }, { "": manifest }).join("\n");
    if (says === undefined) expect(problems).toBe("");
    else expect(problems).toMatch(says);
  });

  it.each([
    { version: "1.2.3", pinned: true },
    { version: "1.2.3-beta.1", pinned: true },
    { version: "^1.2.3", pinned: false },
    { version: "1.x", pinned: false },
    { version: "*", pinned: false },
    { version: "latest", pinned: false },
    { version: "file:../a", pinned: false },
  ])("about versions: $version is pinned: $pinned", ({ version, pinned }) => {
    expect(findUnpinned({ name: "a", dependencies: { b: version } })).toEqual(pinned ? [] : [`b@${version}`]);
  });

  it.each([
    { link: "[a](b.md)", broken: false },
    { link: "[a](b.md#two-words)", broken: false },
    { link: "[a](#here)", broken: false },
    { link: "[a](https://example.com/x.md)", broken: false },
    { link: "`[a](none.md)`", broken: false },
    { link: "```\n[a](none.md)\n```", broken: false },
    { link: "[a](none.md)", broken: true },
    { link: "[a](b.md#three-words)", broken: true },
    { link: "[a](#nowhere)", broken: true },
    { link: "[a]: none.md", broken: true },
    { link: '![a](none.png "title")', broken: true },
  ])("about links: $link is broken: $broken", ({ link, broken }) => {
    const texts: Record<string, string> = { "docs/a.md": `# Here\n\n${link}\n`, "docs/b.md": "# Two `words`\n" };
    expect(findBrokenLinks("docs/a.md", (path) => texts[path])).toHaveLength(broken ? 1 : 0);
  });
});

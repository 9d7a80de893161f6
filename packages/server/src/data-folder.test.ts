import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, expect, test } from "vitest";
import { type DataFolder, dataFolder, makeDataFolder, readSecrets } from "./data-folder.ts";

const scratch = mkdtempSync(join(tmpdir(), "countersign-data-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

let folder: DataFolder;
let count = 0;
beforeEach(() => {
  count += 1;
  folder = dataFolder(join(scratch, `${count}`));
});

test("makes the folder and the secret once, for the owner alone", () => {
  makeDataFolder(folder);
  const [secret] = readSecrets(folder);
  expect(secret).toMatch(/^[\w-]{43}$/);
  expect(readSecrets(folder)).toEqual([secret]);
  expect(statSync(folder.path).mode & 0o777).toBe(0o700);
  expect(statSync(folder.secretFile).mode & 0o777).toBe(0o600);
  expect(readFileSync(folder.secretFile, "utf8")).toBe(`${secret}\n`);
});

test("reads several secrets, a line each: the first makes, the others recognise", () => {
  makeDataFolder(folder);
  const secrets = ["new".padEnd(32, "x"), "old".padEnd(32, "x")];
  writeFileSync(folder.secretFile, `${secrets.join("\r\n")}\n\n`, { mode: 0o600 });
  expect(readSecrets(folder)).toEqual(secrets);
});

test.each([
  [0o600, true],
  [0o400, true],
  [0o700, true],
  [0o640, false],
  [0o620, false],
  [0o604, false],
  [0o601, false],
])("a secret with the mode %o: %s", (mode, isTaken) => {
  makeDataFolder(folder);
  readSecrets(folder);
  chmodSync(folder.secretFile, mode);
  const reading = () => readSecrets(folder);
  if (isTaken) expect(reading()).toHaveLength(1);
  else expect(reading).toThrow(`chmod 600 ${folder.secretFile}`);
});

test("a folder that cannot be made is named", () => {
  writeFileSync(folder.path, "a file");
  expect(() => makeDataFolder(dataFolder(join(folder.path, "inside")))).toThrow(/cannot be made \(ENOTDIR\)/);
});

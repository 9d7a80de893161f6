import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import {
  type DataFolder,
  dataFolder,
  hasDatabase,
  makeDataFolder,
  narrowDataFolder,
  readSecrets,
} from "./data-folder.ts";

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

describe("what others on this machine could open", () => {
  const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);
  const me = process.geteuid?.() ?? 0;

  /** A folder with everything in it, each with a mode. */
  function withModes(modes: Readonly<Partial<Record<string, number>>>): void {
    makeDataFolder(folder);
    readSecrets(folder);
    for (const name of ["countersign.db", "countersign.db-wal", "countersign.db-shm"]) {
      writeFileSync(join(folder.path, name), "", { mode: 0o600 });
    }
    mkdirSync(folder.mails, { mode: 0o700 });
    for (const [name, mode = 0] of Object.entries(modes)) chmodSync(join(folder.path, name), mode);
  }

  test.each([
    [".", "0755", "700"],
    [".", "0750", "700"],
    [".", "0710", "700"],
    ["mails", "0755", "700"],
    ["countersign.db", "0644", "600"],
    ["countersign.db", "0660", "600"],
    ["countersign.db", "0604", "600"],
    ["countersign.db", "0777", "600"],
    ["countersign.db-wal", "0644", "600"],
    ["countersign.db-shm", "0640", "600"],
    ["secret", "0644", "600"],
    ["secret", "0440", "400"],
  ])("%s with the mode %s is narrowed to %s", (name, mode, narrowed) => {
    withModes({ [name]: Number.parseInt(mode, 8) });
    const path = join(folder.path, name);
    expect(narrowDataFolder(folder, me)).toEqual([{ path, mode, isNarrowed: true }]);
    expect(modeOf(path)).toBe(narrowed);
    expect(narrowDataFolder(folder, me)).toEqual([]);
  });

  test("is told of each place, the folder first", () => {
    withModes({ ".": 0o777, secret: 0o666, "countersign.db": 0o666 });
    const names = narrowDataFolder(folder, me).map(({ path }) => relative(folder.path, path));
    expect(names).toEqual(["", "secret", "countersign.db"]);
  });

  test("nothing is touched where nobody else can open it, nor where there is nothing", () => {
    expect(narrowDataFolder(folder, me)).toEqual([]);
    withModes({ secret: 0o400, ".": 0o500, "countersign.db": 0o600 });
    expect(narrowDataFolder(folder, me)).toEqual([]);
    expect([modeOf(folder.path), modeOf(folder.secretFile)]).toEqual(["500", "400"]);
    chmodSync(folder.path, 0o700);
  });

  test("what belongs to somebody else is told and left alone; a secret then is not read", () => {
    withModes({ secret: 0o644, "countersign.db": 0o644 });
    expect(narrowDataFolder(folder, me + 1)).toEqual([
      { path: folder.secretFile, mode: "0644", isNarrowed: false },
      { path: folder.database, mode: "0644", isNarrowed: false },
    ]);
    expect([modeOf(folder.secretFile), modeOf(folder.database)]).toEqual(["644", "644"]);
    expect(() => readSecrets(folder)).toThrow(`chmod 600 ${folder.secretFile}`);
  });

  test("a folder that is everybody's, like the one for temporary files, is told and left alone", () => {
    withModes({ ".": 0o1777 });
    expect(narrowDataFolder(folder, me)).toEqual([{ path: folder.path, mode: "1777", isNarrowed: false }]);
    expect(modeOf(folder.path)).toBe("777");
  });
});

describe("a folder that cannot be made", () => {
  test("because a file stands in the way is named, with the ways to name another", () => {
    writeFileSync(folder.path, "a file");
    const inside = join(folder.path, "deep", "inside");
    const words = `The data folder ${inside} cannot be made (ENOTDIR). Name another with --data or COUNTERSIGN_DATA.`;
    expect(() => makeDataFolder(dataFolder(inside))).toThrow(words);
  });

  test("because a file has its name is told to be of no use", () => {
    writeFileSync(folder.path, "a file");
    expect(() => makeDataFolder(folder)).toThrow(`The data folder ${folder.path} cannot be used (ENOTDIR).`);
  });

  // Asked to make all of them at once, Node.js goes on for ever here.
  test.runIf(existsSync("/proc/self"))("because its file system takes none is told at once", () => {
    expect(() => makeDataFolder(dataFolder("/proc/countersign/data"))).toThrow(/cannot be made \(E\w+\)/);
  });
});

test("makes the folders above it too, each for the owner alone", () => {
  makeDataFolder(dataFolder(join(folder.path, "deep", "data")));
  const modes = [".", "deep", "deep/data"].map((name) => statSync(join(folder.path, name)).mode & 0o777);
  expect(modes).toEqual([0o700, 0o700, 0o700]);
});

describe("whether there is a database", () => {
  test("is told of a folder that can be looked into, or that is not there", () => {
    expect(hasDatabase(folder)).toBe(false);
    makeDataFolder(folder);
    expect(hasDatabase(folder)).toBe(false);
    writeFileSync(folder.database, "");
    expect(hasDatabase(folder)).toBe(true);
  });

  test("is not told of a folder that cannot be looked into: that is said instead", () => {
    // What root cannot open either.
    symlinkSync(folder.path, folder.path);
    const words = `The data folder ${folder.path} cannot be read (ELOOP). Run the command as the user`;
    expect(() => hasDatabase(folder)).toThrow(words);
  });
});

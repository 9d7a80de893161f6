import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { createTestClock } from "../../primitives/testing.ts";
import { inspectSqlite } from "./inspect.ts";
import { sqliteMigrations } from "./migrations.ts";
import { openSqliteStore } from "./sqlite.ts";

const folder = mkdtempSync(join(tmpdir(), "countersign-inspect-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let path: string;
let count = 0;
beforeEach(() => {
  count += 1;
  path = join(folder, `${count}.db`);
});

const clock = createTestClock();

async function withStore(use: (store: Awaited<ReturnType<typeof openSqliteStore>>) => Promise<void> = async () => {}) {
  const store = await openSqliteStore({ path, clock });
  await use(store);
  await store.close();
}

describe("a look into a database", () => {
  it("finds a new one whole, at the step of this program, with an empty log", async () => {
    await withStore();
    const version = sqliteMigrations.length;
    expect(await inspectSqlite(path)).toEqual({
      schemaVersion: version,
      knownVersion: version,
      journalMode: "wal",
      faults: [],
      bytes: expect.any(Number),
      log: { number: 0, horizon: 0, events: 0, firstExpiry: undefined },
    });
  });

  it("finds the newest number, the events that are kept, and what was pruned, while the store is open", async () => {
    await withStore(async (store) => {
      await store.log.append({ scope: "subject", target: "a" });
      const second = await store.log.append({ scope: "subject", target: "b", keepMs: 86_400_000 });
      const [before] = (await store.log.read(0)).events;
      expect((await inspectSqlite(path)).log).toEqual({
        number: 2,
        horizon: 0,
        events: 2,
        firstExpiry: before?.expires,
      });
      clock.advance((before?.expires ?? 0) - clock.now() + 1);
      await store.prune({ auditMs: 1, auditEntries: 1 });
      const log = { number: 2, horizon: before?.expires, events: 1, firstExpiry: second.expires };
      expect((await inspectSqlite(path)).log).toEqual(log);
    });
  });

  it("changes nothing in the file", async () => {
    await withStore();
    const before = readFileSync(path);
    await inspectSqlite(path);
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  it("finds tables of an older and of a newer program, and leaves them as they are", async () => {
    await withStore();
    const database = new DatabaseSync(path);
    database.exec(`INSERT INTO schema_version VALUES (${sqliteMigrations.length + 1}, 0)`);
    const newer = await inspectSqlite(path);
    expect([newer.schemaVersion, newer.log]).toEqual([sqliteMigrations.length + 1, undefined]);
    database.exec("DELETE FROM schema_version WHERE version > 1");
    database.close();
    const older = await inspectSqlite(path);
    expect([older.schemaVersion, older.log]).toEqual([1, undefined]);
  });

  it("finds a database of somebody else's", async () => {
    new DatabaseSync(path).exec("CREATE TABLE other (a)");
    expect(await inspectSqlite(path)).toMatchObject({ schemaVersion: 0, journalMode: "delete", faults: [] });
  });

  it.each([
    ["a damaged page", 30],
    ["so many that the check itself cannot go on", 1],
  ])("finds %s", async (_, firstPage) => {
    await withStore(async (store) => {
      for (let number = 0; number < 200; number += 1) await store.log.append({ scope: "subject", target: `${number}` });
    });
    const damaged = join(folder, `damaged-${firstPage}.db`);
    copyFileSync(path, damaged);
    const bytes = readFileSync(damaged);
    // What lies after a page's own head; the database's head on the first page stays.
    for (let at = 4096 * firstPage; at + 4096 <= bytes.length; at += 4096) bytes.fill(0xff, at + 8, at + 200);
    writeFileSync(damaged, bytes);
    expect((await inspectSqlite(damaged)).faults).not.toEqual([]);
  });

  it.each([
    [
      "no database",
      () => writeFileSync(path, "a text that is no database, and long enough to be read as a header".repeat(20)),
    ],
    ["nothing at all", () => undefined],
  ])("refuses %s", async (_, prepare) => {
    prepare();
    await expect(inspectSqlite(path)).rejects.toThrow(/is not a SQLite database|cannot be opened/);
  });
});

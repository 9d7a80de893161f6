// The store on SQLite: by the suite that judges every store, in memory and on a file shared by two connections.
// Then what only a file has: its mode, other processes, upgrades, and errors of the disk.

import { execFile } from "node:child_process";
import { copyFileSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { ConfigurationError, Unavailable } from "@countersign/verifier";
import { afterAll, describe, expect, it } from "vitest";
import { type Clock, systemClock } from "../../primitives/clock.ts";
import { freely, id, newSession, policy } from "../conformance/setting.ts";
import { type Environment, type Opened, storeConformance } from "../conformance.ts";
import type { Store } from "../contract.ts";
import { sqliteMigrations } from "./migrations.ts";
import { openSqliteStore } from "./sqlite.ts";

const folder = mkdtempSync(join(tmpdir(), "countersign-sqlite-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Processes of their own start three times as fast with what an earlier run has compiled. */
const env = {
  ...process.env,
  NODE_COMPILE_CACHE: fileURLToPath(new URL("../../../../../node_modules/.cache/compile", import.meta.url)),
};

let files = 0;
const newPath = () => join(folder, `${files++}.db`);

/** The row's clock, but for the moments that the store sleeps while the database is locked. */
const awake = ({ now }: Clock): Clock => ({ now, monotonic: systemClock.monotonic, sleep: systemClock.sleep });

const openAt = (path: string, { clock, random }: Environment) => openSqliteStore({ path, clock: awake(clock), random });

/** An empty database with its tables, to copy: hundreds of rows begin with one. */
const emptyPath = newPath();
await (await openSqliteStore({ path: emptyPath })).close();

/** Where the suite's files are: in memory, if there is such a place. What the disk does is asked below. */
const quickFolder = makeQuickFolder();
afterAll(() => rmSync(quickFolder, { recursive: true, force: true }));

/** A file that two connections share, as two processes would. Opened one after the other: how it is at once is asked below. */
const openFile = async (environment: Environment): Promise<Opened> => {
  const rowFolder = mkdtempSync(join(quickFolder, "row-"));
  // The former row's: a container has little shared memory.
  for (const former of readdirSync(quickFolder)) {
    if (!rowFolder.endsWith(former)) rmSync(join(quickFolder, former), { recursive: true });
  }
  const path = join(rowFolder, "shared.db");
  copyFileSync(emptyPath, path);
  const store = await openAt(path, environment);
  const peer = await openAt(path, environment);
  return { store, peer, reopen: () => openAt(path, environment) };
};

const harness = { describe, it, expect };
storeConformance(
  "sqlite in memory",
  async (environment) => ({ store: await openAt(":memory:", environment) }),
  harness,
);
storeConformance("sqlite on a file of two", openFile, harness);

describe("look-ups on SQLite", () => {
  it("answer without a promise", async () => {
    for (const path of [newPath(), ":memory:"]) {
      const store = await openSqliteStore({ path });
      await addAccount(store);
      await store.sessions.create(newSession("laptop"), freely);
      expect(store.sessions.find(id("laptop"))).toMatchObject({ sid: id("laptop"), revokedAt: null });
      expect(store.services.find("unknown")).toBe(undefined);
      await store.close();
    }
  });

  it("are spared while nothing was committed, and made again after any commit of any process", async () => {
    const path = newPath();
    const [store, other] = [await openSqliteStore({ path }), await openSqliteStore({ path })];
    await addAccount(store);
    for (const name of ["laptop", "phone"]) await store.sessions.create(newSession(name), freely);
    for (const writer of [store, other]) {
      store.sessions.find(id("laptop"));
      const before = store.sessions.find(id("laptop"));
      expect(store.sessions.find(id("laptop"))).toBe(before);
      await writer.sessions.mergeData(id("phone"), { at: writer === store ? "here" : "there" }, policy);
      const after = store.sessions.find(id("laptop"));
      expect(after).not.toBe(before);
      expect(after).toEqual(before);
    }
    await other.sessions.end(id("laptop"), "sign_out");
    expect(store.sessions.find(id("laptop"))).toMatchObject({ reason: "sign_out" });
    for (const each of [store, other]) await each.close();
  });

  it("never see the middle of a transaction", async () => {
    for (const path of [newPath(), ":memory:"]) {
      const store = await openSqliteStore({ path });
      await addAccount(store);
      await store.sessions.create(newSession("old"), freely);
      const replacing = store.sessions.replace(id("old"), newSession("new"), { generation: 0, policy });
      let finished = false;
      const finish = replacing.then(() => {
        finished = true;
      });
      while (!finished) {
        const [successor, old] = await Promise.all([store.sessions.find(id("new")), store.sessions.find(id("old"))]);
        if (successor !== undefined) expect(old?.revokedAt).not.toBe(null);
        await null;
      }
      await finish;
      expect(await store.sessions.find(id("new"))).toBeDefined();
      await store.close();
    }
  });
});

describe("a database file", () => {
  it("is made for its owner only, with its companions", async () => {
    const path = newPath();
    const store = await openSqliteStore({ path });
    await addAccount(store);
    const modes = [path, `${path}-wal`, `${path}-shm`].map((file) => (statSync(file).mode & 0o777).toString(8));
    expect(modes).toEqual(["600", "600", "600"]);
    await store.close();
  });

  it("keeps the mode that it has", async () => {
    const path = newPath();
    writeFileSync(path, "", { mode: 0o640 });
    const store = await openSqliteStore({ path });
    expect((statSync(path).mode & 0o777).toString(8)).toBe("640");
    await store.close();
  });

  for (const [name, path] of [
    ["an empty name", () => ""],
    ["a folder that does not exist", () => join(folder, "none", "x.db")],
    ["a folder", () => folder],
    [
      "a file that is no database",
      () => {
        const path = newPath();
        writeFileSync(path, "this is no database, and long enough to be read as one: ".repeat(50));
        return path;
      },
    ],
  ] as const) {
    it(`is refused as a mistake of configuration: ${name}`, async () => {
      const error = await openSqliteStore({ path: path() }).then(
        () => undefined,
        (error: unknown) => error,
      );
      expect(error).toBeInstanceOf(ConfigurationError);
      expect(error).toMatchObject({ option: "store.path" });
    });
  }

  it("is in write-ahead mode, so that look-ups never wait for writes", async () => {
    const path = newPath();
    const store = await openSqliteStore({ path });
    const other = new DatabaseSync(path);
    expect(other.prepare("PRAGMA journal_mode").get()).toEqual({ journal_mode: "wal" });
    other.close();
    await store.close();
  });
});

describe("what is acknowledged", () => {
  it("was flushed to the disk by the connection that wrote it, in write-ahead mode", async () => {
    const path = newPath();
    // Another connection has settings of its own, so this one notes its own with each write. 2 is FULL.
    const noting = [
      "CREATE TABLE written_with (synchronous INTEGER, journal_mode TEXT)",
      ...["accounts", "sessions", "events"].map(
        (table) => `CREATE TEMP TRIGGER ${table}_written AFTER INSERT ON ${table} BEGIN
          INSERT INTO written_with SELECT synchronous, journal_mode FROM pragma_synchronous, pragma_journal_mode; END`,
      ),
    ];
    const store = await openSqliteStore({ path, migrations: [...sqliteMigrations, noting] });
    await addAccount(store);
    await store.sessions.create(newSession("laptop"), freely);
    await store.sessions.end(id("laptop"), "revoked");
    await store.close();
    const expected = { synchronous: 2, journal_mode: "wal" };
    expect(rowsOf(path, "SELECT * FROM written_with")).toEqual([expected, expected, expected]);
  });
});

describe("what an address without an account costs the disk", () => {
  const entry = { act: "session.sign_in", outcome: "refused", actor: "anonymous" } as const;
  const from = { sid: null, address: "192.0.2.1", client: "curl" } as const;

  it.each<readonly [string, (store: Store, sub: string | undefined) => Promise<unknown>]>([
    ["a failure", (store, sub) => store.accounts.recordFailure(sub)],
    [
      "an audit entry",
      (store, sub) => store.audit.append([{ ...entry, ...from, sub: sub ?? null, detail: "password" }]),
    ],
    [
      "a ticket",
      (store, sub) => store.tickets.create({ hash: `${sub}`, kind: "reset", sub: sub ?? id("eve"), emailKey: "e" }, 1),
    ],
  ])("is what one with an account costs: as many pages for %s", async (_name, write) => {
    const path = newPath();
    const store = await openSqliteStore({ path });
    await addAccount(store);
    const pagesOf = async (sub: string | undefined) => {
      const before = statSync(`${path}-wal`).size;
      await write(store, sub);
      return (statSync(`${path}-wal`).size - before) / 4120;
    };
    const known = await pagesOf(id("ada"));
    expect([known > 0, await pagesOf(undefined)]).toEqual([true, known]);
    await store.close();
  });

  it.each([
    ["a failure of an account that is gone", (store: Store) => store.accounts.recordFailure(id("eve"))],
    ["an account that is not made, for its address is taken", (store: Store) => addAccount(store)],
  ])("is a write for %s too", async (_name, write) => {
    const path = newPath();
    const store = await openSqliteStore({ path });
    await addAccount(store);
    const before = statSync(`${path}-wal`).size;
    await write(store);
    expect(statSync(`${path}-wal`).size).toBeGreaterThan(before);
    await store.close();
  });
});

describe("a locked database", () => {
  it("is waited for, and then written", async () => {
    const path = newPath();
    const store = await openSqliteStore({ path });
    const other = new DatabaseSync(path);
    other.exec("BEGIN IMMEDIATE");
    const adding = addAccount(store);
    await systemClock.sleep(50);
    expect(await store.accounts.find(id("ada"))).toBe(undefined);
    other.exec("COMMIT");
    expect(await adding).toBe("created");
    other.close();
    await store.close();
  });

  it("is given up after the total, by everybody who waits, and found again afterwards", async () => {
    const path = newPath();
    const store = await openSqliteStore({ path, busyMs: 200 });
    const other = new DatabaseSync(path);
    other.exec("BEGIN IMMEDIATE");
    const begin = systemClock.monotonic();
    const attempts = Array.from({ length: 20 }, () => addAccount(store).catch((error: unknown) => error));
    for (const error of await Promise.all(attempts)) {
      expect(error).toBeInstanceOf(Unavailable);
      expect(error).toMatchObject({ code: "store_unavailable", message: "the database stayed locked for 200 ms" });
    }
    expect(systemClock.monotonic() - begin).toBeLessThan(2000);
    other.exec("ROLLBACK");
    expect(await addAccount(store)).toBe("created");
    other.close();
    await store.close();
  });
});

describe("a full disk", () => {
  it("is Unavailable; nothing of the transaction stays, and the store lives on", async () => {
    const path = newPath();
    const first = await openSqliteStore({ path });
    await addAccount(first);
    await first.close();
    // The limit is one of the connection, so it is set through the path that every write of this store takes.
    const store = await openSqliteStore({
      path,
      migrations: [...sqliteMigrations, ["CREATE TABLE filler (x)", "PRAGMA max_page_count = 40"]],
    });
    const detail = "x".repeat(100_000);
    const entry = { act: "a", outcome: "ok", actor: "a", sub: null, sid: null, address: null, client: null } as const;
    const failed = store.audit.append([
      { ...entry, detail: "small" },
      { ...entry, detail },
    ]);
    await expect(failed).rejects.toMatchObject({ code: "store_unavailable", message: /full/ });
    expect(await store.audit.list({ limit: 9 })).toEqual([]);
    await store.audit.append([{ ...entry, detail: "small" }]);
    expect((await store.audit.list({ limit: 9 })).length).toBe(1);
    await store.close();
  });
});

describe("migrations", () => {
  it("bring a database of the first version up to date and keep what is in it", async () => {
    const path = newPath();
    const first = await openSqliteStore({ path, migrations: sqliteMigrations.slice(0, 1) });
    await addAccount(first);
    await first.sessions.create(newSession("laptop"), freely);
    await first.close();
    const next = [...sqliteMigrations, ["CREATE TABLE later (id INTEGER)", "INSERT INTO later VALUES (7)"]];
    const store = await openSqliteStore({ path, migrations: next });
    expect(await store.sessions.find(id("laptop"))).toMatchObject({ sub: id("ada") });
    await store.close();
    const [later] = rowsOf(path, "SELECT id FROM later");
    expect([later, rowsOf(path, "SELECT version FROM schema_version").length]).toEqual([{ id: 7 }, next.length]);
  });

  it("are applied once, however often the database is opened", async () => {
    const path = newPath();
    for (let time = 0; time < 3; time += 1) await (await openSqliteStore({ path })).close();
    expect(rowsOf(path, "SELECT version FROM schema_version ORDER BY version")).toEqual(
      sqliteMigrations.map((_, index) => ({ version: index + 1 })),
    );
  });

  it("refuse a database that is newer than the program, and change nothing in it", async () => {
    const path = newPath();
    const newer = [...sqliteMigrations, ["CREATE TABLE later (id INTEGER)"]];
    await (await openSqliteStore({ path, migrations: newer })).close();
    const version = sqliteMigrations.length;
    await expect(openSqliteStore({ path })).rejects.toThrow(
      `store: the database has schema version ${version + 1}, this program knows ${version}`,
    );
    await expect(openSqliteStore({ path })).rejects.toBeInstanceOf(ConfigurationError);
    expect(rowsOf(path, "SELECT count(*) AS n FROM schema_version")).toEqual([{ n: version + 1 }]);
  });

  it("leave nothing of a step that fails, and go on from there the next time", async () => {
    const path = newPath();
    const broken = [...sqliteMigrations, ["CREATE TABLE later (id INTEGER)", "INSERT INTO nowhere VALUES (1)"]];
    await expect(openSqliteStore({ path, migrations: broken })).rejects.toBeInstanceOf(Unavailable);
    expect(rowsOf(path, "SELECT name FROM sqlite_master WHERE name = 'later'")).toEqual([]);
    const store = await openSqliteStore({ path });
    expect(await addAccount(store)).toBe("created");
    await store.close();
  });

  it("run once when ten connections start at once", async () => {
    const path = newPath();
    const stores = await Promise.all(Array.from({ length: 10 }, () => openSqliteStore({ path })));
    expect(await Promise.all(stores.map(addAccount))).toContain("created");
    await Promise.all(stores.map((store) => store.close()));
    expect(rowsOf(path, "SELECT count(*) AS n FROM schema_version")).toEqual([{ n: sqliteMigrations.length }]);
  });
});

describe("an ended session", () => {
  it("is not brought back even by a statement of somebody else's", async () => {
    const path = newPath();
    const store = await openSqliteStore({ path });
    await addAccount(store);
    await store.sessions.create(newSession("laptop"), freely);
    await store.sessions.end(id("laptop"), "revoked");
    const other = new DatabaseSync(path);
    expect(() => other.exec("UPDATE sessions SET revoked_at = NULL")).toThrow("an ended session is never changed");
    other.close();
    await store.close();
  });
});

describe("processes on one file", () => {
  const racer = fileURLToPath(new URL("./racer.fixture.ts", import.meta.url));
  const run = async (path: string, task: string, ...more: readonly string[]): Promise<unknown> => {
    const { stdout } = await promisify(execFile)(process.execPath, [racer, path, task, ...more], { env });
    return JSON.parse(stdout);
  };

  it("migrate once, make one key, and rotate once, though they start at once", async () => {
    const path = newPath();
    const results = await Promise.all(["one", "two", "three"].map((name) => run(path, "race", name)));
    const store = await openSqliteStore({ path });
    const session = await store.sessions.find(id("laptop"));
    const { keys } = await store.keys.list();
    const view = await store.log.read(0);
    await store.close();
    const sum = (count: (result: unknown) => number) =>
      results.reduce<number>((total, result) => total + count(result), 0);
    expect(sum((result) => numberIn(result, "keys"))).toBe(1);
    expect(keys.length).toBe(1);
    expect(sum((result) => numberIn(result, "rotations"))).toBe(session?.refreshCounter);
    expect(session?.refreshCounter).toBe(20);
    expect(view.events.map(({ number }) => number)).toEqual(Array.from({ length: view.to }, (_, index) => index + 1));
    expect(view.to).toBe(3 * 20 + 1);
    expect(Object.keys(session?.data ?? {}).length).toBe(3 * 20);
  }, 30_000);

  it("lose nothing that was acknowledged when one is killed at any moment", async () => {
    const path = newPath();
    await (await openSqliteStore({ path })).close();
    for (let round = 0; round < 3; round += 1) {
      const acknowledged = await killedWriter(racer, path, `round ${round}`);
      expect(acknowledged.length).toBeGreaterThan(0);
      const store = await openSqliteStore({ path });
      const { events, to } = await store.log.read(0);
      await store.close();
      expect(events.map(({ number }) => number)).toEqual(Array.from({ length: to }, (_, index) => index + 1));
      const targets = new Set(events.map(({ target }) => target));
      expect(acknowledged.filter((target) => !targets.has(target))).toEqual([]);
    }
  }, 30_000);
});

/** A folder in shared memory, which takes no flush to a disk; where there is none, one like any other. */
function makeQuickFolder(): string {
  try {
    return mkdtempSync("/dev/shm/countersign-sqlite-");
  } catch {
    return mkdtempSync(join(tmpdir(), "countersign-sqlite-"));
  }
}

/** Starts a process that appends events and tells each once it is acknowledged; kills it; answers what it told. */
function killedWriter(script: string, path: string, name: string): Promise<readonly string[]> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [script, path, "write", name], { env });
    let told = "";
    child.stdout?.on("data", (text: string) => {
      told += text;
      if (told.split("\n").length > 20) child.kill("SIGKILL");
    });
    // The last piece may be half a line.
    child.on("close", () => resolve(told.split("\n").slice(0, -1)));
  });
}

function addAccount(store: Store): Promise<"created" | "taken"> {
  const email = "ada@example.org";
  return store.accounts.create({ sub: id("ada"), email, emailKey: email, emailVerified: false, passwordHash: "h" });
}

function rowsOf(path: string, query: string): unknown[] {
  const database = new DatabaseSync(path, { readOnly: true });
  const rows = database
    .prepare(query)
    .all()
    .map((row) => ({ ...row }));
  database.close();
  return rows;
}

function numberIn(value: unknown, name: string): number {
  if (typeof value !== "object" || value === null) return Number.NaN;
  return Number(Object.entries(value).find(([key]) => key === name)?.[1]);
}

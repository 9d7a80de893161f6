// How SQLite finds what the store asks for: an account's tombstones, of which there may be any number, must slow nobody down.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, afterEach, describe, expect, it, vi } from "vitest";
import { freely, id, newSession, policy } from "../conformance/setting.ts";
import type { Store } from "../contract.ts";
import { sqliteMigrations } from "./migrations.ts";
import { openSqliteStore } from "./sqlite.ts";

const folder = mkdtempSync(join(tmpdir(), "countersign-plans-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(() => vi.restoreAllMocks());

let files = 0;
const newPath = () => join(folder, `${files++}.db`);

/** The plans of the statements that `work` runs over the sessions of a subject, each plan with its statement. */
async function plansOf(work: (store: Store) => Promise<unknown>): Promise<readonly string[]> {
  const path = newPath();
  const store = await openSqliteStore({ path });
  const email = "ada@example.org";
  await store.accounts.create({ sub: id("ada"), email, emailKey: email, emailVerified: false, passwordHash: "h" });
  const prepared = vi.spyOn(DatabaseSync.prototype, "prepare");
  await work(store);
  const statements = [...new Set(prepared.mock.calls.map(([statement]) => statement))];
  prepared.mockRestore();
  await store.close();
  const database = new DatabaseSync(path, { readOnly: true });
  const plans = statements
    .filter((statement) => /sessions.* where [^;]*"sub" = /s.test(statement))
    .map((statement) => {
      const steps = database.prepare(`EXPLAIN QUERY PLAN ${statement}`).all();
      return steps.map(({ detail }) => String(detail)).join("; ");
    });
  database.close();
  return plans;
}

describe("what was ended is not looked at", () => {
  it.each<readonly [string, (store: Store) => Promise<unknown>, number]>([
    ["a sign-in, which counts the living", (store) => store.sessions.create(newSession("laptop"), freely), 1],
    ["the list of devices", (store) => store.sessions.list(id("ada"), policy, 100), 1],
    ["the end of everything", (store) => store.accounts.endAll(id("ada"), "revoked"), 1],
    ["the end of everything else", (store) => store.accounts.endAll(id("ada"), "revoked", { except: id("x") }), 1],
    ["disabling", (store) => store.accounts.setDisabled(id("ada"), true), 1],
    [
      "a change of password",
      (store) => store.accounts.changePassword({ sub: id("ada"), generation: 0, passwordHash: "h2" }),
      1,
    ],
  ])("by %s", async (_name, work, statements) => {
    const plans = await plansOf(work);
    expect(plans).toHaveLength(statements);
    for (const plan of plans) expect(plan).toMatch(/^SEARCH sessions USING INDEX sessions_living \(sub=\?/);
  });

  it("and the latest devices come first without sorting all", async () => {
    const [plan = ""] = await plansOf((store) => store.sessions.list(id("ada"), policy, 100));
    expect(plan).toBe(
      "SEARCH sessions USING INDEX sessions_living (sub=? AND last_used_at>?); USE TEMP B-TREE FOR LAST 2 TERMS OF ORDER BY",
    );
  });

  it("also in a database made before there was the index", async () => {
    const path = newPath();
    await (await openSqliteStore({ path, migrations: sqliteMigrations.slice(0, 4) })).close();
    await (await openSqliteStore({ path })).close();
    const database = new DatabaseSync(path, { readOnly: true });
    const indexes = database
      .prepare("SELECT name FROM sqlite_master WHERE tbl_name = 'sessions' AND type = 'index'")
      .all();
    database.close();
    expect(indexes.map(({ name }) => name)).toContain("sessions_living");
    expect(indexes.map(({ name }) => name)).not.toContain("sessions_by_sub");
  });
});

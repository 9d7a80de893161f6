import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nameSessionToken } from "countersign";
import { openSqliteStore } from "countersign/sqlite";
import { type NewSession, type Store, unbounded } from "countersign/store";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { addressOfCopy, copyAccounts, copySessions, type OwnValues } from "./copied-sessions.ts";

let folder: string;
let path: string;
let store: Store;

const sub = "AAAAAAAAAAAAAAAA";

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "countersign-copies-"));
  path = join(folder, "copies.db");
  store = await openSqliteStore({ path });
  const email = "copies@lab.example";
  await store.accounts.create({ sub, email, emailKey: email, emailVerified: true, passwordHash: "-" });
});

afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

function names(): OwnValues {
  const { sid, tokenHash } = nameSessionToken(randomBytes(20).toString("base64url"));
  return { sid, tokenHash, sub, refreshSeed: null };
}

async function create(own: OwnValues): Promise<void> {
  const session: NewSession = {
    ...own,
    ...{ strategy: "session", idleMs: 60_000, lifetimeMs: 600_000, amr: ["pwd"], acr: "1", claims: { plan: "free" } },
    client: { label: "Firefox on Linux", address: "192.0.2.1" },
  };
  expect(await store.sessions.create(session, { generation: 0, limit: 10, policy: unbounded })).toBe("created");
}

describe("copies of a session", () => {
  it("are to the store what the original is, under their own names, in all of its lists", async () => {
    const [original, ...copies] = [names(), names(), names(), names()];
    if (original === undefined) throw new Error("There is no original.");
    await create(original);
    copySessions(path, original.sid, copies);
    const record = await store.sessions.find(original.sid);
    for (const copy of copies) expect(await store.sessions.find(copy.sid)).toEqual({ ...record, ...copy });
    expect(await store.sessions.count()).toBe(4);
    expect((await store.sessions.list(sub, unbounded, 10)).length).toBe(4);
    // And they end as it does.
    const [first] = copies;
    expect(await store.sessions.end(first?.sid ?? "", "sign_out")).toEqual([first?.sid]);
    expect((await store.sessions.list(sub, unbounded, 10)).length).toBe(3);
  });

  it("need an original", () => {
    expect(() => copySessions(path, "BBBBBBBBBBBBBBBB", [names()])).toThrow(
      "There is nothing to copy in the table sessions.",
    );
  });

  it("are made whole or not at all", async () => {
    const original = names();
    await create(original);
    expect(() => copySessions(path, original.sid, [names(), original])).toThrow(/UNIQUE/);
    expect(await store.sessions.count()).toBe(1);
  });
});

describe("copies of an account", () => {
  const other = "BBBBBBBBBBBBBBBB";

  it("are to the store what the original is, under a name and an address of their own", async () => {
    copyAccounts(path, sub, [other]);
    const address = addressOfCopy(other);
    const original = await store.accounts.find(sub);
    const copy = await store.accounts.find(other);
    expect(copy).toEqual({ ...original, sub: other, email: address, emailKey: address });
    expect(await store.accounts.findByEmail(address)).toEqual(copy);
  });

  it("are subjects of sessions, which others are not", async () => {
    const original = names();
    await create(original);
    copyAccounts(path, sub, [other]);
    copySessions(path, original.sid, [{ ...names(), sub: other }]);
    expect((await store.sessions.list(other, unbounded, 10)).length).toBe(1);
    expect(() => copySessions(path, original.sid, [{ ...names(), sub: "CCCCCCCCCCCCCCCC" }])).toThrow(/FOREIGN KEY/);
  });

  it("need an original", () => {
    expect(() => copyAccounts(path, other, ["CCCCCCCCCCCCCCCC"])).toThrow(
      "There is nothing to copy in the table accounts.",
    );
  });
});

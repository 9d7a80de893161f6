import { expect, it } from "vitest";
import { createTestClock, createTestRandom } from "../../primitives/testing.ts";
import { freely, id, newSession } from "../conformance/setting.ts";
import type { NewAuditEntry } from "../contract.ts";
import { openSqliteStore } from "./sqlite.ts";

const entry: NewAuditEntry = {
  ...{ act: "session.sign_in", outcome: "ok", actor: "subject:ada", sub: id("ada"), sid: id("laptop") },
  ...{ address: null, client: null, detail: null },
};

it("a session whose notes cannot be written is not created, and ends none", async () => {
  const store = await openSqliteStore({
    path: ":memory:",
    clock: createTestClock(),
    random: createTestRandom("notes"),
  });
  const email = { email: "ada@example.org", emailKey: "ada@example.org" };
  await store.accounts.create({ sub: id("ada"), ...email, emailVerified: false, passwordHash: "hash" });
  await store.sessions.create(newSession("old"), freely);
  const broken = { ...entry, actor: { toString: undefined } as never };
  const notes = { places: ["desk"], audit: broken };
  const created = store.sessions.create(newSession("laptop"), { ...freely, replaces: id("old"), notes });
  await expect(created).rejects.toThrow();
  expect(await store.sessions.find(id("laptop"))).toBeUndefined();
  expect(await store.sessions.find(id("old"))).toMatchObject({ revokedAt: null });
  expect((await store.accounts.findForSignIn(email.emailKey, ["desk"]))?.knownPlaces).toEqual([]);
  expect((await store.log.head()).number).toBe(0);
  await store.close();
});

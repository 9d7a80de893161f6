// A process of its own for the tests of the SQLite store: races others on one file, or writes until it is killed.

import { client, freely, id, newSession, policy } from "../conformance/setting.ts";
import type { Store } from "../contract.ts";
import { openSqliteStore } from "./sqlite.ts";

const [path = "", task = "", name = ""] = process.argv.slice(2);
const store = await openSqliteStore({ path });
if (task === "race") {
  process.stdout.write(JSON.stringify({ keys: await makeKey(store), rotations: await rotateAndMerge(store) }));
  await store.close();
} else {
  for (let index = 0; ; index += 1) {
    const { target } = await store.log.append({ scope: "session", target: `${name} ${index}` });
    process.stdout.write(`${target}\n`);
  }
}

async function makeKey(store: Store): Promise<number> {
  const sealed = { alg: "ES256", publicJwk: "{}", sealedPrivateJwk: "sealed" };
  const key = { kid: name, ...sealed, createdAt: 1, signsFrom: 1, signsUntil: null, leavesAt: null };
  return (await store.keys.change(0, { put: [key], revoke: [name] })) ? 1 : 0;
}

/** Moves the counter to 20, together with the other processes, and merges 20 members of its own; how many moves were its own. */
async function rotateAndMerge(store: Store): Promise<number> {
  const account = { sub: id("ada"), email: "ada", emailKey: "ada", emailVerified: false, passwordHash: "h" };
  await store.accounts.create(account);
  await store.sessions.create(newSession("laptop"), freely);
  let rotations = 0;
  for (let counter = 0; counter < 20; counter += 1) {
    const [moved] = await Promise.all([
      store.sessions.rotate(id("laptop"), counter, client, policy),
      store.sessions.mergeData(id("laptop"), { [`${name} ${counter}`]: counter }, policy),
    ]);
    if (moved !== "lost") rotations += 1;
  }
  return rotations;
}

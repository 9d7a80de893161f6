// The section that measures sign-ins against the bare password hash: what everything around it costs. Knows no network.

import { join } from "node:path";
import { verify } from "@node-rs/argon2";
import { createAuth } from "countersign";
import { openSqliteStore } from "countersign/sqlite";
import { issuer } from "./credentials.ts";
import type { Row, Table } from "./report.ts";
import { type Case, measureRounds } from "./rounds.ts";
import { runSection, type SectionSettings } from "./section.ts";

const password = "wren plays slow cello";

/** Enough that nobody comes to a limit: each signs in from an address of its own. */
const accounts = 200;

await runSection(async (settings) => {
  const cases = await signInCases(settings);
  const pace = settings.quick ? { rounds: 2, warmMs: 200 } : { rounds: 9, warmMs: 1000 };
  const found = await measureRounds(cases, { ...pace, sliceMs: settings.seconds * 1000, base: "hash" });
  const table: Table = {
    title: "sign-ins a second, of the bare hash's; argon2id, 19 MiB, 2 passes, 2 at once; SQLite flushed to the disk",
    rows: found.map(asShare),
  };
  return [table];
});

async function signInCases({ folder }: SectionSettings): Promise<Case[]> {
  const store = await openSqliteStore({ path: join(folder, "sign-in.db") });
  const auth = createAuth({
    ...{ issuer, store, secrets: ["a secret that only the bench knows, and nobody else"] },
    strategies: ["session", "jwt", "hybrid"],
  });
  for (let index = 0; index < accounts; index += 1) await auth.subjects.create({ email: emailOf(index), password });
  const phc = (await store.accounts.findByEmail(emailOf(0)))?.passwordHash ?? "";
  const signIn = async (index: number, strategy: string) => {
    const body = JSON.stringify({ email: emailOf(index % accounts), password, strategy });
    const headers = { "content-type": "application/json", "sec-fetch-site": "same-origin" };
    const request = new Request(`${issuer}/auth/sign-in`, { method: "POST", headers, body });
    const { status } = await auth.handle(request, { remoteAddress: `10.0.0.${index % accounts}` });
    if (status !== 200) throw new Error(`A sign-in was answered ${status}.`);
    return status;
  };
  const bare = async () => {
    if (!(await verify(phc, password))) throw new Error("The password proved wrong.");
  };
  return [
    { id: "hash", name: "the bare hash, @node-rs/argon2", run: bare, inFlight: 2 },
    // Two more than are hashed at once, so that no core waits for the next.
    ...["session", "jwt", "hybrid"].map((strategy) => ({
      ...{ id: strategy, name: `Countersign, ${strategy}: POST /auth/sign-in`, inFlight: 4 },
      run: (index: number) => signIn(index, strategy),
    })),
  ];
}

function emailOf(index: number): string {
  return `person-${index}@example.com`;
}

// From time for each to a share of throughput: the other way round.
function asShare({ id, name, value, ratio = value }: Row): Row {
  const share = { median: 100 / ratio.median, p25: 100 / ratio.p75, p75: 100 / ratio.p25, count: ratio.count };
  const note = `${Math.round(1e6 / value.median)} a second`;
  return { id: `sign-in/${id}`, name, unit: "%", value: share, note };
}

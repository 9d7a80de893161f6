// docs/simulation.md: what the simulation does, and what each mutant broke. Knows which seeds were found, and does not look for them.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Mutant, mutants } from "./mutants.ts";

/** A mutant that was caught: by which seed, and which promise broke. */
export interface Caught {
  readonly name: string;
  readonly seed: number;
  readonly promise: string;
}

/** Where the seeds are written down. */
export const caughtFile = "tests/simulation/caught.json";
/** The page. */
export const pageFile = "docs/simulation.md";

/** The seeds that were found last. */
export function readCaught(): readonly Caught[] {
  const json: unknown = JSON.parse(readFileSync(join(import.meta.dirname, "caught.json"), "utf8"));
  return Array.isArray(json) ? json.filter(isCaught) : [];
}

/** The text of the page. */
export function simulationPage(caught: readonly Caught[]): string {
  const row = ({ name, change, edits }: Mutant) => {
    const { promise = "", seed = "" } = caught.find((each) => each.name === name) ?? {};
    const files = [...new Set(edits.map(({ file }) => `\`${file.split("/").at(-1)}\``))].join(", ");
    return `| \`${name}\` | ${files} | ${change} | ${promise} | ${seed} |`;
  };
  return `${opening}
| mutant | source | what was changed | broke | seed |
|---|---|---|---|---|
${mutants.map(row).join("\n")}
`;
}

function isCaught(value: unknown): value is Caught {
  return typeof value === "object" && value !== null && "name" in value && "seed" in value && "promise" in value;
}

const opening = `# The simulated cluster

The [revocation protocol](revocation.md) makes promises about many machines at once, so it is tested as many machines at once: issuers, services that verify, a command
line and a database, in one process. What happens to them is drawn from a seed: the same seed is the same world, step by step.

What is under test is the product's own code, unchanged:

- at a service: \`createVerifier\` with all that it remembers (tokens, the version of the view that they passed, sessions that were looked up), its follower and its view;
- at an issuer: the feed with its leases, the issuer's row and the barrier; the issuer's own view; the recogniser, which keeps sessions in memory, too; and a verifier
  over the own view. The world puts these together as \`createAuth\` does. In a fifth of the worlds issuers are asked as well as services. Requests bear their credential in
  \`Authorization\`, or a hybrid's pair in cookies;
- the store in memory.

What the worlds bring themselves:

- clocks, randomness and the network, which carries questions, answers and messages as JSON. The feed's transport over HTTP and the text of its stream are
  tested elsewhere;
- delays, failures and backups around the store. Each call is one transaction that runs to its end at once; those of the databases are tested elsewhere;
- clients and operators. They sign in by the store's own methods in the order in which the product calls them, and sign tokens by a key of their own; the routes of
  an issuer, its strategies and refresh tokens are not in it. An issuer's answer about a session is written by the world, from what the recogniser said;
- the key set, which is given once to everyone, as to a verifier that serves its last good one: a revoked key is refused by the view alone;
- the moment at which signatures are checked and hashes made: they are real, but made at once and not on another thread.

\`\`\`sh
npm run simulate -- --seed 1 --rounds 1000     # tells of the first broken promise, with the steps before it
npm run simulate -- --seed 7 --verbose         # one world, every step
npm run simulate -- --seed 7 --mutant NAME     # with one rule of the protocol broken
npm run simulate -- --mutants                  # finds a seed for each mutant again, and writes this page
\`\`\`

## What happens in it

- Machines have wall and monotonic clocks of their own, up to 1 % fast or slow; wall clocks jump; machines are suspended, and their monotonic clocks stop or do not.
- Questions and answers are late, lost, doubled and overtaken, and now and then come as the answer to another question. Streams are late, cut and fall silent. Lines are
  cut and heal.
- Calls to the database take time before their transaction and before their answer, fail on either side of it, and go on when the process that made them has died.
  Issuers crash at any moment and start again; so do verifiers. Backups are put back. The log is pruned.
- People sign in, renew, change their sessions' data; sessions, subjects, keys and everyone are revoked, with and without waiting; verifiers are asked at the moments that
  count: as a revocation is acknowledged, as the barrier returns, as the bound is reached, and long after.

An oracle, which knows the promises and nothing of how they are kept, sees every commit and every verdict. At the end all is mended, and everything has to be
answered (*progress*). What a machine's own wrong clock says of the beginning and end of a credential is no fault; that nothing is accepted past its end on the clock
that it goes by (*expiry*) is asked, for events live only as long as what they speak of.

## What is not promised, and not asked of it

- The wall clock of a machine is not set back where its monotonic clock stops in sleep: together they would hide the sleep.
- The database's clock stays within the skew that the life of an event allows for (30 s).
- After a backup was put back: what was revoked in the lost part is lost; a barrier within the longest lag after it may miss followers, for the issuers' rows
  were among what was lost; tokens without a record that bear a number of the lost part are not cut off by the numbers that took its place. What a verifier knew, it keeps.
- A stream is one connection: its messages keep their order.

## Mutants

Each rule of the protocol is broken on purpose, by a replacement in the source while it is loaded, to see that the simulation notices. The tests run the seeds
below again.
`;

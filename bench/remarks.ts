// Why an aim was missed where it was: the words for docs/performance.md. Knows no figure.

import type { JudgedAim } from "./aims.ts";

interface Remark {
  readonly about: RegExp;
  readonly words: string;
}

const remarks: readonly Remark[] = [
  {
    about: /^(node|fastify|hono|express), (jwt|hybrid)/,
    words:
      "`jwt` and `hybrid`: the bare server does nothing but answer, in 17 to 30 µs (Express: 35 to 70), so that a tenth of it is hardly more than one judgement takes. Reading the headers, `Vary` and `Cache-Control` come on top; on `node:http` a listener that only reads one header and sets two is measured beside them, in the first line, and loses a good part of that tenth. The two cookies of a hybrid are one pass more. The machine is shared: the bare server itself differs by a half from one row to the next, and the middle halves are wide.",
  },
  {
    about: /session-(memory|feed):/,
    words:
      "Sessions in memory and under the feed: what a look-up costs in process is a fraction of what is missed here. The rest is a server that touches more memory and more code for each request than one that answers a constant.",
  },
  {
    about: /session-sqlite:/,
    words:
      "Sessions on SQLite: each request asks SQLite whether anything was committed since the row was read (`PRAGMA data_version`), which takes and releases a lock of the operating system: two calls of it, and half of what is added. Only keeping sessions under the feed spares them. Reading and parsing the row anew at every request, as it was before, cost three times as much.",
  },
  {
    about: /revocation at 100 followers/,
    words:
      "Revocation to 100 followers: issuer and followers share two cores, the hundred followers one process, and each of them reads, applies and acknowledges, where the bare stream beside them only reads. Its p99 in the same run tells what the machine did meanwhile. Since acknowledgements wait for 8 ms and leases are gathered for 25 ms, median and p99 are a third of what they were.",
  },
  {
    about: /^sign-ins/,
    words:
      "Sign-ins: with both cores hashing, whatever else a sign-in does is taken from the hashes: one transaction flushed to the disk (the session, the places that are known, the audit entry), the form, the limits, the cookies, and for tokens a signature.",
  },
  {
    about: /a million revocations|a cached token/,
    words:
      "Cached tokens: the judgement itself costs the same whatever the number of revocations, for a token that passed is not looked up again before the view changes. What is missed here lies within the middle half of the rounds.",
  },
];

/** The remarks on aims that were missed, each once. */
export function remarksOn(aims: readonly JudgedAim[]): string[] {
  const missed = aims.filter(({ isMet }) => !isMet);
  return remarks.filter(({ about }) => missed.some(({ aim }) => about.test(aim))).map(({ words }) => `- ${words}`);
}

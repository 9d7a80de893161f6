// The section that measures how long the server takes from the command to its first answer. Knows nothing of what it does meanwhile.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import type { Readable } from "node:stream";
import type { Table } from "./report.ts";
import { runSection } from "./section.ts";
import { spread } from "./statistics.ts";

const main = join(import.meta.dirname, "../packages/server/src/main.ts");

await runSection(async ({ quick, folder }) => {
  const times = quick ? 2 : 7;
  // Once for nobody: the files of the program are then in the system's memory.
  await startOnce(newFolder(folder));
  const [known, first, later]: [string, number[], number[]] = [newFolder(folder), [], []];
  await startOnce(known);
  for (let round = 0; round < times; round += 1) {
    first.push(await startOnce(newFolder(folder)));
    later.push(await startOnce(known));
  }
  const table: Table = {
    title: "countersign serve, until /readyz answers 200",
    rows: [
      { id: "start-up/first", name: "in an empty folder: keys and tables are made", unit: "ms", value: spread(first) },
      { id: "start-up/later", name: "in a folder that it knows", unit: "ms", value: spread(later) },
    ],
    notes: ["From sources, without a build; stopped by SIGKILL, for its end is not what is measured."],
  };
  return [table];
});

/** Starts the server and ends it; milliseconds until it had answered. */
async function startOnce(cwd: string): Promise<number> {
  const { PATH = "", HOME = "" } = process.env;
  const began = performance.now();
  const child = spawn(process.execPath, [main, "serve"], {
    ...{ cwd, env: { PATH, HOME, PORT: "0" } },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "exit");
  try {
    const url = await addressOf(child.stdout);
    const { status } = await fetch(`${url}/readyz`);
    if (status !== 200) throw new Error(`/readyz answers ${status}.`);
    return performance.now() - began;
  } finally {
    child.kill("SIGKILL");
    await ended;
  }
}

/** The address in what the server writes. Throws when it ends without. */
function addressOf(output: Readable): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    output.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
      const found = /(http:\/\/localhost:\d+)\s/.exec(text)?.[1];
      if (found !== undefined) resolve(found);
    });
    output.once("close", () => reject(new Error(`The server ended; it wrote:\n${text}`)));
  });
}

function newFolder(within: string): string {
  return mkdtempSync(join(within, "start-"));
}

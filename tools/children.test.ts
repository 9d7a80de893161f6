import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { createChildren } from "./children.ts";

const folder = mkdtempSync(join(tmpdir(), "countersign-children-"));
afterAll(() => rmSync(folder, { recursive: true }));

// Starts a process that leaves its group and writes down its id, then ends or stays.
const leaver = script(
  "leaver.mjs",
  `import { spawn } from "node:child_process";
   import { writeFileSync } from "node:fs";
   const left = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { detached: true, stdio: "ignore" });
   left.unref();
   writeFileSync(process.argv[2], String(left.pid));
   if (process.argv[3] === "stay") setInterval(() => {}, 1000);
   else process.exit(Number(process.argv[3]));`,
);

it.each([0, 3])("answers the exit code %i, and ends what the child left behind", async (code) => {
  const note = join(folder, `left-${code}`);
  expect(await createChildren().run(leaver, [note, String(code)])).toBe(code);
  expect(readNote(note)).toBeGreaterThan(0);
  await expect.poll(() => isAlive(readNote(note)), { timeout: 4000 }).toBe(false);
});

it("ends the running child, and what that started, when it is stopped", async () => {
  const note = join(folder, "left-stopped");
  const children = createChildren();
  const ended = children.run(leaver, [note, "stay"]);
  await expect.poll(() => readNote(note)).toBeGreaterThan(0);
  await children.stop();
  expect(await ended).toBe(128);
  await expect.poll(() => isAlive(readNote(note)), { timeout: 4000 }).toBe(false);
});

it("ends the running child when the starter is killed", async () => {
  const note = join(folder, "left-killed");
  const stayer = script(
    "stayer.mjs",
    `import { writeFileSync } from "node:fs";
     writeFileSync(process.argv[2], String(process.pid));
     setInterval(() => {}, 1000);`,
  );
  const starter = script(
    "starter.mjs",
    `import { createChildren } from ${JSON.stringify(new URL("./children.ts", import.meta.url).href)};
     await createChildren().run(${JSON.stringify(stayer)}, [${JSON.stringify(note)}]);`,
  );
  const running = spawn(process.execPath, [starter], { stdio: "ignore" });
  await expect.poll(() => readNote(note), { timeout: 4000 }).toBeGreaterThan(0);
  expect(isAlive(readNote(note))).toBe(true);
  running.kill("SIGKILL");
  await expect.poll(() => isAlive(readNote(note)), { timeout: 4000 }).toBe(false);
});

function script(name: string, code: string): string {
  const path = join(folder, name);
  writeFileSync(path, code);
  return path;
}

function readNote(path: string): number {
  try {
    return Number(readFileSync(path, "utf8"));
  } catch {
    return 0;
  }
}

/** Whether a process runs. One that was killed may stay in the table for seconds, until whoever adopted it takes note. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !isZombie(pid);
  } catch {
    return false;
  }
}

function isZombie(pid: number): boolean {
  try {
    return /^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    // No /proc here, or gone in between: the next look tells.
    return false;
  }
}

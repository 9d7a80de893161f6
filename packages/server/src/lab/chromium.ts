// A real Chromium, where the machine has one and playwright-core is installed. Both are looked for at run time: nothing here depends on them.

import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

/** A page of the browser, with a profile of its own. */
export interface Page {
  goto(url: string): Promise<{ status(): number } | null>;
  /** Runs an expression in the page, and answers what it comes to. */
  evaluate(expression: string): Promise<unknown>;
}

export interface Browser {
  version(): string;
  newContext(options: { readonly bypassCSP: boolean }): Promise<{ newPage(): Promise<Page>; close(): Promise<void> }>;
  close(): Promise<void>;
}

interface Launcher {
  readonly chromium: { launch(options: object): Promise<Browser> };
}

const programs = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

const switches = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-dev-shm-usage",
  "--disable-background-networking",
  "--disable-component-update",
  "--no-first-run",
  "--disable-features=HttpsUpgrades,HttpsFirstBalancedModeAutoEnable",
];

/** Starts Chromium, with every name under `.test` on this machine; `undefined` where there is none, or it does not start. */
export async function findChromium(): Promise<Browser | undefined> {
  const executablePath = (process.env.PATH ?? "")
    .split(delimiter)
    .flatMap((folder) => programs.map((program) => join(folder, program)))
    .find((path) => existsSync(path));
  const playwright = executablePath === undefined ? undefined : await loadPlaywright();
  return playwright?.chromium
    .launch({
      ...{ executablePath, headless: true, args: [...switches, "--host-resolver-rules=MAP *.test 127.0.0.1"] },
      // Who started the lab decides what a signal means.
      ...{ handleSIGINT: false, handleSIGTERM: false, handleSIGHUP: false },
    })
    .catch(() => undefined);
}

// By a name that no compiler follows: it is there in a checkout, and may be there elsewhere.
async function loadPlaywright(): Promise<Launcher | undefined> {
  const name: string = "playwright-core";
  const loaded: unknown = await import(name).catch(() => undefined);
  return isLauncher(loaded) ? loaded : undefined;
}

function isLauncher(loaded: unknown): loaded is Launcher {
  return typeof loaded === "object" && loaded !== null && "chromium" in loaded;
}

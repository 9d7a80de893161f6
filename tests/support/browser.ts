// A real Chromium for tests, with a fresh profile each time. Knows nothing of pages.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, type BrowserContext, chromium } from "playwright-core";

export interface BrowserOptions {
  /** Rules of `--host-resolver-rules`; by default every name under `.test` is this machine. */
  readonly hostRules?: string;
  /** Further switches. */
  readonly args?: readonly string[];
}

/** A running browser. `await using chrome = await launchBrowser(…)` closes it at the end of the block. */
export interface LaunchedBrowser extends AsyncDisposable {
  readonly browser: Browser;
  close(): Promise<void>;
}

// Connections and look-ups ahead of need are among what it stops.
const quiet = "--disable-background-networking";

// Nothing that calls out, nothing that needs a display, and no silent change of http to https.
const switches = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-dev-shm-usage",
  quiet,
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
  "--no-default-browser-check",
  "--disable-features=HttpsUpgrades,HttpsFirstBalancedModeAutoEnable,OptimizationHints,MediaRouter",
];

/**
 * Starts the Chromium at `executablePath` (`requireService("chromium")`), headless, with an empty profile of its own.
 * It ends with `close`, and with the process that started it.
 */
export async function launchBrowser(executablePath: string, options: BrowserOptions = {}): Promise<LaunchedBrowser> {
  const rules = options.hostRules ?? "MAP *.test 127.0.0.1";
  const browser = await chromium.launch({
    executablePath,
    headless: true,
    args: [...switches, `--host-resolver-rules=${rules}`, ...(options.args ?? [])],
  });
  const close = async () => {
    if (browser.isConnected()) await browser.close();
  };
  return { browser, close, [Symbol.asyncDispose]: close };
}

/** A browser with a profile that is not private: what people have, who are connected ahead of need. */
export interface ProfiledBrowser extends AsyncDisposable {
  readonly context: BrowserContext;
  close(): Promise<void>;
}

/** Starts a browser as `launchBrowser` does, but not a private one: hints to connect or to look names up are taken. Its profile is gone at its end. */
export async function launchWithProfile(
  executablePath: string,
  options: BrowserOptions = {},
): Promise<ProfiledBrowser> {
  const folder = await mkdtemp(join(tmpdir(), "countersign-profile-"));
  const rules = options.hostRules ?? "MAP *.test 127.0.0.1";
  const context = await chromium.launchPersistentContext(folder, {
    executablePath,
    headless: true,
    ignoreDefaultArgs: [quiet],
    args: [...switches.filter((text) => text !== quiet), `--host-resolver-rules=${rules}`, ...(options.args ?? [])],
  });
  const close = async () => {
    await context.close();
    await rm(folder, { recursive: true, force: true });
  };
  return { context, close, [Symbol.asyncDispose]: close };
}

// Real nginx and Caddy in the foreground, each in a folder of its own. Knows nothing of what they are configured for.

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { freePort } from "./ports.ts";
import { type ProcessOptions, type RunningProcess, startProcess } from "./process.ts";

/** A running proxy. `await using proxy = await startNginx(…)` stops it at the end of the block. */
export interface Proxy extends AsyncDisposable {
  readonly pid: number;
  readonly port: number;
  /** `http://127.0.0.1:PORT` */
  readonly origin: string;
  output(): string;
  stop(): Promise<void>;
}

/**
 * Starts nginx. `config` gives what stands inside `http { … }` and makes it listen on 127.0.0.1 and the port.
 * Errors go to `output()`, requests are not logged; nothing outside a temporary folder is written.
 */
export function startNginx(path: string, config: (port: number) => string): Promise<Proxy> {
  return startProxy(config, "nginx.conf", (folder) => ({
    command: path,
    // The first -e keeps the compiled-in log file closed while the configuration is read.
    args: ["-e", "stderr", "-p", folder, "-c", join(folder, "nginx.conf")],
    wrap: (http) =>
      [
        "daemon off;",
        // One process: nothing is left behind when it is killed, and no worker becomes another user.
        "master_process off;",
        "error_log stderr info;",
        `pid ${join(folder, "nginx.pid")};`,
        "events {}",
        "http {",
        "access_log off;",
        ...["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
          (kind) => `${kind}_temp_path ${join(folder, kind)};`,
        ),
        http,
        "}",
      ].join("\n"),
  }));
}

/** Starts Caddy. `config` gives the sites of a Caddyfile, which listen on `http://127.0.0.1:PORT`. No admin port, no TLS. */
export function startCaddy(path: string, config: (port: number) => string): Promise<Proxy> {
  return startProxy(config, "Caddyfile", (folder) => ({
    command: path,
    args: ["run", "--config", join(folder, "Caddyfile"), "--adapter", "caddyfile"],
    env: { HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder },
    wrap: (sites) => `{\n\tadmin off\n\tauto_https off\n}\n${sites}\n`,
  }));
}

type Recipe = ProcessOptions & { readonly wrap: (config: string) => string };

async function startProxy(
  config: (port: number) => string,
  fileName: string,
  recipe: (folder: string) => Recipe,
): Promise<Proxy> {
  const folder = await mkdtemp(join(tmpdir(), "countersign-proxy-"));
  const removeFolder = () => rm(folder, { recursive: true, force: true });
  try {
    const port = await freePort();
    const { wrap, ...options } = recipe(folder);
    await writeFile(join(folder, fileName), wrap(config(port)));
    const running = await startProcess(options);
    await untilListening(port, running);
    const stop = async () => {
      await running.stop();
      await removeFolder();
    };
    const { pid, output } = running;
    return { pid, port, origin: `http://127.0.0.1:${port}`, output, stop, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await removeFolder();
    throw error;
  }
}

async function untilListening(port: number, running: RunningProcess): Promise<void> {
  let end: unknown;
  running.ended.then(
    (how) => {
      end = how;
    },
    (error) => {
      end = error;
    },
  );
  // A program that cannot be asked to call back is asked until it answers; 10 s is far more than it needs.
  for (let attempt = 0; attempt < 400 && end === undefined; attempt += 1) {
    if (await accepts(port)) return;
    await wait(25);
  }
  await running.stop("SIGKILL").catch(() => undefined);
  throw new Error(`The proxy does not listen on port ${port}; it wrote:\n${running.output()}`);
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

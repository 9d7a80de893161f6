// How each runtime is started with the service: its program, a few lines that serve it, and how it is told the settings. Judges nothing.

import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { freePort } from "../support/ports.ts";
import { type RunningProcess, startProcess } from "../support/process.ts";
import type { Settings } from "./app.fixture.ts";

/** A runtime that serves the bundled service. */
export interface Host {
  readonly name: string;
  readonly follow: Settings["FOLLOW"];
  start(folder: string, settings: Settings): Promise<{ readonly port: number; readonly process: RunningProcess }>;
}

const programs = join(import.meta.dirname, "node_modules");

/** The same for every version of Node.js: none of its own Request and Response is taken for granted. */
const nodeServer = `
import { createServer } from "node:http";
import { handle } from "./app.js";
createServer(async (incoming, outgoing) => {
  const request = new Request("http://127.0.0.1" + incoming.url, { method: incoming.method, headers: incoming.headers });
  const response = await handle(request, process.env);
  outgoing.writeHead(response.status, Object.fromEntries(response.headers)).end(await response.text());
}).listen(Number(process.env.PORT), "127.0.0.1", () => console.log("ready " + process.version));
`;

const bunServer = `
import { handle } from "./app.js";
Bun.serve({ port: Number(process.env.PORT), hostname: "127.0.0.1", fetch: (request) => handle(request, process.env) });
console.log("ready Bun " + Bun.version);
`;

const denoServer = `
import { handle } from "./app.js";
const settings = Deno.env.toObject();
const onListen = () => console.log("ready Deno " + Deno.version.deno);
Deno.serve({ port: Number(settings.PORT), hostname: "127.0.0.1", onListen }, (request) => handle(request, settings));
`;

const workerServer = `
import { handle } from "./app.js";
export default { fetch: (request, env) => handle(request, env) };
`;

export const hosts: readonly Host[] = [
  nodeHost("Node.js 20", join(programs, "node20/bin/node")),
  nodeHost("Node.js 22", join(programs, "node22/bin/node")),
  nodeHost("Node.js 24", process.execPath),
  script("Bun", join(programs, "@oven/bun-linux-x64/bin/bun"), ["run"], bunServer),
  script(
    "Deno",
    join(programs, "@deno/linux-x64-glibc/deno"),
    ["run", "--no-config", "--allow-net=127.0.0.1", "--allow-env"],
    denoServer,
  ),
  { name: "workerd", follow: "on-demand", start: startWorkerd },
];

function nodeHost(name: string, program: string): Host {
  return script(name, program, [], nodeServer);
}

function script(name: string, program: string, args: readonly string[], source: string): Host {
  return {
    name,
    follow: "background",
    async start(folder, settings) {
      const file = await write(folder, name, "server.mjs", source);
      const port = await freePort();
      const env = { ...settings, PORT: `${port}`, NO_COLOR: "1" };
      const started = await startProcess({ command: program, args: [...args, file], env, ready: /^ready / });
      return { port, process: started };
    },
  };
}

async function startWorkerd(folder: string, settings: Settings) {
  const port = await freePort();
  await write(folder, "workerd", "worker.mjs", workerServer);
  const bindings = Object.entries(settings).map(([name, value]) => `(name = "${name}", text = "${value}")`);
  const file = await write(
    folder,
    "workerd",
    "config.capnp",
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = .worker),
    (name = "internet", network = (allow = ["private"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")],
);
const worker :Workerd.Worker = (
  modules = [
    (name = "worker.mjs", esModule = embed "worker.mjs"),
    (name = "app.js", esModule = embed "app.js"),
  ],
  compatibilityDate = "2026-01-01",
  bindings = [${bindings.join(", ")}],
);
`,
  );
  const command = join(programs, "@cloudflare/workerd-linux-64/bin/workerd");
  // It says nothing when it is ready; the test asks until it is.
  return { port, process: await startProcess({ command, args: ["serve", file] }) };
}

/** Writes beside a copy of the bundle, so that each runtime has a folder of its own. */
async function write(folder: string, name: string, file: string, text: string): Promise<string> {
  const own = join(folder, name.replace(/\W/g, "-"));
  await mkdir(own, { recursive: true });
  await writeFile(join(own, file), text);
  return join(own, file);
}

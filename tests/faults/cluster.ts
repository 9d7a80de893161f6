// An issuer and its services as real processes, for the tests of faults. Judges nothing.

import { mkdtemp, rm } from "node:fs/promises";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cookieNames, type FollowerState } from "@countersign/verifier";
import type { BarrierResult } from "countersign";
import { createClient, type Sending } from "../support/http-client.ts";
import { freePort } from "../support/ports.ts";
import { type RunningProcess, startProcess } from "../support/process.ts";

export const password = "wren plays slow cello";

/** On a machine that has much else to do, a program takes its time. */
const readyTimeoutMs = 60_000;

/** Both fixtures stand beside this file. */
const fixture = (name: string) => join(import.meta.dirname, `${name}.fixture.ts`);

/** One sign-in for a program. */
export interface Pair {
  readonly sid: string;
  readonly access: string;
  readonly refresh: string;
}

/** One sign-in of a browser: what its two cookies hold. */
export interface CookiePair {
  readonly sid: string;
  readonly session: string;
  readonly access: string;
}

/** The issuer as a process that can be ended and started again on the same file and port. */
export interface IssuerProcess extends AsyncDisposable {
  readonly url: string;
  readonly databasePath: string;
  readonly process: RunningProcess;
  /** Starts it again. */
  start(): Promise<void>;
  /** Calls the fixture's own door. */
  call<T>(path: string): Promise<T>;
  /** Makes a subject. */
  addSubject(email: string): Promise<void>;
  signIn(email: string, strategy?: "hybrid" | "jwt"): Promise<Pair>;
  /** Signs in with a hybrid's cookies. */
  signInBrowser(email: string): Promise<CookiePair>;
  /** Ends a session. With `wait`, resolves once that holds everywhere. */
  end(sid: string, wait: true): Promise<BarrierResult>;
  end(sid: string): Promise<undefined>;
  /** Resolves once all that was ended before holds everywhere. */
  everywhere(): Promise<BarrierResult>;
}

export async function startIssuer(): Promise<IssuerProcess> {
  const folder = await mkdtemp(join(tmpdir(), "countersign-faults-"));
  const databasePath = join(folder, "countersign.db");
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const args = [fixture("issuer"), databasePath, `${port}`];
  const launch = () => startProcess({ args, ready: /^issuer listens/, readyTimeoutMs });
  let running = await launch();
  const call = async <T>(path: string): Promise<T> => (await fetch(`${url}/fixture/${path}`)).json() as Promise<T>;
  async function end(sid: string, wait?: boolean): Promise<BarrierResult | undefined> {
    const result = await call<BarrierResult | null>(`end?sid=${sid}${wait === true ? "&wait" : ""}`);
    return result ?? undefined;
  }
  return {
    url,
    databasePath,
    get process() {
      return running;
    },
    async start() {
      running = await launch();
    },
    call,
    addSubject: async (email) => void (await call(`subject?email=${encodeURIComponent(email)}`)),
    async signIn(email, strategy = "hybrid") {
      const body = JSON.stringify({ email, password, strategy, transport: "token" });
      const headers = { "content-type": "application/json" };
      const answer = await fetch(`${url}/auth/sign-in`, { method: "POST", headers, body });
      if (answer.status !== 200) throw new Error(`sign-in was answered ${answer.status}: ${await answer.text()}`);
      const { sid, access_token, refresh_token } = (await answer.json()) as Record<string, string>;
      return { sid: sid ?? "", access: access_token ?? "", refresh: refresh_token ?? "" };
    },
    async signInBrowser(email) {
      const client = createClient(url, { headers: { connection: "close" } });
      const json: Sending["json"] = { email, password, strategy: "hybrid", transport: "cookie" };
      const answer = await client.post("/auth/sign-in", { json });
      const { session: sessionName, accessToken: accessName } = cookieNames.prefixed;
      const [session, access] = [client.cookie(sessionName), client.cookie(accessName)];
      client.close();
      if (session === undefined || access === undefined) throw new Error(`sign-in was answered ${answer.status}`);
      return { sid: answer.str("sid"), session, access };
    },
    end: end as IssuerProcess["end"],
    everywhere: () => call("everywhere"),
    async [Symbol.asyncDispose]() {
      await running.stop("SIGKILL");
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A service that follows the feed, as a process. */
export interface ServiceProcess {
  readonly name: string;
  readonly port: number;
  readonly process: RunningProcess;
}

export async function startService(
  issuer: IssuerProcess,
  key: string,
  name: string,
  { lagMs = 2000, reachedAt = issuer.url }: { lagMs?: number; reachedAt?: string } = {},
): Promise<ServiceProcess> {
  const args = [fixture("service"), issuer.url, key, name, `${lagMs}`, reachedAt];
  const started = await startProcess({ args, ready: /^service listens on (\d+)/, readyTimeoutMs });
  return { name, port: Number(started.match?.[1]), process: started };
}

/** What a service says of how it follows. */
export async function feedOf({ port }: ServiceProcess): Promise<FollowerState> {
  return (await fetch(`http://127.0.0.1:${port}/fixture/feed`)).json() as Promise<FollowerState>;
}

/** A wire between a service and its issuer that can be cut: nothing goes through, and nothing is told. */
export interface Wire extends AsyncDisposable {
  readonly origin: string;
  cut(): void;
  mend(): void;
}

export async function layWire(toPort: number): Promise<Wire> {
  let isCut = false;
  const open = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(toPort, "127.0.0.1");
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(socket);
      socket.on("data", (chunk) => void (isCut || other.write(chunk)));
      socket.on("close", () => {
        open.delete(socket);
        // A cut wire does not even tell that the other end has gone.
        if (!isCut) other.destroy();
      });
      socket.on("error", () => undefined);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the wire has no port");
  return {
    origin: `http://127.0.0.1:${address.port}`,
    cut() {
      isCut = true;
    },
    mend() {
      if (!isCut) return;
      isCut = false;
      for (const socket of open) socket.destroy();
    },
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

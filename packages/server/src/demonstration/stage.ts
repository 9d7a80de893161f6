// The stage: one issuer and some services, each a process of its own, talking HTTP on this machine. Knows no visitor.

import type { Clock } from "@countersign/verifier";
import { type Child, startChild } from "../processes/child.ts";
import { createHttpClient, type HttpClient } from "../processes/http.ts";
import type { StageIssuerActs, StageServiceActs } from "./children/acts.ts";
import type { Pane } from "./contract.ts";

/** A stage that stands. */
export interface Stage {
  readonly http: HttpClient;
  readonly clock: Clock;
  readonly issuerPort: number;
  readonly services: number;
  readonly accessLifetimeSeconds: number;
  /** The port of a pane's service, by its number from 1 on. */
  portOf(pane: Pane, service: number): number;
  /** Makes a subject. */
  addSubject(email: string): Promise<void>;
  /** Has every service judge these headers of each strategy, many times. */
  warm(headers: StageServiceActs["warm"]["input"]): Promise<void>;
  /** Why a session has ended, as the issuer's record says. */
  reasonOf(sid: string): Promise<string | null>;
  /** The processes. */
  readonly pids: readonly number[];
  /** Ends them, and resolves once they are gone. */
  end(): Promise<void>;
}

export interface StageOptions {
  readonly services: number;
  readonly accessLifetimeSeconds: number;
}

/** The password of every made-up subject. It opens nothing but the stage, which nobody else reaches. */
export const stagePassword = "wren plays slow cello";

const entries = {
  issuer: new URL("./children/issuer.ts", import.meta.url),
  service: new URL("./children/service.ts", import.meta.url),
};

/** A process of the stage may take this much for what it remembers. */
const execArgv = ["--max-old-space-size=96"] as const;

/** Starts the processes. Takes a second or two. */
export async function openStage({ services, accessLifetimeSeconds }: StageOptions, clock: Clock): Promise<Stage> {
  const http = createHttpClient();
  const options = { execArgv, clock };
  const starting = [
    startChild<StageIssuerActs>(entries.issuer, options),
    ...Array.from({ length: services }, () => startChild<StageServiceActs>(entries.service, options)),
  ] as const;
  const end = async () => {
    http.close();
    const started = await Promise.allSettled<Pick<Child<never>, "end">>(starting);
    await Promise.all(started.map((child) => (child.status === "fulfilled" ? child.value.end() : undefined)));
  };
  try {
    const [first, ...others] = starting;
    const issuer = await first;
    const { port, serviceKey } = await issuer.call("open", { accessLifetimeSeconds });
    const children = await Promise.all(others);
    const ports = await Promise.all(
      children.map((service, index) =>
        service.call("open", { name: `service-${index + 1}`, issuer: `http://127.0.0.1:${port}`, serviceKey }),
      ),
    );
    return {
      ...{ http, clock, issuerPort: port, services, accessLifetimeSeconds, end },
      pids: [issuer, ...children].map(({ pid }) => pid),
      portOf: (pane, service) => ports[service - 1]?.[pane] ?? 0,
      async addSubject(email) {
        await issuer.call("addSubject", { email, password: stagePassword });
      },
      async warm(headers) {
        await Promise.all(children.map((service) => service.call("warm", headers)));
      },
      reasonOf: (sid) => issuer.call("reasonOf", { sid }),
    };
  } catch (error) {
    await end();
    throw error;
  }
}

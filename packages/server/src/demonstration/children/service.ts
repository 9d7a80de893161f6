// The process of a service on the stage: a server for each strategy, whose every answer tells what the judgement cost. Knows no store.

import { AsyncLocalStorage } from "node:async_hooks";
import { createServer, type ServerResponse } from "node:http";
import { type Authenticator, createVerifier, systemClock, type Verdict, type Verifier } from "@countersign/verifier";
import { withIdentity } from "@countersign/verifier/node";
import { answerParent } from "../../processes/child.ts";
import { listen } from "../../processes/listen.ts";
import { type Pane, panes } from "../contract.ts";
import { costHeaders, keepAliveMs, type ServiceCost, type StageServiceActs } from "./acts.ts";
import { readIssuerCost } from "./costs.ts";

interface Asked {
  issuerAsked: number;
  keysFetched: number;
  storeReads: number;
  sessionReads: number;
  serviceKeyReads: number;
}

/** What the judgement of one request has asked of others so far. */
const asking = new AsyncLocalStorage<Asked>();

let judges: Readonly<Record<Pane | "unremembered", Verifier>> | undefined;

answerParent<StageServiceActs>({
  async open({ name, issuer, serviceKey }) {
    // Without leeway, so that the end of a token can be seen to the second.
    const usual = { issuer, leewaySeconds: 0, cacheSize: 500, fetch: countedFetch } as const;
    const hybrid = createVerifier({ ...usual, feed: { serviceKey, name } });
    hybrid.start();
    const opened = {
      jwt: createVerifier(usual),
      session: createVerifier({ ...usual, sessions: { serviceKey } }),
      hybrid,
      unremembered: createVerifier({ ...usual, cacheSize: 0 }),
    };
    judges = opened;
    const open = (pane: Pane) => listen(serverOf(opened[pane]));
    return { jwt: await open("jwt"), session: await open("session"), hybrid: await open("hybrid") };
  },
  async warm(headers) {
    for (const pane of panes) await judgeAgain(judges?.[pane], headers[pane], rounds[pane]);
    // What is remembered is not checked again: the check is warmed apart.
    await judgeAgain(judges?.unremembered, headers.jwt, rounds.session);
    return null;
  },
});

async function judgeAgain(judge: Verifier | undefined, headers: Readonly<Record<string, string>>, times: number) {
  for (let round = 0; round < times; round += 1) await judge?.authenticate({ method: "GET", headers });
}

/** How often each strategy is warmed: those that ask nobody are quick. */
const rounds: Readonly<Record<Pane, number>> = { jwt: 1000, session: 50, hybrid: 1000 };

// What goes on beside requests, such as following the feed, counts for none of them.
async function countedFetch(...[input, init]: Parameters<typeof fetch>): Promise<Response> {
  const answer = await fetch(input, init);
  const asked = asking.getStore();
  if (asked === undefined) return answer;
  if (new URL(answer.url).pathname.startsWith("/.well-known/")) asked.keysFetched += 1;
  else asked.issuerAsked += 1;
  const { storeReads, sessionReads, serviceKeyReads } = readIssuerCost(answer.headers.get(costHeaders.issuer));
  asked.storeReads += storeReads;
  asked.sessionReads += sessionReads;
  asked.serviceKeyReads += serviceKeyReads;
  return answer;
}

function serverOf(judge: Authenticator) {
  const server = createServer((request, response) => {
    const guarded = withIdentity(timed(judge, response), (_request, _response, { sub, sid }) => {
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ sub, sid }));
    });
    void guarded(request, response);
  });
  server.keepAliveTimeout = keepAliveMs;
  return server;
}

/** The same judge, which notes in the answer what a judgement cost. */
function timed(judge: Authenticator, response: ServerResponse): Authenticator {
  return {
    authenticate(request) {
      const asked: Asked = { issuerAsked: 0, keysFetched: 0, storeReads: 0, sessionReads: 0, serviceKeyReads: 0 };
      const at = systemClock.monotonic();
      const told = (verdict: Verdict, isRemembered: boolean): Verdict => {
        const microseconds = (systemClock.monotonic() - at) * 1000;
        const code = verdict.ok ? null : verdict.code;
        const cost: ServiceCost = { ...asked, code, microseconds, isRemembered };
        response.setHeader(costHeaders.service, JSON.stringify(cost));
        return verdict;
      };
      const judged = asking.run(asked, () => judge.authenticate(request));
      return judged instanceof Promise ? judged.then((verdict) => told(verdict, false)) : told(judged, true);
    },
  };
}

// Asks the issuer by its public URL, as visitors do, and judges what comes back: a proxy may lose or change what a sign-in needs.

import { type Clock, isPlainLocalhost } from "@countersign/verifier";
import { z } from "zod";
import { type Finding, findingsAbout } from "./finding.ts";
import { type Probes, probeCookies, probeHeader, probeSetCookie, type Seen, seenSchema } from "./probe.ts";

const about = findingsAbout("reachability");

/** What came back. */
export type Reached =
  | { readonly kind: "nobody"; readonly reason: string }
  /** An answer, but not one of the server that this data folder belongs to. */
  | { readonly kind: "other"; readonly status: number; readonly isHealthy: boolean; readonly date: number | undefined }
  | {
      readonly kind: "server";
      readonly seen: Seen;
      readonly nonce: string;
      readonly setCookie: readonly string[];
      readonly ms: number;
    };

/** Where the question goes. Only paths under `/auth` lead to the server where it stands in front of an application. */
const askedPaths = ["/healthz", "/auth/session"] as const;

const patienceMs = 5000;

/** Asks. Never throws; gives up after 5 seconds a path. */
export async function reach(issuer: string, probes: Probes, clock: Clock, fetch = globalThis.fetch): Promise<Reached> {
  let first: Reached | undefined;
  for (const path of askedPaths) {
    const reached = await askAt(issuer, path, probes, clock, fetch);
    if (reached.kind !== "other") return first?.kind === "other" && reached.kind === "nobody" ? first : reached;
    first ??= reached;
  }
  return first ?? { kind: "nobody", reason: "not asked" };
}

async function askAt(
  issuer: string,
  path: string,
  probes: Probes,
  clock: Clock,
  fetch: typeof globalThis.fetch,
): Promise<Reached> {
  const { value, nonce } = probes.make();
  const giveUp = new AbortController();
  const timer = new AbortController();
  const tooLate = clock.sleep(patienceMs, timer.signal).then(() => giveUp.abort());
  const began = clock.monotonic();
  try {
    const response = await fetch(issuer + path, {
      redirect: "manual",
      signal: giveUp.signal,
      headers: {
        [probeHeader]: value,
        cookie: `${probeCookies.there}=${nonce}`,
        authorization: `Bearer ${nonce}`,
        origin: new URL(issuer).origin,
        "sec-fetch-site": "same-origin",
      },
    });
    const body: unknown = await response.json().catch(() => undefined);
    const answer = z.object({ status: z.literal("ok"), seen: seenSchema.optional() }).safeParse(body).data;
    const ms = clock.monotonic() - began;
    const date = Date.parse(response.headers.get("date") ?? "");
    const { seen } = answer ?? {};
    if (seen !== undefined) return { kind: "server", seen, nonce, setCookie: response.headers.getSetCookie(), ms };
    const isHealthy = answer !== undefined;
    return { kind: "other", status: response.status, isHealthy, date: Number.isNaN(date) ? undefined : date };
  } catch (error) {
    return { kind: "nobody", reason: giveUp.signal.aborted ? `no answer within ${patienceMs} ms` : reasonOf(error) };
  } finally {
    timer.abort();
    await tooLate;
  }
}

function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : undefined;
  return code ?? (cause instanceof Error ? cause.message : "no connection");
}

/** What there is to say of it, under the issuer that the configuration names. */
export function judgeReached(reached: Reached, issuer: string): Finding[] {
  if (reached.kind === "nobody") return [nobody(reached.reason, issuer)];
  if (reached.kind === "other") return [other(reached, issuer)];
  const found = judgeServer(reached, issuer);
  if (found.length > 0) return found;
  const proxies = reached.seen.trustedProxyHops;
  const way = proxies === 0 ? "without a proxy" : proxies === 1 ? "behind one proxy" : `behind ${proxies} proxies`;
  return [about.ok(`The server answers at ${issuer} in ${Math.ceil(reached.ms)} ms, ${way}; cookies go both ways.`)];
}

function nobody(reason: string, issuer: string): Finding {
  const finding = `Nobody answers at ${issuer} (${reason}).`;
  return isPlainLocalhost(issuer)
    ? about.warn(finding, "Start the server: countersign serve")
    : about.error(finding, "Look at the name in the DNS, the proxy and its certificate, and at the server behind it.");
}

function other({ status, isHealthy }: Extract<Reached, { kind: "other" }>, issuer: string): Finding {
  return isHealthy
    ? about.error(
        `A Countersign server answers at ${issuer}, but not one of this data folder, or an older one.`,
        "Name its folder: --data FOLDER. Or restart the server with this program.",
      )
    : about.error(
        `Something else answers at ${issuer} (HTTP ${status} at ${askedPaths.join(" and ")}).`,
        "Correct the option issuer, or let the proxy pass these paths, and the headers that come with them, to the server.",
      );
}

function judgeServer({ seen, nonce, setCookie }: Extract<Reached, { kind: "server" }>, issuer: string): Finding[] {
  if (seen.nonce !== nonce) {
    return [
      about.error(
        `An answer that was meant for somebody else comes from ${issuer}: a cache stands in between.`,
        "Let the proxy cache nothing that says no-store.",
      ),
    ];
  }
  return [
    ...(seen.issuer === issuer
      ? []
      : [
          about.error(
            `The server that answers at ${issuer} calls itself ${seen.issuer}.`,
            "Start both with the same configuration: --config FILE, or the same environment.",
          ),
        ]),
    ...judgeAddress(seen, issuer),
    ...judgeHops(seen),
    ...judgeArrived(seen),
    ...(setCookie.includes(probeSetCookie(nonce))
      ? []
      : [
          about.error(
            "A cookie that the server sets does not come back as it was set: browsers would refuse it, or send it elsewhere.",
            "Take the rewriting of cookies out of the proxy (nginx: proxy_cookie_path, proxy_cookie_domain, proxy_cookie_flags).",
          ),
        ]),
  ];
}

function judgeAddress({ host, forwardedProto }: Seen, issuer: string): Finding[] {
  const url = new URL(issuer);
  return [
    ...(host === url.host
      ? []
      : [
          about.warn(
            `Visitors say ${url.host}, and the server sees the host ${host}.`,
            "Let the proxy pass the original Host on (nginx: proxy_set_header Host $http_host).",
          ),
        ]),
    ...(forwardedProto === null || `${forwardedProto.split(",", 1)[0]?.trim()}:` === url.protocol
      ? []
      : [
          about.warn(
            `The issuer is ${url.protocol.slice(0, -1)}, and the proxy says that visitors come by ${forwardedProto.slice(0, 20)}.`,
            "Let the proxy that ends TLS set X-Forwarded-Proto, and those behind it keep it.",
          ),
        ]),
  ];
}

function judgeHops({ forwardedFor, trustedProxyHops }: Seen): Finding[] {
  if (forwardedFor === trustedProxyHops) return [];
  const addresses = forwardedFor === 1 ? "one address" : `${forwardedFor} addresses`;
  const finding = `X-Forwarded-For comes with ${addresses}, and trustedProxyHops is ${trustedProxyHops}`;
  return forwardedFor > trustedProxyHops
    ? [
        about.warn(
          `${finding}: all visitors share a proxy's address, and its limits.`,
          `Set trustedProxyHops to ${forwardedFor}, if so many proxies are yours.`,
        ),
      ]
    : [
        about.error(
          `${finding}: visitors can write the address that they are limited by.`,
          `Let each proxy append to X-Forwarded-For, or set trustedProxyHops to ${forwardedFor}.`,
        ),
      ];
}

const losses = {
  cookie: ["Cookie", "nobody stays signed in"],
  authorization: ["Authorization", "programs cannot sign in by a token"],
  origin: ["Origin", "forms of older browsers are refused"],
  fetchSite: ["Sec-Fetch-Site", "forms can be judged by Origin alone"],
} as const satisfies Record<keyof Seen["arrived"], readonly [header: string, consequence: string]>;

function judgeArrived({ arrived }: Seen): Finding[] {
  return (["cookie", "authorization", "origin", "fetchSite"] as const).flatMap((name) => {
    if (arrived[name]) return [];
    const [header, consequence] = losses[name];
    const finding = `The header ${header} does not reach the server as it was sent: ${consequence}.`;
    const remedy = `Let the proxy pass ${header} on.`;
    return [name === "fetchSite" ? about.warn(finding, remedy) : about.error(finding, remedy)];
  });
}

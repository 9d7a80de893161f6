// The doctor's question on its way: a server, and whatever stands in front of it, as functions.

import { systemClock } from "@countersign/verifier";
import { describe, expect, it } from "vitest";
import { answerProbe, createProbes, probeHeader } from "./probe.ts";
import { judgeReached, reach } from "./reachability.ts";

const issuer = "https://auth.example";
const secret = "a secret of the test".padEnd(32, "x");
const probes = createProbes([secret], () => systemClock.now());

type Handler = (request: Request) => Response | Promise<Response>;

/** A server behind one proxy that does all it should. */
interface Way {
  /** What the proxy makes of the request. */
  readonly there?: (headers: Headers) => void;
  /** What it makes of the answer. */
  readonly back?: (response: Response) => Response;
  /** What the server is configured with. */
  readonly hops?: number;
  readonly name?: string;
}

const server =
  ({ there = () => undefined, back = (response) => response, hops = 1, name = issuer }: Way): Handler =>
  (request) => {
    const headers = new Headers(request.headers);
    headers.set("host", new URL(issuer).host);
    headers.set("x-forwarded-for", "192.0.2.1");
    headers.set("x-forwarded-proto", "https");
    there(headers);
    const nonce = probes.read(headers.get(probeHeader));
    if (nonce === undefined) return Response.json({ status: "ok" });
    const seen = new Request(request.url, { headers });
    return back(answerProbe(seen, nonce, { issuer: name, trustedProxyHops: hops, time: systemClock.now() }));
  };

async function examined(handler: Handler, at = issuer): Promise<string[]> {
  const fetch = async (url: string | URL | Request, init?: RequestInit) => handler(new Request(url, init));
  const found = judgeReached(await reach(at, probes, systemClock, fetch), at);
  for (const { level, remedy } of found) expect(remedy === undefined).toBe(level === "ok");
  return found.map(({ level, finding }) => `${level}: ${finding}`);
}

describe("a server behind a proxy", () => {
  it("that loses and changes nothing is reachable", async () => {
    expect(await examined(server({}))).toEqual([
      expect.stringMatching(
        /^ok: The server answers at https:\/\/auth\.example in \d+ ms, behind one proxy; cookies go both ways\.$/,
      ),
    ]);
  });

  it("that passes nothing on but what is under /auth is reachable", async () => {
    const behind = server({});
    const only = (request: Request) =>
      new URL(request.url).pathname.startsWith("/auth/") ? behind(request) : new Response("app", { status: 404 });
    expect(await examined(only)).toEqual([expect.stringMatching(/^ok/)]);
  });

  it.each<[string, Way, RegExp]>([
    [
      "loses the host",
      { there: (headers) => headers.set("host", "127.0.0.1:4000") },
      /^warn: Visitors say auth\.example, and the server sees the host 127\.0\.0\.1:4000/,
    ],
    [
      "says http",
      { there: (headers) => headers.set("x-forwarded-proto", "http") },
      /^warn: The issuer is https, and the proxy says that visitors come by http/,
    ],
    [
      "appends one address more",
      { there: (headers) => headers.set("x-forwarded-for", "192.0.2.1, 192.0.2.2") },
      /^warn: .* 2 addresses, and trustedProxyHops is 1: all visitors share/,
    ],
    [
      "appends none",
      { there: (headers) => headers.delete("x-forwarded-for") },
      /^error: .* 0 addresses, and trustedProxyHops is 1: visitors can write/,
    ],
    ["is not counted", { hops: 0 }, /^warn: .* one address, and trustedProxyHops is 0/],
    ["loses cookies", { there: (headers) => headers.delete("cookie") }, /^error: The header Cookie does not reach/],
    ["loses credentials", { there: (headers) => headers.delete("authorization") }, /^error: The header Authorization/],
    ["loses the origin", { there: (headers) => headers.delete("origin") }, /^error: The header Origin/],
    [
      "loses Fetch Metadata",
      { there: (headers) => headers.delete("sec-fetch-site") },
      /^warn: The header Sec-Fetch-Site/,
    ],
    [
      "takes away the cookie's Secure",
      { back: (response) => changed(response, /; Secure/, "") },
      /^error: A cookie that the server sets does not come back/,
    ],
    [
      "moves the cookie to another path",
      { back: (response) => changed(response, /Path=\//, "Path=/app") },
      /^error: A cookie/,
    ],
    ["takes the cookie away", { back: (response) => changed(response, /.*/, "") }, /^error: A cookie/],
    [
      "leads to another server of the same secret",
      { name: "https://other.example" },
      /^error: .* calls itself https:\/\/other\.example/,
    ],
  ])("that %s is told", async (_, way, words) => {
    expect(await examined(server(way))).toEqual([expect.stringMatching(words)]);
  });

  it("that caches is told", async () => {
    let kept: Response | undefined;
    const behind = server({});
    const caching = async (request: Request) => {
      kept ??= await behind(request);
      return kept.clone();
    };
    await examined(caching);
    expect(await examined(caching)).toEqual([expect.stringMatching(/^error: .* a cache stands in between/)]);
  });

  it("where another server answers is told, healthy as it is", async () => {
    const stranger = () => Response.json({ status: "ok" });
    expect(await examined(stranger)).toEqual([
      expect.stringMatching(/^error: A Countersign server answers .* not one of this data folder/),
    ]);
  });

  it.each([
    ["a page", () => new Response("<h1>Hello</h1>", { status: 200 })],
    ["a redirect", () => new Response(null, { status: 301, headers: { location: "https://www.example/" } })],
    ["JSON of another kind", () => Response.json({ status: "fine" })],
  ])("where %s answers is told", async (_, handler) => {
    expect(await examined(handler)).toEqual([
      expect.stringMatching(/^error: Something else answers at .* \(HTTP \d{3} at \/healthz and \/auth\/session\)/),
    ]);
  });
});

describe("nobody", () => {
  const refused = () => {
    throw new TypeError("fetch failed", { cause: Object.assign(new Error("connect"), { code: "ECONNREFUSED" }) });
  };

  it("at a public issuer is an error", async () => {
    expect(await examined(refused)).toEqual(["error: Nobody answers at https://auth.example (ECONNREFUSED)."]);
  });

  it("on this machine is a server that is not started", async () => {
    expect(await examined(refused, "http://localhost:4000")).toEqual([
      "warn: Nobody answers at http://localhost:4000 (ECONNREFUSED).",
    ]);
  });

  it("within five seconds is given up", async () => {
    const instant = { ...systemClock, sleep: async () => undefined };
    const fetch = (_: string | URL | Request, init?: RequestInit) =>
      new Promise<Response>((_resolve, reject) =>
        init?.signal?.addEventListener("abort", () => reject(new Error("aborted"))),
      );
    expect(await reach(issuer, probes, instant, fetch)).toEqual({ kind: "nobody", reason: "no answer within 5000 ms" });
  });
});

function changed(response: Response, from: RegExp, to: string): Response {
  const headers = new Headers(response.headers);
  const cookies = headers.getSetCookie().map((cookie) => cookie.replace(from, to));
  headers.delete("set-cookie");
  for (const cookie of cookies) if (cookie !== "") headers.append("set-cookie", cookie);
  return new Response(response.body, { status: response.status, headers });
}

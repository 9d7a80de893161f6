import { describe, expect, it } from "vitest";
import { type Arrival, isDevelopment, mayReadMails, mayReadMetrics, mayRunLab, type Standing } from "./this-machine.ts";

const development: Standing = { issuer: "http://localhost:4000", trustedProxyHops: 0 };

function arrival(
  change: Partial<Omit<Arrival, "request">> = {},
  headers: Readonly<Record<string, string>> = {},
): Arrival {
  const request = new Request("http://localhost:4000/", { headers: { host: "localhost:4000", ...headers } });
  return { request, remoteAddress: "127.0.0.1", httpVersion: "1.1", ...change };
}

const judge = (each: Arrival, standing = development) => ({
  mails: mayReadMails(each, standing),
  metrics: mayReadMetrics(each, standing),
});
const [both, neither] = [
  { mails: true, metrics: true },
  { mails: false, metrics: false },
];

describe("a visitor of an issuer in development", () => {
  it.each(["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"])("from %s is on this machine", (remoteAddress) => {
    expect(judge(arrival({ remoteAddress }))).toEqual(both);
  });

  it.each(["", "192.0.2.1", "::ffff:192.0.2.1", "127.0.0.1.example", "1127.0.0.1", "::2", "0.0.0.0"])(
    "from %j is not",
    (remoteAddress) => expect(judge(arrival({ remoteAddress }))).toEqual(neither),
  );

  it.each(["1.0", "0.9", "2.0", ""])("that speaks HTTP/%s counts as a proxy", (httpVersion) => {
    expect(judge(arrival({ httpVersion }))).toEqual(neither);
  });

  it.each([
    ...["via", "forwarded", "x-real-ip", "cf-connecting-ip", "true-client-ip"],
    ...["x-forwarded-for", "X-Forwarded-Host", "x-forwarded-proto", "x-forwarded-port", "x-forwarded-"],
  ])("whose request has %s came through a proxy", (name) => {
    expect(judge(arrival({}, { [name]: "x" }))).toEqual(neither);
  });

  it.each(["x-forwarded", "x-request-id", "forwarded-for", "accept"])("whose request has %s did not", (name) => {
    expect(judge(arrival({}, { [name]: "x" }))).toEqual(both);
  });

  it.each([
    ["localhost:4000", both],
    ["LocalHost:4000", both],
    ["localhost:4001", { mails: false, metrics: true }],
    ["127.0.0.1:4000", { mails: false, metrics: true }],
    ["[::1]:4000", { mails: false, metrics: true }],
    ["auth.localhost:4000", { mails: false, metrics: true }],
    ["localhost.example", neither],
    ["localhost:4000@rebound.example", neither],
    ["rebound.example", neither],
    ["", neither],
  ])("that asks for the host %j: %o", (host, expected) => {
    expect(judge(arrival({}, { host }))).toEqual(expected);
  });
});

describe("where the server stands", () => {
  it.each([
    ["http://localhost:4000", 0, true, both],
    ["http://localhost:4000", 1, false, { mails: false, metrics: true }],
    ["https://localhost:4000", 0, false, neither],
    ["https://auth.example", 0, false, neither],
    ["https://auth.example", 1, false, { mails: false, metrics: true }],
    ["http://auth.internal:4000", 0, false, neither],
  ])("%s with %i proxies counted, in development: %s, shows this machine %o", (issuer, hops, expected, shown) => {
    const standing = { issuer, trustedProxyHops: hops };
    expect(isDevelopment(standing)).toBe(expected);
    expect(judge(arrival(), standing)).toEqual(shown);
    expect(mayRunLab(arrival(), standing)).toBe(shown.metrics);
    expect(judge(arrival({ remoteAddress: "192.0.2.1" }), standing)).toEqual(neither);
    expect(mayRunLab(arrival({ remoteAddress: "192.0.2.1" }), standing)).toBe(false);
  });
});

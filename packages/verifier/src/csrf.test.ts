import { describe, expect, it } from "vitest";
import { isCrossSite } from "./csrf.ts";

const own = { host: "app.example", origin: "https://app.example" };

describe("isCrossSite", () => {
  it.each([
    { it: "passes GET from anywhere", method: "GET", headers: { "sec-fetch-site": "cross-site" } },
    { it: "passes HEAD without any sign", method: "HEAD", headers: {} },
    { it: "passes OPTIONS without any sign", method: "OPTIONS", headers: {} },
    { it: "passes POST from the same origin", method: "POST", headers: { "sec-fetch-site": "same-origin" } },
    { it: "passes POST that the user alone caused", method: "POST", headers: { "sec-fetch-site": "none" } },
    { it: "passes DELETE by Origin where Fetch Metadata is absent", method: "DELETE", headers: own },
    {
      it: "passes a default port that a proxy wrote out",
      method: "POST",
      headers: { ...own, host: "app.example:443" },
    },
    { it: "passes a host in other case", method: "POST", headers: { ...own, host: "APP.example" } },
    {
      it: "passes the same port",
      method: "POST",
      headers: { host: "localhost:4000", origin: "http://localhost:4000" },
    },
    {
      it: "passes HTTP/2's authority",
      method: "POST",
      headers: { ":authority": "app.example", origin: own.origin },
    },
    {
      it: "passes a WebSocket from the same origin",
      method: "GET",
      headers: { upgrade: "websocket", "sec-fetch-site": "same-origin" },
    },
  ])("$it", ({ method, headers }) => {
    expect(isCrossSite({ method, headers })).toBe(false);
  });

  it.each([
    { it: "refuses POST from another site", method: "POST", headers: { "sec-fetch-site": "cross-site" } },
    { it: "refuses POST from a neighbouring host", method: "POST", headers: { "sec-fetch-site": "same-site" } },
    {
      it: "lets no Origin overrule Fetch Metadata",
      method: "POST",
      headers: { ...own, "sec-fetch-site": "cross-site" },
    },
    { it: "refuses unknown Fetch Metadata", method: "POST", headers: { ...own, "sec-fetch-site": "Same-Origin" } },
    { it: "refuses empty Fetch Metadata", method: "POST", headers: { ...own, "sec-fetch-site": "" } },
    {
      it: "refuses Fetch Metadata sent twice",
      method: "POST",
      headers: { "sec-fetch-site": ["same-origin", "same-origin"] },
    },
    { it: "refuses POST without any sign", method: "POST", headers: { host: "app.example" } },
    { it: "refuses Origin null", method: "POST", headers: { ...own, origin: "null" } },
    { it: "refuses an empty Origin", method: "POST", headers: { ...own, origin: "" } },
    { it: "refuses another host", method: "POST", headers: { ...own, origin: "https://evil.example" } },
    { it: "refuses a neighbouring host", method: "POST", headers: { ...own, origin: "https://x.app.example" } },
    { it: "refuses a longer host", method: "POST", headers: { ...own, origin: "https://app.example.evil.test" } },
    { it: "refuses another port", method: "POST", headers: { ...own, origin: "https://app.example:8443" } },
    { it: "refuses an Origin with a user", method: "POST", headers: { ...own, origin: "https://x@app.example" } },
    { it: "refuses an Origin with a path", method: "POST", headers: { ...own, origin: "https://app.example/" } },
    { it: "refuses another scheme", method: "POST", headers: { ...own, origin: "ftp://app.example" } },
    {
      it: "refuses a Host that is more than a host",
      method: "POST",
      headers: { ...own, host: "evil.example@app.example" },
    },
    { it: "refuses where no host is known", method: "POST", headers: { origin: own.origin } },
    { it: "refuses a Host sent twice", method: "POST", headers: { ...own, host: ["app.example", "app.example"] } },
    { it: "takes a missing method for unsafe", method: undefined, headers: {} },
    { it: "takes an unknown method for unsafe", method: "BREW", headers: {} },
    { it: "takes a method in lower case for unsafe", method: "get", headers: {} },
    { it: "takes TRACE for unsafe", method: "TRACE", headers: {} },
    {
      it: "refuses a WebSocket from another site",
      method: "GET",
      headers: { ...own, origin: "https://evil.example", upgrade: "websocket" },
    },
    {
      it: "refuses a WebSocket that only Fetch Metadata tells of",
      method: "GET",
      headers: { "sec-fetch-mode": "websocket", "sec-fetch-site": "same-site" },
    },
  ])("$it", ({ method, headers }) => {
    expect(isCrossSite({ method, headers })).toBe(true);
  });

  it("judges the method it is told instead of the request's own", () => {
    const request = { method: "GET", headers: { "sec-fetch-site": "cross-site" } };
    expect(isCrossSite(request, { method: "POST" })).toBe(true);
    expect(isCrossSite({ ...request, method: "POST" }, { method: "GET" })).toBe(false);
  });

  it("compares with the own origins exactly where they are given", () => {
    const options = { ownOrigins: ["https://app.example"] };
    const from = (origin: string) => ({ method: "POST", headers: { host: "inner:8080", origin } });
    expect(isCrossSite(from("https://app.example"), options)).toBe(false);
    expect(isCrossSite(from("http://app.example"), options)).toBe(true);
    expect(isCrossSite(from("http://inner:8080"), options)).toBe(true);
  });

  it("knows the own host of a web Request from its address", () => {
    const from = (origin: string) => new Request("https://app.example/x", { method: "POST", headers: { origin } });
    expect(isCrossSite(from("https://app.example"))).toBe(false);
    expect(isCrossSite(from("https://evil.example"))).toBe(true);
  });
});

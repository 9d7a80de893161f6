import { describe, expect, it } from "vitest";
import { createSecrets } from "../keys/secrets.ts";
import { callerOf, createPlaces } from "./caller.ts";

const names = ["__Secure-device", "device"];
const device = "D".repeat(22);
const call = (headers: Record<string, string>, remoteAddress = "192.0.2.1", hops = 0) =>
  callerOf({ headers: new Headers(headers) }, remoteAddress, hops, names);

describe("the caller of a request", () => {
  it("is an address, a label and a device", () => {
    const userAgent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
    expect(call({ "user-agent": userAgent, cookie: `a=b; __Secure-device=${device}` })).toEqual({
      address: "192.0.2.1",
      device,
      client: { label: "Firefox on Linux", userAgent, address: "192.0.2.1" },
    });
  });

  it("that says nothing of itself is nobody known", () => {
    expect(call({}, "")).toEqual({ address: "", client: { label: "Unknown client" } });
  });

  it.each([
    ["no trusted proxy", 0, "192.0.2.1"],
    ["one", 1, "203.0.113.7"],
  ])("has the address that can be believed with %s", (_name, hops, expected) => {
    expect(call({ "x-forwarded-for": "10.0.0.1, 203.0.113.7" }, "192.0.2.1", hops).address).toBe(expected);
  });

  it("keeps a bounded piece of its User-Agent", () => {
    expect(call({ "user-agent": "x".repeat(5000) }).client.userAgent).toHaveLength(256);
  });

  it.each([
    ["too short", `__Secure-device=${"D".repeat(21)}`],
    ["too long", `__Secure-device=${"D".repeat(23)}`],
    ["twice", `__Secure-device=${device}; __Secure-device=${device}`],
    ["under another name", `__secure-device=${device}`],
    ["with a character that is none of ours", `__Secure-device=${"D".repeat(21)}.`],
  ])("has no device when its cookie is %s", (_name, cookie) => {
    expect(call({ cookie }).device).toBeUndefined();
  });
});

describe("the places of a caller", () => {
  const [one, two] = [
    "a first secret, which is long enough for it",
    "a second secret, which is long enough too",
  ] as const;
  const places = (secrets: readonly string[], address: string, from?: string) =>
    createPlaces(createSecrets(secrets))({
      address,
      client: { label: "curl" },
      ...(from === undefined ? {} : { device: from }),
    });

  it("are its address block and its device, and tell neither", () => {
    const found = places([one], "192.0.2.1", device);
    expect(found).toHaveLength(2);
    expect(found.map(({ by }) => by)).toEqual(["address", "device"]);
    const names = found.map(({ name }) => name);
    for (const name of names) expect(name).toMatch(/^[\w-]{43}$/);
    expect(names.join()).not.toContain("192.0.2.1");
    expect(names.join()).not.toContain(device);
  });

  it("stay the same for the same block and device, and only for these", () => {
    expect(places([one], "2001:db8::1", device)).toEqual(places([one], "2001:db8::2", device));
    expect(places([one], "2001:db8::1")).not.toEqual(places([one], "2001:db8:0:1::1"));
    expect(places([one], "192.0.2.1")).not.toEqual(places([one], "192.0.2.2"));
    expect(places([one], "", device)).not.toEqual(places([one], "", "E".repeat(22)));
    expect(places([one], "192.0.2.1")).not.toEqual(places([two], "192.0.2.1"));
  });

  it("are known by every secret of the list, so that rotating one locks nobody out", () => {
    const before = places([one], "192.0.2.1", device);
    const after = places([two, one], "192.0.2.1", device);
    expect(after).toHaveLength(4);
    expect(after).toEqual(expect.arrayContaining([...before]));
  });

  it("are none for a caller of whom nothing is known", () => {
    expect(places([one], "")).toEqual([]);
  });
});

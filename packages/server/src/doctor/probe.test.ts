import { describe, expect, it } from "vitest";
import { answerProbe, createProbes, seenSchema } from "./probe.ts";

const start = Date.UTC(2026, 10, 23);
const secrets = ["new".padEnd(32, "x"), "old".padEnd(32, "y")];

/** Questions at a time that the test moves. */
function scene(of: readonly string[] = secrets) {
  const at = { now: start };
  return { at, probes: createProbes(of, () => at.now) };
}

describe("a question of the doctor", () => {
  it("is recognised by whoever knows the secret, new or old", () => {
    const { probes } = scene();
    const { value, nonce } = probes.make();
    expect(probes.read(value)).toBe(nonce);
    expect(scene(["other".padEnd(32, "z"), ...secrets]).probes.read(value)).toBe(nonce);
    expect(scene([secrets[1] ?? ""]).probes.read(value)).toBeUndefined();
  });

  it.each([
    ["a minute old", 60_000, true],
    ["older", 60_001, false],
    ["a minute of the future", -60_000, true],
    ["later", -60_001, false],
  ])("that is %s is taken: %s", (_, ms, isTaken) => {
    const { at, probes } = scene();
    const { value } = probes.make();
    at.now += ms;
    expect(probes.read(value) !== undefined).toBe(isTaken);
  });

  it.each<[string, (value: string) => string | null]>([
    ["absent", () => null],
    ["empty", () => ""],
    ["with another time", (value) => `${start + 1}${value.slice(13)}`],
    ["with another nonce", (value) => value.replace(/\.[\w-]{16}\./, ".AAAAAAAAAAAAAAAA.")],
    ["with another signature", (value) => value.replace(/[\w-]{43}$/, "A".repeat(43))],
    ["with more behind it", (value) => `${value}A`],
  ])("%s is not recognised", (_, change) => {
    const { probes } = scene();
    expect(probes.read(change(probes.make().value))).toBeUndefined();
  });

  it("is another each time, and holds no secret", () => {
    const { probes } = scene();
    const [one, two] = [probes.make(), probes.make()];
    expect(one.value).not.toBe(two.value);
    for (const secret of secrets) expect(one.value).not.toContain(secret);
  });
});

describe("the answer", () => {
  const standing = { issuer: "https://auth.example", trustedProxyHops: 1, time: start };
  const answer = async (headers: Readonly<Record<string, string>>) => {
    const response = answerProbe(new Request("http://localhost/healthz", { headers }), "nonce", standing);
    return { response, seen: seenSchema.parse((await response.json()).seen) };
  };

  it("tells what arrived, and counts addresses without telling them", async () => {
    const { response, seen } = await answer({
      host: "Auth.Example",
      cookie: "a=b; countersign-doctor=nonce",
      authorization: "Bearer nonce",
      origin: "https://auth.example",
      "sec-fetch-site": "same-origin",
      "x-forwarded-for": "192.0.2.1, 192.0.2.2",
      "x-forwarded-proto": "https",
    });
    expect(seen).toEqual({
      ...{ ...standing, nonce: "nonce", host: "auth.example", forwardedFor: 2, forwardedProto: "https" },
      arrived: { cookie: true, authorization: true, origin: true, fetchSite: true },
    });
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(response.headers.getSetCookie()).toEqual([
      "__Host-Http-doctor=nonce; Max-Age=60; Path=/; HttpOnly; Secure; SameSite=Lax",
    ]);
  });

  it("tells what did not", async () => {
    const { seen } = await answer({ cookie: "countersign-doctor=other", authorization: "Basic YTpi" });
    expect(seen).toMatchObject({ host: "", forwardedFor: 0, forwardedProto: null });
    expect(seen.arrived).toEqual({ cookie: false, authorization: false, origin: false, fetchSite: false });
  });
});

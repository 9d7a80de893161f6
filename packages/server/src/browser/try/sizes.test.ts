import { describe, expect, it } from "vitest";
import { measureSizes, type SizeQuestion } from "./sizes.ts";

const question: SizeQuestion = {
  algorithm: "ES256",
  issuer: "https://auth.example.com",
  sub: "example-subject1",
  claims: {},
  nowMs: Date.UTC(2026, 10, 23),
};

async function bytesOf(changes: Partial<SizeQuestion> = {}): Promise<Record<string, number>> {
  const { sizes } = await measureSizes({ ...question, ...changes });
  return Object.fromEntries(sizes.map(({ name, bytes }) => [name, bytes]));
}

async function titles(claims: object): Promise<string> {
  const { findings } = await measureSizes({ ...question, claims: { ...claims } });
  return findings.map(({ title }) => title).join();
}

describe("the weight of a strategy", () => {
  it("is that of the header, within the sizes that the project promises", async () => {
    const bytes = await bytesOf();
    expect(bytes["Session cookie"]).toBe("Cookie: __Host-Http-sid=".length + 27);
    expect(bytes["JWT, lean profile"]).toBeLessThanOrEqual("Authorization: Bearer ".length + 320);
    expect(bytes["JWT, full profile (RFC 9068)"]).toBeLessThanOrEqual("Authorization: Bearer ".length + 480);
  });

  it("is for a hybrid that of both cookies", async () => {
    const bytes = await bytesOf();
    const token = "; __Host-Http-at=".length + (bytes["JWT, lean profile"] ?? 0) - "Authorization: Bearer ".length;
    // `hybrid+jwt` is two characters longer than `lean+jwt`.
    expect(bytes["Hybrid, both cookies"]).toBeGreaterThanOrEqual((bytes["Session cookie"] ?? 0) + token);
    expect(bytes["Hybrid, both cookies"]).toBeLessThanOrEqual((bytes["Session cookie"] ?? 0) + token + 4);
  });

  it("grows with claims where they are carried, and not where they are looked up", async () => {
    const [without, withClaims] = [await bytesOf(), await bytesOf({ claims: { role: "x".repeat(300) } })];
    for (const [name, bytes] of Object.entries(withClaims)) {
      const grown = bytes - (without[name] ?? 0);
      if (name === "Session cookie") expect(grown).toBe(0);
      else expect(grown).toBeGreaterThanOrEqual(400);
    }
  });

  it.each(["Ed25519", "RS256"] as const)("is really signed: %s", async (algorithm) => {
    const [es, other] = [await bytesOf(), await bytesOf({ algorithm })];
    // An RSA signature of 2048 bits has 342 characters, one of 64 bytes has 86.
    const more = algorithm === "RS256" ? 342 - 86 : 0;
    expect(Math.abs((other["JWT, lean profile"] ?? 0) - (es["JWT, lean profile"] ?? 0) - more)).toBeLessThanOrEqual(4);
  });
});

describe("what is said of it", () => {
  it.each([
    [{}, ""],
    [{ role: "x".repeat(300) }, "It adds up"],
    [{ role: "x".repeat(800) }, "Over the budget"],
    [{ role: "x".repeat(3000) }, "Too large for a cookie"],
    [{ sub: "mine" }, "Names that are taken"],
  ])("%#", async (claims, title) => {
    const told = await titles(claims);
    if (title === "") expect(told).toBe("");
    else expect(told).toContain(title);
  });
});

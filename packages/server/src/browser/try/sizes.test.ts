import { createAuth } from "countersign";
import { createMemoryStore } from "countersign/memory";
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
    expect(bytes["Session cookie"]).toBe("Cookie: __Host-Http-sid=\r\n".length + 27);
    expect(bytes["JWT, lean profile"]).toBeLessThanOrEqual("Authorization: Bearer \r\n".length + 320);
    expect(bytes["JWT, full profile (RFC 9068)"]).toBeLessThanOrEqual("Authorization: Bearer \r\n".length + 480);
  });

  it("is for a hybrid that of both cookies, or of one token", async () => {
    const bytes = await bytesOf();
    const token = (bytes["JWT, lean profile"] ?? 0) - "Authorization: Bearer \r\n".length;
    const both = (bytes["Session cookie"] ?? 0) + "; __Host-Http-at=".length + token;
    // `hybrid+jwt` is two characters longer than `lean+jwt`.
    expect(bytes["Hybrid, both cookies"]).toBeGreaterThanOrEqual(both);
    expect(bytes["Hybrid, both cookies"]).toBeLessThanOrEqual(both + 4);
    expect(bytes["Hybrid, as Bearer"]).toBeGreaterThanOrEqual(bytes["JWT, lean profile"] ?? 0);
    expect(bytes["Hybrid, as Bearer"]).toBeLessThanOrEqual((bytes["JWT, lean profile"] ?? 0) + 4);
  });

  it("is for a JWT in a cookie that of its one cookie", async () => {
    const bytes = await bytesOf();
    const token = (bytes["JWT, lean profile"] ?? 0) - "Authorization: Bearer \r\n".length;
    expect(bytes["JWT in a cookie"]).toBe("Cookie: __Host-Http-at=\r\n".length + token);
  });

  it.each<{ name: string; grows: boolean }>([
    { name: "Session cookie", grows: false },
    { name: "JWT, lean profile", grows: true },
    { name: "JWT, full profile (RFC 9068)", grows: true },
    { name: "JWT in a cookie", grows: false },
    { name: "Hybrid, both cookies", grows: false },
    { name: "Hybrid, as Bearer", grows: true },
  ])("grows with claims as a Bearer token, and in no cookie: $name", async ({ name, grows }) => {
    const [without, withClaims] = [await bytesOf(), await bytesOf({ claims: { role: "x".repeat(300) } })];
    const grown = (withClaims[name] ?? 0) - (without[name] ?? 0);
    // Three hundred characters and their name, as base64url.
    if (grows) expect(grown).toBeGreaterThanOrEqual(400);
    else expect(grown).toBe(0);
  });

  it.each<{ name: string; strategy: string; transport: "cookie" | "token" }>([
    { name: "Session cookie", strategy: "session", transport: "cookie" },
    { name: "JWT, lean profile", strategy: "jwt", transport: "token" },
    { name: "JWT in a cookie", strategy: "jwt", transport: "cookie" },
    { name: "Hybrid, both cookies", strategy: "hybrid", transport: "cookie" },
    { name: "Hybrid, as Bearer", strategy: "hybrid", transport: "token" },
  ])("is that of what the issuer makes for an application with claims: $name", async ({ name, ...way }) => {
    const claims = { permissions: Array.from({ length: 20 }, (_, index) => `module-${index + 1}:write`) };
    expect((await bytesOf({ claims }))[name]).toBe(await issuedBytes(claims, way));
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
    [{ role: "x".repeat(3000) }, "Over the budget"],
    [{ sub: "mine" }, "Names that are taken"],
  ])("%#", async (claims, title) => {
    const told = await titles(claims);
    if (title === "") expect(told).toBe("");
    else expect(told).toContain(title);
  });
});

/** The header that a client sends after signing up at a real issuer, in bytes. Left out: cookies that go to the issuer alone, and emptied ones. */
async function issuedBytes(claims: { permissions: string[] }, way: object): Promise<number> {
  const auth = createAuth({
    issuer: question.issuer,
    secrets: ["sizes-test-0123456789-abcdefghijklmnop"],
    store: createMemoryStore(),
    strategies: ["session", "jwt", "hybrid"],
    hashing: { memoryKiB: 7168 },
    claims: () => claims,
    upkeep: false,
  });
  const body = JSON.stringify({ email: "ada@example.com", password: "wren plays slow cello", ...way });
  const headers = { "content-type": "application/json", "sec-fetch-site": "same-origin" };
  const answer = await auth.handle(new Request(`${question.issuer}/auth/sign-up`, { method: "POST", headers, body }));
  const { access_token: token }: { access_token?: string } = await answer.json();
  await auth.close();
  expect(answer.status).toBe(200);
  if (token !== undefined) return `Authorization: Bearer ${token}\r\n`.length;
  const kept = answer.headers.getSetCookie().filter((line) => /[;] Path=[/](;|$)/.test(line) && !line.includes("=;"));
  return `Cookie: ${kept.map((line) => line.slice(0, line.indexOf(";"))).join("; ")}\r\n`.length;
}

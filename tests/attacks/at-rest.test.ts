// What a thief of the database, or of its backup, finds: no secret that is of any use (attack class 31).

import { readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  addService,
  goodPassword,
  interceptStore,
  linkToken,
  otherPassword,
  type StoreKind,
  serverSecret,
  signIn,
  signUp,
  startIssuer,
  storeKinds,
  type TestIssuer,
} from "../support/issuer.ts";

/** Uses everything that has a secret, and answers all of them by name. */
async function useEverything(issuer: TestIssuer): Promise<Readonly<Record<string, string>>> {
  const ada = issuer.client();
  const up = await signUp(ada);
  await issuer.auth.idle();
  const verifyLink = linkToken(issuer.mails);
  const program = issuer.client({ kind: "program" });
  const jwt = await signIn(program, { strategy: "jwt" });
  const renewed = await program.post("/auth/refresh", { json: { refresh_token: jwt.str("refresh_token") } });
  await program.post("/auth/step-up", { bearer: renewed.str("access_token"), json: { password: goodPassword } });
  const bearer = (await signIn(program, { transport: "token" })).str("session_token");
  const json = { current_password: goodPassword, new_password: otherPassword };
  const changed = await ada.post("/auth/password", { json });
  await ada.post("/auth/sign-in", { json: { email: "ada@example.com", password: "a wrong guess of mine" } });
  await ada.post("/auth/password/forgot", { json: { email: "ada@example.com" } });
  await issuer.auth.idle();
  const service = await addService(issuer.auth, ["introspect"]);
  const cookie = (name: string) => up.setCookies.find((each) => each.name === name)?.value ?? "";
  return {
    "session token": cookie("__Host-Http-sid"),
    "session token after a change": changed.setCookies[0]?.value ?? "",
    "session token as Bearer": bearer,
    "device token": cookie("__Secure-device"),
    "access token": jwt.str("access_token"),
    "access token's signature": jwt.str("access_token").split(".")[2] ?? "",
    "refresh token": jwt.str("refresh_token"),
    "next refresh token": renewed.str("refresh_token"),
    "refresh token's code": renewed.str("refresh_token").slice(-32),
    "verification link": verifyLink,
    "reset link": linkToken(issuer.mails),
    "service secret": service.secret,
    password: goodPassword,
    "next password": otherPassword,
    "wrong password": "a wrong guess of mine",
    "server secret": serverSecret,
  };
}

/** The ways in which a text may be written down. */
function writings(secret: string): Buffer[] {
  const raw = Buffer.from(secret, "base64url");
  return [
    Buffer.from(secret),
    Buffer.from(Buffer.from(secret).toString("base64")),
    Buffer.from(Buffer.from(secret).toString("hex")),
    // Of a random text, the bytes that it stands for.
    ...(/^[\w-]{22,}$/.test(secret) ? [raw, Buffer.from(raw.toString("hex"))] : []),
  ];
}

function found(secrets: Readonly<Record<string, string>>, haystack: Buffer): string[] {
  return Object.entries(secrets).flatMap(([name, secret]) => {
    expect([name, secret.length >= 15]).toEqual([name, true]);
    return writings(secret).some((writing) => haystack.includes(writing)) ? [name] : [];
  });
}

describe("the database file", () => {
  it("holds none of the secrets, in whichever writing, and neither do the files beside it", async () => {
    await using issuer = await startIssuer({ store: "sqlite" });
    const secrets = await useEverything(issuer);
    const folder = dirname(issuer.databasePath ?? "");
    const files = await readdir(folder);
    const bytes = Buffer.concat(await Promise.all(files.map((name) => readFile(join(folder, name)))));
    expect(files.length).toBeGreaterThan(1);
    expect(bytes.length).toBeGreaterThan(50_000);
    // It is the right haystack: what is no secret is in it.
    expect(bytes.includes("ada@example.com")).toBe(true);
    expect(found(secrets, bytes)).toEqual([]);
    expect(bytes.includes('"d":"')).toBe(false);
  });
});

describe.each(storeKinds)("a store (%s)", (store: StoreKind) => {
  it("is never told a secret: not as an argument, so it has none to lose", async () => {
    const told: string[] = [];
    await using issuer = await startIssuer({
      store,
      wrapStore: (inner) => interceptStore(inner, (call, args) => void told.push(JSON.stringify([call, args]))),
    });
    const secrets = await useEverything(issuer);
    expect(told.length).toBeGreaterThan(50);
    expect(told.join("\n")).toContain("$argon2id$");
    expect(found(secrets, Buffer.from(told.join("\n")))).toEqual([]);
  });
});

describe("what an operator is told", () => {
  it("of acts and of faults holds no secret either", async () => {
    const told: unknown[] = [];
    let isFailing = false;
    await using issuer = await startIssuer({
      onAudit: (entry) => void told.push(entry),
      onError: (error, where) => void told.push(String(error), where),
      wrapStore: (inner) =>
        interceptStore(inner, (call) => {
          if (isFailing && call === "sessions.rotate") throw new Error("disk full");
        }),
    });
    const secrets = await useEverything(issuer);
    const program = issuer.client({ kind: "program" });
    const jwt = await signIn(program, { strategy: "jwt", password: otherPassword });
    isFailing = true;
    const refresh = { json: { refresh_token: jwt.str("refresh_token") } };
    expect((await program.post("/auth/refresh", refresh)).status).toBe(500);
    expect(told).toContain("Error: disk full");
    const all = { ...secrets, "last refresh token": jwt.str("refresh_token") };
    expect(found(all, Buffer.from(JSON.stringify(told)))).toEqual([]);
  });
});

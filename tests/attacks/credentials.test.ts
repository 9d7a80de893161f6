// Credentials of one kind used as another, forged, or used after their end (attack classes 1, 2, 15, 19, 20 and 32), at a real issuer.

import { createHmac, createPublicKey, type JsonWebKey } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { Client } from "../support/http-client.ts";
import {
  addService,
  goodPassword,
  linkToken,
  signIn,
  signUp,
  startIssuer,
  type TestIssuer,
} from "../support/issuer.ts";

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");

/** One good credential of every kind there is. */
async function credentialsOfEveryKind(issuer: TestIssuer) {
  const ada = issuer.client();
  const up = await signUp(ada);
  await issuer.auth.idle();
  const verifyLink = linkToken(issuer.mails);
  await ada.post("/auth/password/forgot", { json: { email: "ada@example.com" } });
  await issuer.auth.idle();
  const jwt = await signIn(issuer.client({ kind: "program" }), { strategy: "jwt" });
  const service = await addService(issuer.auth, ["introspect", "revoke", "admin"]);
  return {
    "session token": ada.cookie("__Host-Http-sid") ?? "",
    "access token": jwt.str("access_token"),
    "refresh token": jwt.str("refresh_token"),
    "device token": up.setCookies.find(({ name }) => name === "__Secure-device")?.value ?? "",
    "reset link": linkToken(issuer.mails),
    "verification link": verifyLink,
    "service key": `${service.id}.${service.secret}`,
    "service secret": service.secret,
    sid: up.str("sid"),
    subject: up.str("sub"),
  };
}

type Credentials = Awaited<ReturnType<typeof credentialsOfEveryKind>>;
type Kind = keyof Credentials;
type Present = (client: Client, value: string, credentials: Credentials) => Promise<number>;

/** Each place where a credential goes, and the kinds that belong there. */
const places: readonly (readonly [string, readonly Kind[], Present])[] = [
  [
    "Bearer of an account",
    ["session token", "access token"],
    async (client, value) => (await client.get("/auth/session", { bearer: value })).status,
  ],
  [
    "Bearer of a service",
    ["service key"],
    async (client, value) => (await client.get("/auth/admin/audit", { bearer: value })).status,
  ],
  [
    "the session cookie",
    // An access token in the wrong cookie is still what it is: signed, and judged as such.
    ["session token", "access token"],
    async (client, value) =>
      (await client.get("/auth/session", { headers: { cookie: `__Host-Http-sid=${value}` } })).status,
  ],
  [
    "the access-token cookie",
    ["access token"],
    async (client, value) =>
      (await client.get("/auth/session", { headers: { cookie: `__Host-Http-at=${value}` } })).status,
  ],
  [
    "the body of a refresh",
    ["refresh token"],
    async (client, value) => (await client.post("/auth/refresh", { json: { refresh_token: value } })).status,
  ],
  [
    "the refresh cookie, beside the access token that it came with",
    ["refresh token"],
    async (client, value, credentials) =>
      (
        await client.post("/auth/refresh", {
          headers: {
            cookie: `__Secure-rt=${value}; __Host-Http-at=${credentials["access token"]}`,
            "sec-fetch-site": "same-origin",
          },
        })
      ).status,
  ],
  [
    "a link to a new password",
    ["reset link"],
    async (client, value) =>
      (await client.post("/auth/password/reset", { json: { token: value, new_password: `${goodPassword} too` } }))
        .status,
  ],
  [
    "a link that proves an address",
    ["verification link"],
    async (client, value) => (await client.post("/auth/verify-address", { json: { token: value } })).status,
  ],
];

describe.each(places)("as %s", (_place, belong, present) => {
  it("counts what belongs there, and no other kind of credential", async () => {
    await using issuer = await startIssuer();
    const credentials = await credentialsOfEveryKind(issuer);
    const accepted: string[] = [];
    for (const [kind, value] of Object.entries(credentials)) {
      expect([kind, value.length > 10]).toEqual([kind, true]);
      const status = await present(issuer.client({ kind: "program" }), value, credentials);
      if (status < 300) accepted.push(kind);
      else expect([kind, [400, 401].includes(status)]).toEqual([kind, true]);
    }
    expect(accepted).toEqual(belong);
  });
});

describe("a forged access token", () => {
  const header = (token: string) => JSON.parse(Buffer.from(token.split(".")[0] ?? "", "base64url").toString());
  const forgeries: readonly (readonly [string, (token: string, jwk: JsonWebKey) => string])[] = [
    ["alg none, no signature", (token) => `${encode({ ...header(token), alg: "none" })}.${token.split(".")[1]}.`],
    ["alg nOnE, a signature", (token) => token.replace(/^[^.]+/, encode({ ...header(token), alg: "nOnE" }))],
    ["two parts", (token) => token.split(".").slice(0, 2).join(".")],
    ["four parts", (token) => `${token}.x`],
    ["a letter of the claims changed", (token) => token.replace(/\.(.)/, (_, c) => `.${c === "e" ? "f" : "e"}`)],
    ["other claims", (token) => token.replace(/\.[^.]+\./, `.${encode({ iss: "x", sub: "root" })}.`)],
    ["a newline at the end", (token) => `${token}=`],
    ["stray bits in the last character", (token) => bendLastCharacter(token)],
    ...["pem", "jwk"].map(
      (form) =>
        [
          `HS256 with the public key (${form}) as its secret`,
          (token: string, jwk: JsonWebKey) => {
            const key = createPublicKey({ key: jwk, format: "jwk" });
            const secret = form === "pem" ? key.export({ type: "spki", format: "pem" }) : JSON.stringify(jwk);
            const input = `${encode({ ...header(token), alg: "HS256" })}.${token.split(".")[1]}`;
            return `${input}.${createHmac("sha256", secret).update(input).digest("base64url")}`;
          },
        ] as const,
    ),
    ...["jku", "x5u", "jwk", "x5c", "crit", "zip", "b64"].map(
      (name) =>
        [
          `a header ${name}`,
          (token: string) => token.replace(/^[^.]+/, encode({ ...header(token), [name]: ["x"] })),
        ] as const,
    ),
    ...["../../../dev/null", "' OR 1=1 --", "__proto__", "", "x".repeat(10_000)].map(
      (kid) =>
        [
          `kid ${kid.slice(0, 20)}`,
          (token: string) => token.replace(/^[^.]+/, encode({ ...header(token), kid })),
        ] as const,
    ),
    ["typ JWT", (token) => token.replace(/^[^.]+/, encode({ ...header(token), typ: "JWT" }))],
    ["longer than 8 KB", (token) => token + "A".repeat(8192)],
  ];

  it.each(forgeries)("is refused: %s", async (_name, forge) => {
    await using issuer = await startIssuer();
    const program = issuer.client({ kind: "program" });
    const token = (await signUp(program, { strategy: "jwt" })).str("access_token");
    const [jwk] = (await program.get("/.well-known/jwks.json")).json.keys as JsonWebKey[];
    const forged = forge(token, jwk ?? {});
    expect(forged).not.toBe(token);
    for (const headers of [{ authorization: `Bearer ${forged}` }, { cookie: `__Host-Http-at=${forged}` }]) {
      const answer = await program.get("/auth/session", { headers });
      expect([answer.status, answer.json.code]).toEqual([401, "credential_invalid"]);
    }
    expect((await program.get("/auth/session", { bearer: token })).status).toBe(200);
    expect(issuer.errors).toEqual([]);
  });

  it("of another issuer is refused, though it has the same claims", async () => {
    await using issuer = await startIssuer();
    await using other = await startIssuer({ issuer: issuer.url });
    const foreign = (await signUp(other.client({ kind: "program" }), { strategy: "jwt" })).str("access_token");
    await signUp(issuer.client());
    const answer = await issuer.client({ kind: "program" }).get("/auth/session", { bearer: foreign });
    expect([answer.status, answer.json.code]).toEqual([401, "credential_invalid"]);
  });
});

/** The same bytes, written otherwise: the last character of 64 signature bytes carries four bits that say nothing. */
function bendLastCharacter(token: string): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const last = alphabet.indexOf(token.at(-1) ?? "");
  return token.slice(0, -1) + alphabet[last ^ 1];
}

describe("what was ended stays ended", () => {
  it("in every order of ending, restart, prune and replay", async () => {
    await using issuer = await startIssuer({ store: "sqlite" });
    const ada = issuer.client();
    const up = await signUp(ada);
    const jwt = await signIn(issuer.client({ kind: "program" }), { strategy: "jwt" });
    const thief = ada.copy();
    await issuer.auth.sessions.end(up.str("sid"));
    await issuer.auth.sessions.end(jwt.str("sid"));
    await using restarted = await startIssuer({ store: issuer.store, issuer: issuer.url, clock: issuer.clock });
    const again = restarted.client({ kind: "program" });
    const cookie = `__Host-Http-sid=${thief.cookie("__Host-Http-sid")}`;
    const day = 86_400_000;
    for (const laterMs of [0, day, 29 * day, day]) {
      issuer.clock.advance(laterMs);
      await restarted.auth.maintain();
      expect((await again.get("/auth/session", { headers: { cookie } })).status).toBe(401);
      const renewed = await again.post("/auth/refresh", { json: { refresh_token: jwt.str("refresh_token") } });
      expect(renewed.status).toBe(401);
    }
    expect(await issuer.store.sessions.count()).toBe(0);
  });

  it("when touch, data, refresh and end race", async () => {
    await using issuer = await startIssuer({ store: "sqlite" });
    const program = issuer.client({ kind: "program" });
    const jwt = await signUp(program, { strategy: "jwt" });
    const bearer = jwt.str("access_token");
    issuer.clock.advance(200_000);
    await Promise.all([
      ...Array.from({ length: 10 }, () => program.send("PATCH", "/auth/session/data", { bearer, json: { a: 1 } })),
      ...Array.from({ length: 10 }, () =>
        program.post("/auth/refresh", { json: { refresh_token: jwt.str("refresh_token") } }),
      ),
      program.post("/auth/sign-out", { bearer }),
    ]);
    await issuer.auth.idle();
    const record = await issuer.store.sessions.find(jwt.str("sid"));
    expect(record).toMatchObject({ reason: "sign_out", revokedAt: issuer.clock.now() });
    expect((await program.get("/auth/session", { bearer })).status).toBe(401);
  });
});

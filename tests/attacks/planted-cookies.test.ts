// Cookies that a neighbouring host of the same site can plant, because their prefix is `__Secure-` only: the refresh token's and the device's.

import { describe, expect, it } from "vitest";
import type { Answer, Client } from "../support/http-client.ts";
import {
  expectStatus,
  goodPassword,
  linkToken,
  otherPassword,
  signIn,
  signInBody,
  signUp,
  startIssuer,
  type TestIssuer,
} from "../support/issuer.ts";

const at = "__Host-Http-at";
const rt = "__Secure-rt";
const byCookie = { strategy: "jwt", transport: "cookie" } as const;

/** The attacker, whose cookies are planted, and the victim, signed in by cookies of her own. */
async function eveAndAda(issuer: TestIssuer) {
  const eve = issuer.client();
  const eveSid = (await signUp(eve, { ...byCookie, email: "eve@example.com" })).str("sid");
  const ada = issuer.client();
  const adaSid = (await signUp(ada, byCookie)).str("sid");
  const [eveRt, eveAt] = [eve.cookie(rt) ?? "", eve.cookie(at) ?? ""];
  return { eve, eveSid, eveRt, eveAt, ada, adaSid, adaRt: ada.cookie(rt) ?? "", adaAt: ada.cookie(at) ?? "" };
}

type Cast = Awaited<ReturnType<typeof eveAndAda>>;

/** A refresh by a page of ours in a browser that holds exactly these cookies. */
const refreshWith = (issuer: TestIssuer, cookie: string): Promise<Answer> =>
  issuer.client({ kind: "program" }).post("/auth/refresh", {
    headers: { cookie, origin: issuer.url, "sec-fetch-site": "same-origin" },
  });

describe("a refresh cookie renews beside the access token that it came with", () => {
  it.each<readonly [string, number]>([
    ["while that is good", 0],
    ["once that has expired", 600_000],
    ["days later", 6 * 86_400_000],
  ])("%s", async (_name, laterMs) => {
    await using issuer = await startIssuer();
    const { ada, adaSid } = await eveAndAda(issuer);
    issuer.clock.advance(laterMs);
    expect(expectStatus(await ada.post("/auth/refresh"), 200).json.sid).toBe(adaSid);
    expect((await ada.get("/auth/session")).json.email).toBe("ada@example.com");
  });

  it("once the key that signed it has left the key set", async () => {
    await using issuer = await startIssuer();
    const { ada, adaSid } = await eveAndAda(issuer);
    await issuer.auth.keys.rotate();
    for (let day = 0; day < 5; day += 1) {
      issuer.clock.advance(86_400_000);
      await issuer.auth.maintain();
    }
    expect(await issuer.auth.keys.list()).toHaveLength(1);
    expect(expectStatus(await ada.post("/auth/refresh"), 200).json.sid).toBe(adaSid);
  });

  it("in the body it needs none: a program has no cookies that anybody could plant", async () => {
    await using issuer = await startIssuer();
    const program = issuer.client({ kind: "program" });
    const up = await signUp(program, { strategy: "jwt" });
    const json = { refresh_token: up.str("refresh_token") };
    expect((await program.post("/auth/refresh", { json })).status).toBe(200);
  });
});

const planted: readonly (readonly [string, string, (cast: Cast) => string])[] = [
  ["alone", "refresh_unpaired", ({ eveRt }) => `${rt}=${eveRt}`],
  ["beside the victim's own access token", "refresh_unpaired", ({ eveRt, adaAt }) => `${rt}=${eveRt}; ${at}=${adaAt}`],
  ["beside a session cookie", "refresh_unpaired", ({ eveRt }) => `${rt}=${eveRt}; __Host-Http-sid=${"A".repeat(27)}`],
  ["beside an empty access token", "refresh_unpaired", ({ eveRt }) => `${rt}=${eveRt}; ${at}=`],
  [
    "beside its access token under a name without the prefix",
    "refresh_unpaired",
    ({ eveRt, eveAt }) => `${rt}=${eveRt}; __Secure-at=${eveAt}`,
  ],
  [
    "beside two access tokens",
    "refresh_unpaired",
    ({ eveRt, eveAt, adaAt }) => `${rt}=${eveRt}; ${at}=${eveAt}; ${at}=${adaAt}`,
  ],
  [
    "beside a forged access token",
    "refresh_unpaired",
    ({ eveRt, eveAt }) => `${rt}=${eveRt}; ${at}=${eveAt.slice(0, -10)}AAAAAAAAAA`,
  ],
  [
    "before the victim's own",
    "refresh_invalid",
    ({ eveRt, adaRt, adaAt }) => `${rt}=${eveRt}; ${rt}=${adaRt}; ${at}=${adaAt}`,
  ],
  [
    "after the victim's own",
    "refresh_invalid",
    ({ eveRt, adaRt, adaAt }) => `${rt}=${adaRt}; ${rt}=${eveRt}; ${at}=${adaAt}`,
  ],
  [
    "as the victim's own once more",
    "refresh_invalid",
    ({ adaRt, adaAt }) => `${rt}=${adaRt}; ${rt}=${adaRt}; ${at}=${adaAt}`,
  ],
];

describe("a refresh cookie of the attacker's own account", () => {
  it.each(planted)("is refused %s, and changes nothing", async (_name, code, cookies) => {
    await using issuer = await startIssuer();
    const cast = await eveAndAda(issuer);
    const records = async () => [
      await issuer.store.sessions.find(cast.eveSid),
      await issuer.store.sessions.find(cast.adaSid),
    ];
    const before = await records();
    const answer = await refreshWith(issuer, cookies(cast));
    expect([answer.status, answer.json.code, answer.setCookies]).toEqual([401, code, []]);
    expect(await records()).toEqual(before);
    expect((await cast.ada.post("/auth/refresh")).status).toBe(200);
  });

  it("that was spent long ago is no sign of theft where it is planted", async () => {
    await using issuer = await startIssuer();
    const { eve, eveSid, eveRt, adaAt, ada, adaRt, adaSid } = await eveAndAda(issuer);
    for (const client of [eve, ada, eve, ada]) {
      issuer.clock.advance(60_000);
      expectStatus(await client.post("/auth/refresh"), 200);
    }
    await refreshWith(issuer, `${rt}=${eveRt}; ${at}=${adaAt}`);
    await refreshWith(issuer, `${rt}=${adaRt}`);
    await refreshWith(issuer, `${rt}=${adaRt}; ${at}=${eve.cookie(at)}`);
    for (const sid of [eveSid, adaSid]) expect((await issuer.store.sessions.find(sid))?.revokedAt).toBeNull();
    expect(await issuer.auth.audit({ limit: 10, act: "session.reuse" })).toEqual([]);
  });

  it("is still a sign of theft beside its own access token", async () => {
    await using issuer = await startIssuer();
    const { ada, adaSid, adaRt, adaAt } = await eveAndAda(issuer);
    for (let time = 0; time < 2; time += 1) {
      issuer.clock.advance(60_000);
      expectStatus(await ada.post("/auth/refresh"), 200);
    }
    expect((await refreshWith(issuer, `${rt}=${adaRt}; ${at}=${adaAt}`)).json.code).toBe("refresh_invalid");
    expect((await issuer.store.sessions.find(adaSid))?.reason).toBe("refresh_reuse");
  });

  it("is not made good by an Authorization header", async () => {
    await using issuer = await startIssuer();
    const { eveRt, eveAt } = await eveAndAda(issuer);
    const answer = await issuer.client({ kind: "program" }).post("/auth/refresh", {
      bearer: eveAt,
      headers: { cookie: `${rt}=${eveRt}`, "sec-fetch-site": "same-origin" },
    });
    expect([answer.status, answer.json.code]).toEqual([401, "refresh_unpaired"]);
  });
});

const device = "__Secure-device";
const eves = "E".repeat(22);
const plantedDevice = { headers: { cookie: `${device}=${eves}` } };
const faraway = "127.0.0.9";

/** Whether somebody far away with the attacker's device may still sign in to the account once it is closed to strangers. */
async function isKnown(issuer: TestIssuer, value: string, password = goodPassword): Promise<boolean> {
  const { sub } = (await issuer.auth.subjects.findByEmail("ada@example.com")) ?? { sub: "" };
  for (let time = 0; time < 100; time += 1) await issuer.store.accounts.recordFailure(sub);
  const json = signInBody({ password });
  const headers = { cookie: `${device}=${value}` };
  const answer = await issuer.client({ address: faraway }).post("/auth/sign-in", { json, headers });
  return answer.status === 200;
}

const deviceOf = (answer: Answer) => answer.setCookies.find(({ name }) => name === device)?.value;

/** What the victim does in a browser where the cookie was planted, at a place that her account does not know yet. */
interface Adoption {
  readonly does: string;
  readonly act: (issuer: TestIssuer, ada: Client) => Promise<Answer>;
  /** Her password afterwards, where it is another. */
  readonly password?: string;
}

const withPlanted = (client: Client) => ({
  cookie: [...client.cookiesFor("/auth/step-up"), `${device}=${eves}`].join("; "),
});

const adoptions: readonly Adoption[] = [
  { does: "signs in", act: (_, ada) => ada.post("/auth/sign-in", { json: signInBody(), ...plantedDevice }) },
  {
    does: "signs in for tokens",
    act: (_, ada) => ada.post("/auth/sign-in", { json: signInBody({ transport: "token" }), ...plantedDevice }),
  },
  {
    does: "proves the password again",
    act: (_, ada) => ada.post("/auth/step-up", { json: { password: goodPassword }, headers: withPlanted(ada) }),
  },
  {
    does: "sets a new password by mail",
    act: async (issuer, ada) => {
      await ada.post("/auth/password/forgot", { json: { email: "ada@example.com" } });
      await issuer.auth.idle();
      const json = { token: linkToken(issuer.mails), new_password: otherPassword };
      return ada.post("/auth/password/reset", { json, ...plantedDevice });
    },
    password: otherPassword,
  },
];

describe("a device cookie of the attacker's", () => {
  it.each(adoptions)("is not adopted when its victim $does", async ({ act, password }) => {
    await using issuer = await startIssuer();
    const ada = issuer.client();
    await signUp(ada);
    const answer = await act(issuer, ada.copy({ address: "127.0.0.8" }));
    expect([200, 204]).toContain(answer.status);
    expect(deviceOf(answer)).not.toBe(eves);
    expect(await isKnown(issuer, eves, password)).toBe(false);
  });

  it("is not adopted when its victim signs up: she gets one of her own", async () => {
    await using issuer = await startIssuer();
    const up = await issuer.client().post("/auth/sign-up", { json: signInBody(), ...plantedDevice });
    const own = deviceOf(up) ?? "";
    expect(own).toMatch(/^[\w-]{22}$/);
    expect(own).not.toBe(eves);
    expect(await isKnown(issuer, eves)).toBe(false);
    expect(await isKnown(issuer, own)).toBe(true);
  });

  it("that is known to the attacker's account is not adopted by another", async () => {
    await using issuer = await startIssuer();
    const eve = issuer.client();
    await signUp(eve, { email: "eve@example.com" });
    const evesOwn = eve.cookie(device) ?? "";
    await signUp(issuer.client());
    const headers = { cookie: `${device}=${evesOwn}` };
    const ada = issuer.client({ address: "127.0.0.8" });
    const victim = await ada.post("/auth/sign-in", { json: signInBody(), headers });
    expect(deviceOf(victim)).toMatch(/^[\w-]{22}$/);
    expect(deviceOf(victim)).not.toBe(evesOwn);
    expect(await isKnown(issuer, evesOwn)).toBe(false);
    expect(await isKnown(issuer, deviceOf(victim) ?? "")).toBe(true);
  });
});

describe("the own device cookie", () => {
  it("stays as it is, sign-in after sign-in, wherever its bearer goes", async () => {
    await using issuer = await startIssuer();
    const ada = issuer.client();
    await signUp(ada);
    const own = ada.cookie(device) ?? "none";
    const travelling = ada.copy({ address: faraway });
    for (const client of [ada, travelling]) expect(deviceOf(await signIn(client))).toBeUndefined();
    expect(await isKnown(issuer, own)).toBe(true);
  });

  it("that the account does not know is no help where the address is known: a new one takes its place", async () => {
    await using issuer = await startIssuer();
    await signUp(issuer.client());
    const answer = await issuer.client().post("/auth/sign-in", { json: signInBody(), ...plantedDevice });
    expect(deviceOf(answer)).toMatch(/^[\w-]{22}$/);
    expect(await isKnown(issuer, deviceOf(answer) ?? "")).toBe(true);
  });

  it("is told to nobody who does not sign in", async () => {
    await using issuer = await startIssuer();
    const ada = issuer.client();
    await signUp(ada);
    const json = signInBody({ password: otherPassword });
    expect((await issuer.client().post("/auth/sign-in", { json, ...plantedDevice })).setCookies).toEqual([]);
  });
});

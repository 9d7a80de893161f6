// What somebody can do who has a hybrid's token and not the secret beside it; and what one service key can take from others.

import { ConfigurationError, createVerifier } from "@countersign/verifier";
import { describe, expect, it } from "vitest";
import { addService, leaseQuestion, signUp, startIssuer } from "../support/issuer.ts";

const startHybrid = () => startIssuer({ strategies: ["hybrid", "session", "jwt"] });
const ownPage = (origin: string) => ({ origin, "sec-fetch-site": "same-origin" });

describe("a stolen token of a hybrid", () => {
  it.each(["cookie", "token"] as const)(
    "renews nothing in the place of the session's cookie, by %s",
    async (transport) => {
      await using issuer = await startHybrid();
      const ada = issuer.client();
      const up = await signUp(ada, { strategy: "hybrid", transport });
      const stolen = transport === "token" ? up.str("access_token") : ada.cookie("__Host-Http-at");
      const headers = { ...ownPage(issuer.url), cookie: `__Host-Http-sid=${stolen}` };
      const answer = await issuer.client({ kind: "program" }).post("/auth/refresh", { headers, json: {} });
      expect([answer.status, answer.setCookies]).toEqual([401, []]);
    },
  );

  it("is no way to a credential that lasts as long as the session", async () => {
    await using issuer = await startHybrid();
    const ada = issuer.client();
    await signUp(ada, { strategy: "hybrid" });
    const headers = { authorization: `Bearer ${ada.cookie("__Host-Http-at")}` };
    const taken = await issuer.auth.changePrivilege(new Request(issuer.url, { method: "POST", headers }));
    expect(taken.status).toBe(403);
    expect((await ada.get("/auth/session")).status).toBe(200);
    // The secret itself, and the browser that holds it, may.
    const bearer = { authorization: `Bearer ${ada.cookie("__Host-Http-sid")}` };
    const changed = await issuer.auth.changePrivilege(new Request(issuer.url, { method: "POST", headers: bearer }));
    expect(changed.status).toBe(200);
  });
});

describe("one service key", () => {
  it("takes no more than half of the followers' places, and none of the issuer's own", async () => {
    await using issuer = await startIssuer({ strategies: ["hybrid"], feed: { maxFollowers: 10 } });
    const [thief, other] = [await addService(issuer.auth, ["follow"]), await addService(issuer.auth, ["follow"])];
    const program = issuer.client({ kind: "program" });
    const ask = (index: number, { bearer }: { bearer: string }) =>
      program.post("/auth/revocations/ack", {
        json: { ...leaseQuestion, follower: `${index}`.padStart(16, "F") },
        headers: { authorization: bearer },
      });
    const statuses: number[] = [];
    for (let index = 0; index < 8; index += 1) statuses.push((await ask(index, thief)).status);
    expect(statuses).toEqual([200, 200, 200, 200, 200, 503, 503, 503]);
    expect((await ask(100, other)).status).toBe(200);
    const up = await signUp(program, { strategy: "hybrid", transport: "token" });
    const answer = await program.get("/auth/session", { bearer: up.str("access_token") });
    expect(answer.status).toBe(200);
  });

  it("leaves no stream behind by HEAD", async () => {
    await using issuer = await startIssuer();
    const { bearer } = await addService(issuer.auth, ["follow"]);
    const program = issuer.client({ kind: "program" });
    for (let count = 0; count < 5; count += 1) {
      const answer = await program.send("HEAD", "/auth/revocations", { headers: { authorization: bearer } });
      expect(answer.status).toBe(200);
    }
    expect(issuer.auth.feed().streams).toBe(0);
  });

  it("cannot name a follower so that a terminal obeys", async () => {
    await using issuer = await startIssuer();
    const { bearer } = await addService(issuer.auth, ["follow"]);
    const json = { ...leaseQuestion, name: "\u001b[2J\nRefused everywhere." };
    const sent = { json, headers: { authorization: bearer } };
    const answer = await issuer.client({ kind: "program" }).post("/auth/revocations/ack", sent);
    expect([answer.status, answer.json.code]).toEqual([400, "request_invalid"]);
  });
});

describe("a verifier under a feed", () => {
  it("takes no token for longer after its end than events of the feed live", () => {
    const serviceKey = `${"k".repeat(12)}.${"s".repeat(43)}`;
    const make = (leewaySeconds: number, feed: object) =>
      createVerifier({ issuer: "https://auth.example", leewaySeconds, ...feed });
    expect(() => make(60, {})).not.toThrow();
    expect(() => make(10, { feed: { serviceKey } })).not.toThrow();
    expect(() => make(11, { feed: { serviceKey } })).toThrow(ConfigurationError);
  });
});

// What an application gets that embeds the issuer and sets up nothing but what it must: upkeep, faults that are told, limits, its own origin.

import { type Auth, type AuthOptions, ConfigurationError, createAuth } from "countersign";
import { createMemoryStore } from "countersign/memory";
import { describe, expect, it } from "vitest";
import { createTestClock } from "../../packages/countersign/src/primitives/testing.ts";
import {
  cheapHashing,
  goodPassword,
  interceptStore,
  serverSecret,
  signIn,
  signInBody,
  signUp,
  startIssuer,
} from "../support/issuer.ts";
import { runProcess } from "../support/process.ts";

const day = 86_400_000;

// A round begins a turn after the clock has moved, and the next pause a turn after it has ended.
async function settle(auth: Auth): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  await auth.idle();
  await new Promise((resolve) => setImmediate(resolve));
}

describe("upkeep", () => {
  it.each<{ it: string; begin: (auth: Auth) => unknown }>([
    { it: "from its start on", begin: (auth) => auth.start() },
    { it: "from the first request that it answers", begin: (auth) => auth.handle(aboutKeys()) },
    { it: "from the first request that it judges", begin: (auth) => auth.authenticate(aboutKeys()) },
  ])("is kept $it: the next key is staged, and nobody calls for it", async ({ begin }) => {
    const { auth, clock } = embedded({ keys: { rotateAfter: "1d" } });
    await begin(auth);
    await auth.keys.jwks();
    expect(await auth.keys.list()).toHaveLength(1);
    clock.advance(day);
    await settle(auth);
    expect((await auth.keys.list()).map(({ state }) => state).sort()).toEqual(["published", "signing"]);
    auth.close();
  });

  it("prunes what has passed, and nothing else", async () => {
    const { auth, clock, store } = embedded({ session: { lifetime: "1h" } });
    await auth.handle(signingUp());
    const [session] = await auth.sessions.listAll({ limit: 5 });
    const isThere = async () => (await store.sessions.find(session?.sid ?? "")) !== undefined;
    clock.advance(day / 48);
    await settle(auth);
    expect(await isThere()).toBe(true);
    clock.advance(day);
    await settle(auth);
    expect(await isThere()).toBe(false);
    auth.close();
  });

  it.each([
    { it: "was told not to", upkeep: false, close: false },
    { it: "has been closed", upkeep: undefined, close: true },
  ])("is not kept by an issuer that $it", async ({ upkeep, close }) => {
    const { auth, clock } = embedded({ keys: { rotateAfter: "1d" }, upkeep });
    await auth.start();
    if (close) auth.close();
    clock.advance(day);
    await settle(auth);
    expect(await auth.keys.list()).toHaveLength(1);
    await auth.maintain();
    expect(await auth.keys.list()).toHaveLength(2);
  });

  it("that fails is told, and goes on", async () => {
    const errors: [unknown, string][] = [];
    let isDown = true;
    const wrap = (store: ReturnType<typeof createMemoryStore>) =>
      interceptStore(store, (call) => (call === "prune" && isDown ? Promise.reject(new Error("down")) : undefined));
    const { auth, clock } = embedded({ onError: (error, where) => void errors.push([error, where]) }, wrap);
    await auth.start();
    clock.advance(60_000);
    await settle(auth);
    expect(errors).toEqual([[new Error("down"), "upkeep"]]);
    isDown = false;
    clock.advance(60_000);
    await settle(auth);
    expect(errors).toHaveLength(1);
    auth.close();
  });

  it("keeps no program alive", async () => {
    const { code, stdout, stderr } = await runEmbedded("await auth.start(); console.log('started');");
    expect([code, stdout, stderr]).toEqual([0, "started\n", ""]);
  });
});

describe("a fault", () => {
  it("is warned of where nobody listens, once, and without its words", async () => {
    const { code, stdout, stderr } = await runEmbedded(
      `
      for (let count = 0; count < 3; count += 1) {
        const response = await auth.handle(new Request("http://localhost:3000/auth/sign-up", {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify({ email: "ada@example.com", password: ${JSON.stringify(goodPassword)}, transport: "token" }),
        }));
        console.log(response.status);
      }`,
      'claims: () => { throw Object.assign(new TypeError("the password was s3cret"), { code: "EHOOK" }); },',
    );
    expect([code, stdout]).toEqual([0, "500\n500\n500\n"]);
    expect(stderr.match(/COUNTERSIGN_FAULT/g)).toHaveLength(1);
    expect(stderr).toMatch(/A fault \(\/auth\/sign-up\): TypeError EHOOK, at /);
    expect(stderr).not.toMatch(/s3cret|wren/);
  });
});

describe("the word lists of passwords", () => {
  it("are read at the start, not within somebody's sign-up", async () => {
    const { stdout } = await runEmbedded(`
      const lists = () => process.getBuiltinModule("node:module")._cache === undefined
        ? -1
        : Object.keys(process.getBuiltinModule("node:module")._cache).filter((path) => path.includes("@zxcvbn-ts")).length;
      const before = lists();
      await auth.start();
      console.log(before === 0, lists() > 0);`);
    expect(stdout).toBe("true true\n");
  });
});

describe("the mail about a changed password", () => {
  it.each([
    {
      it: "the standalone server's page where none is named",
      mail: {},
      page: (url: string) => `${url}/forgot-password`,
    },
    {
      it: "the page that is named",
      mail: { forgotUrl: "https://app.example/lost", resetUrl: "https://elsewhere.example/new" },
      page: () => "https://app.example/lost",
    },
  ])("leads to $it", async ({ mail, page }) => {
    await using issuer = await startIssuer({ mail });
    const ada = issuer.client();
    await signUp(ada);
    const json = { current_password: goodPassword, new_password: "nine amber kettles hum" };
    expect((await ada.post("/auth/password", { json })).status).toBe(200);
    await issuer.auth.idle();
    const told = issuer.mails.filter(({ subject }) => subject.includes("was changed"));
    expect(told.map(({ text }) => /https?:\S+/.exec(text)?.[0])).toEqual([page(issuer.url)]);
  });
});

describe("limits", () => {
  it("let a whole school in behind one address, where they are raised", async () => {
    const tries = async (limits: object) => {
      await using issuer = await startIssuer({ limits });
      const statuses: number[] = [];
      for (let pupil = 0; pupil < 25; pupil += 1) {
        const json = signInBody({ email: `pupil-${pupil}@example.com` });
        statuses.push((await issuer.client().post("/auth/sign-up", { json })).status);
      }
      return statuses.filter((status) => status === 429).length;
    };
    expect(await tries({})).toBe(5);
    expect(await tries({ signUpsPerAddress: 25 })).toBe(0);
    expect(await tries({ signUpsPerAddress: 10 })).toBe(15);
  });

  it("on failures count by the numbers given, for one account and for one address", async () => {
    await using issuer = await startIssuer({ limits: { failuresPerAccount: 3, failuresPerAddress: 10 } });
    await signUp(issuer.client());
    const wrong = (email: string, address: string) =>
      issuer
        .client({ address })
        .post("/auth/sign-in", { json: signInBody({ email, password: "wrong of course it is" }) });
    const account: number[] = [];
    for (let count = 0; count < 5; count += 1) account.push((await wrong("ada@example.com", "127.0.0.7")).status);
    expect(account).toEqual([401, 401, 401, 429, 429]);
    const address: number[] = [];
    for (let count = 0; count < 12; count += 1)
      address.push((await wrong(`p${count}@example.com`, "127.0.0.8")).status);
    expect(address).toEqual([...Array.from({ length: 10 }, () => 401), 429, 429]);
  });
});

describe("behind a proxy that writes another Host", () => {
  it("pages of the issuer's own origin are its own, also in browsers without Fetch Metadata", async () => {
    await using issuer = await startIssuer({ issuer: "https://auth.example" });
    const headers = { host: "inner:8080", origin: "https://auth.example", "sec-fetch-site": undefined };
    const ada = issuer.client({ headers });
    await signUp(ada);
    await signIn(ada);
    const foreign = { ...headers, origin: "https://evil.example" };
    const refused = await issuer.client({ headers: foreign }).post("/auth/sign-in", { json: signInBody() });
    expect([refused.status, refused.json.code]).toEqual([403, "cross_site_request"]);
  });
});

describe("a program that says nothing of where it comes from", () => {
  it("is told what to do instead of being taken for another site, and that works", async () => {
    await using issuer = await startIssuer();
    const curl = issuer.client({ kind: "program" });
    const refused = await curl.post("/auth/sign-up", { json: signInBody() });
    expect([refused.status, refused.json.title]).toEqual([403, expect.not.stringContaining("another site")]);
    expect(refused.json.title).toContain('"transport": "token"');
    expect(refused.json.title).toContain("Origin");
    await signUp(curl, { transport: "token" });
    const { origin } = new URL(issuer.url);
    expect((await curl.post("/auth/sign-in", { json: signInBody(), headers: { origin } })).status).toBe(200);
  });
});

describe("set up wrongly", () => {
  it.each<readonly [string, readonly unknown[], string]>([
    ["with nothing", [], "options"],
    ["without a store", [{ issuer: "https://auth.example", secrets: [serverSecret] }], "store"],
    ["with an issuer below a path", [{ ...whole(), issuer: "https://example.com/auth" }], "issuer"],
    ["with a secret from a document", [{ ...whole(), secrets: ["for development only: 32 characters"] }], "secrets.0"],
    ["with the other package's option", [{ ...whole(), ownOrigins: [] }], "ownOrigins"],
    ["with a listener that is none", [{ ...whole(), onError: "console" }], "onError"],
  ])("it says which option is at fault: %s", (_name, given, option) => {
    const failure = (() => {
      try {
        return Reflect.apply(createAuth, undefined, given);
      } catch (error) {
        return error;
      }
    })();
    expect(failure).toBeInstanceOf(ConfigurationError);
    expect(failure).toMatchObject({ option });
  });
});

function whole() {
  return { issuer: "https://auth.example", secrets: [serverSecret], store: createMemoryStore() };
}

type Options = Partial<AuthOptions>;

function embedded(more: Options, wrap = (store: ReturnType<typeof createMemoryStore>) => store) {
  const clock = createTestClock();
  const store = wrap(createMemoryStore({ clock }));
  const auth = createAuth({ ...whole(), hashing: cheapHashing, clock, store, ...more });
  return { auth, clock, store };
}

function aboutKeys(): Request {
  return new Request("https://auth.example/.well-known/jwks.json");
}

function signingUp(): Request {
  const body = JSON.stringify(signInBody({ transport: "token" }));
  const headers = { "content-type": "application/json" };
  return new Request("https://auth.example/auth/sign-up", { method: "POST", headers, body });
}

/** A program of a few lines around an issuer that is told nothing but what it must be. */
function runEmbedded(lines: string, options = "") {
  const program = `
    import { createAuth } from "countersign";
    import { createMemoryStore } from "countersign/memory";
    const auth = createAuth({
      issuer: "http://localhost:3000", secrets: [${JSON.stringify(serverSecret)}], store: createMemoryStore(), ${options}
    });
    ${lines}`;
  return runProcess({
    args: ["--input-type=module-typescript", "-e", program],
    cwd: import.meta.dirname,
    timeoutMs: 20_000,
  });
}

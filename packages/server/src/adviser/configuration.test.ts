import { createServer, type RequestListener } from "node:http";
import { createVerifier } from "@countersign/verifier";
import { withIdentity } from "@countersign/verifier/node";
import { type Auth, createAuth } from "countersign";
import { createMemoryStore } from "countersign/memory";
import { isIssuerPath, nodeHandler } from "countersign/node";
import { describe, expect, it } from "vitest";
import { configSchema, issuerOptionsOf } from "../config.ts";
import { audiencesOf, choiceFor } from "./advise.ts";
import { strategyOf } from "./choices.ts";
import { boundsOf, byDefault, type Configuration, signInFor, toPaste } from "./configuration.ts";
import { type Answers, defaultAnswers } from "./questions.ts";
import { rules } from "./rules.ts";
import { everyAnswer } from "./testing.ts";

const secret = "configuration-test-0123456789-abcdef";
const serviceKey = `${"o".repeat(12)}.${"k".repeat(43)}`;

const pasted = [...everyAnswer()]
  .filter(({ clients }) => clients.length > 0)
  .map((answers) => ({ answers, ...toPaste(answers) }));

/** Every configuration that anybody is given, each once. */
const configurations = [
  ...new Map(
    pasted
      .flatMap(({ issuer, services }) => [...issuer, ...services])
      .map((configuration) => [`${configuration.kind} ${configuration.code}`, configuration]),
  ).values(),
];

const ofKind = (kind: Configuration["kind"]) =>
  configurations.filter((configuration) => configuration.kind === kind).map(({ code, options }) => ({ code, options }));

/** The imports of what is pasted: as they are, but for what opens a port or a file. */
const imported = {
  createAuth,
  createVerifier,
  withIdentity,
  nodeHandler,
  isIssuerPath,
  openSqliteStore: async () => createMemoryStore(),
  // The listener is made and never asked.
  createServer: (listener: RequestListener) => ({ listen: (port: number) => [createServer(listener), port] }),
};

/** Runs what is pasted as it stands, but for its imports: those are given. */
function runPasted(code: string, result: string, given: Readonly<Record<string, unknown>>): Promise<unknown> {
  const body = code.replace(/^import .*;\n/gm, "").replace(/^export /gm, "");
  const AsyncFunction = (async () => undefined).constructor;
  const made: unknown = Reflect.construct(AsyncFunction, [...Object.keys(given), `${body}\nreturn ${result};`]);
  if (typeof made !== "function") throw new Error("The pasted code is no program.");
  return Promise.resolve(made(...Object.values(given)));
}

describe("what is pasted", () => {
  it("is of every kind", () => {
    for (const kind of ["countersign.json", "createAuth", "createVerifier"] as const) {
      expect(ofKind(kind).length).toBeGreaterThan(3);
    }
  });

  it.each(ofKind("countersign.json"))("into countersign.json is a configuration of the server: $code", ({ code }) => {
    const config = configSchema.parse(JSON.parse(code));
    const options = issuerOptionsOf(config, config.issuer ?? "", [secret]);
    using auth = closing(createAuth({ ...options, store: createMemoryStore(), upkeep: false }));
    expect(auth.auth.options.strategies).toEqual(config.strategies);
  });

  it.each(ofKind("createAuth"))("into a program makes an issuer that starts: $code", async ({ code, options }) => {
    const made = await runPasted(code, "auth", { ...imported, process: { env: { AUTH_SECRET: secret } } });
    if (!isAuth(made)) throw new Error("No issuer was made.");
    using auth = closing(made);
    expect(auth.auth.options.issuer).toBe(options.issuer);
    expect(auth.auth.options.strategies).toEqual(options.strategies);
  });

  it.each(ofKind("createVerifier"))("into a service makes a verifier: $code", async ({ code, options }) => {
    const process = { env: { COUNTERSIGN_KEY: serviceKey } };
    const follows = "feed" in options;
    const made = await runPasted(code, "{ follows: verifier.feed() !== undefined, close: verifier.close() }", {
      ...imported,
      process,
    });
    expect(made).toMatchObject({ follows });
  });

  it("names the variable that is missing", async () => {
    const process = { env: {} };
    const keyed = ofKind("createVerifier").filter(({ code }) => code.includes("serviceKey"));
    const programs = [...ofKind("createAuth").map((each) => ({ ...each, names: "AUTH_SECRET" }))].concat(
      keyed.map((each) => ({ ...each, names: "COUNTERSIGN_KEY" })),
    );
    expect(keyed.length).toBeGreaterThan(0);
    for (const { code, names } of programs) {
      await expect(runPasted(code, "undefined", { ...imported, process })).rejects.toThrow(`Set ${names}`);
    }
  });

  it("is a program that listens, and imports all it uses and no more", () => {
    for (const { code } of [...ofKind("createAuth"), ...ofKind("createVerifier")]) {
      expect(code).toMatch(/\.listen\(400[01]\);$/);
      const [head = "", ...body] = code.split("\n\n");
      const names = [...head.matchAll(/\{ ([^}]+) \}/g)].flatMap(([, list = ""]) => list.split(", "));
      const used = Object.keys(imported).filter((name) => body.join("\n").includes(`${name}(`));
      expect(names.toSorted()).toEqual(used.toSorted());
    }
  });

  it("has a variant by Bearer tokens where scripts of one site call another host, and nowhere else", () => {
    for (const { answers, variant } of pasted) {
      expect(variant !== undefined).toBe(answers.sites === "site" && answers.clients.includes("spa"));
      if (variant === undefined) continue;
      const config = configSchema.parse(JSON.parse(variant.issuer.code));
      expect(config).toMatchObject({ issuer: "https://api.shop.example", corsOrigins: ["https://app.shop.example"] });
      expect(variant.signIn.transport).toBe("token");
      expect(config.strategies).toContain(variant.signIn.strategy);
      expect(toPaste(variant.answers).issuer[0].options.strategies).toEqual(config.strategies);
    }
  });

  it("offers each audience the strategy that it is advised", () => {
    for (const { answers, issuer } of pasted) {
      const advised = audiencesOf(answers).flatMap((audience) => choiceFor(answers, audience) ?? []);
      const config = configSchema.parse(issuer[0].options);
      expect(config.strategies).toEqual(expect.arrayContaining(advised.map((choice) => strategyOf[choice])));
      expect(config.jwt.refresh).toBe(!advised.includes("jwt-alone"));
      expect(config.session.cache > 0).toBe(advised.includes("session-feed"));
    }
  });

  it("never asks one issuer for JWTs with refresh and without", () => {
    for (const { answers } of pasted) {
      const advised = audiencesOf(answers).map((audience) => choiceFor(answers, audience));
      expect(advised.includes("jwt") && advised.includes("jwt-alone")).toBe(false);
    }
  });

  it("gives every service that is to accept a hybrid the feed to follow", () => {
    for (const { answers, services } of pasted) {
      const isHybrid = audiencesOf(answers).some((audience) => choiceFor(answers, audience) === "hybrid");
      if (!isHybrid || answers.services === "one") continue;
      const [first] = services;
      // Over the issuer's own file, a process follows its own log.
      expect(first?.kind === "createAuth" ? first.options.strategies : Object.keys(first?.options ?? {})).toContain(
        first?.kind === "createAuth" ? "hybrid" : "feed",
      );
    }
  });

  it("lets every service away from the store judge what browsers bring in cookies, with nothing but cookies", () => {
    for (const { answers, services } of pasted) {
      if (answers.services !== "many" || !answers.clients.includes("web")) continue;
      const choice = choiceFor(answers, "browser") ?? "session";
      if (signInFor("browser", choice, answers).transport === "cookie") {
        expect(services[0]?.options).toHaveProperty("sessions");
      }
    }
  });

  it("opens the issuer to other sites' scripts exactly where there are any", () => {
    for (const { answers, issuer } of pasted) {
      const isOpen = answers.sites === "sites" && answers.clients.includes("spa");
      expect("corsOrigins" in issuer[0].options).toBe(isOpen);
    }
  });

  it("lets the issuer's own process judge partners' tokens by the log where a sign-out must hold soon", () => {
    for (const { answers, issuer } of pasted) {
      if (!answers.clients.includes("partners") || answers.revocation === "minutes") continue;
      expect(issuer[0].options.strategies).toContain("hybrid");
      expect(issuer[0].options.jwt).toEqual({ lifetime: "1m" });
    }
  });

  it("names a key for services exactly where one of them needs it, with the scopes that it needs", () => {
    for (const { command, services } of pasted) {
      const code = services.map((service) => service.code).join("\n");
      expect(command !== undefined).toBe(code.includes("COUNTERSIGN_KEY"));
      expect(command?.includes("follow") ?? false).toBe(code.includes("feed: {") && code.includes("serviceKey"));
      expect(command?.includes("introspect") ?? false).toBe(code.includes("sessions: {"));
    }
  });

  it("needs no services where one process does everything", () => {
    const alone = toPaste({ ...defaultAnswers, revocation: "now", team: "process" });
    expect(alone).toMatchObject({ command: undefined, services: [] });
    expect(alone.issuer[0].code).toBe(
      '{\n  "issuer": "https://shop.example",\n  "strategies": [\n    "session"\n  ]\n}',
    );
  });

  it.each<{ it: string; given: Partial<Answers>; transport: "cookie" | "token" }>([
    { it: "cookies to a browser on one host", given: {}, transport: "cookie" },
    { it: "cookies to a browser on one site", given: { sites: "site" }, transport: "cookie" },
    {
      it: "cookies to a browser at each of several sites, where pages are rendered",
      given: { sites: "sites" },
      transport: "cookie",
    },
    {
      it: "tokens to a script that calls several sites",
      given: { clients: ["spa"], sites: "sites" },
      transport: "token",
    },
    {
      it: "tokens to such a script beside rendered pages",
      given: { clients: ["web", "spa"], sites: "sites" },
      transport: "token",
    },
  ])("gives $it", ({ given, transport }) => {
    expect(signInFor("browser", "hybrid", { ...defaultAnswers, ...given })).toEqual({ strategy: "hybrid", transport });
  });

  it("gives tokens to everybody else", () => {
    for (const audience of ["mobile", "own", "partners"] as const) {
      expect(signInFor(audience, "jwt", defaultAnswers)).toEqual({ strategy: "jwt", transport: "token" });
    }
  });
});

describe("the bounds that reasons name", () => {
  it("are those of the options where the configuration says nothing", () => {
    const options = { issuer: "http://localhost:4000", secrets: [secret], upkeep: false };
    using auth = closing(createAuth({ ...options, store: createMemoryStore() }));
    expect(auth.auth.options.jwt.lifetimeSeconds).toBe(byDefault.lifetime);
    expect(auth.auth.options.feed.lagMs).toBe(byDefault.lag * 1000);
  });

  it("are those of the configuration beside them", () => {
    for (const { answers, issuer } of pasted) {
      const { options } = issuer[0];
      const { lag, tokenEnd } = boundsOf(answers);
      if ("feed" in options) expect(options.feed).toEqual({ lag: lag.replace(" ", "") });
      const isShort = JSON.stringify(options.jwt ?? {}).includes('"lifetime":"1m"');
      expect(tokenEnd).toMatch(isShort ? /^70 s \(1 min, and 10 s / : /^5 min 10 s \(5 min, and 10 s /);
    }
  });

  it("are all known: no name in braces is left", () => {
    const names = rules.flatMap(({ words }) => [...words.matchAll(/\{(\w+)\}/g)].map(([, name]) => name));
    expect([...new Set(names)].toSorted()).toEqual(Object.keys(boundsOf(defaultAnswers)).toSorted());
  });
});

function isAuth(value: unknown): value is Auth {
  return typeof value === "object" && value !== null && "handle" in value && "close" in value;
}

function closing(auth: Auth): Disposable & { readonly auth: Auth } {
  return { auth, [Symbol.dispose]: () => void auth.close() };
}

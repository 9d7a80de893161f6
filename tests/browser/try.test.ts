// The page of tools in a real Chromium: what is pasted stays there, each tool with good and bad input, and for everybody.

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sealedHeaders, sealedPolicy } from "../../packages/server/src/web/try-page.ts";
import { scratchFolder, startTestServer, type TestServer } from "../e2e/server-fixture.ts";
import { violations } from "../support/axe.ts";
import { type LaunchedBrowser, launchBrowser, launchWithProfile } from "../support/browser.ts";
import { closedWays, type LeakAddress, leaks, policedLeaks } from "../support/leaks.ts";
import { listen } from "../support/listener.ts";
import { type SmallServer, serve } from "../support/servers.ts";
import { requireService } from "../support/services.ts";

const path = requireService("chromium");

/** What Chromium says of a directive that it does not know yet. */
const knownComplaint = "Unrecognized Content-Security-Policy directive 'webrtc'.";

describe.skipIf(path === undefined)("the page of tools in a real Chromium", () => {
  let chrome: LaunchedBrowser;
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer();
    chrome = await launchBrowser(path ?? "");
  });
  afterAll(async () => {
    await chrome.close();
    await server[Symbol.asyncDispose]();
  });

  interface Visit extends AsyncDisposable {
    readonly context: BrowserContext;
    readonly page: Page;
    /** The address of every request so far. */
    readonly requests: readonly string[];
    readonly complaints: readonly string[];
  }

  async function visit(options: Parameters<LaunchedBrowser["browser"]["newContext"]>[0] = {}): Promise<Visit> {
    const context = await chrome.browser.newContext(options);
    const requests: string[] = [];
    const complaints: string[] = [];
    context.on("request", (request) => requests.push(request.url()));
    const page = await context.newPage();
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type()) && message.text() !== knownComplaint)
        complaints.push(message.text());
    });
    page.on("pageerror", (error) => complaints.push(error.message));
    await page.goto(`${server.url}/try`);
    if (options.javaScriptEnabled !== false) await page.waitForSelector("#size-claims");
    return { context, page, requests, complaints, [Symbol.asyncDispose]: () => context.close() };
  }

  describe("what is pasted", () => {
    /** The same page with other headers: what keeps leaks in is the headers, and this is how one sees it. */
    async function sameWith(headers: Readonly<Record<string, string>>): Promise<SmallServer> {
      return serve(async (request, response) => {
        const original = await fetch(`${server.url}${request.url}`);
        response.setHeader("content-type", original.headers.get("content-type") ?? "text/html");
        for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
        response.end(Buffer.from(await original.arrayBuffer()));
      });
    }

    it(`leaves by none of ${leaks.length} ways, all of which lead out of the same page without its headers`, async () => {
      await using ear = await listen();
      await using policed = await sameWith({
        ...{ "content-security-policy": sealedPolicy, "permissions-policy": sealedHeaders["permissions-policy"] },
      });
      await using open = await sameWith({});
      using folder = scratchFolder();
      const log = join(folder.path, "net.json");
      const profile = await launchWithProfile(path ?? "", { args: [`--log-net-log=${log}`] });
      const version = Number.parseInt(profile.context.browser()?.version() ?? "", 10);
      // The open page comes last: once its leaks were heard, those planted before had all the time that they need.
      const pages = [
        { name: "sealed", url: `${server.url}/try` },
        { name: "policed", url: `http://localhost:${policed.port}/try` },
        { name: "open", url: `http://localhost:${open.port}/try` },
      ];
      for (const { name, url } of pages) {
        const page = await profile.context.newPage();
        await page.goto(url);
        await page.waitForSelector("#size-claims");
        await plant(page, await ear.addressFor(name), name === "open" ? [] : directives);
      }
      const heard = leaks.filter(({ isLookUp }) => isLookUp !== true).map(({ kind }) => kind);
      await expect
        .poll(() => heard.filter((kind) => ear.heard.has(`open/${kind}`)), { timeout: 30_000 })
        .toEqual(heard);
      await profile.close();
      const lookUps = await readFile(log, "utf8");
      const leaked = (name: string) =>
        leaks
          .filter(({ kind, isLookUp }) =>
            isLookUp === true ? lookUps.includes(`${name}-${kind}.invalid`) : ear.heard.has(`${name}/${kind}`),
          )
          .map(({ kind }) => kind);

      expect(leaked("open")).toEqual(all);
      // The policies alone stop what policies can stop; browsers that know the other header stop the rest.
      const isPoliced = (kind: string) => policedLeaks.some((leak) => leak.kind === kind);
      expect(leaked("policed").filter(isPoliced)).toEqual([]);
      expect(leaked("sealed").filter((kind) => version >= 152 || isPoliced(kind))).toEqual([]);
    });

    const all = leaks.map(({ kind }) => kind);

    /** The directives that have to have stopped something: so the leaks were really tried. */
    const directives = [
      ...["connect-src", "img-src", "frame-src", "object-src", "media-src", "font-src", "manifest-src"],
      ...["script-src-elem", "style-src-elem", "worker-src", "default-src", "form-action"],
    ];

    /** Plants every leak, the last one once these directives have complained and no others. */
    async function plant(page: Page, addressOf: (kind: string) => LeakAddress, complaining: readonly string[]) {
      await page.evaluate(() => {
        const told: string[] = [];
        Object.assign(globalThis, { told });
        document.addEventListener("securitypolicyviolation", ({ effectiveDirective }) => told.push(effectiveDirective));
      });
      const last = leaks.at(-1);
      for (const { kind, plant } of leaks.filter((leak) => leak !== last)) {
        await page.evaluate(plant, addressOf(kind)).catch(() => undefined);
      }
      const told = () => page.evaluate(() => [...new Set((globalThis as unknown as { told: string[] }).told)].sort());
      await expect.poll(told).toEqual(complaining.toSorted());
      if (last !== undefined) await page.evaluate(last.plant, addressOf(last.kind)).catch(() => undefined);
    }

    it.each(closedWays)("cannot leave by a $kind of another server, whatever the headers", async ({ kind, plant }) => {
      await using ear = await listen();
      await using open = await sameWith({});
      const context = await chrome.browser.newContext();
      const page = await context.newPage();
      await page.goto(`http://localhost:${open.port}/try`);
      expect(await page.evaluate(plant, (await ear.addressFor("open"))(kind))).toBe("SecurityError");
      await context.close();
    });

    it("is sent nowhere by the tools themselves, and kept nowhere", async () => {
      await using visited = await visit();
      const { page, context, requests, complaints } = visited;
      const loaded = [...requests];
      const address = page.url();
      await useEveryTool(page);
      expect(requests).toEqual(loaded);
      expect(loaded.every((url) => new URL(url).origin === new URL(server.url).origin)).toBe(true);
      expect(page.url()).toBe(address);
      expect(await context.cookies()).toEqual([]);
      const kept = await page.evaluate(async () => ({
        local: localStorage.length,
        session: sessionStorage.length,
        databases: (await indexedDB.databases()).length,
        caches: (await caches.keys()).length,
        history: history.length,
        state: history.state,
      }));
      expect(kept).toEqual({ local: 0, session: 0, databases: 0, caches: 0, history: 2, state: null });
      expect(complaints).toEqual([]);
    });

    it("is not remembered by fields, not checked for spelling, and carried by no link", async () => {
      await using visited = await visit();
      const { page } = visited;
      await useEveryTool(page);
      const fields = await page.$$eval("main input, main textarea, main select", (found) =>
        found.map((field) => [
          field.id,
          field.getAttribute("autocomplete"),
          field.getAttribute("spellcheck") ?? field.getAttribute("type") ?? field.tagName,
        ]),
      );
      expect(fields.length).toBeGreaterThan(12);
      for (const [id, autocomplete, checked] of fields) {
        expect(autocomplete, id ?? "").toBe("off");
        expect(["false", "range", "checkbox", "SELECT"], id ?? "").toContain(checked);
      }
      const links = await page.$$eval("a[href]", (found) => found.map((link) => link.getAttribute("href") ?? ""));
      expect(links.filter((href) => !/^(\/[a-z./-]*)?(#[a-z-]+)?$/.test(href))).toEqual([]);
      expect(await page.locator("form").count()).toBe(0);
    });
  });

  async function example(page: Page, tool: string, name: string): Promise<void> {
    await page.locator(`#${tool}`).getByRole("button", { name, exact: true }).click();
  }

  async function useEveryTool(page: Page): Promise<void> {
    await example(page, "jwt", "A good token");
    await page.waitForSelector("#jwt .gate");
    await page.getByRole("button", { name: "Make a key and sign" }).click();
    await page.waitForSelector("#made-token");
    await example(page, "cookie", "A whole response");
    await page.waitForSelector("#cookie .cookie");
    await page.locator("#limit-access").press("ArrowRight");
    await page.fill("#size-claims", '{"role":"editor"}');
    await page.waitForSelector("#size .size");
  }

  describe("the JWT tool", () => {
    it.each([
      { name: "A good token", gate: "Accepted", finding: "The signature is good" },
      { name: "Signed by nobody", gate: "Refused: token_malformed", finding: "nobody signed it" },
      { name: "Public key as secret", gate: "Refused: token_algorithm", finding: "Forged" },
      { name: "Guessable secret", gate: "Refused: token_algorithm", finding: "The secret was guessed" },
      { name: "Brings its own key", gate: "Refused: token_header_forbidden", finding: "brings the key along" },
      { name: "For years, and personal", gate: "Refused: token_type", finding: "It carries personal data" },
      { name: "A claim twice", gate: "Refused: token_claims", finding: "A member twice" },
    ])("shows its example: $name", async ({ name, gate, finding }) => {
      await using visited = await visit();
      const { page, complaints } = visited;
      await example(page, "jwt", name);
      await expect.poll(() => page.locator(".gate-verdict").textContent()).toBe(gate);
      await expect.poll(() => page.locator("#jwt-tool").textContent()).toContain(finding);
      expect(complaints).toEqual([]);
    });

    it.each([
      { it: "half a token", token: "eyJhbGciOiJFUzI1NiJ9.eyJ", words: "two dots" },
      { it: "no token at all", token: "<script>alert(1)</script>", words: "A JWT has three parts" },
      { it: "far too much", token: "x".repeat(20_000), words: "at the most" },
    ])("explains $it", async ({ token, words }) => {
      await using visited = await visit();
      const { page, complaints } = visited;
      await page.fill("#jwt-token", token);
      expect(await page.locator("#jwt-tool .try-problem").textContent()).toContain(words);
      await page.fill("#jwt-key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----");
      await page.fill("#jwt-token", "");
      expect(await page.locator("#jwt-tool .try-problem").count()).toBe(0);
      expect(complaints).toEqual([]);
    });

    it("says of a key that cannot be read why, and judges the token all the same", async () => {
      await using visited = await visit();
      const { page } = visited;
      await example(page, "jwt", "A good token");
      await page.waitForSelector(".gate-accepted");
      await page.fill("#jwt-key", '{"kty":"EC","d":"AAAA"}');
      await expect.poll(() => page.locator("#jwt-tool .try-problem").textContent()).toContain("That is a private key");
      expect(await page.locator(".gate-verdict").textContent()).toBe("Would be accepted, if its signature is good");
    });

    it.each(["ES256", "Ed25519", "RS256", "HS256"])(
      "makes and signs, and takes apart what it made: %s",
      async (algorithm) => {
        await using visited = await visit();
        const { page } = visited;
        await page.selectOption("#maker-algorithm", algorithm);
        await page.getByRole("button", { name: "Make a key and sign" }).click();
        await page.waitForSelector("#made-token");
        await page.getByRole("button", { name: "Take it apart above" }).click();
        const gate = algorithm === "HS256" ? "Refused: token_algorithm" : "Accepted";
        await expect.poll(() => page.locator(".gate-verdict").textContent()).toBe(gate);
        expect(await page.locator(".jwt-part-signature").textContent()).toContain("The signature is good");
      },
    );

    it("says what is wrong with claims that are no JSON, and signs nothing", async () => {
      await using visited = await visit();
      const { page } = visited;
      await page.fill("#maker-claims", "{sub: 1}");
      await page.getByRole("button", { name: "Make a key and sign" }).click();
      expect(await page.locator(".maker .try-problem").textContent()).toContain("not JSON yet");
      expect(await page.locator("#made-token").count()).toBe(0);
    });

    it("tells the gate what to expect", async () => {
      await using visited = await visit();
      const { page } = visited;
      await example(page, "jwt", "A good token");
      await page.waitForSelector(".gate-accepted");
      await page.getByText("What the gate expects").click();
      await page.fill("#jwt-issuer", "https://other.example.com");
      await expect.poll(() => page.locator(".gate-verdict").textContent()).toBe("Refused: token_issuer");
    });
  });

  describe("the cookie tool", () => {
    it("judges its examples", async () => {
      await using visited = await visit();
      const { page } = visited;
      await example(page, "cookie", "As it should be");
      expect(await page.locator("#cookie .try-summary").textContent()).toBe("1 cookie: 1 kept.");
      expect(await page.locator("#cookie .finding-danger, #cookie .finding-warning").count()).toBe(0);
      await example(page, "cookie", "A whole response");
      expect(await page.locator("#cookie .try-summary").textContent()).toBe("4 cookies: 1 kept, 2 dropped, 1 removed.");
    });

    it.each([
      { it: "a request's header", text: "Cookie: a=1", address: undefined, words: "what a browser sends back" },
      { it: "no address", text: "a=1", address: "ftp://example.com", words: "has to be that of a web server" },
    ])("explains $it", async ({ text, address, words }) => {
      await using visited = await visit();
      const { page } = visited;
      await page.fill("#cookie-text", text);
      if (address !== undefined) await page.fill("#cookie-address", address);
      expect(await page.locator("#cookie .try-problem").textContent()).toContain(words);
    });

    it("agrees with this browser about what is kept", async () => {
      const lines = [
        "a1=1; Path=/",
        "a2=1; Secure; SameSite=None",
        "a3=1; SameSite=None",
        "__Host-a4=1; Secure; Path=/",
        "__Host-a5=1; Secure",
        "__Secure-a6=1",
        "a7=1; Domain=com",
        "a8=1; Max-Age=0",
        "a9=1; Domain=other.test",
        "__Host-Http-b1=1; Secure; HttpOnly; Path=/",
        "__Host-Http-b2=1; Secure; Path=/",
        `b3=${"x".repeat(4094)}`,
        `b4=${"x".repeat(4095)}`,
        "b5=1; Max-Age=1.5",
        "b6=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
        "__http-b7=1; Secure",
        "__Http-b8=1; Secure; HttpOnly",
        "b9=1; Partitioned",
      ];
      await using site = await serve((_, response) => {
        response.setHeader("set-cookie", lines);
        response.end("cookies");
      });
      const context = await chrome.browser.newContext();
      const other = await context.newPage();
      await other.goto(`http://localhost:${site.port}/`);
      const keptByBrowser = (await context.cookies()).map(({ name }) => name).sort();
      await context.close();

      await using visited = await visit();
      const { page } = visited;
      await page.fill("#cookie-address", `http://localhost:${site.port}/`);
      await page.fill("#cookie-text", lines.join("\n"));
      const kept = await page.$$eval("#cookie .cookie", (found) =>
        found
          .filter((each) => each.querySelector(".badge-current") !== null)
          .map((each) => each.querySelector("h3 code")?.textContent ?? ""),
      );
      expect(kept.sort()).toEqual(keptByBrowser);
      expect(kept.length).toBeGreaterThan(5);
      expect(kept.length).toBeLessThan(lines.length);
    });
  });

  describe("the timeline", () => {
    it("is dragged by keyboard and by pointer, and stays within its bounds", async () => {
      await using visited = await visit();
      const { page } = visited;
      const access = page.locator("#limit-access");
      const told = () => page.locator("output[for=limit-access]").textContent();
      expect(await told()).toBe("5 minutes");
      await access.press("ArrowRight");
      expect(await told()).toBe("10 minutes");
      expect(await access.getAttribute("aria-valuetext")).toBe("10 minutes");
      await access.press("End");
      expect(await told()).toBe("1 day");
      await access.press("ArrowRight");
      expect(await told()).toBe("1 day");
      await access.press("Home");
      expect(await told()).toBe("10 seconds");

      await access.scrollIntoViewIfNeeded();
      const box = await access.boundingBox();
      if (box === null) throw new Error("no slider");
      const y = box.y + box.height / 2;
      await page.mouse.move(box.x + box.width * 0.11, y);
      await page.mouse.down();
      await page.mouse.move(box.x + box.width * 0.5, y, { steps: 5 });
      await page.mouse.up();
      expect(await told()).toMatch(/hour|minutes/);
    });

    it("shows how long a theft lasts, and tells when the server would not start so", async () => {
      await using visited = await visit();
      const { page } = visited;
      const span = () => page.locator(".theft-jwt .theft-span").first().textContent();
      expect(await span()).toBe("5 minutes 10 seconds, 3 minutes 10 seconds of it after sign-out");
      await example(page, "lifetimes", "Tokens for a day");
      expect(await span()).toContain("1 day");
      expect(await page.locator("#lifetimes").textContent()).toContain("there is no configuration to paste");
      expect(await page.locator(".theft-session .theft-span").first().textContent()).toContain(
        "none of it after sign-out",
      );
    });
  });

  describe("the size tool", () => {
    it("weighs what is typed", async () => {
      await using visited = await visit();
      const { page } = visited;
      const bytes = async () =>
        Number.parseInt((await page.locator(".size-jwt .size-bytes").first().textContent()) ?? "", 10);
      await expect.poll(bytes).toBeGreaterThan(250);
      const before = await bytes();
      await page.fill("#size-claims", JSON.stringify({ role: "x".repeat(150) }));
      await expect.poll(bytes).toBeGreaterThan(before + 200);
      expect(await page.locator(".size-session .size-detail").textContent()).toContain("43 bytes");
    });

    it("lets claims weigh only where they travel: in Bearer tokens, in no cookie", async () => {
      await using visited = await visit();
      const { page } = visited;
      const weights = async () =>
        Object.fromEntries(
          await page
            .locator("#size .size")
            .evaluateAll((all) =>
              all.map((each) => [
                each.querySelector(".size-name")?.textContent ?? "",
                Number.parseInt(each.querySelector(".size-bytes")?.textContent ?? "", 10),
              ]),
            ),
        );
      await page.waitForSelector("#size .size");
      const before = await weights();
      expect(before["JWT, lean profile"]).toBeGreaterThan(250);
      await example(page, "size", "Twenty permissions");
      await expect
        .poll(async () => (await weights())["JWT, lean profile"])
        .toBeGreaterThan(before["JWT, lean profile"] ?? 0);
      const after = await weights();
      const grown = Object.keys(after).filter((name) => after[name] !== before[name]);
      expect(grown).toEqual(["JWT, lean profile", "JWT, full profile (RFC 9068)", "Hybrid, as Bearer"]);
      expect(after["Hybrid, both cookies"]).toBeLessThan(after["Hybrid, as Bearer"] ?? 0);
    });

    it("explains what is no JSON", async () => {
      await using visited = await visit();
      const { page } = visited;
      await page.fill("#size-claims", "{role}");
      expect(await page.locator("#size .try-problem").textContent()).toContain("not JSON yet");
    });
  });

  describe("for everybody", () => {
    it.each([
      { width: 360, colorScheme: "light" },
      { width: 360, colorScheme: "dark" },
      { width: 1280, colorScheme: "light" },
      { width: 1280, colorScheme: "dark" },
    ] as const)(
      "has no accessibility fault and never scrolls sideways: $width, $colorScheme",
      async ({ width, colorScheme }) => {
        await using visited = await visit({ viewport: { width, height: 900 }, colorScheme });
        const { page, complaints } = visited;
        expect(await violations(page), "empty").toEqual([]);
        await useEveryTool(page);
        await example(page, "jwt", "Brings its own key");
        await page.waitForSelector(".gate-refused");
        await page.$$eval("details", (all) => {
          for (const each of all) each.open = true;
        });
        expect(await violations(page), "in use").toEqual([]);
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        expect(overflow).toBeLessThanOrEqual(0);
        expect(complaints).toEqual([]);
      },
    );

    it("says without script what each tool does, and that it needs script", async () => {
      await using visited = await visit({ javaScriptEnabled: false });
      const { page } = visited;
      for (const tool of ["jwt", "cookie", "lifetimes", "size"]) {
        expect(await page.locator(`#${tool}-tool`).textContent()).toContain("needs script");
        expect(await page.locator(`#${tool} .try-points li`).count()).toBeGreaterThan(0);
      }
    });

    it("jumps by less than anybody notices while it comes alive", async () => {
      const context = await chrome.browser.newContext({ viewport: { width: 390, height: 900 } });
      const page = await context.newPage();
      await page.addInitScript(() => {
        const shifts: number[] = [];
        Object.assign(globalThis, { shifts });
        new PerformanceObserver((list) => {
          for (const entry of list.getEntries()) if ("value" in entry) shifts.push(Number(entry.value));
        }).observe({ type: "layout-shift", buffered: true });
      });
      const shifted = () =>
        page.evaluate(() => {
          const { shifts } = globalThis as unknown as { shifts: number[] };
          return shifts.reduce((sum, shift) => sum + shift, 0);
        });
      await page.goto(`${server.url}/try`);
      await page.waitForSelector("#size .size");
      const whileLoading = await shifted();
      // A jump that anybody would notice is seen by the same observer, and after it all that came before.
      await page.evaluate(() => {
        const block = document.createElement("hr");
        block.style.height = "400px";
        document.querySelector(".try-head")?.before(block);
      });
      await expect.poll(shifted).toBeGreaterThan(whileLoading + 0.1);
      const jump = await page.evaluate(() => {
        const { shifts } = globalThis as unknown as { shifts: number[] };
        return shifts.at(-1) ?? 0;
      });
      expect((await shifted()) - jump).toBeLessThan(0.05);
      await context.close();
    });

    it("brings less than 60 KB of script, compressed", async () => {
      await using visited = await visit();
      const address = await visited.page.locator("script[type=module]").getAttribute("src");
      const script = await (await fetch(`${server.url}${address}`)).arrayBuffer();
      expect(gzipSync(Buffer.from(script), { level: 9 }).length).toBeLessThan(60_000);
    });
  });
});

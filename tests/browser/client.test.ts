// The client in a real Chromium: three tabs over one session, pages of other sites, and what is left lying about (nothing).

import type { Client, createClient, SignInWish } from "@countersign/client";
import type { BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type LaunchedBrowser, launchBrowser } from "../support/browser.ts";
import { accessLifetimeMs, type ClientSite, startClientSite } from "../support/client-site.ts";
import type { show } from "../support/hook-page.ts";
import { ada } from "../support/issuer-site.ts";
import type { showReact } from "../support/react-page.ts";
import { requireService } from "../support/services.ts";

const path = requireService("chromium");

declare global {
  interface Window {
    createClient: typeof createClient;
    show: typeof show;
    showReact: typeof showReact;
    /** How often the hook asked who is signed in. */
    asked: number;
    /** Takes away what was shown. */
    unmount: () => void;
    client: Client;
    /** How often the client told of an end. */
    told: number;
  }
}

/** Opens a page with a client on it. */
async function openTab(
  context: BrowserContext,
  url: string,
  options: { issuer: string; transport: "cookie" | "token"; origins?: string[] },
): Promise<Page> {
  const page = await context.newPage();
  await page.goto(url);
  await page.evaluate((given) => {
    window.told = 0;
    window.client = window.createClient({
      ...given,
      onSignedOut: () => {
        window.told += 1;
      },
    });
  }, options);
  return page;
}

/** The status of a request by the client; `"failed"` when it rejects. */
function status(page: Page, url: string, init: { method?: string; body?: string } = {}): Promise<number | "failed"> {
  return page.evaluate(
    async ([target, given]) => {
      try {
        return (await window.client.fetch(target, given)).status;
      } catch {
        return "failed" as const;
      }
    },
    [url, init] as const,
  );
}

const signIn = (page: Page, strategy: NonNullable<SignInWish["strategy"]>) =>
  page.evaluate((wish) => window.client.signIn(wish), { ...ada, strategy });

function need(page: Page | undefined): Page {
  if (page === undefined) throw new Error("no such tab");
  return page;
}

const told = (pages: readonly Page[]) => Promise.all(pages.map((page) => page.evaluate(() => window.told)));

/** Everything that a script of the page can read without asking the client. */
const leftLying = (page: Page) =>
  page.evaluate(async () => ({
    local: { ...localStorage },
    session: { ...sessionStorage },
    // Both need a secure context; where there is none, there is nothing.
    databases: (await globalThis.indexedDB?.databases()) ?? [],
    caches: (await globalThis.caches?.keys()) ?? [],
    cookies: document.cookie,
    named: window.name,
    address: location.search + location.hash + JSON.stringify(history.state),
  }));

const nothing = { local: {}, session: {}, databases: [], caches: [], cookies: "", named: "", address: "null" };

describe.skipIf(path === undefined)("in a real Chromium", () => {
  let chrome: LaunchedBrowser;
  let site: ClientSite;
  let context: BrowserContext;

  beforeAll(async () => {
    chrome = await launchBrowser(path ?? "");
    site = await startClientSite("shop.localhost");
  });
  afterAll(async () => {
    await chrome.close();
    await site[Symbol.asyncDispose]();
  });
  beforeEach(async () => {
    context = await chrome.browser.newContext();
    forget();
    return async () => {
      site.before.clear();
      await context.close();
    };
  });

  const forget = () => {
    site.arrived.length = 0;
  };
  const expire = () => {
    site.clock.advance(accessLifetimeMs + 20_000);
    forget();
  };
  const refreshes = () => site.to("/auth/refresh").filter(({ method }) => method === "POST").length;

  describe.each(["hybrid", "jwt"] as const)("three tabs over one session, by %s in cookies", (strategy) => {
    let tabs: Page[];
    let [first, second, third]: Page[] = [];

    const open = () => openTab(context, site.origin, { issuer: site.origin, transport: "cookie" });
    beforeEach(async () => {
      tabs = [await open(), await open(), await open()];
      [first, second, third] = tabs;
      expect(await signIn(need(first), strategy)).toMatchObject({ ok: true });
      expect(await Promise.all(tabs.map((tab) => status(tab, "/api/me")))).toEqual([200, 200, 200]);
      expect(refreshes()).toBe(0);
    });

    it("renew it once, whoever asks at once", async () => {
      for (let round = 0; round < 5; round += 1) {
        expire();
        const asking = tabs.flatMap((tab) => [1, 2, 3, 4].map((number) => status(tab, `/api/${number}`)));
        expect(await Promise.all(asking)).toEqual(Array(12).fill(200));
        expect(refreshes()).toBe(1);
      }
      expect(await told(tabs)).toEqual([0, 0, 0]);
    });

    it("renew it once, also for a tab that hears of its refusal late", async () => {
      expire();
      const release = Promise.withResolvers<void>();
      const arrived = Promise.withResolvers<void>();
      site.before.set("/api/late", async (response) => {
        if (site.to("/api/late").length > 1) return false;
        arrived.resolve();
        await release.promise;
        response.writeHead(401).end();
        return true;
      });
      const late = status(need(second), "/api/late");
      await arrived.promise;
      expect(await status(need(first), "/api/me")).toBe(200);
      release.resolve();
      expect(await late).toBe(200);
      expect([refreshes(), site.to("/api/late").length]).toEqual([1, 2]);
    });

    it("make a request twice at most, with its body whole", async () => {
      expire();
      const body = JSON.stringify({ order: "tea ".repeat(1000) });
      expect(await status(need(third), "/api/orders", { method: "POST", body })).toBe(200);
      expect(site.to("/api/orders").map((each) => [each.method, each.body])).toEqual([
        ["POST", body],
        ["POST", body],
      ]);
      expect(refreshes()).toBe(1);
      site.before.set("/api/no", (response) => {
        response.writeHead(401).end();
        return true;
      });
      expect(await status(need(third), "/api/no", { method: "POST", body })).toBe(401);
      expect(site.to("/api/no").map((each) => each.body)).toEqual([body, body]);
    });

    it("send files and forms twice too", async () => {
      const upload = (kind: "form" | "request") =>
        need(first).evaluate(async (wanted) => {
          const form = new FormData();
          form.set("file", new File(["contents of the file"], "a.txt"));
          const request = new Request(`/api/${wanted}`, { method: "POST", body: form });
          const sent =
            wanted === "form"
              ? window.client.fetch("/api/form", { method: "POST", body: form })
              : window.client.fetch(request);
          return (await sent).status;
        }, kind);
      for (const kind of ["form", "request"] as const) {
        expire();
        expect(await upload(kind)).toBe(200);
        const bodies = site.to(`/api/${kind}`).map(({ body }) => body);
        expect(bodies).toEqual([bodies[0], bodies[0]]);
        expect(bodies[0]).toContain("contents of the file");
      }
    });

    it("are told of a sign-out in one of them at their next request, once each", async () => {
      await need(first).evaluate(() => window.client.signOut());
      expect(await told(tabs)).toEqual([0, 0, 0]);
      expect(await status(need(second), "/api/me")).toBe(401);
      expect(await status(need(second), "/api/me")).toBe(401);
      expect(await told(tabs)).toEqual([0, 1, 0]);
      expect(await need(third).evaluate(() => window.client.session())).toBeUndefined();
      expect(await status(need(third), "/api/me")).toBe(401);
      expect(await context.cookies()).toEqual([expect.objectContaining({ name: "__Secure-device" })]);
    });

    it("leave nothing that a script could read", async () => {
      expire();
      await Promise.all(tabs.map((tab) => status(tab, "/api/me")));
      expect(await Promise.all(tabs.map(leftLying))).toEqual([nothing, nothing, nothing]);
      expect((await context.cookies()).every(({ httpOnly }) => httpOnly)).toBe(true);
    });

    it("do not take being offline for a sign-out", async () => {
      expire();
      await context.setOffline(true);
      expect(await Promise.all(tabs.map((tab) => status(tab, "/api/me")))).toEqual(Array(3).fill("failed"));
      await context.setOffline(false);
      // The service is there, the issuer is not.
      await context.route("**/auth/refresh", (route) => route.abort("connectionfailed"));
      expect(await Promise.all(tabs.map((tab) => status(tab, "/api/me")))).toEqual([401, 401, 401]);
      await context.unroute("**/auth/refresh");
      expect(await told(tabs)).toEqual([0, 0, 0]);
      expect(await Promise.all(tabs.map((tab) => status(tab, "/api/me")))).toEqual([200, 200, 200]);
    });

    it("go on when one of them is closed in its turn", async () => {
      expire();
      const arrived = Promise.withResolvers<void>();
      site.before.set("/auth/refresh", async () => {
        if (refreshes() > 1) return false;
        arrived.resolve();
        return new Promise(() => undefined);
      });
      void status(need(first), "/api/me").catch(() => undefined);
      await arrived.promise;
      const waiting = status(need(second), "/api/me");
      await need(first).close();
      expect(await waiting).toBe(200);
    });
  });

  it("the strategy `session` needs no renewal, and its end is told in every tab", async () => {
    const open = () => openTab(context, site.origin, { issuer: site.origin, transport: "cookie" });
    const tabs = [await open(), await open(), await open()] as const;
    await signIn(tabs[0], "session");
    site.clock.advance(accessLifetimeMs * 2);
    expect(await Promise.all(tabs.map((tab) => status(tab, "/auth/sessions")))).toEqual([200, 200, 200]);
    // The service looks no session up: its 401 is not the end.
    expect(await status(tabs[1], "/api/me")).toBe(401);
    expect(await told(tabs)).toEqual([0, 0, 0]);
    await tabs[0].evaluate(() => window.client.signOut());
    expect(await Promise.all(tabs.map((tab) => status(tab, "/auth/sessions")))).toEqual([401, 401, 401]);
    expect(await told(tabs)).toEqual([0, 1, 1]);
  });

  describe.each(["hybrid", "jwt"] as const)("a page of another site, by %s in memory", (strategy) => {
    let page: Page;
    beforeEach(async () => {
      const { origin: issuer, service, appOrigin } = site;
      page = await openTab(context, appOrigin, { issuer, transport: "token", origins: [service] });
      expect(await signIn(page, strategy)).toMatchObject({ ok: true, status: "signed_in" });
      forget();
    });
    const me = () => status(page, `${site.service}/api/me`);

    it("calls a service on a third site, which judges the token by itself, and renews when it has run out", async () => {
      expect(await me()).toBe(200);
      expect(site.arrived.map((each) => each.path)).not.toContain("/auth/refresh");
      expire();
      expect(await Promise.all([me(), me(), me()])).toEqual([200, 200, 200]);
      expect(refreshes()).toBe(1);
      expect(await context.cookies()).toEqual([]);
      expect(site.arrived.filter(({ headers }) => headers.cookie !== undefined)).toEqual([]);
    });

    it("hears of it when the session is ended elsewhere", async () => {
      expect(await me()).toBe(200);
      const session = await page.evaluate(() => window.client.session());
      await site.auth.sessions.end(session?.sid ?? "");
      site.clock.advance(strategy === "hybrid" ? 6000 : accessLifetimeMs + 20_000);
      expect(await me()).toBe(401);
      expect(await told([page])).toEqual([1]);
      forget();
      expect(await me()).toBe(401);
      expect(site.to("/api/me")[0]?.headers.authorization).toBeUndefined();
    });

    it("sends its token nowhere else, and after no redirect", async () => {
      site.before.set("/api/away", (response) => {
        response.writeHead(307, { location: `${site.elsewhere}/api/caught` }).end();
        return true;
      });
      site.before.set("/api/caught", (response) => {
        response.setHeader("access-control-allow-origin", "*");
        response.setHeader("access-control-allow-headers", "*");
        return false;
      });
      expect(await status(page, `${site.service}/api/away`)).toBe("failed");
      expect(site.to("/api/caught")).toEqual([]);
      await status(page, `${site.elsewhere}/api/caught`);
      expect(site.to("/api/caught").map(({ headers }) => headers.authorization)).toEqual([undefined]);
      expect(await told([page])).toEqual([0]);
    });

    it("leaves nothing behind: neither in storage, nor after a reload", async () => {
      expire();
      expect(await me()).toBe(200);
      expect(await leftLying(page)).toEqual(nothing);
      const { origin: issuer, service, appOrigin } = site;
      const again = await openTab(context, appOrigin, { issuer, transport: "token", origins: [service] });
      expect(await again.evaluate(() => window.client.session())).toBeUndefined();
    });

    it("signs out, and no credential of it is good any more", async () => {
      await me();
      const token = site.to("/api/me")[0]?.headers.authorization ?? "";
      await page.evaluate(() => window.client.signOut());
      site.clock.advance(6000);
      expect(await me()).toBe(401);
      const judged = await site.auth.authenticate({ headers: { authorization: token } });
      expect(judged.ok).toBe(false);
      expect(await told([page])).toEqual([0]);
    });
  });

  /** Resolves once both components of the page show this. */
  const shown = (page: Page, text: string) =>
    page.waitForFunction((wanted) => {
      const texts = [...document.querySelectorAll("p")].map((each) => each.textContent);
      return texts.length === 2 && texts.every((each) => each === wanted);
    }, text);

  it("the hook shows who is signed in, in Preact", async () => {
    const page = await openTab(context, site.origin, { issuer: site.origin, transport: "cookie" });
    await page.evaluate(() => window.show(window.client, document.body));
    await shown(page, "signed-out");
    expect(await told([page])).toEqual([0]);
    await signIn(page, "hybrid");
    await shown(page, ada.email);
    expect(site.to("/auth/session").length).toBeLessThanOrEqual(4);
    await page.evaluate(() => window.client.signOut());
    await shown(page, "signed-out");
  });

  it.each([
    { mode: "plain", questions: 1 },
    // It mounts, takes away and mounts again: what was asked before counts no more.
    { mode: "StrictMode", questions: 2 },
  ] as const)("the hook shows who is signed in, in React, $mode", async ({ mode, questions }) => {
    const page = await openTab(context, site.origin, { issuer: site.origin, transport: "cookie" });
    const complaints: string[] = [];
    page.on("console", (message) => void (message.type() === "error" && complaints.push(message.text())));
    page.on("pageerror", (error) => void complaints.push(error.message));
    await page.evaluate((given) => {
      const { client } = window;
      const session = () => {
        window.asked += 1;
        return client.session();
      };
      window.asked = 0;
      const place = document.body.appendChild(document.createElement("div"));
      window.unmount = window.showReact({ session, subscribe: client.subscribe }, place, given);
    }, mode);
    await shown(page, "signed-out");
    const asked = () => page.evaluate(() => window.asked);
    expect(await asked()).toBe(questions);
    await signIn(page, "hybrid");
    await shown(page, ada.email);
    await page.evaluate(() => window.client.signOut());
    await shown(page, "signed-out");
    expect(await asked()).toBe(questions + 1);
    await page.evaluate(() => window.unmount());
    await signIn(page, "hybrid");
    expect([await page.locator("p").count(), await asked()]).toEqual([0, questions + 1]);
    // A browser complains of each 401 by itself: that nobody is signed in is none.
    expect(complaints.filter((text) => !text.startsWith("Failed to load resource"))).toEqual([]);
  });
});

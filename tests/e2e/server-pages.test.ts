// The pages as a person without script uses them, against a real server.

import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import {
  createPerson,
  type Person,
  type SeenPage,
  signIn,
  signUp,
  startTestServer,
  type TestServer,
} from "./server-fixture.ts";

const password = "correct horse battery staple";
const other = "another quite long pass phrase";
let server: TestServer;
let count = 0;

beforeAll(async () => {
  server = await startTestServer();
  await signUp(visitor(), shared, password);
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

const visitor = () => createPerson(server.url);
const newEmail = () => {
  count += 1;
  return `person-${count}@example.com`;
};
/** For whoever only signs in: sign-ups from one address are limited. */
const shared = "returning@example.com";

async function newcomer(): Promise<{ person: Person; email: string }> {
  const person = visitor();
  const email = newEmail();
  await signUp(person, email, password);
  return { person, email };
}

/** Opens the newest mail to an address with a subject, which may still be under way, and follows its link. */
async function followMailedLink(person: Person, to: string, subject: string): Promise<SeenPage> {
  const isWanted = (entry: string) => entry.includes(`>to ${to}<`) && entry.includes(subject);
  const find = async () => (await person.open("/dev/mail")).html.split('<li class="mail">').find(isWanted) ?? "";
  const entry = await vi.waitUntil(find, { timeout: 10_000, interval: 20 });
  const href = /href="(\/dev\/mail\/[^"]+)"/.exec(entry)?.[1];
  const mail = await person.open(href ?? "");
  const link = /href="http:\/\/localhost:\d+(\/[^"]+token=[^"]+)"/.exec(mail.html)?.[1];
  return person.open((link ?? "").replaceAll("&amp;", "&"));
}

describe("signing up, in and out", () => {
  test("signing up leads to your sessions, signing out ends the session", async () => {
    const { person, email } = await newcomer();
    expect(person.page).toMatchObject({ status: 200, path: "/sessions" });
    expect(person.page.text).toContain(email);
    expect(person.page.text).toContain("This device");
    expect(person.page.text).toContain("43 bytes with each request");
    expect(person.page.text).toContain("Ends in 30 days");
    expect(person.page.text).toContain("If unused in 7 days");
    const kept = person.cookies();

    const out = await person.submit("/sign-out");
    expect(out.text).toContain("You are signed out.");
    expect(person.cookies()).not.toHaveProperty("__Host-Http-sid");
    const thief = await fetch(`${server.url}/auth/session`, {
      headers: { authorization: `Bearer ${kept["__Host-Http-sid"]}` },
    });
    expect(thief.status).toBe(401);
  });

  test("the wrong password: the page again, 401, with the address and without the password", async () => {
    const email = shared;
    const person = visitor();
    const page = await signIn(person, email, "not the right pass phrase");
    expect(page.status).toBe(401);
    expect(page.text).toContain("The address or the password is wrong.");
    expect(page.html).toContain(`value="${email}"`);
    expect(page.html).not.toContain("not the right pass phrase");
    expect(person.cookies()).toEqual({});
  });

  test.each([
    ["no address", { email: "", password }, 400, "Enter an e-mail address."],
    ["no real address", { email: "nobody", password }, 400, "Enter an e-mail address."],
    ["a short password", { email: "short@example.com", password: "only 11 cha" }, 422, "at least 15 characters"],
    ["a common password", { email: "common@example.com", password: "passwordpassword" }, 422, "attackers try first"],
    [
      "a password with the address",
      { email: "somebody.special@example.com", password: "xx somebody.special xx" },
      422,
      "your address",
    ],
  ] as const)("sign-up with %s says so at the field", async (_, fields, status, words) => {
    const person = visitor();
    await person.open("/sign-up");
    const page = await person.submit("/sign-up", fields);
    expect(page.status).toBe(status);
    expect(page.text).toContain(words);
    expect(page.html).toContain('aria-invalid="true"');
  });

  test("sign-up with an address that has an account: 409", async () => {
    const { email } = await newcomer();
    const page = await signUp(visitor(), email, password);
    expect(page.status).toBe(409);
    expect(page.text).toContain("This address already has an account.");
    const [alert = ""] = page.html.split('role="alert"')[1]?.split("</div>") ?? [];
    expect([...alert.matchAll(/href="(\/[^"]*)"/g)].map(([, href]) => href)).toEqual(["/sign-in", "/forgot-password"]);
  });

  test("the sign-in page says who is signed in already, and the way out", async () => {
    const { person, email } = await newcomer();
    const page = await person.open("/sign-in");
    expect(page.text).toContain(`You are signed in as ${email} .`);
    expect((await person.submit("/sign-out")).path).toBe("/sign-in?done=signed-out");
    expect((await person.open("/sign-in")).text).not.toContain("You are signed in as");
  });

  test("the strategy may be chosen, and the page says by what one is recognised", async () => {
    const email = shared;
    const person = visitor();
    const page = await signIn(person, email, password, "jwt");
    expect(page.path).toBe("/sessions");
    expect(Object.keys(person.cookies()).toSorted()).toEqual(["__Host-Http-at", "__Secure-device", "__Secure-rt"]);
    expect(page.text).toContain("By its signature, which any service can check with the public key alone.");
    expect(page.text).not.toContain("Nothing is looked up");
  });

  test("a strategy that there is not is refused", async () => {
    const email = shared;
    const person = visitor();
    await person.open("/sign-in");
    const page = await person.submit("/sign-in", { email, password, strategy: "made-up" });
    expect(page.status).toBe(400);
    expect(person.cookies()).toEqual({});
  });
});

describe("your sessions", () => {
  test("another device is signed out at once", async () => {
    const { person, email } = await newcomer();
    const phone = createPerson(server.url, "Mozilla/5.0 (Linux; Android 15) Chrome/140.0 Mobile");
    await signIn(phone, email, password);
    const page = await person.open("/sessions");
    expect(page.text).toContain("2 devices");
    const sid = /name="sid" value="([\w-]{16})"/.exec(page.html)?.[1] ?? "";
    const after = await person.submit("/sessions/revoke", { sid });
    expect(after.text).toContain("The device was signed out.");
    expect(after.text).toContain("One device");
    expect((await phone.open("/sessions")).path).toContain("/sign-in");
  });

  test("somebody else's device is not", async () => {
    const { person } = await newcomer();
    const stranger = (await newcomer()).person;
    const sid = /"sid":"([\w-]{16})"/.exec(
      await (await fetch(`${server.url}/auth/session`, { headers: { cookie: cookieHeader(stranger) } })).text(),
    )?.[1];
    const { email } = await newcomer();
    await signIn(createPerson(server.url), email, password);
    const page = await fetch(`${server.url}/sessions/revoke`, {
      method: "POST",
      redirect: "manual",
      headers: { ...formHeaders(), cookie: cookieHeader(person) },
      body: new URLSearchParams({ sid: sid ?? "" }).toString(),
    });
    expect(page.headers.get("location")).toBe("/sessions?done=gone");
    expect((await stranger.open("/sessions")).path).toBe("/sessions");
  });

  test("sign out everywhere else keeps this one, sign out everywhere keeps none", async () => {
    const { person, email } = await newcomer();
    const phone = visitor();
    await signIn(phone, email, password);
    await person.open("/sessions");
    expect((await person.submit("/sessions/sign-out-elsewhere")).text).toContain("Every other device was signed out.");
    expect((await phone.open("/sessions")).path).toContain("/sign-in");
    expect((await person.submit("/sessions/sign-out-everywhere")).text).toContain("You are signed out everywhere.");
    expect((await person.open("/sessions")).path).toContain("/sign-in");
  });

  test("a changed password signs the other devices out and renews this one", async () => {
    const { person, email } = await newcomer();
    const phone = visitor();
    await signIn(phone, email, password);
    const before = person.cookies()["__Host-Http-sid"];
    await person.open("/sessions");
    const wrong = await person.submit("/sessions/password", { current_password: other, new_password: other });
    expect(wrong.status).toBe(401);
    expect(wrong.text).toContain("This is not your current password.");
    const short = await person.submit("/sessions/password", { current_password: password, new_password: "short" });
    expect(short.status).toBe(422);
    const page = await person.submit("/sessions/password", { current_password: password, new_password: other });
    expect(page.text).toContain("Your password was changed");
    expect(person.cookies()["__Host-Http-sid"]).not.toBe(before);
    expect((await phone.open("/sessions")).path).toContain("/sign-in");
    expect((await signIn(visitor(), email, other)).path).toBe("/sessions");
  });
});

describe("mailed links", () => {
  test("a forgotten password: mail, link, new password, every device signed out", async () => {
    const { person, email } = await newcomer();
    const visiting = visitor();
    await visiting.open("/forgot-password");
    const sent = await visiting.submit("/forgot-password", { email });
    expect(sent.text).toContain("If an account has the address");
    await followMailedLink(visiting, email, "Choose a new password");
    // A mail scanner opens the link, many times: nothing changes.
    for (let times = 0; times < 3; times += 1) await visiting.open(visiting.page.path);
    expect((await person.open("/sessions")).path).toBe("/sessions");

    const short = await visiting.submit("/reset-password", { password: "short" });
    expect(short.status).toBe(422);
    expect((await visiting.submit("/reset-password", { password: other })).text).toContain("Your password was set.");
    expect((await person.open("/sessions")).path).toContain("/sign-in");
    expect((await signIn(visitor(), email, password)).status).toBe(401);
    expect((await signIn(visitor(), email, other)).path).toBe("/sessions");
  });

  test("a link works once", async () => {
    const { email } = await newcomer();
    const person = visitor();
    await person.open("/forgot-password");
    await person.submit("/forgot-password", { email });
    const { path } = await followMailedLink(person, email, "Choose a new password");
    // Opened in two windows: in the second it is used up by the time of the click.
    const window = visitor();
    await window.open(path);
    await person.submit("/reset-password", { password: other });
    const late = await window.submit("/reset-password", { password });
    expect([late.status, late.text]).toEqual([400, expect.stringContaining("This link does not work any more")]);
    const again = await window.open(path);
    expect([again.status, again.text]).toEqual([400, expect.stringContaining("This link does not work any more")]);
    expect(again.html).not.toContain('action="/reset-password"');
  });

  test("a link that was never made says so before anything is typed", async () => {
    for (const path of ["/reset-password", "/verify-address"]) {
      const page = await visitor().open(`${path}?token=${"x".repeat(43)}`);
      expect([page.status, page.text]).toEqual([400, expect.stringContaining("This link does not work any more")]);
    }
  });

  test("an unknown address gets the same answer, and no mail", async () => {
    const email = newEmail();
    const person = visitor();
    await person.open("/forgot-password");
    expect((await person.submit("/forgot-password", { email })).text).toContain("If an account has the address");
    // Mail leaves a moment after the answer: one that was asked for later has come first.
    const owner = await newcomer();
    await person.open("/forgot-password");
    await person.submit("/forgot-password", { email: owner.email });
    await followMailedLink(person, owner.email, "Choose a new password");
    expect((await person.open("/dev/mail")).text).not.toContain(email);
  });

  test("opening the link that confirms an address does not confirm it; its button does", async () => {
    const { person, email } = await newcomer();
    expect(person.page.text).toContain("Your address is not confirmed yet.");
    await followMailedLink(person, email, "Confirm your address");
    const { path } = person.page;
    expect((await person.open("/sessions")).text).toContain("Your address is not confirmed yet.");
    await person.open(path);
    expect((await person.submit("/verify-address")).text).toContain("Your address is confirmed");
    expect((await person.open("/sessions")).text).not.toContain("not confirmed yet");
  });

  test.each(["/reset-password", "/reset-password?token=", "/verify-address?token=%0d%0a"])(
    "%s has nothing to offer",
    async (path) => {
      const page = await visitor().open(path);
      expect(page.status).toBe(400);
      expect(page.text).toContain("This link does not work any more");
    },
  );
});

describe("where one returns to", () => {
  test.each([
    ["/sessions", "/sessions"],
    ["/private/page?tab=2", "/private/page?tab=2"],
    ["//evil.example", "/sessions"],
    ["/\\evil.example", "/sessions"],
    ["/\t/evil.example", "/sessions"],
    ["\\\\evil.example", "/sessions"],
    ["https://evil.example/", "/sessions"],
    ["javascript:alert(1)", "/sessions"],
    ["/%2f%2fevil.example", "/sessions"],
    ["/%5cevil.example", "/sessions"],
    ["/a//evil.example", "/sessions"],
    ["/\r\nset-cookie: a=b", "/sessions"],
    ["evil.example", "/sessions"],
    ["", "/sessions"],
  ])("%j leads to %s", async (wanted, reached) => {
    const email = shared;
    const person = visitor();
    await person.open(`/sign-in?${new URLSearchParams({ return_to: wanted })}`);
    // The page judges it, and the form judges it again.
    for (const sent of [{}, { return_to: wanted }]) {
      const hasField = person.page.html.includes('name="return_to"');
      if (!hasField && "return_to" in sent) continue;
      const response = await person.submitOnly("/sign-in", { email, password, ...sent });
      expect([response.status, response.headers.get("location")]).toEqual([303, reached]);
    }
    const direct = await fetch(`${server.url}/sign-in`, {
      method: "POST",
      redirect: "manual",
      headers: formHeaders(),
      body: new URLSearchParams({ email, password, return_to: wanted }).toString(),
    });
    expect(direct.headers.get("location")).toBe(reached);
  });
});

describe("forms from elsewhere", () => {
  const forms = [
    ["/sign-up", { email: "csrf@example.com", password }],
    ["/sign-in", { email: shared, password }],
    ["/sign-out", {}],
    ["/forgot-password", { email: shared }],
    ["/reset-password", { token: "x".repeat(43), password }],
    ["/verify-address", { token: "x".repeat(43) }],
    ["/sessions/revoke", { sid: "x".repeat(16) }],
    ["/sessions/sign-out-elsewhere", {}],
    ["/sessions/sign-out-everywhere", {}],
    ["/sessions/password", { current_password: password, new_password: other }],
    ["/sessions/send-verification", {}],
    ["/auth/refresh/continue", {}],
  ] as const;
  const origins = [
    ["another site", { "sec-fetch-site": "cross-site", origin: "https://evil.example" }],
    ["a neighbouring host", { "sec-fetch-site": "same-site", origin: "http://other.localhost" }],
    ["another site's old browser", { origin: "https://evil.example" }],
    ["a sandboxed frame", { origin: "null" }],
  ] as const;
  test.each(forms.flatMap(([path, fields]) => origins.map(([who, headers]) => [path, who, fields, headers] as const)))(
    "%s from %s is refused with a page, and nothing changes",
    async (path, _, fields, headers) => {
      const person = visitor();
      await signIn(person, shared, password, path.startsWith("/auth") ? "jwt" : "session");
      const response = await fetch(server.url + path, {
        method: "POST",
        redirect: "manual",
        headers: { "content-type": "application/x-www-form-urlencoded", ...headers, cookie: cookieHeader(person) },
        body: new URLSearchParams(fields).toString(),
      });
      expect(response.status).toBe(403);
      expect(response.headers.getSetCookie()).toEqual([]);
      expect(await response.text()).toContain("That came from another site");
      expect((await person.open("/sessions")).path).toBe("/sessions");
    },
  );

  test.each([
    ["JSON", "application/json", "{}", 415],
    ["plain text", "text/plain", "email=a@example.com", 415],
    ["several parts", "multipart/form-data; boundary=x", "--x--", 415],
    ["no type", "", "email=a@example.com", 415],
    ["17 KB", "application/x-www-form-urlencoded", `email=${"a".repeat(17_000)}`, 413],
    ["a field twice", "application/x-www-form-urlencoded", "email=a@example.com&email=b@example.com", 400],
  ])("a form of %s is refused", async (_, type, body, status) => {
    const response = await fetch(`${server.url}/sign-in`, {
      method: "POST",
      headers: { ...formHeaders(), "content-type": type },
      body: new TextEncoder().encode(body),
    });
    expect(response.status).toBe(status);
  });
});

describe("every page", () => {
  const pages = ["/", "/sign-in", "/sign-up", "/forgot-password", "/sessions", "/docs", "/dev/mail", "/nothing-here"];
  test.each(pages)("%s tells browsers to be strict, and is kept by nobody", async (path) => {
    const response = await fetch(server.url + path, { redirect: "manual", headers: { accept: "text/html" } });
    const headers = Object.fromEntries(response.headers);
    expect(headers).toMatchObject({
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
      "x-frame-options": "DENY",
      "cross-origin-opener-policy": "same-origin",
      "referrer-policy": "same-origin",
    });
    expect(headers["content-security-policy"]).toContain("default-src 'none'; style-src 'self'");
    expect(headers["content-security-policy"]).toContain("frame-ancestors 'none'");
    expect(headers.vary).toContain("Cookie");
    expect(response.headers.getSetCookie()).toEqual([]);
  });

  test.each(pages)("%s holds no script and no style of its own", async (path) => {
    const { html } = await visitor().open(path);
    const scripts = [...html.matchAll(/<script[^>]*>/g)].map(([tag]) => tag);
    const allowed = /^<script type="(?:application\/ld\+json"|module" src="\/assets\/[a-z]+\.[0-9a-f]{10}\.js")>$/;
    expect(scripts.filter((tag) => !allowed.test(tag))).toEqual([]);
    expect(html).not.toMatch(/<style|\sstyle="|\son\w+="/);
  });

  test.each(pages)("%s may run a script exactly when it has one", async (path) => {
    const { html, headers } = await visitor().open(path);
    const policy = headers.get("content-security-policy") ?? "";
    expect(policy.includes("script-src 'self'; connect-src 'self'")).toBe(html.includes('<script type="module"'));
  });

  test("a script is sent compressed to those who take it so", async () => {
    const { html } = await visitor().open("/");
    const address = /<script type="module" src="([^"]+)"/.exec(html)?.[1] ?? "";
    const sizes = await Promise.all(
      ["gzip", "identity"].map(async (encoding) => {
        const response = await fetch(server.url + address, { headers: { "accept-encoding": encoding } });
        expect([response.status, response.headers.get("content-encoding")]).toEqual([
          200,
          encoding === "gzip" ? "gzip" : null,
        ]);
        expect(response.headers.get("vary")).toContain("Accept-Encoding");
        return (await response.text()).length;
      }),
    );
    expect(sizes[0]).toBe(sizes[1]);
  });

  test("links lead somewhere", async () => {
    const { person } = await newcomer();
    const seen = new Set<string>();
    for (const path of [...pages.slice(0, -1), "/reset-password"]) {
      for (const [, href = ""] of (await person.open(path)).html.matchAll(/href="(\/[^"#]*)/g)) seen.add(href);
    }
    for (const href of seen) {
      const response = await fetch(server.url + href, { headers: { cookie: cookieHeader(person) } });
      expect([href, response.status]).toEqual([href, 200]);
    }
    expect(seen.size).toBeGreaterThan(8);
  });

  test("another method is refused by name", async () => {
    const response = await fetch(`${server.url}/sign-out`);
    expect([response.status, response.headers.get("allow")]).toEqual([405, "POST"]);
  });

  test("static files are kept for ever, under a name that changes with them", async () => {
    const style = /href="(\/assets\/style\.\w+\.css)"/.exec((await visitor().open("/")).html)?.[1] ?? "";
    const response = await fetch(server.url + style);
    expect(response.headers.get("content-type")).toBe("text/css; charset=utf-8");
    expect(response.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
    expect((await fetch(`${server.url}/assets/style.0000000000.css`)).status).toBe(404);
    expect((await fetch(`${server.url}/assets/..%2fassets.ts`)).status).toBe(404);
  });
});

function cookieHeader(person: Person): string {
  return Object.entries(person.cookies())
    .map(([name, value]) => `${name}=${value}`)
    .join("; ");
}

function formHeaders(): Record<string, string> {
  return { "content-type": "application/x-www-form-urlencoded", origin: server.url, "sec-fetch-site": "same-origin" };
}

// A real server in a process of its own, and a person who visits it with a browser that runs no script.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type RunningProcess, startProcess } from "../support/process.ts";

const main = join(import.meta.dirname, "../../packages/server/src/main.ts");

/** The arguments that make Node.js run the command. */
export function commandLine(...args: readonly string[]): string[] {
  return [main, ...args];
}

/** A folder that is gone at the end of the block. */
export function scratchFolder(): { readonly path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), "countersign-server-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/** A server under test. */
export interface TestServer extends AsyncDisposable {
  readonly url: string;
  readonly folder: string;
  readonly process: RunningProcess;
}

/** Starts a server on a free port, in a folder of its own unless one is named. */
export async function startTestServer(
  options: { readonly folder?: string; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<TestServer> {
  const own = options.folder === undefined ? scratchFolder() : undefined;
  const folder = options.folder ?? own?.path ?? "";
  const running = await startProcess({
    args: commandLine("serve"),
    cwd: folder,
    env: { PORT: "0", COUNTERSIGN_HASHING__MEMORY_KIB: "7168", ...options.env },
    ready: /(http:\/\/localhost:\d+)/,
  });
  return {
    url: running.match?.[1] ?? "",
    folder,
    process: running,
    async [Symbol.asyncDispose]() {
      await running.stop();
      own?.[Symbol.dispose]();
    },
  };
}

/** A page as a person sees it. */
export interface SeenPage {
  readonly status: number;
  /** The path and query that it was found at, after redirects. */
  readonly path: string;
  readonly html: string;
  /** Its words, without the tags. */
  readonly text: string;
  readonly headers: Headers;
}

/** A person with a browser that keeps cookies and runs no script. */
export interface Person {
  /** Opens an address, following redirects. */
  open(path: string): Promise<SeenPage>;
  /** Fills in the form of the present page that goes to `action`, and sends it. Fails when the page has no such form. */
  submit(action: string, fields?: Readonly<Record<string, string>>): Promise<SeenPage>;
  /** The same without following the redirect. */
  submitOnly(action: string, fields?: Readonly<Record<string, string>>): Promise<Response>;
  readonly page: SeenPage;
  /** The cookies by name, whatever their path. */
  cookies(): Record<string, string>;
  forget(name: string): void;
}

/** A person who visits the site at `origin`. */
export function createPerson(
  origin: string,
  userAgent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0",
): Person {
  const jar: { name: string; value: string; path: string }[] = [];
  let page: SeenPage = { status: 0, path: "", html: "", text: "", headers: new Headers() };

  const request = async (path: string, init: { method: string; body?: string; site: string }) => {
    const { pathname } = new URL(path, origin);
    const cookie = jar.filter((each) => covers(each.path, pathname)).map(({ name, value }) => `${name}=${value}`);
    const response = await fetch(new URL(path, origin), {
      method: init.method,
      redirect: "manual",
      headers: {
        "user-agent": userAgent,
        accept: "text/html",
        "sec-fetch-site": init.site,
        ...(cookie.length === 0 ? {} : { cookie: cookie.join("; ") }),
        ...(init.body === undefined ? {} : { "content-type": "application/x-www-form-urlencoded", origin }),
      },
      ...(init.body === undefined ? {} : { body: init.body }),
    });
    for (const line of response.headers.getSetCookie()) keep(jar, line);
    return response;
  };

  const follow = async (first: Response, from: string): Promise<SeenPage> => {
    let response = first;
    let path = from;
    for (let hops = 0; response.status === 303 && hops < 5; hops += 1) {
      path = response.headers.get("location") ?? "";
      response = await request(path, { method: "GET", site: "same-origin" });
    }
    const html = await response.text();
    page = { status: response.status, path, html, text: words(html), headers: response.headers };
    return page;
  };

  const send = (action: string, fields: Readonly<Record<string, string>>) => {
    const form = page.html.split("<form").find((part) => part.includes(`action="${action}"`));
    if (form === undefined || !form.includes('method="post"')) throw new Error(`${page.path} has no form to ${action}`);
    const inside = form.split("</form>", 1)[0] ?? "";
    for (const name of Object.keys(fields)) {
      if (!inside.includes(`name="${name}"`)) throw new Error(`the form to ${action} has no field ${name}`);
    }
    const body = new URLSearchParams({ ...hiddenFields(inside), ...fields });
    return request(action, { method: "POST", body: body.toString(), site: "same-origin" });
  };

  return {
    open: async (path) => follow(await request(path, { method: "GET", site: "none" }), path),
    submit: async (action, fields = {}) => follow(await send(action, fields), action),
    submitOnly: (action, fields = {}) => send(action, fields),
    get page() {
      return page;
    },
    cookies: () => Object.fromEntries(jar.map(({ name, value }) => [name, value])),
    forget(name) {
      for (let index = jar.length - 1; index >= 0; index -= 1) if (jar[index]?.name === name) jar.splice(index, 1);
    },
  };
}

/** Signs a person up; they end on their sessions. */
export async function signUp(person: Person, email: string, password: string): Promise<SeenPage> {
  await person.open("/sign-up");
  return person.submit("/sign-up", { email, password });
}

/** Signs a person in; they end on their sessions. */
export async function signIn(person: Person, email: string, password: string, strategy = "session"): Promise<SeenPage> {
  await person.open("/sign-in");
  return person.submit("/sign-in", { email, password, strategy });
}

function covers(cookiePath: string, path: string): boolean {
  return cookiePath === "/" || path === cookiePath || path.startsWith(`${cookiePath}/`);
}

function keep(jar: { name: string; value: string; path: string }[], line: string): void {
  const [pair = "", ...attributes] = line.split("; ");
  const equals = pair.indexOf("=");
  const name = pair.slice(0, equals);
  const path = attributes.find((each) => each.startsWith("Path="))?.slice(5) ?? "/";
  const index = jar.findIndex((each) => each.name === name && each.path === path);
  if (index !== -1) jar.splice(index, 1);
  if (!attributes.includes("Max-Age=0")) jar.push({ name, value: pair.slice(equals + 1), path });
}

function hiddenFields(form: string): Record<string, string> {
  const found = [...form.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g)];
  return Object.fromEntries(found.map(([, name = "", value = ""]) => [name, unescapeHtml(value)]));
}

function words(html: string): string {
  return unescapeHtml(html.replace(/<(style|head)[\s\S]*?<\/\1>/g, " ").replace(/<[^>]*>/g, " ")).replace(/\s+/g, " ");
}

function unescapeHtml(text: string): string {
  return text
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&amp;", "&");
}

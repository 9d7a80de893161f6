// A small HTTP client with a cookie jar, over sockets: it sends what no browser would. Judges nothing.

import { Agent, request as httpRequest, type IncomingHttpHeaders } from "node:http";

/** How a client behaves. */
export interface ClientOptions {
  /**
   * `browser`: keeps cookies and says of every request that it is of the same origin. `program`: keeps none and says nothing.
   * Default: `browser`.
   */
  readonly kind?: "browser" | "program";
  /** The loopback address that it calls from. Default `127.0.0.1`. */
  readonly address?: string;
  readonly userAgent?: string;
  /** Headers of every request; the request's own go first. */
  readonly headers?: HeaderValues;
  /** The time by which cookies end. */
  readonly now?: () => number;
}

export type HeaderValues = Readonly<Record<string, string | readonly string[] | undefined>>;

/** What one request says beside method and path. One of `json`, `form` and `body` at most. */
export interface Sending {
  readonly headers?: HeaderValues;
  readonly json?: unknown;
  readonly form?: Readonly<Record<string, string>> | string;
  readonly body?: string | Uint8Array;
  /** Sends the body in chunks, without `Content-Length`. */
  readonly chunked?: boolean;
  /** Shorthand for `Authorization: Bearer …`. */
  readonly bearer?: string;
}

/** An answer, read to its end. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly setCookies: readonly SetCookie[];
  readonly text: string;
  /** The body as a JSON object; empty when there is none. */
  readonly json: Readonly<Record<string, unknown>>;
  /** A member of the body that must be a text. Throws when it is none. */
  str(member: string): string;
  /** Status, headers but the date, and body: what must be equal where nothing may be told. */
  fingerprint(): string;
}

/** One `Set-Cookie`. */
export interface SetCookie {
  readonly name: string;
  readonly value: string;
  /** Names in lower case; those without a value are empty. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly text: string;
}

/** A client. */
export interface Client {
  send(method: string, path: string, sending?: Sending): Promise<Answer>;
  get(path: string, sending?: Sending): Promise<Answer>;
  post(path: string, sending?: Sending): Promise<Answer>;
  /** The cookies it would send to a path, as `name=value`. */
  cookiesFor(path: string): readonly string[];
  /** The value of a cookie, wherever it would be sent. */
  cookie(name: string): string | undefined;
  /** Another client that begins with the same cookies. */
  copy(options?: ClientOptions): Client;
  close(): void;
}

interface KeptCookie {
  readonly name: string;
  readonly value: string;
  readonly path: string;
  readonly endsAt: number;
}

export function createClient(origin: string, options: ClientOptions = {}, kept: readonly KeptCookie[] = []): Client {
  const { kind = "browser", address = "127.0.0.1", now = () => 0 } = options;
  const agent = new Agent({ keepAlive: true });
  const jar = new Map(kept.map((cookie) => [`${cookie.name};${cookie.path}`, cookie]));
  const living = () => [...jar.values()].filter(({ endsAt }) => now() < endsAt);
  const cookiesFor = (path: string) =>
    living()
      .filter((cookie) => matches(path, cookie.path))
      .map(({ name, value }) => `${name}=${value}`);

  async function send(method: string, path: string, sending: Sending = {}): Promise<Answer> {
    const { body, type } = bodyOf(sending);
    const cookies = kind === "browser" ? cookiesFor(path.split("?", 1)[0] ?? path) : [];
    const headers = present({
      ...(options.userAgent === undefined ? {} : { "user-agent": options.userAgent }),
      ...(kind === "browser" ? { origin, "sec-fetch-site": "same-origin" } : {}),
      ...(cookies.length === 0 ? {} : { cookie: cookies.join("; ") }),
      ...(type === undefined ? {} : { "content-type": type }),
      ...(sending.bearer === undefined ? {} : { authorization: `Bearer ${sending.bearer}` }),
      ...(body === undefined ? {} : framing(body, sending.chunked === true)),
      ...options.headers,
      ...sending.headers,
    });
    const answer = await exchange(origin, { method, path, headers, body, agent, address });
    if (kind === "browser") for (const cookie of answer.setCookies) keep(jar, cookie, now());
    return answer;
  }

  return {
    send,
    get: (path, sending) => send("GET", path, sending),
    post: (path, sending) => send("POST", path, sending),
    cookiesFor,
    cookie: (name) => living().find((cookie) => cookie.name === name)?.value,
    copy: (other = {}) => createClient(origin, { ...options, ...other }, living()),
    close: () => agent.destroy(),
  };
}

function bodyOf({ json, form, body, chunked }: Sending): { body?: string | Uint8Array; type?: string } {
  if (json !== undefined) return { body: JSON.stringify(json), type: "application/json" };
  if (form !== undefined) {
    const text = typeof form === "string" ? form : new URLSearchParams({ ...form }).toString();
    return { body: text, type: "application/x-www-form-urlencoded" };
  }
  if (body !== undefined) return { body };
  return chunked === true ? { body: "" } : {};
}

function framing(body: string | Uint8Array, chunked: boolean): HeaderValues {
  return chunked ? { "transfer-encoding": "chunked" } : { "content-length": `${Buffer.byteLength(body)}` };
}

function present(headers: HeaderValues): Record<string, string | string[]> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, typeof value === "string" ? value : [...value]]],
    ),
  );
}

interface Outgoing {
  readonly method: string;
  readonly path: string;
  readonly headers: Record<string, string | string[]>;
  readonly body: string | Uint8Array | undefined;
  readonly agent: Agent;
  readonly address: string;
}

function exchange(origin: string, { method, path, headers, body, agent, address }: Outgoing): Promise<Answer> {
  const { hostname, port } = new URL(origin);
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(
      { hostname, port, method, path, headers, agent, localAddress: address },
      (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
        incoming.on("error", reject);
        // A stream goes on for ever: its first piece is the answer.
        if (incoming.headers["content-type"] === "text/event-stream" && method !== "HEAD") {
          incoming.once("data", () => {
            resolve(toAnswer(incoming.statusCode ?? 0, incoming.headers, Buffer.concat(chunks).toString()));
            incoming.destroy();
          });
          return;
        }
        incoming.on("end", () =>
          resolve(toAnswer(incoming.statusCode ?? 0, incoming.headers, Buffer.concat(chunks).toString())),
        );
      },
    );
    outgoing.on("error", reject);
    if (body === undefined) outgoing.end();
    else outgoing.end(body);
  });
}

function toAnswer(status: number, headers: IncomingHttpHeaders, text: string): Answer {
  const json = parseObject(text);
  const { date: _, ...lasting } = headers;
  return {
    status,
    headers,
    setCookies: (headers["set-cookie"] ?? []).map(parseSetCookie),
    text,
    json,
    str(member) {
      const value = json[member];
      if (typeof value !== "string") throw new Error(`the answer (${status}) has no text "${member}": ${text}`);
      return value;
    },
    fingerprint: () => JSON.stringify([status, Object.entries(lasting).sort(), text]),
  };
}

function parseObject(text: string): Readonly<Record<string, unknown>> {
  if (!text.startsWith("{")) return {};
  const value: unknown = JSON.parse(text);
  return typeof value === "object" && value !== null ? { ...value } : {};
}

function parseSetCookie(text: string): SetCookie {
  const [pair = "", ...rest] = text.split(/;\s*/);
  const equals = pair.indexOf("=");
  const attributes = rest.map((attribute) => {
    const [name = "", value = ""] = attribute.split("=", 2);
    return [name.toLowerCase(), value] as const;
  });
  return {
    name: pair.slice(0, equals),
    value: pair.slice(equals + 1),
    attributes: Object.fromEntries(attributes),
    text,
  };
}

function keep(jar: Map<string, KeptCookie>, { name, value, attributes }: SetCookie, nowMs: number): void {
  const path = attributes.path ?? "/";
  const maxAge = Number(attributes["max-age"] ?? Number.POSITIVE_INFINITY);
  if (maxAge <= 0) jar.delete(`${name};${path}`);
  else jar.set(`${name};${path}`, { name, value, path, endsAt: nowMs + maxAge * 1000 });
}

/** RFC 6265 section 5.1.4. */
function matches(path: string, cookiePath: string): boolean {
  if (path === cookiePath) return true;
  return path.startsWith(cookiePath) && (cookiePath.endsWith("/") || path[cookiePath.length] === "/");
}

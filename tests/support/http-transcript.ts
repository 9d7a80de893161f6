// HTTP conversations as readable text, the same at every run. Sends real requests; judges nothing.

/** What one exchange may say beyond method and URL. */
export interface Exchange {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent as a form. */
  readonly form?: Readonly<Record<string, string>>;
}

export interface TranscriptOptions {
  /** Response headers that are shown, lower case. */
  readonly showHeaders?: readonly string[];
  /** Origins by the name under which they appear: `{ "http://localhost:41234": "https://auth.example" }`. */
  readonly origins?: Readonly<Record<string, string>>;
}

/** A conversation that is written down as it happens. */
export interface Transcript {
  /** A sentence between exchanges. */
  note(text: string): void;
  /** Sends a request, writes down both sides, and gives the answer whole. Redirects are not followed. */
  send(url: string, exchange?: Exchange): Promise<Answer>;
  /** A value that is shown by this name from now on, wherever it appears. */
  name(value: string, name: string): void;
  /** Everything so far. No credential, time or random name is in it. */
  text(): string;
}

/** An answer, read to its end. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
  /** The body as JSON. Throws when it is none. */
  json(): unknown;
  /** `name=value` of each cookie that was set, for a `Cookie` header; cookies that were cleared are left out. */
  readonly cookies: readonly string[];
}

const defaultHeaders = ["content-type", "location", "retry-after", "set-cookie", "vary", "www-authenticate"];

/** Members of JSON bodies whose values differ from run to run, and what they are called. */
const variableMembers: Readonly<Record<string, string>> = {
  access_token: "access token",
  refresh_token: "refresh token",
  session_token: "session token",
  token: "token",
  sub: "subject",
  sid: "session",
  jti: "token id",
  kid: "key",
  x: "x",
  y: "y",
  n: "modulus",
};

/** A transcript. Equal values get equal names: `<access token 1>` is the same token wherever it stands. */
export function createTranscript(options: TranscriptOptions = {}): Transcript {
  const shown = options.showHeaders ?? defaultHeaders;
  const names = new Map<string, string>();
  const counts = new Map<string, number>();
  const blocks: string[] = [];

  const learn = (value: string, kind: string) => {
    if (value.length < 4 || names.has(value)) return;
    const count = (counts.get(kind) ?? 0) + 1;
    counts.set(kind, count);
    names.set(value, `<${kind} ${count}>`);
  };

  const tidy = (text: string) => {
    let tidied = text;
    // The longest first: a value may contain another.
    for (const [value, name] of [...names].sort(([a], [b]) => b.length - a.length))
      tidied = tidied.replaceAll(value, name);
    for (const [origin, name] of Object.entries(options.origins ?? {})) tidied = tidied.replaceAll(origin, name);
    return tidied;
  };

  return {
    note: (text) => void blocks.push(`# ${text}`),
    name: (value, name) => void names.set(value, `<${name}>`),
    async send(url, exchange = {}) {
      const request = toRequest(exchange);
      const response = await fetch(url, { ...request, redirect: "manual" });
      const body = await response.text();
      learnFrom(learn, exchange, response, body);
      const { pathname, search } = new URL(url);
      blocks.push(
        [
          `> ${request.method} ${pathname}${search}`,
          ...Object.entries(request.headers).map(([name, value]) => `> ${name}: ${value}`),
          ...lines(">", pretty(request.body ?? "")),
          `< ${response.status} ${response.statusText}`.trimEnd(),
          ...headerLines(response.headers, shown),
          ...lines("<", pretty(body)),
        ].join("\n"),
      );
      return answer(response, body);
    },
    text: () => `${tidy(blocks.join("\n\n"))}\n`,
  };
}

function toRequest(exchange: Exchange): { method: string; headers: Record<string, string>; body?: string } {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(exchange.headers ?? {})) headers[name.toLowerCase()] = value;
  const { json, form } = exchange;
  if (json !== undefined) {
    headers["content-type"] ??= "application/json";
    return { method: exchange.method ?? "POST", headers, body: JSON.stringify(json) };
  }
  if (form !== undefined) {
    headers["content-type"] ??= "application/x-www-form-urlencoded";
    return { method: exchange.method ?? "POST", headers, body: new URLSearchParams(form).toString() };
  }
  return { method: exchange.method ?? "GET", headers };
}

/** Finds what must not be shown: cookies, Authorization, passwords, and the variable members of both bodies. */
function learnFrom(learn: (value: string, kind: string) => void, exchange: Exchange, response: Response, body: string) {
  for (const [name, value] of Object.entries(exchange.headers ?? {})) {
    if (name.toLowerCase() === "authorization") learn(value.slice(value.indexOf(" ") + 1), "credential");
    if (name.toLowerCase() === "cookie") {
      for (const cookie of value.split("; ")) learn(cookie.slice(cookie.indexOf("=") + 1), "cookie");
    }
  }
  // A token of both a body and a cookie is called after the body's member.
  learnFromJson(learn, exchange.json);
  for (const [name, value] of Object.entries(exchange.form ?? {})) learnMember(learn, name, value);
  learnFromJson(learn, parse(body));
  for (const cookie of response.headers.getSetCookie()) {
    learn((cookie.split(";", 1)[0] ?? "").replace(/^[^=]*=/, ""), "cookie");
  }
}

function learnFromJson(learn: (value: string, kind: string) => void, value: unknown): void {
  if (Array.isArray(value)) {
    for (const each of value) learnFromJson(learn, each);
  } else if (typeof value === "object" && value !== null) {
    for (const [member, inner] of Object.entries(value)) {
      if (typeof inner === "string") learnMember(learn, member, inner);
      else learnFromJson(learn, inner);
    }
  }
}

function learnMember(learn: (value: string, kind: string) => void, member: string, value: string): void {
  if (/password/i.test(member)) learn(value, "password");
  else if (Object.hasOwn(variableMembers, member)) learn(value, variableMembers[member] ?? member);
}

function headerLines(headers: Headers, shown: readonly string[]): string[] {
  return shown.flatMap((name) => {
    const values = name === "set-cookie" ? headers.getSetCookie() : [headers.get(name)];
    return values.flatMap((value) => {
      if (value === null) return [];
      return [
        `< ${name}: ${value.replace(/(Expires)=[^;]+/gi, "$1=<date>").replace(/(Max-Age)=[1-9]\d*/gi, "$1=<seconds>")}`,
      ];
    });
  });
}

/** Times (NumericDate or milliseconds of this century, ISO dates) and jittered lifetimes are different at every run. */
function pretty(body: string): string {
  const json = parse(body);
  const text = json === undefined ? body : JSON.stringify(json, null, 2);
  return text
    .replace(/(?<="(?:refresh_)?expires_in": )\d+/g, "<seconds>")
    .replace(/(?<=[:[,]\s?)1[6-9]\d{8}(?:\d{3})?(?=[\s,}\]]|$)/g, "<time>")
    .replace(/\b20\d\d-\d\d-\d\dT[\d:.]+Z/g, "<time>");
}

function lines(mark: string, text: string): string[] {
  return text === ""
    ? []
    : [
        mark,
        ...text
          .replace(/\n$/, "")
          .split("\n")
          .map((line) => `${mark} ${line}`.trimEnd()),
      ];
}

function parse(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function answer(response: Response, body: string): Answer {
  const cookies = response.headers.getSetCookie().flatMap((cookie) => {
    const [pair = "", ...attributes] = cookie.split(/;\s*/);
    const cleared = pair.endsWith("=") || attributes.some((attribute) => /^max-age=0$/i.test(attribute));
    return cleared ? [] : [pair];
  });
  return { status: response.status, headers: response.headers, body, json: () => JSON.parse(body), cookies };
}

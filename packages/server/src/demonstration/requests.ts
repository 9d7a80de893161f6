// The requests that the demonstration sends for its visitors, and the reading of what comes back. Decides nothing.

import { headerLineBytes } from "../processes/header-line.ts";
import { type Answer, cookieLines, type Sending } from "../processes/http.ts";
import { costHeaders } from "./children/acts.ts";
import { readIssuerCost, readServiceCost } from "./children/costs.ts";
import type { Credential, Pane, Person, Step } from "./contract.ts";
import { type Stage, stagePassword } from "./stage.ts";
import { headerOf, takeApartCookie } from "./taken-apart.ts";

/** A request with what it brought: a credential, where it was answered with one. */
export interface Brought {
  readonly step: Step;
  readonly credential: Credential | null;
}

/** Owner and thief sit at different browsers, and the issuer sees so. */
const userAgents: Readonly<Record<Person, string>> = {
  owner: "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
  thief: "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:143.0) Gecko/20100101 Firefox/143.0",
};

/** Signs a subject in: by cookie, as browsers do, and for the tokens of `jwt` in the body, as programs do. */
export async function signIn(stage: Stage, pane: Pane, email: string): Promise<Brought> {
  const transport = pane === "jwt" ? "token" : "cookie";
  const body = JSON.stringify({ email, password: stagePassword, strategy: pane, transport });
  const sending = { method: "POST", path: "/auth/sign-in", headers: json, body };
  const { answer, step } = await askIssuer(stage, "owner", sending, inBody(body));
  return { step, credential: answer.status === 200 ? readCredential(answer) : null };
}

/** Uses a credential at a service. */
export async function use(
  stage: Stage,
  pane: Pane,
  { who, credential, service }: { readonly who: Person; readonly credential: Credential; readonly service: number },
): Promise<Step> {
  const [name, value] = headerOf(credential, stage.clock.now());
  const answer = await stage.http.send({ port: stage.portOf(pane, service), headers: { [name]: value } });
  const { code, ...cost } = readServiceCost(header(answer, costHeaders.service));
  const { status } = answer;
  const sent = inHeader(name, value);
  return { ...cost, ...sent, who, to: service, request: "GET /", status, code: codeOf(status, code), storeWrites: 0 };
}

/** Renews an access token: by the refresh token where there is one; a hybrid's with any request that the issuer gets. */
export async function renew(stage: Stage, who: Person, credential: Credential): Promise<Brought> {
  if (credential.refresh !== null) {
    const body = JSON.stringify({ refresh_token: credential.refresh });
    const sending = { method: "POST", path: "/auth/refresh", headers: json, body };
    const { answer, step } = await askIssuer(stage, who, sending, inBody(body));
    return { step, credential: answer.status === 200 ? { ...readCredential(answer), sid: credential.sid } : null };
  }
  const [name, value] = headerOf(credential, stage.clock.now());
  const sending = { method: "GET", path: "/auth/session", headers: { [name]: value } };
  const { answer, step } = await askIssuer(stage, who, sending, inHeader(name, value));
  if (answer.status !== 200) return { step, credential: null };
  return { step, credential: { ...credential, cookies: withNew(credential.cookies, setCookies(answer)) } };
}

/** Ends the session of a credential, as its owner does; or every session of its subject. */
export async function signOut(stage: Stage, credential: Credential, scope: "one" | "everywhere"): Promise<Step> {
  const [name, value] = headerOf(credential, stage.clock.now());
  const path = scope === "one" ? "/auth/sign-out" : "/auth/sign-out-everywhere";
  const sending = { method: "POST", path, headers: { [name]: value } };
  return (await askIssuer(stage, "owner", sending, inHeader(name, value))).step;
}

const json = { "content-type": "application/json" };

type Sent = Pick<Step, "sentIn" | "sentBytes">;

function inHeader(name: string, value: string): Sent {
  return { sentIn: "header", sentBytes: headerLineBytes(name, value) };
}

function inBody(body: string): Sent {
  return { sentIn: "body", sentBytes: body.length };
}

async function askIssuer(
  stage: Stage,
  who: Person,
  { headers = {}, ...sending }: Omit<Sending, "port">,
  sent: Sent,
): Promise<{ readonly answer: Answer; readonly step: Step }> {
  // What a browser says of a request that the issuer's own page makes.
  const all = { ...headers, "user-agent": userAgents[who], "sec-fetch-site": "same-origin" };
  const answer = await stage.http.send({ ...sending, port: stage.issuerPort, headers: all });
  const cost = readIssuerCost(header(answer, costHeaders.issuer));
  const { status } = answer;
  const step: Step = {
    ...{ who, to: 0, request: `${sending.method} ${sending.path}`, status, ...sent, ...cost },
    code: codeOf(status, member(bodyOf(answer), "code") || null),
    ...{ issuerAsked: 0, keysFetched: 0, isRemembered: false },
  };
  return { answer, step };
}

function codeOf(status: number, code: string | null): string | null {
  return status < 400 ? null : (code ?? "unavailable");
}

function readCredential(answer: Answer): Credential {
  const body = bodyOf(answer);
  const bearer = member(body, "access_token");
  const refresh = member(body, "refresh_token");
  return {
    sid: member(body, "sid"),
    cookies: bearer === "" ? setCookies(answer) : [],
    bearer: bearer === "" ? null : bearer,
    refresh: refresh === "" ? null : refresh,
  };
}

/** What the answer sets for every request to the site; not what it removes, and not what marks the device. */
function setCookies(answer: Answer): readonly string[] {
  return cookieLines(answer.headers).filter((line) => {
    const { attributes } = takeApartCookie(line);
    return attributes.includes("Path=/") && !attributes.includes("Max-Age=0");
  });
}

function withNew(kept: readonly string[], set: readonly string[]): readonly string[] {
  const nameOf = (line: string) => takeApartCookie(line).name;
  return kept.map((line) => set.find((each) => nameOf(each) === nameOf(line)) ?? line);
}

function header(answer: Answer, name: string): string | null {
  const value = answer.headers[name];
  return typeof value === "string" ? value : null;
}

function bodyOf(answer: Answer): unknown {
  return answer.body === "" ? {} : JSON.parse(answer.body);
}

function member(body: unknown, name: string): string {
  const value: unknown = typeof body === "object" && body !== null ? Reflect.get(body, name) : undefined;
  return typeof value === "string" ? value : "";
}

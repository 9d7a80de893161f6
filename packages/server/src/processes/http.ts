// Sends requests over sockets as they are written here: no header is added but the host. Judges nothing and keeps no cookie.

import { Agent, request as httpRequest, type IncomingHttpHeaders } from "node:http";

export interface Sending {
  readonly port: number;
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string;
  readonly signal?: AbortSignal;
}

/** An answer, read to its end. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A client with connections that stay open. */
export interface HttpClient {
  send(sending: Sending): Promise<Answer>;
  close(): void;
}

export function createHttpClient(): HttpClient {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  return {
    send: ({ port, method = "GET", path = "/", headers = {}, body, signal }) =>
      new Promise((resolve, reject) => {
        const entries = Object.entries(headers).map(([name, value]) => [
          name,
          typeof value === "string" ? value : [...value],
        ]);
        const length = body === undefined ? {} : { "content-length": Buffer.byteLength(body) };
        const sent = httpRequest(
          {
            ...{ host: "127.0.0.1", port, method, path, agent },
            headers: { ...length, ...Object.fromEntries(entries) },
            ...(signal === undefined ? {} : { signal }),
          },
          (response) => {
            let text = "";
            response.setEncoding("utf8");
            response.on("data", (chunk) => {
              text += chunk;
            });
            response.on("error", reject);
            response.on("end", () =>
              resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }),
            );
          },
        );
        // A server that was asked to switch protocols, and does.
        sent.on("upgrade", (response, socket) => {
          socket.destroy();
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: "" });
        });
        sent.on("error", reject);
        sent.end(body);
      }),
    close: () => agent.destroy(),
  };
}

/** The `Set-Cookie` lines of an answer. */
export function cookieLines(headers: IncomingHttpHeaders): readonly string[] {
  return headers["set-cookie"] ?? [];
}

/** The cookies that an answer sets and does not remove, as one `Cookie` header, with those that a path keeps for itself apart. */
export function cookiesOf({
  headers,
}: Answer): readonly { readonly name: string; readonly value: string; readonly path: string }[] {
  return (headers["set-cookie"] ?? []).flatMap((line) => {
    const [pair = "", ...attributes] = line.split(";").map((part) => part.trim());
    const at = pair.indexOf("=");
    const path = attributes.find((attribute) => /^path=/i.test(attribute))?.slice(5) ?? "/";
    const isRemoval = attributes.some((attribute) => /^max-age=0$/i.test(attribute));
    return isRemoval ? [] : [{ name: pair.slice(0, at), value: pair.slice(at + 1), path }];
  });
}

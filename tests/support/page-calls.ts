// What a page of a site can do to another: calls by `fetch`, and forms. Knows neither issuer nor cookie names.

import type { Page } from "playwright-core";

/** What a script says of a call. */
export interface Calling {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
  readonly mode?: RequestMode;
  readonly credentials?: RequestCredentials;
}

/** What a script learns of the answer. An opaque answer has the status 0. */
export interface Reply {
  readonly status: number;
  /** The body as a JSON object; empty when it is none. */
  readonly json: Readonly<Record<string, unknown>>;
}

/** Calls a URL as a script of the page would; `"failed"` when the browser refuses, or keeps the answer to itself. */
export async function call(page: Page, url: string, calling: Calling = {}): Promise<Reply | "failed"> {
  const found = await page.evaluate(
    async ([target, init]) => {
      try {
        const response = await fetch(target, init);
        return { status: response.status, text: await response.text() };
      } catch {
        return undefined;
      }
    },
    [url, calling] as const,
  );
  if (found === undefined) return "failed";
  const json: unknown = found.text.startsWith("{") ? JSON.parse(found.text) : {};
  return { status: found.status, json: typeof json === "object" && json !== null ? { ...json } : {} };
}

/** A POST of JSON. */
export function postJson(body: object): Calling {
  return { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
}

/** Submits a form from a page, for which a browser asks the other site nothing beforehand. The status of the answer. */
export async function submitForm(
  page: Page,
  action: string,
  enctype = "application/x-www-form-urlencoded",
  field?: readonly [name: string, value: string],
): Promise<number> {
  const answered = page.waitForResponse((response) => response.url() === action);
  await page.evaluate(
    ([attributes, input]) => {
      const form = Object.assign(document.createElement("form"), attributes);
      if (input !== undefined) {
        form.append(Object.assign(document.createElement("input"), { name: input[0], value: input[1] }));
      }
      document.body.append(form);
      form.submit();
    },
    [{ method: "POST", action, enctype }, field] as const,
  );
  return (await answered).status();
}

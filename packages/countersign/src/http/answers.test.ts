import { refusals, Unavailable } from "@countersign/verifier";
import { describe, expect, it } from "vitest";
import { problems } from "../primitives/errors.ts";
import { apiHeaders, toResponse, unavailableResponse } from "./answers.ts";

const headersOf = (response: Response) => Object.fromEntries(response.headers);

describe("an answer", () => {
  it("is JSON with the headers of every answer", async () => {
    const response = toResponse({ status: 200, body: { a: 1 } });
    expect(response.status).toBe(200);
    expect(headersOf(response)).toEqual({ ...apiHeaders, "content-type": "application/json" });
    expect(await response.json()).toEqual({ a: 1 });
  });

  it("without a body has none, and no media type", async () => {
    const response = toResponse({ status: 204 });
    expect([response.status, response.body, response.headers.get("content-type")]).toEqual([204, null, null]);
  });

  it("sets each cookie by a header of its own", () => {
    const response = toResponse({ status: 204, cookies: ["a=1; Path=/", "b=2"] });
    expect(response.headers.getSetCookie()).toEqual(["a=1; Path=/", "b=2"]);
  });

  it("has its own headers, before those of the route and of every answer", () => {
    const response = toResponse(
      { status: 200, headers: { "x-a": "answer" } },
      { headers: { "x-a": "route", vary: "x" } },
    );
    expect([response.headers.get("x-a"), response.headers.get("vary")]).toEqual(["answer", "x"]);
  });

  it("cannot bear a header that ends early", () => {
    expect(() => toResponse({ status: 200, headers: { "x-a": "b\r\nc: d" } })).toThrow();
  });
});

describe("a problem", () => {
  it.each(Object.entries(problems))("%s has its status, its code and its words", async (code, { status, title }) => {
    const response = toResponse({ problem: code as keyof typeof problems });
    expect(response.status).toBe(status);
    expect(headersOf(response)).toMatchObject({ ...apiHeaders, "content-type": "application/problem+json" });
    expect(await response.json()).toEqual({ type: `urn:countersign:problem:${code}`, title, status, code });
  });

  it("tells when to come back, in whole seconds, and what was wrong", async () => {
    expect(toResponse({ problem: "attempts_exceeded", retryAfterSeconds: 1.2 }).headers.get("retry-after")).toBe("2");
    const errors = [{ at: "email", message: "no" }];
    expect(await toResponse({ problem: "request_invalid", errors }).json()).toMatchObject({ errors });
    const detail = "Send the body as application/json.";
    const unsupported = await toResponse({ problem: "media_type_unsupported", detail }).json();
    expect(unsupported).toMatchObject({ code: "media_type_unsupported", detail });
    expect(unsupported).not.toHaveProperty("errors");
    expect(await toResponse({ problem: "media_type_unsupported" }).json()).not.toHaveProperty("detail");
  });

  it.each([
    ["a 401", "credentials_wrong", "Bearer", 'Bearer realm="countersign"'],
    ["a 401 to a service", "service_invalid", "Basic", 'Basic realm="countersign"'],
    ["no other", "address_taken", "Bearer", null],
  ] as const)("asks for a credential with %s", (_name, code, challenge, expected) => {
    expect(toResponse({ problem: code }, { challenge }).headers.get("www-authenticate")).toBe(expected);
  });

  it.each(Object.entries(refusals))("of the refusal %s tells the public code alone", async (code, row) => {
    const response = toResponse({ refusal: code as keyof typeof refusals });
    expect(response.status).toBe(row.status);
    expect(await response.json()).toMatchObject({ code: row.publicCode });
    expect(response.headers.has("www-authenticate")).toBe(row.status === 401 || "error" in row);
  });

  it("of a dependency is 503, says when to come back and not what has failed", async () => {
    const error = new Unavailable("store_unavailable", "the disk /var/lib is full", { retryAfterSeconds: 3 });
    const response = unavailableResponse(error, { "x-a": "b" });
    expect(response.status).toBe(503);
    expect(headersOf(response)).toMatchObject({ ...apiHeaders, "retry-after": "3", "x-a": "b" });
    expect(await response.text()).not.toContain("disk");
  });
});

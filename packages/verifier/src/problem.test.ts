import { describe, expect, it } from "vitest";
import { ConfigurationError, Unavailable } from "./primitives/errors.ts";
import { problem, problemFor } from "./problem.ts";
import { type RefusalCode, refusals, refuse } from "./verdict.ts";

const codes = Object.keys(refusals).filter((code): code is RefusalCode => code in refusals);

describe("the answer to a refusal", () => {
  it("asks for a credential where none was presented", () => {
    const { status, headers, body } = problemFor(refuse("credential_missing"));
    expect(status).toBe(401);
    expect(headers).toEqual({
      "content-type": "application/problem+json",
      "cache-control": "no-store",
      "www-authenticate": 'Bearer realm="countersign"',
    });
    expect(JSON.parse(body)).toEqual({
      type: "urn:countersign:problem:credential_missing",
      title: "Sign in to continue.",
      status: 401,
      code: "credential_missing",
    });
  });

  it("says what was wrong with the one presented", () => {
    expect(problemFor(refuse("token_expired")).headers["www-authenticate"]).toBe(
      'Bearer realm="countersign", error="invalid_token", error_description="The access token has expired."',
    );
  });

  it("names the scope that is missing", () => {
    const { status, headers } = problemFor(refuse("insufficient_scope"), { realm: "api", scope: "read write" });
    expect(status).toBe(403);
    expect(headers["www-authenticate"]).toMatch(
      /^Bearer realm="api", error="insufficient_scope", .*scope="read write"$/,
    );
  });

  it("challenges nobody because of another site", () => {
    const { status, headers } = problemFor(refuse("cross_site_request"));
    expect(status).toBe(403);
    expect(headers).not.toHaveProperty("www-authenticate");
  });

  it.each(codes)("for %s tells the public code only, and challenges on every 401", (code) => {
    const { status, headers, body } = problemFor(refuse(code));
    expect(JSON.parse(body).code).toBe(refusals[code].publicCode);
    if (refusals[code].publicCode !== code) expect(JSON.stringify({ headers, body })).not.toContain(code);
    if (status === 401) expect(headers["www-authenticate"]).toMatch(/^Bearer realm="/);
  });

  it("quotes a realm, and refuses one that would end the header", () => {
    const challenge = (realm: string) =>
      problemFor(refuse("credential_missing"), { realm }).headers["www-authenticate"];
    expect(challenge('a "b" \\')).toBe('Bearer realm="a \\"b\\" \\\\"');
    expect(() => challenge("a\r\nx: y")).toThrow(ConfigurationError);
    expect(() => challenge("ä")).toThrow("realm: must be printable ASCII");
  });
});

describe("the answer when nothing can be said", () => {
  it("is 503, says when to try again and keeps the cause to itself", () => {
    const cause = new Unavailable("store_unavailable", "The disk at /data is full.", { retryAfterSeconds: 2.5 });
    const { status, headers, body } = problemFor(cause);
    expect(status).toBe(503);
    expect(headers).toEqual({
      "content-type": "application/problem+json",
      "cache-control": "no-store",
      "retry-after": "3",
    });
    expect(JSON.parse(body)).toMatchObject({ status: 503, code: "temporarily_unavailable" });
    expect(body).not.toContain("disk");
  });
});

it("any other problem has the same form", () => {
  expect(JSON.parse(problem(404, "not_found", "There is nothing here.").body)).toEqual({
    type: "urn:countersign:problem:not_found",
    title: "There is nothing here.",
    status: 404,
    code: "not_found",
  });
});

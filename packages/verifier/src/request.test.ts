import { describe, expect, it } from "vitest";
import { readHeader, twice } from "./request.ts";

describe("readHeader", () => {
  it.each([
    { name: "reads web Headers", headers: new Headers({ Authorization: "Bearer x" }), found: "Bearer x" },
    { name: "reads a record", headers: { authorization: "Bearer x" }, found: "Bearer x" },
    { name: "finds nothing in web Headers", headers: new Headers(), found: undefined },
    { name: "finds nothing in a record", headers: {}, found: undefined },
    { name: "takes a list of one for its value", headers: { authorization: ["Bearer x"] }, found: "Bearer x" },
    { name: "sees a list of two", headers: { authorization: ["Bearer x", "Bearer y"] }, found: twice },
    {
      name: "sees the header that Node.js dropped",
      headers: { authorization: "Bearer x" },
      rawHeaders: ["Authorization", "Bearer x", "AUTHORIZATION", "Bearer y"],
      found: twice,
    },
    {
      name: "does not take a value for a name",
      headers: { authorization: "authorization" },
      rawHeaders: ["Authorization", "authorization", "X", "authorization"],
      found: "authorization",
    },
    { name: "takes a header called get for a header", headers: { get: "x", authorization: "y" }, found: "y" },
  ])("$name", ({ found, ...request }) => {
    expect(readHeader(request, "authorization")).toBe(found);
  });

  it("joins web Headers sent twice into what is no Bearer credential", () => {
    const headers = new Headers([
      ["authorization", "Bearer x"],
      ["authorization", "Bearer y"],
    ]);
    expect(readHeader({ headers }, "authorization")).toBe("Bearer x, Bearer y");
  });

  it("joins the cookie header, which may be sent in pieces", () => {
    const rawHeaders = ["Cookie", "a=1", "Cookie", "b=2"];
    expect(readHeader({ headers: { cookie: "a=1; b=2" }, rawHeaders }, "cookie")).toBe("a=1; b=2");
    expect(readHeader({ headers: { cookie: ["a=1", "b=2"] } }, "cookie")).toBe("a=1; b=2");
  });
});

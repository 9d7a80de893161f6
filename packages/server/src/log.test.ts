import { expect, test } from "vitest";
import { createLog, describeError, scrub } from "./log.ts";

test.each([
  ["an address", "550 no mailbox <ada.lovelace@mail.example.com>", "550 no mailbox <<address>>"],
  ["an access token", "bad eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl here", "bad <token> here"],
  ["a query", "GET /reset-password?token=abcdef failed", "GET /reset-password?<query> failed"],
])("takes %s out of a text", (_, text, scrubbed) => {
  expect(scrub(text)).toBe(scrubbed);
});

test("leaves the paths of a stack alone", () => {
  const row = "    at run (/srv/app/node_modules/@countersign/server/lib/app.js:12:3)";
  expect(scrub(row)).toBe(row);
});

test("an error's message, cause and stack are all scrubbed", () => {
  const cause = new Error("RCPT TO:<ada@example.com> refused");
  const described = describeError(new Error("could not mail ada@example.com", { cause }));
  expect(JSON.stringify(described)).not.toContain("ada@example.com");
  expect(described.message).toBe("could not mail <address> (because: RCPT TO:<<address>> refused)");
});

test("members that are never logged on purpose are removed all the same", () => {
  let line = "";
  const log = createLog({ level: "info", format: "json" }, (text) => {
    line = text;
  });
  log.info({ password: "hunter22", headers: { cookie: "sid=1", authorization: "Bearer x" }, sid: "public" }, "said");
  const { time: _, ...rest } = JSON.parse(line);
  expect(rest).toEqual({
    level: "info",
    password: "[removed]",
    headers: { cookie: "[removed]", authorization: "[removed]" },
    sid: "public",
    msg: "said",
  });
});

test("for people: a line each, and the stack below", () => {
  const lines: string[] = [];
  const log = createLog({ level: "debug", format: "pretty" }, (text) => lines.push(text));
  log.info({ route: "/sign-in", status: 303 }, "request");
  log.error({ err: new RangeError("too much") }, "fault");
  expect(lines[0]).toMatch(/^\d\d:\d\d:\d\d\.\d{3} info {2}request route=\/sign-in status=303\n$/);
  expect(lines[1]).toMatch(/error fault\n {4}RangeError: too much\n {4}at /);
});

test("levels below the one asked for are silent", () => {
  const lines: string[] = [];
  const log = createLog({ level: "warn", format: "pretty" }, (text) => lines.push(text));
  log.info("no");
  log.warn("yes");
  expect(lines).toHaveLength(1);
});

import { expect, test } from "vitest";
import { createRouteNames } from "./route-names.ts";

const nameOf = createRouteNames(["/auth/session", "/auth/sessions/{sid}", "/auth/admin/subjects/{sub}/revoke", "/a.b"]);

test.each([
  ["/auth/session", "/auth/session"],
  ["/auth/sessions/abc", "/auth/sessions/{sid}"],
  ["/auth/admin/subjects/abc/revoke", "/auth/admin/subjects/{sub}/revoke"],
  ["/auth/admin/subjects/abc/enable", "unknown"],
  ["/auth/sessions/a/b", "unknown"],
  ["/auth/sessions/", "unknown"],
  ["/a.b", "/a.b"],
  ["/axb", "unknown"],
  ["/auth/session/", "unknown"],
])("%s is %s", (path, name) => {
  expect(nameOf(path)).toBe(name);
});

// The page of tools over HTTP: its headers, whom it is shown to, and what its frame leaves out.

import { describe, expect, it } from "vitest";
import { createPerson, startTestServer } from "./server-fixture.ts";

describe("the page of tools", () => {
  it("comes with exactly the policies that keep what is pasted in it, and with its own icon", async () => {
    await using server = await startTestServer();
    const page = await createPerson(server.url).open("/try");
    expect(page.status).toBe(200);
    expect(page.headers.get("content-security-policy")).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'none'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'; webrtc 'block'",
    );
    expect(page.headers.get("permissions-policy")).toBe(
      "camera=(), geolocation=(), microphone=(), payment=(), publickey-credentials-create=(), publickey-credentials-get=()",
    );
    expect(page.headers.get("connection-allowlist")).toBe("(response-origin)");
    expect(page.html).toContain('<link rel="icon" type="image/svg+xml" href="data:image/svg+xml;base64,');
    expect(page.html).not.toContain("favicon");
  });

  it("has no form, not even the one that signs out, for its policy would stop it; the way to the sessions is there", async () => {
    await using server = await startTestServer();
    const ada = createPerson(server.url);
    await ada.open("/sign-up");
    await ada.submit("/sign-up", { email: "ada@example.com", password: "wren plays slow cello" });
    const page = await ada.open("/try");
    expect(page.text).toContain("ada@example.com");
    expect(page.html).not.toContain("<form");
    expect(page.html).toContain('href="/sessions"');
  });

  it("is not there where an application is all there is to see", async () => {
    await using server = await startTestServer({ env: { COUNTERSIGN_PAGES__SHOWCASE: "false" } });
    expect((await createPerson(server.url).open("/try")).status).toBe(404);
  });
});

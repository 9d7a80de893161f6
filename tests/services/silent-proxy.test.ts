// A real nginx of the shortest configuration, which tells the server behind it nothing of its visitors: what they get of what is local.

import { describe, expect, it } from "vitest";
import { type ConfigInput, startServer } from "../../packages/server/src/index.ts";
import { scratchFolder } from "../e2e/server-fixture.ts";
import { addService } from "../support/issuer.ts";
import { startNginx } from "../support/proxy.ts";
import { requireService } from "../support/services.ts";

const nginx = requireService("nginx");

describe.skipIf(nginx === undefined)("nginx that adds no header", () => {
  it.each<readonly [string, string, ConfigInput]>([
    ["an issuer in development, by HTTP/1.0", "1.0", {}],
    ["a public issuer, by HTTP/1.0", "1.0", { issuer: "https://auth.example" }],
    ["a public issuer, by HTTP/1.1", "1.1", { issuer: "https://auth.example" }],
  ])("in front of %s: its visitors see neither metrics nor mails", async (_name, version, config) => {
    using folder = scratchFolder();
    await using server = await startServer({ port: 0, data: folder.path, ...config });
    await using proxy = await startNginx(
      nginx ?? "",
      (port) =>
        `server { listen 127.0.0.1:${port}; location / { proxy_http_version ${version}; proxy_pass http://localhost:${server.port}; } }`,
    );
    const status = async (path: string, headers: Readonly<Record<string, string>> = {}) =>
      (await fetch(`${proxy.origin}${path}`, { headers })).status;
    expect(await status("/healthz")).toBe(200);
    expect(await status("/metrics")).toBe(404);
    expect(await status("/dev/mail")).toBe(404);
    const { bearer } = await addService(server.composed.auth, ["admin"]);
    expect(await status("/metrics", { authorization: bearer })).toBe(200);
  });
});

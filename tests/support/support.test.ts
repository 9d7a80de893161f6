// Tries the helpers on real processes, so that a failing suite speaks of the product and not of its tools.

import { createServer } from "node:http";
import { describe, expect, it } from "vitest";
import { createTranscript } from "./http-transcript.ts";
import { freePort } from "./ports.ts";
import { descendants, isAlive, runProcess, startProcess } from "./process.ts";
import { startCaddy, startNginx } from "./proxy.ts";
import { requireService } from "./services.ts";

const sleeper = ["-e", 'console.log("ready on 1234"); setInterval(() => {}, 1000)'];

describe("a process under test", () => {
  it("is ready at its line, and tells what the line says", async () => {
    await using running = await startProcess({ args: sleeper, ready: /^ready on (\d+)$/ });
    expect(running.match?.[1]).toBe("1234");
    expect(isAlive(running.pid)).toBe(true);
  });

  it("is gone at the end of its block", async () => {
    let pid = 0;
    {
      await using running = await startProcess({ args: sleeper, ready: /ready/ });
      pid = running.pid;
    }
    expect(isAlive(pid)).toBe(false);
  });

  it("is found with all that it started, and they with theirs", async () => {
    await using running = await startProcess({
      command: "sh",
      args: ["-c", 'sh -c "sleep 60 & echo ready; wait" & wait'],
      ready: /ready/,
    });
    const begun = descendants(running.pid);
    expect(begun).toHaveLength(2);
    expect(begun.map(isAlive)).toEqual([true, true]);
    for (const pid of begun) process.kill(pid, "SIGKILL");
    await expect.poll(() => begun.filter(isAlive)).toEqual([]);
  });

  it("does not count as alive once it has ended, although nobody took note", async () => {
    await using parent = await startProcess({
      command: "sh",
      args: ["-c", "sleep 0 & echo child $!; exec sleep 60"],
      ready: /^child (\d+)$/,
    });
    const pid = Number(parent.match?.[1]);
    await expect.poll(() => isAlive(pid)).toBe(false);
    expect(descendants(parent.pid)).toEqual([pid]);
  });

  it("is killed when it ignores a polite end", { timeout: 20_000 }, async () => {
    const running = await startProcess({
      args: ["-e", 'process.on("SIGTERM", () => {}); console.log("ready"); setInterval(() => {}, 1000)'],
      ready: /ready/,
    });
    expect(await running.stop()).toEqual({ code: null, signal: "SIGKILL" });
  });

  it("ends with the process that started it, however that ends", async () => {
    const script = `
      import { startProcess } from ${JSON.stringify(new URL("./process.ts", import.meta.url).href)};
      const running = await startProcess({ args: ${JSON.stringify(sleeper)}, ready: /ready/ });
      console.log("child " + running.pid);
      process.kill(process.pid, "SIGKILL");`;
    const parent = await runProcess({ args: ["--input-type=module", "-e", script] });
    const pid = Number(/child (\d+)/.exec(parent.stdout)?.[1]);
    expect(pid).toBeGreaterThan(0);
    await expect.poll(() => isAlive(pid), { timeout: 5000 }).toBe(false);
  });

  it.each([
    {
      it: "ends before its line",
      script: 'console.error("no luck"); process.exit(3)',
      says: /ended \(3\)[\s\S]*no luck/,
    },
    { it: "stays silent", script: "setInterval(() => {}, 1000)", says: /did not write within 300 ms/ },
  ])("is refused with its output when it $it", async ({ script, says }) => {
    await expect(startProcess({ args: ["-e", script], ready: /ready/, readyTimeoutMs: 300 })).rejects.toThrow(says);
  });

  it("sees no environment but its own", async () => {
    const { stdout } = await runProcess({ args: ["-p", "Object.keys(process.env).sort().join()"], env: { ONLY: "1" } });
    expect(stdout.trim().replace(",TEST_RUN_ID", "")).toBe("HOME,ONLY,PATH");
  });

  it("that cannot be started is an error", async () => {
    await expect(startProcess({ command: "/no/such/program", args: [] })).rejects.toThrow(/ENOENT/);
  });
});

describe("a transcript", () => {
  it("shows both sides, and neither credentials nor times", async () => {
    const server = createServer((request, response) => {
      request.resume().on("end", () => {
        response.setHeader("Set-Cookie", "__Host-Http-sid=abcdefghijklmnopqrstuvwxyz0; Path=/; Max-Age=2592000");
        response.setHeader("Content-Type", "application/json");
        response.end(
          JSON.stringify({
            access_token: "aaaa.bbbb.cccc",
            expires_in: 300,
            issued: 1795000000,
            sid: "0123456789abcdef",
          }),
        );
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    const transcript = createTranscript();
    const url = `http://127.0.0.1:${address.port}`;
    try {
      transcript.note("Sign in");
      const signedIn = await transcript.send(`${url}/auth/sign-in`, { json: { password: "correct horse battery" } });
      expect(signedIn.cookies).toEqual(["__Host-Http-sid=abcdefghijklmnopqrstuvwxyz0"]);
      await transcript.send(`${url}/auth/session`, { headers: { Authorization: "Bearer aaaa.bbbb.cccc" } });
    } finally {
      server.close();
    }
    expect(transcript.text()).toMatchInlineSnapshot(`
      "# Sign in

      > POST /auth/sign-in
      > content-type: application/json
      >
      > {
      >   "password": "<password 1>"
      > }
      < 200 OK
      < content-type: application/json
      < set-cookie: __Host-Http-sid=<cookie 1>; Path=/; Max-Age=<seconds>
      <
      < {
      <   "access_token": "<access token 1>",
      <   "expires_in": <seconds>,
      <   "issued": <time>,
      <   "sid": "<session 1>"
      < }

      > GET /auth/session
      > authorization: Bearer <access token 1>
      < 200 OK
      < content-type: application/json
      < set-cookie: __Host-Http-sid=<cookie 1>; Path=/; Max-Age=<seconds>
      <
      < {
      <   "access_token": "<access token 1>",
      <   "expires_in": <seconds>,
      <   "issued": <time>,
      <   "sid": "<session 1>"
      < }
      "
    `);
  });
});

const proxies = [
  {
    name: "nginx",
    path: requireService("nginx"),
    start: startNginx,
    config: (port: number) => `server { listen 127.0.0.1:${port}; location / { return 200 "hello"; } }`,
    broken: () => "server { nonsense; }",
  },
  {
    name: "Caddy",
    path: requireService("caddy"),
    start: startCaddy,
    config: (port: number) => `http://127.0.0.1:${port} {\n\trespond "hello"\n}`,
    broken: () => "http://127.0.0.1:1 {\n\tnonsense\n}",
  },
];

for (const { name, path = "", start, config, broken } of proxies) {
  describe.skipIf(path === "")(`a real ${name}`, () => {
    it("answers on its own port and is gone afterwards", async () => {
      const proxy = await start(path, config);
      expect(await fetch(proxy.origin).then((response) => response.text())).toBe("hello");
      await proxy.stop();
      expect(isAlive(proxy.pid)).toBe(false);
      await expect(fetch(proxy.origin)).rejects.toThrow();
    });

    it("is refused with its own words when its configuration is wrong", async () => {
      await expect(start(path, broken)).rejects.toThrow(/nonsense/);
    });
  });
}

it("free ports are ports", async () => {
  expect(await freePort()).toBeGreaterThan(1023);
});

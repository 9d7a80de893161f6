import { createServer } from "node:http";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startChild } from "../../processes/child.ts";
import { listen } from "../../processes/listen.ts";
import type { LoadActs } from "./acts.ts";

const seen: string[] = [];
const server = createServer((request, response) => {
  seen.push(String(request.headers["x-credential"]));
  response.end();
});
let port: number;

beforeEach(async () => {
  seen.length = 0;
  port = await listen(server);
});

afterEach(() => new Promise<void>((resolve) => void server.close(() => resolve())));

const credentials = [..."abcdefghij"].map((name) => ({ "x-credential": name }));

describe("a load", () => {
  it("bears the same credentials in the same order for the same seed, others for another, and lasts as long as it is told", {
    timeout: 60_000,
  }, async () => {
    const child = await startChild<LoadActs>(new URL("./load.ts", import.meta.url));
    const ordersOf = async (seed: number) => {
      seen.length = 0;
      await child.call("run", { ports: [port], credentials, connections: 1, requests: 30, seed });
      return seen.join("");
    };
    try {
      const first = await ordersOf(7);
      expect(first.length).toBe(30);
      expect(await ordersOf(7)).toBe(first);
      expect(await ordersOf(8)).not.toBe(first);

      seen.length = 0;
      const outcome = await child.call("run", { ports: [port], credentials, connections: 2, seconds: 0.3, seed: 1 });
      expect(outcome.seconds).toBeGreaterThanOrEqual(0.3);
      // The first of each connection opens it, and is not counted.
      expect(outcome.requests).toBe(seen.length - 2);
      expect(outcome.statuses).toEqual({ 200: outcome.requests });
    } finally {
      await child.end();
    }
  });
});

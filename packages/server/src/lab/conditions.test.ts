import { describe, expect, it } from "vitest";
import { commandOf, resolveConditions } from "./conditions.ts";
import { aspects } from "./contract.ts";

describe("conditions", () => {
  it("have defaults, smaller ones for a quick run", () => {
    expect(resolveConditions({})).toMatchObject({
      store: "sqlite",
      services: 4,
      seconds: 5,
      accessLifetime: 30,
      seed: 1,
      rows: aspects,
    });
    expect(resolveConditions({ quick: true })).toMatchObject({ services: 2, seconds: 1, accessLifetime: 10 });
  });

  it("keep the order of the table, each row once", () => {
    expect(resolveConditions({ rows: ["theft", "state", "theft"] }).rows).toEqual(["state", "theft"]);
  });

  it.each([
    { name: "no service", given: { services: 0 }, option: "services" },
    { name: "too many services", given: { services: 17 }, option: "services" },
    { name: "more claims than are measured", given: { claims: 21 }, option: "claims" },
    { name: "a fraction", given: { seconds: 1.5 }, option: "seconds" },
    { name: "a lifetime that the issuer does not grant", given: { accessLifetime: 9 }, option: "accessLifetime" },
    { name: "a lifetime for which nobody waits", given: { accessLifetime: 301 }, option: "accessLifetime" },
    { name: "a seed below zero", given: { seed: -1 }, option: "seed" },
    { name: "a load that outlives its tokens", given: { seconds: 16, accessLifetime: 30 }, option: "seconds" },
    { name: "no row", given: { rows: [] }, option: "rows" },
  ])("refuse $name", ({ given, option }) => {
    expect(() => resolveConditions(given)).toThrow(expect.objectContaining({ option }));
  });

  it.each([
    { name: "at the least", given: { services: 1, claims: 0, seconds: 1, accessLifetime: 10, seed: 0 } },
    { name: "at the most", given: { services: 16, claims: 20, seconds: 60, accessLifetime: 300, seed: 4_294_967_295 } },
  ])("accept numbers $name", ({ given }) => {
    expect(resolveConditions(given)).toMatchObject(given);
  });

  it.each([
    { given: {}, command: "countersign compare --seed 1" },
    { given: { quick: true, seed: 7 }, command: "countersign compare --quick --seed 7" },
    {
      given: { rows: ["state", "payload"] as const, store: "memory" as const, claims: 3, accessLifetime: 60 },
      command: "countersign compare --rows state,payload --store memory --claims 3 --access-lifetime 60s --seed 1",
    },
  ])("are said by a command line: $command", ({ given, command }) => {
    expect(commandOf(resolveConditions(given))).toBe(command);
  });
});

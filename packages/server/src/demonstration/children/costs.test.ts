import { describe, expect, it } from "vitest";
import { readIssuerCost, readServiceCost } from "./costs.ts";

const service = { code: null, microseconds: 4, issuerAsked: 1, keysFetched: 0, storeReads: 2, isRemembered: false };
const nothing = { code: null, microseconds: 0, issuerAsked: 0, keysFetched: 0, storeReads: 0, isRemembered: false };

describe("the costs that answers tell", () => {
  it("are read as they were written", () => {
    expect(readServiceCost(JSON.stringify(service))).toEqual(service);
    const issuer = { microseconds: 9, storeReads: 1, storeWrites: 2 };
    expect(readIssuerCost(JSON.stringify(issuer))).toEqual(issuer);
  });

  it.each([
    { name: "a header that is missing", header: null },
    { name: "what is no JSON", header: "{" },
    { name: "a figure below nothing", header: JSON.stringify({ ...service, microseconds: -1 }) },
  ])("are nothing for $name", ({ header }) => {
    expect(readServiceCost(header)).toEqual(nothing);
    expect(readIssuerCost(header)).toEqual({ microseconds: 0, storeReads: 0, storeWrites: 0 });
  });
});

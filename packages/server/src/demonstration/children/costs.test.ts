import { describe, expect, it } from "vitest";
import { readIssuerCost, readServiceCost } from "./costs.ts";

const someReads = { storeReads: 2, sessionReads: 1, serviceKeyReads: 1 };
const noReads = { storeReads: 0, sessionReads: 0, serviceKeyReads: 0 };
const service = { code: null, microseconds: 4, issuerAsked: 1, keysFetched: 0, ...someReads, isRemembered: false };
const nothing = { code: null, microseconds: 0, issuerAsked: 0, keysFetched: 0, ...noReads, isRemembered: false };

describe("the costs that answers tell", () => {
  it("are read as they were written", () => {
    expect(readServiceCost(JSON.stringify(service))).toEqual(service);
    const issuer = { microseconds: 9, ...someReads, storeWrites: 2 };
    expect(readIssuerCost(JSON.stringify(issuer))).toEqual(issuer);
  });

  it.each([
    { name: "a header that is missing", header: null },
    { name: "what is no JSON", header: "{" },
    { name: "a figure below nothing", header: JSON.stringify({ ...service, microseconds: -1 }) },
  ])("are nothing for $name", ({ header }) => {
    expect(readServiceCost(header)).toEqual(nothing);
    expect(readIssuerCost(header)).toEqual({ microseconds: 0, ...noReads, storeWrites: 0 });
  });
});

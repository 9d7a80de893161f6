import { describe, expect, it } from "vitest";
import type { SignInView } from "../stores/contract.ts";
import type { Place } from "./contract.ts";
import { askerOf, namesOf, placesKnownTo, strongest } from "./places.ts";

const home: Place = { by: "address", name: "home" };
const phone: Place = { by: "device", name: "phone" };
const account: SignInView["account"] = {
  ...{ sub: "ada", email: "ada@example.com", emailKey: "ada@example.com", emailVerifiedAt: null, passwordHash: "" },
  ...{ generation: 0, failures: 0, disabledAt: null, createdAt: 0 },
};
const knowing = (...knownPlaces: string[]): SignInView => ({ account, logNumber: 0, knownPlaces });

describe("the places of a caller", () => {
  it("are told to stores by name", () => {
    expect(namesOf([home, phone])).toEqual(["home", "phone"]);
  });

  it.each([
    ["no account", undefined, [], undefined],
    ["an account that knows neither", knowing(), [], undefined],
    ["one that knows the address", knowing("home"), [home], home],
    ["one that knows the device", knowing("phone"), [phone], phone],
    ["one that knows both: the device counts", knowing("home", "phone"), [home, phone], phone],
  ] as const)("judged by %s", (_name, view, known, counted) => {
    const found = placesKnownTo(view, [home, phone]);
    expect([found, strongest(found)]).toEqual([known, counted]);
  });
});

describe("who asks for a hash", () => {
  it.each([
    ["192.0.2.1", "192.0.2.1"],
    ["2001:db8::1", "2001:db8::/64"],
    ["2001:db8::ffff:2", "2001:db8::/64"],
    ["", undefined],
  ])("from %s is %s", (address, asker) => {
    expect(askerOf({ address })).toBe(asker);
  });
});

import { describe, expect, it } from "vitest";
import { Unavailable } from "./errors.ts";
import { warnOfFaults } from "./warnings.ts";

function listening() {
  const warnings: string[] = [];
  return { warnings, tell: warnOfFaults((text) => void warnings.push(text)) };
}

describe("faults that nobody listens to", () => {
  it("are warned of, with their kind, code, cause and place", () => {
    const { warnings, tell } = listening();
    const cause = Object.assign(new Error("connect"), { code: "ECONNREFUSED" });
    tell(new Unavailable("store_unavailable", "the store is away", { cause }), "/auth/sign-in");
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(
      /^A fault \(\/auth\/sign-in\): Unavailable store_unavailable, because of Error ECONNREFUSED, at .*warnings\.test\.ts:\d+/,
    );
    expect(warnings[0]).toContain("onError");
  });

  it("are warned of once each, wherever they were met", () => {
    const { warnings, tell } = listening();
    const fail = (code: string) => Object.assign(new Error("x"), { code });
    for (const where of ["/a", "/b", "/c"]) {
      tell(fail("ONE"), where);
      tell(fail("TWO"), where);
    }
    expect(warnings.map((text) => /ONE|TWO/.exec(text)?.[0])).toEqual(["ONE", "TWO"]);
  });

  it("are not repeated in their own words, which may hold a secret", () => {
    const { warnings, tell } = listening();
    const secret = "s3cret-value";
    const errors = [
      new Error(`no user for ${secret}`),
      new Error(`two lines\n    at ${secret} (file.js:1:1)`),
      Object.assign(new Error("a"), { name: `Error of ${secret}` }),
      Object.assign(new Error("b"), { code: `code of ${secret}` }),
      new Error("c", { cause: new Error(secret) }),
      secret,
      { secret },
      null,
      undefined,
    ];
    for (const error of errors) tell(error, "here");
    expect(warnings.length).toBeGreaterThan(5);
    expect(warnings.join("\n")).not.toContain(secret);
  });

  it("are bounded in number", () => {
    const { warnings, tell } = listening();
    for (let count = 0; count < 1000; count += 1) tell(Object.assign(new Error("x"), { code: `E${count}` }), "here");
    expect(warnings).toHaveLength(100);
  });

  it("reach the warnings of Node.js", async () => {
    const warned = new Promise<Error>((resolve) => process.once("warning", resolve));
    warnOfFaults()(Object.assign(new Error("x"), { code: "ETEST" }), "here");
    expect(await warned).toMatchObject({ code: "COUNTERSIGN_FAULT", message: expect.stringContaining("ETEST") });
  });
});

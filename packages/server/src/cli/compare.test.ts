import { describe, expect, it } from "vitest";
import { createProgressLine, readConditions } from "./compare.ts";

/** The options of a command line. */
function given(options: Readonly<Record<string, string>>, ...flags: readonly string[]) {
  return { text: (option: string) => options[option], flag: (option: string) => flags.includes(option) };
}

describe("the options of compare", () => {
  it("become conditions", () => {
    const options = { store: "memory", services: "3", claims: "0", seconds: "2", "access-lifetime": "1m", seed: "9" };
    expect(readConditions(given({ ...options, rows: "theft, state" }, "quick"))).toEqual({
      ...{ store: "memory", services: 3, claims: 0, seconds: 2, accessLifetime: 60, seed: 9, quick: true },
      rows: ["state", "theft"],
    });
  });

  it.each([
    { option: "store", value: "redis", words: "--store takes memory or sqlite" },
    { option: "services", value: "0", words: "--services takes a whole number from 1 to 16" },
    { option: "services", value: "two", words: "--services takes" },
    { option: "claims", value: "21", words: "--claims takes a whole number from 0 to 20" },
    { option: "seconds", value: "1.5", words: "--seconds takes" },
    { option: "seconds", value: "", words: "--seconds takes" },
    { option: "seed", value: "4294967296", words: "--seed takes" },
    { option: "rows", value: "state,speed", words: "--rows takes some of state, revocation" },
    { option: "rows", value: "", words: "--rows takes" },
    { option: "access-lifetime", value: "9s", words: "--access-lifetime takes whole seconds from 10s to 300s" },
    { option: "access-lifetime", value: "6m", words: "--access-lifetime takes" },
    { option: "access-lifetime", value: "soon", words: "--access-lifetime takes a duration" },
  ])("refuse --$option '$value'", ({ option, value, words }) => {
    expect(() => readConditions(given({ [option]: value }))).toThrow(words);
  });
});

describe("progress", () => {
  const step = { done: 0, of: 2, aspect: "state", words: "counting" } as const;

  it("is a line for each step where nobody watches, and none twice", () => {
    const written: string[] = [];
    const line = createProgressLine({ err: (text) => void written.push(text) }, false);
    for (const each of [step, step, { ...step, done: 1 }]) line.tell(each);
    line.clear();
    expect(written.join("")).toBe("[1/2] state: counting\n[2/2] state: counting\n");
  });

  it("is one line on a terminal, which goes at the end", () => {
    const written: string[] = [];
    const line = createProgressLine({ err: (text) => void written.push(text) }, true);
    line.tell(step);
    line.clear();
    expect(written.join("")).toBe("\r\u001b[2K[1/2] state: counting\r\u001b[2K");
  });
});

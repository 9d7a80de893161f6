import { describe, expect, it } from "vitest";
import { keepRows } from "./kept-rows.ts";

function setting(most = 2) {
  const table = new Map<string, { readonly value: string }>();
  const reads: string[] = [];
  let version = 1;
  const find = (key: string) => {
    reads.push(key);
    const row = table.get(key);
    return row && { ...row };
  };
  const commit = (key: string, value: string) => {
    table.set(key, { value });
    version += 1;
  };
  return {
    reads,
    commit,
    find: keepRows(
      find,
      () => version,
      most,
      ({ value }) => value.length < 10,
    ),
  };
}

describe("a row", () => {
  it("is read once while nothing is committed", () => {
    const { find, commit, reads } = setting();
    commit("a", "1");
    // The first look-up after a commit is kept under the version before it, so the second reads once more.
    find("a");
    const row = find("a");
    for (let times = 0; times < 3; times += 1) expect(find("a")).toBe(row);
    expect(reads).toEqual(["a", "a"]);
  });

  it("is what was committed last, whichever row that was", () => {
    const { find, commit } = setting();
    commit("a", "1");
    for (const value of ["2", "3"]) {
      find("a");
      const before = find("a");
      commit(value === "2" ? "a" : "b", value);
      expect(find("a")).not.toBe(before);
      expect(find("a")).toEqual({ value: "2" });
    }
  });

  it("that was committed between the version and the look-up is not kept under the version before it", () => {
    const { find, commit, reads } = setting();
    commit("a", "1");
    commit("b", "1");
    find("a");
    find("a");
    commit("b", "2");
    // Not kept yet, so nobody asked for the version: it is read, and is new.
    expect(find("b")).toEqual({ value: "2" });
    commit("b", "3");
    expect(find("b")).toEqual({ value: "3" });
    expect(reads.filter((key) => key === "b")).toEqual(["b", "b"]);
  });

  it("that is heavy is read every time, and takes no other's place", () => {
    const { find, commit, reads } = setting(1);
    commit("a", "1");
    commit("b", "x".repeat(10));
    for (const key of ["a", "a", "b", "b", "a"]) find(key);
    expect(reads).toEqual(["a", "a", "b", "b"]);
  });

  it("that there is not is asked for every time", () => {
    const { find, commit, reads } = setting();
    expect([find("a"), find("a")]).toEqual([undefined, undefined]);
    commit("a", "1");
    expect(find("a")).toEqual({ value: "1" });
    expect(reads).toEqual(["a", "a", "a"]);
  });

  it("makes room for another when there are too many, the oldest first", () => {
    const { find, commit, reads } = setting(2);
    for (const key of ["a", "b", "c"]) commit(key, "1");
    for (const key of ["a", "a", "b", "c", "b", "c", "a"]) find(key);
    expect(reads.join("")).toBe("aabca");
  });
});

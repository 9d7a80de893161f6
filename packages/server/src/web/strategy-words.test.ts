import { expect, it } from "vitest";
import { strategyWords } from "./strategy-words.ts";
import { textsIn, writtenFigures } from "./testing/written-figures.ts";

it("says of no strategy a figure that nobody measured", () => {
  const texts = textsIn(strategyWords);
  expect(texts.length).toBeGreaterThan(9);
  expect(texts.flatMap(writtenFigures)).toEqual([]);
});

import { expect, it } from "vitest";
import { readMarkup } from "./markup.ts";

it("reads elements with their attributes and text", () => {
  const { faults, elements } = readMarkup(`<!doctype html><p class="a" hidden>x <b>y &amp; z</b><br/></p>`);
  expect(faults).toEqual([]);
  expect(elements).toEqual([
    { name: "p", attributes: { class: "a", hidden: "" }, text: "x y &amp; z" },
    { name: "b", attributes: {}, text: "y &amp; z" },
    { name: "br", attributes: {}, text: "" },
  ]);
});

it.each([
  ["a missing doctype", "<p></p>"],
  ["elements that overlap", "<!doctype html><p><b></p></b>"],
  ["an element never closed", "<!doctype html><p>"],
  ["a closing tag too many", "<!doctype html></p>"],
  ["a bare less-than sign", "<!doctype html><p>1 < 2</p>"],
  ["a bare ampersand", "<!doctype html><p>a & b</p>"],
  ["a quote that ends an attribute early", `<!doctype html><p title="a"b">x</p>`],
])("notices %s", (_, document) => {
  expect(readMarkup(document).faults).not.toEqual([]);
});

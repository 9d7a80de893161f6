// What holds for every page in every state, also when each text of its model is hostile.

import { describe, expect, it } from "vitest";
import { paths } from "./paths.ts";
import { type Markup, type ReadElement, readMarkup } from "./testing/markup.ts";
import { samplePages } from "./testing/models.ts";

const assets = {
  style: "/assets/style.test.css",
  favicon: "/assets/favicon.test.svg",
  scripts: { front: "/assets/front.test.js", try: "/assets/try.test.js" },
  picture: "/assets/picture.test.png",
};
const attack = `<script>alert("1")</script>"'><img src=x onerror=alert(1)>&`;

const plain = samplePages((text) => text, assets);
const hostile = samplePages((text) => `${text}${attack}`, assets);

const named = (markup: Markup, name: string): readonly ReadElement[] =>
  markup.elements.filter((element) => element.name === name);

describe.each(plain)("the page $name", ({ render }) => {
  const document = render();
  const markup = readMarkup(document);

  it("is well-formed", () => {
    expect(markup.faults).toEqual([]);
  });

  it("has a language, a title and exactly one first heading", () => {
    expect(named(markup, "html")[0]?.attributes.lang).toBe("en");
    expect(named(markup, "title")[0]?.text).toMatch(/\S/);
    expect(named(markup, "h1").map((heading) => heading.text.trim())).toEqual([expect.stringMatching(/\S/)]);
  });

  it("has neither script nor style inside, as its content policy demands", () => {
    expect(markup.elements.filter(({ name }) => ["style", "iframe", "object"].includes(name))).toEqual([]);
    const scripts = named(markup, "script").filter(({ attributes }) => attributes.type !== "application/ld+json");
    for (const { attributes, text } of scripts) {
      expect(Object.values(assets.scripts)).toContain(attributes.src);
      expect([attributes.type, text]).toEqual(["module", ""]);
    }
    const attributes = markup.elements.flatMap((element) => Object.keys(element.attributes));
    expect(attributes.filter((name) => name === "style" || name.startsWith("on"))).toEqual([]);
  });

  it("asks nothing of another host", () => {
    const sources = markup.elements
      .filter(({ name }) => ["link", "img", "source", "image", "use", "script"].includes(name))
      // Where the page itself is: nothing is fetched from there.
      .filter(({ attributes }) => attributes.rel !== "canonical")
      .flatMap(({ attributes }) => [attributes.href, attributes.src]);
    expect(sources.filter((source) => source !== undefined && !source.startsWith("/assets/"))).toEqual([]);
  });

  it("uses each id once, and refers only to ids that it has", () => {
    const ids = markup.elements.flatMap(({ attributes }) => attributes.id ?? []);
    expect(ids).toEqual([...new Set(ids)]);
    const references = markup.elements.flatMap(({ attributes }) => [
      ...["for", "aria-labelledby", "aria-describedby"].flatMap((name) => attributes[name]?.split(" ") ?? []),
      ...(attributes.href?.startsWith("#") ? [attributes.href.slice(1)] : []),
    ]);
    expect(references.filter((reference) => !ids.includes(reference))).toEqual([]);
  });

  it("labels every field", () => {
    const labelled = new Set(named(markup, "label").map(({ attributes }) => attributes.for));
    const fields = named(markup, "input").filter(
      ({ attributes }) => attributes.type !== "hidden" && attributes["aria-hidden"] !== "true",
    );
    expect(fields.filter(({ attributes }) => !labelled.has(attributes.id))).toEqual([]);
  });

  it("sends its forms by POST to a known address, but for questions whose answers belong into the address", () => {
    const known: readonly (string | undefined)[] = Object.values(paths);
    for (const { attributes } of named(markup, "form")) {
      if (attributes.id === "adviser-form") continue;
      expect(attributes.method).toBe("post");
      expect(known).toContain(attributes.action);
    }
  });

  it("never fills in a password", () => {
    const passwords = named(markup, "input").filter(({ attributes }) => attributes.type === "password");
    for (const { attributes } of passwords) {
      expect(attributes.value).toBeUndefined();
      expect(["current-password", "new-password"]).toContain(attributes.autocomplete);
      // A cut-off or forbidden paste defeats password managers.
      expect(attributes.maxlength).toBeUndefined();
    }
  });

  it("runs no script beside a password", () => {
    const passwords = named(markup, "input").filter(({ attributes }) => attributes.type === "password");
    const scripts = named(markup, "script");
    expect(passwords.length === 0 || scripts.length === 0).toBe(true);
  });

  it("is the same when it is rendered again", () => {
    expect(render()).toBe(document);
  });
});

describe.each(hostile)("the page $name, given hostile text", ({ name, render }) => {
  const document = render();
  const markup = readMarkup(document);

  it("stays well-formed", () => {
    expect(markup.faults).toEqual([]);
  });

  it("gains no element and no attribute", () => {
    expect(markup.elements.filter(({ name }) => name === "img")).toEqual([]);
    const twin = plain.find((page) => page.name === name);
    expect(named(markup, "script")).toHaveLength(named(readMarkup(twin?.render() ?? ""), "script").length);
    const attributes = markup.elements.flatMap((element) => Object.keys(element.attributes));
    expect(attributes.filter((name) => name.startsWith("on"))).toEqual([]);
  });
});

it("shows hostile text as text, on every page whose model has any", () => {
  const textless = [
    ...[
      "front-signed-in",
      "front-advised",
      "front-advised-unknown",
      "front-advised-nobody",
      "front-measured-here",
      "sign-in-one-strategy",
      "sign-in-elsewhere",
      "sign-up",
      "reset-used-up",
      "verify-confirmed",
    ],
    ...["verify-used-up", "dev-mail-empty", "try", "try-signed-in"],
  ];
  // The name of the application stands around every page.
  const main = (document: string) => document.slice(document.indexOf("<main"), document.indexOf("</main>"));
  const silent = hostile.filter(({ render }) => !main(render()).includes("&lt;script>alert(&quot;1&quot;)"));
  expect(silent.map(({ name }) => name)).toEqual(textless);
});

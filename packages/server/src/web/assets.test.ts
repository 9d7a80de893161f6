import { gunzipSync, gzipSync } from "node:zlib";
import { expect, it } from "vitest";
import { addressesOf, findAsset, readAssets } from "./assets.ts";
import { scriptNames } from "./page.ts";

const assets = readAssets();

it("names each file by its content and knows its type", () => {
  expect(assets.style.path).toMatch(/^\/assets\/style\.[0-9a-f]{10}\.css$/);
  expect(assets.style.type).toBe("text/css; charset=utf-8");
  expect(assets.favicon.path).toMatch(/^\/assets\/favicon\.[0-9a-f]{10}\.svg$/);
  expect(assets.favicon.type).toBe("image/svg+xml");
});

it("finds a file by its address, and nothing by a nearly right one", () => {
  expect(findAsset(assets, assets.style.path)).toBe(assets.style);
  expect(findAsset(assets, `${assets.style.path}x`)).toBeUndefined();
  expect(findAsset(assets, "/assets/style.css")).toBeUndefined();
  expect(findAsset(assets, "/assets/../style.css")).toBeUndefined();
});

it("has each script of the pages, as small as the budget says", () => {
  for (const name of scriptNames) {
    const script = assets.scripts[name];
    expect(script?.path).toMatch(new RegExp(`^/assets/${name}\\.[0-9a-f]{10}\\.js$`));
    expect(script?.type).toBe("text/javascript; charset=utf-8");
    expect(gzipSync(script?.body ?? "", { level: 9 }).length, name).toBeLessThan(60_000);
  }
});

it("has a picture of the size that others expect", () => {
  const { body, type } = assets.picture;
  expect(type).toBe("image/png");
  if (typeof body === "string") throw new Error("The picture is text.");
  const header = new DataView(body.buffer, body.byteOffset, 24);
  expect([header.getUint32(16), header.getUint32(20)]).toEqual([1200, 630]);
  expect(body.length).toBeLessThan(300_000);
});

it("compresses texts, and pictures not again", () => {
  expect(gunzipSync(assets.style.gzip() ?? "").toString()).toBe(assets.style.body);
  expect(assets.style.gzip()).toBe(assets.style.gzip());
  expect(assets.picture.gzip()).toBeUndefined();
});

it("tells pages where each file is", () => {
  const { style, favicon, picture, scripts } = addressesOf(assets);
  for (const path of [style, favicon, picture, ...Object.values(scripts ?? {})]) {
    expect(findAsset(assets, path ?? "")?.path).toBe(path);
  }
});

it("puts the sheets of single parts after the one of all pages", () => {
  const at = (words: string) => assets.style.body.indexOf(words);
  expect(at("The look of the pages.")).toBeLessThan(at("The front page's columns"));
  expect(at("The look of the pages.")).not.toBe(-1);
});

it("fetches nothing from elsewhere in the style sheet", () => {
  expect(assets.style.body).not.toMatch(/url\(|@import|https?:/);
});

it("has no script and no style in the icon", () => {
  expect(assets.favicon.body).not.toMatch(/<script|<style|style=|\son\w+=/);
});

import { expect, it } from "vitest";
import { findAsset, readAssets } from "./assets.ts";

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

it("fetches nothing from elsewhere in the style sheet", () => {
  expect(assets.style.body).not.toMatch(/url\(|@import|https?:/);
});

it("has no script and no style in the icon", () => {
  expect(assets.favicon.body).not.toMatch(/<script|<style|style=|\son\w+=/);
});

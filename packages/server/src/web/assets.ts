// The static files of the pages, named by their content so that they may be cached for ever. Does not know how they are served.

import { hash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { type AssetAddresses, type ScriptName, scriptNames } from "./page.ts";

/** One static file as it is served. */
export interface Asset {
  /** `/assets/style.1a2b3c4d.css`: changes when the content does, so it may be served as `immutable`. */
  readonly path: string;
  /** The media type. */
  readonly type: string;
  readonly body: string | Uint8Array<ArrayBuffer>;
  /** The same as gzip; made at the first call. `undefined` for what is compressed already. */
  gzip(): Uint8Array<ArrayBuffer> | undefined;
}

/** A file that is text. */
export type TextAsset = Asset & { readonly body: string };

/** The static files of the pages. */
export interface Assets {
  readonly style: TextAsset;
  readonly favicon: TextAsset;
  /** What others show of the front page. */
  readonly picture: Asset;
  /** Those that were built. */
  readonly scripts: Readonly<Partial<Record<ScriptName, TextAsset>>>;
}

/** Reads the static files once. Throws when the installation lacks one; a script that was not built is left out. */
export function readAssets(): Assets {
  const scripts = scriptNames.flatMap((name) => {
    const body = readScript(name);
    return body === undefined ? [] : [[name, toAsset(name, "js", "text/javascript; charset=utf-8", body)] as const];
  });
  return {
    style: toAsset("style", "css", "text/css; charset=utf-8", readStyle()),
    favicon: toAsset("favicon", "svg", "image/svg+xml", read("favicon.svg")),
    picture: toAsset("social-picture", "png", "image/png", readBytes("social-picture.png")),
    scripts: Object.fromEntries(scripts),
  };
}

/** Where pages find the files. */
export function addressesOf({ style, favicon, picture, scripts }: Assets): AssetAddresses {
  const addresses = Object.entries(scripts).map(([name, { path }]) => [name, path]);
  return { style: style.path, favicon: favicon.path, picture: picture.path, scripts: Object.fromEntries(addresses) };
}

/** The file at this address, if it is one of them. */
export function findAsset(assets: Assets, path: string): Asset | undefined {
  const { style, favicon, picture, scripts } = assets;
  return [style, favicon, picture, ...Object.values(scripts)].find((asset) => asset.path === path);
}

/** The sheet of all pages, then those of single parts, by name. */
function readStyle(): string {
  const parts = readdirSync(new URL("./styles/", import.meta.url)).filter((name) => name.endsWith(".css"));
  return [read("style.css"), ...parts.sort().map((name) => read(`styles/${name}`))].join("\n");
}

function readScript(name: ScriptName): string | undefined {
  try {
    return read(`bundle/${name}.js`);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

function read(path: string): string {
  return readFileSync(new URL(`./${path}`, import.meta.url), "utf8");
}

function readBytes(path: string): Uint8Array<ArrayBuffer> {
  return readFileSync(new URL(`./${path}`, import.meta.url));
}

function toAsset<Body extends Asset["body"]>(
  name: string,
  extension: string,
  type: string,
  body: Body,
): Asset & { readonly body: Body } {
  let compressed: Uint8Array<ArrayBuffer> | undefined;
  return {
    path: `/assets/${name}.${hash("sha256", body, "hex").slice(0, 10)}.${extension}`,
    type,
    body,
    gzip() {
      if (typeof body !== "string") return undefined;
      compressed ??= gzipSync(body, { level: 9 });
      return compressed;
    },
  };
}

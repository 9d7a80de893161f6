// The static files of the pages, named by their content so that they may be cached for ever. Does not know how they are served.

import { hash } from "node:crypto";
import { readFileSync } from "node:fs";

/** One static file as it is served. */
export interface Asset {
  /** `/assets/style.1a2b3c4d.css`: changes when the content does, so it may be served as `immutable`. */
  readonly path: string;
  /** The media type. */
  readonly type: string;
  readonly body: string;
}

/** The static files of the pages. */
export interface Assets {
  readonly style: Asset;
  readonly favicon: Asset;
}

/** Reads the static files once. Throws when the installation lacks one. */
export function readAssets(): Assets {
  return {
    style: readAsset("style", "css", "text/css; charset=utf-8"),
    favicon: readAsset("favicon", "svg", "image/svg+xml"),
  };
}

/** The file at this address, if it is one of them. */
export function findAsset(assets: Assets, path: string): Asset | undefined {
  return Object.values(assets).find((asset: Asset) => asset.path === path);
}

function readAsset(name: string, extension: string, type: string): Asset {
  const body = readFileSync(new URL(`./${name}.${extension}`, import.meta.url), "utf8");
  return { path: `/assets/${name}.${hash("sha256", body, "hex").slice(0, 10)}.${extension}`, type, body };
}

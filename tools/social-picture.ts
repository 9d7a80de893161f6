// Makes the picture that others show beside a link to the front page, with the system's Chromium. Writes no figure into it: they change.

import { join } from "node:path";
import { chromium } from "playwright-core";
import { renderToString } from "preact-render-to-string";
import { readAssets } from "../packages/server/src/web/assets.ts";
import { logo } from "../packages/server/src/web/logo.ts";
import { specimenCookie, specimenParts } from "../packages/server/src/web/specimens.ts";
import { root } from "./files.ts";
import { findService, provideCommand } from "./services.ts";

const target = "packages/server/src/web/social-picture.png";

/** The size that is asked of such pictures, in pixels. */
const size = { width: 1200, height: 630 } as const;

const looks = `
  body { padding: 64px 72px; min-height: 0; height: ${size.height}px; overflow: hidden; }
  .picture-brand { display: flex; align-items: center; gap: 18px; font: 700 34px var(--sans); letter-spacing: -0.02em; }
  .picture-brand .logo { width: 52px; height: 52px; }
  h1 { margin-top: 44px; font-size: 116px; letter-spacing: -0.045em; line-height: 1; }
  .picture-answer { margin-top: 28px; font-size: 35px; line-height: 1.35; color: var(--ink-soft); }
  .picture-wire { margin-top: auto; font: 21px/1.5 var(--mono); color: var(--ink-muted); }
  .picture-wire p { white-space: nowrap; overflow: hidden; text-overflow: ellipsis; padding: 8px 0; border-top: 1px solid var(--line); }
`;

if (import.meta.main) {
  const executablePath = findService("chromium");
  if (executablePath === undefined) {
    console.error(`The picture is drawn by Chromium, which is not here. Provide: ${provideCommand(["chromium"])}`);
    process.exitCode = 1;
  } else {
    await drawPicture(executablePath, join(root, target));
    console.log(target);
  }
}

async function drawPicture(executablePath: string, path: string): Promise<void> {
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  try {
    const page = await browser.newPage({ viewport: size, colorScheme: "light" });
    await page.setContent(picture());
    await page.screenshot({ path });
  } finally {
    await browser.close();
  }
}

function picture(): string {
  const { header, claims, signature } = specimenParts;
  return `<!doctype html><html lang="en"><head><style>${readAssets().style.body}${looks}</style></head><body>
    <p class="picture-brand">${renderToString(logo())}<span>Countersign</span></p>
    <h1><span class="ink-jwt">JWT</span> or <span class="ink-session">sessions?</span></h1>
    <p class="picture-answer">Both, running side by side and measured on your own machine.<br>And a third that joins the two.</p>
    <div class="picture-wire">
      <p><b class="ink-session">${specimenCookie.name}</b>=${specimenCookie.value}</p>
      <p><span class="wire-header">${header}</span>.<span class="wire-claims">${claims}</span>.<span class="wire-signature">${signature}</span></p>
    </div>
  </body></html>`;
}

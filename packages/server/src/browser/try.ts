// What makes the page of tools alive: each tool finds its place on the page, or does nothing. Sends nothing, and keeps nothing.

import { systemClock } from "@countersign/verifier";
import { html, render } from "htm/preact";
import { CookieTool } from "./try/cookie-tool.ts";
import { JwtTool } from "./try/jwt-tool.ts";
import { LifetimesTool } from "./try/lifetimes-tool.ts";
import { SizeTool } from "./try/size-tool.ts";
import type { View } from "./try/views.ts";

mount("jwt-tool", html`<${JwtTool} clock=${systemClock} />`);
mount("cookie-tool", html`<${CookieTool} clock=${systemClock} />`);
mount("lifetimes-tool", html`<${LifetimesTool} />`);
mount("size-tool", html`<${SizeTool} clock=${systemClock} />`);

function mount(id: string, tool: View): void {
  const place = document.getElementById(id);
  if (place === null) return;
  place.replaceChildren();
  render(tool, place);
}

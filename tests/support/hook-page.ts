// The script of a page that shows who is signed in by the hook, in Preact. Knows neither issuer nor test.

import type { Client } from "@countersign/client";
import { createUseSession } from "@countersign/client/preact";
import { h, render } from "preact";
import { useEffect, useState } from "preact/hooks";

/** Draws two components that show the same person. */
export function show(client: Client, into: Element): void {
  const useSession = createUseSession(client, { useEffect, useState });
  const Shown = () => {
    const seen = useSession();
    return h("p", null, seen.status === "signed-in" ? seen.session.email : seen.status);
  };
  render(h("div", null, h(Shown, null), h(Shown, null)), into);
}

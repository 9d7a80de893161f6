// The script of a page that shows who is signed in by the hook, in React. Knows neither issuer nor test.

import type { Client } from "@countersign/client";
import { createUseSession } from "@countersign/client/react";
import { createElement, Fragment, StrictMode, useEffect, useState } from "react";
import { createRoot } from "react-dom/client";

/** Draws two components that show the same person, as `StrictMode` asks for or plainly. Answers how to take them away again. */
export function showReact(
  client: Pick<Client, "session" | "subscribe">,
  into: Element,
  mode: "StrictMode" | "plain",
): () => void {
  const useSession = createUseSession(client, { useEffect, useState });
  const Shown = () => {
    const seen = useSession();
    return createElement("p", null, seen.status === "signed-in" ? seen.session.email : seen.status);
  };
  const root = createRoot(into);
  const wrapper = mode === "StrictMode" ? StrictMode : Fragment;
  root.render(createElement(wrapper, null, createElement(Shown), createElement(Shown)));
  return () => root.unmount();
}

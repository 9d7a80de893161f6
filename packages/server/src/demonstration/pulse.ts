// The pulse: one session is signed in, used at every service that follows the feed, revoked, and timed. Knows no page and no visitor.

import type { Pulse } from "./contract.ts";
import { signIn, signOut, use } from "./requests.ts";
import type { Stage } from "./stage.ts";
import { watchRefusals } from "./watching.ts";

/** The subject of the pulse. */
export const pulseEmail = "pulse@stage.example";

/** A follower takes no longer than this, or something is broken. */
const giveUpAfterMs = 10_000;

/** Measures one revocation. Throws when the stage does not do what it should. */
export async function takePulse(stage: Stage): Promise<Pulse> {
  const { clock, services } = stage;
  const { credential } = await signIn(stage, "hybrid", pulseEmail);
  if (credential === null) throw new Error("The pulse of the demonstration was not signed in.");
  const stop = new AbortController();
  try {
    const watch = watchRefusals({
      ...{ clock, services, giveUpAfterMs, paceMs: 1, signal: stop.signal },
      async use(service) {
        const { code } = await use(stage, "hybrid", { who: "owner", credential, service });
        return { isAccepted: code === null, code };
      },
    });
    await watch.begun;
    const { status } = await signOut(stage, credential, "one");
    if (status !== 204) throw new Error(`A sign-out of the demonstration was answered ${status}.`);
    watch.ended();
    const ms = await watch.over;
    if (ms === null) throw new Error("A service of the demonstration went on accepting what was revoked.");
    return { ms, services };
  } finally {
    stop.abort();
  }
}

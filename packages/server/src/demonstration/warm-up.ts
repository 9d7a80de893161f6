// Puts a stage to work before anybody looks: what is shown of it is a service that runs, not one that starts. Measures nothing.

import type { Pane } from "./contract.ts";
import { signIn } from "./requests.ts";
import type { Stage } from "./stage.ts";
import { headerOf } from "./taken-apart.ts";

/** Has every service judge a credential of each strategy many times. Takes a part of a second. */
export async function warmUp(stage: Stage, email: string): Promise<void> {
  const headers = async (pane: Pane) => {
    const { credential } = await signIn(stage, pane, email);
    if (credential === null) throw new Error(`The demonstration could not sign in by ${pane}.`);
    return Object.fromEntries([headerOf(credential, stage.clock.now())]);
  };
  await stage.warm({ jwt: await headers("jwt"), session: await headers("session"), hybrid: await headers("hybrid") });
}

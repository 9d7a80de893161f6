// Judges who else on this machine could read the secrets: modes of the data folder and of the configuration file. Pure.

import type { Exposed } from "../data-folder.ts";
import { type Finding, findingsAbout } from "./finding.ts";

const about = findingsAbout("secrets");

/** What is known of the places that hold secrets. */
export interface SecretPlaces {
  /** Places of the data folder that others could open, as they were found; see `narrowDataFolder`. */
  readonly exposed: readonly Exposed[];
  /** The configuration file with secrets in it and the mode by which others can read it; absent where there is none such. */
  readonly readableConfig?: { readonly path: string; readonly mode: string } | undefined;
  /** Why the secrets cannot be had; absent when they are there. */
  readonly fault?: string | undefined;
}

const renew = "If somebody may have read it, put a new secret in front of the others, and remove the old one later.";

/** What there is to say of them. */
export function judgeSecrets({ exposed, readableConfig, fault }: SecretPlaces): Finding[] {
  const found = [
    ...(fault === undefined
      ? []
      : [about.error(fault, "Restore the secret that the database was made with, from a backup.")]),
    ...exposed.map(({ path, mode, isNarrowed }) =>
      isNarrowed
        ? about.warn(`Other users of this machine could open ${path} (mode ${mode}): it was narrowed just now.`, renew)
        : about.error(
            `Other users of this machine can open ${path} (mode ${mode}), and it cannot be narrowed.`,
            `Let it belong to the server's user alone, then: chmod go-rwx ${path}. ${renew}`,
          ),
    ),
    ...(readableConfig === undefined
      ? []
      : [
          about.error(
            `${readableConfig.path} holds secrets and can be read by other users of this machine (mode ${readableConfig.mode}).`,
            `Run: chmod 600 ${readableConfig.path}. ${renew}`,
          ),
        ]),
  ];
  return found.length > 0 ? found : [about.ok("The data folder and its secret are open to the server's user alone.")];
}

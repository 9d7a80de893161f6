// What the pages say about passwords before one is typed. Judges none.

import { longestPassword } from "countersign";
import type { PasswordRule } from "../web/fields.ts";
import type { PageParts } from "./visit.ts";

/** The lengths that the issuer takes. */
export function passwordRule(parts: Pick<PageParts, "auth">): PasswordRule {
  return { min: parts.auth.options.password.minLength, max: longestPassword };
}

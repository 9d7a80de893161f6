// The table of scenarios, in the order of the report. Measures nothing itself.

import type { AnyScenario } from "./scenario.ts";
import { crossDomain } from "./scenarios/cross-domain.ts";
import { csrfFixation } from "./scenarios/csrf-fixation.ts";
import { payload } from "./scenarios/payload.ts";
import { revocation } from "./scenarios/revocation.ts";
import { scalability } from "./scenarios/scalability.ts";
import { state } from "./scenarios/state.ts";
import { theft } from "./scenarios/theft.ts";

export const scenarios: readonly AnyScenario[] = [
  state,
  revocation,
  scalability,
  payload,
  crossDomain,
  theft,
  csrfFixation,
];

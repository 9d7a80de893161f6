// Reads what answers of the stage tell of their cost. Knows no process; what cannot be read costs nothing that anybody knows.

import { z } from "zod";
import type { IssuerCost, ServiceCost } from "./acts.ts";

const figure = z.number().min(0);

const reads = { storeReads: figure, sessionReads: figure, serviceKeyReads: figure };

const issuerCost = z.object({ microseconds: figure, ...reads, storeWrites: figure });

const serviceCost = z.object({
  code: z.string().max(64).nullable(),
  microseconds: figure,
  issuerAsked: figure,
  keysFetched: figure,
  ...reads,
  isRemembered: z.boolean(),
});

const noReads = { storeReads: 0, sessionReads: 0, serviceKeyReads: 0 };

const noIssuerCost: IssuerCost = { microseconds: 0, ...noReads, storeWrites: 0 };

const noServiceCost: ServiceCost = {
  ...{ code: null, microseconds: 0, issuerAsked: 0, keysFetched: 0, ...noReads },
  isRemembered: false,
};

/** The header `x-issuer-cost`. */
export function readIssuerCost(header: string | null): IssuerCost {
  return issuerCost.safeParse(parsed(header)).data ?? noIssuerCost;
}

/** The header `x-service-cost`. */
export function readServiceCost(header: string | null): ServiceCost {
  return serviceCost.safeParse(parsed(header)).data ?? noServiceCost;
}

function parsed(header: string | null): unknown {
  try {
    return JSON.parse(header ?? "null");
  } catch {
    return undefined;
  }
}

// What the processes of the stage can be asked to do beside HTTP: the types of both ends of the wire.

import type { Pane } from "../contract.ts";

export interface StageIssuerActs {
  open: {
    input: { readonly accessLifetimeSeconds: number };
    output: { readonly port: number; readonly serviceKey: string };
  };
  addSubject: { input: { readonly email: string; readonly password: string }; output: null };
  /** Why a session has ended, by the record that the store keeps of it; null while it lives. */
  reasonOf: { input: { readonly sid: string }; output: string | null };
}

export interface StageServiceActs {
  open: {
    input: { readonly name: string; readonly issuer: string; readonly serviceKey: string };
    output: Readonly<Record<Pane, number>>;
  };
  /** Judges a good credential of each strategy again and again, so that what is measured later is a service that has been at work. */
  warm: { input: Readonly<Record<Pane, Readonly<Record<string, string>>>>; output: null };
}

/** The headers by which the stage's processes tell what an answer cost. */
export const costHeaders = { issuer: "x-issuer-cost", service: "x-service-cost" } as const;

/** For longer than the stage stands unused: no connection is closed just when a request is sent over it. */
export const keepAliveMs = 600_000;

/** What an answer of the issuer cost. */
export interface IssuerCost {
  readonly microseconds: number;
  readonly storeReads: number;
  readonly sessionReads: number;
  readonly serviceKeyReads: number;
  readonly storeWrites: number;
}

/** What a service's judgement cost, with what the issuer had to do for it. */
export interface ServiceCost {
  readonly code: string | null;
  readonly microseconds: number;
  readonly issuerAsked: number;
  readonly keysFetched: number;
  readonly storeReads: number;
  readonly sessionReads: number;
  readonly serviceKeyReads: number;
  readonly isRemembered: boolean;
}

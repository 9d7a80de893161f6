// What the page of the demonstration and its server say to each other. Knows no process, and no meaning of a credential.

/** The strategies, side by side, in the order of the page. */
export const panes = ["jwt", "session", "hybrid"] as const;

export type Pane = (typeof panes)[number];

/** Who holds a copy of a credential. */
export const people = ["owner", "thief"] as const;

export type Person = (typeof people)[number];

/** What can be asked for, each by a POST of its own under `/demonstration/`. */
export const acts = [
  "begin",
  "look",
  "sign-in",
  "use",
  "renew",
  "steal",
  "sign-out",
  "sign-out-everywhere",
  "pulse",
] as const;

export type Act = (typeof acts)[number];

/** What one sign-in came with, as it came. It is shown to the visitor who pressed the button, and opens nothing but the demonstration. */
export interface Credential {
  readonly sid: string;
  /** `Set-Cookie` lines; none for what travels in a header. */
  readonly cookies: readonly string[];
  /** The access token that a program sends in a header. */
  readonly bearer: string | null;
  readonly refresh: string | null;
}

/** One request that was really sent, and what it cost. */
export interface Step {
  readonly who: Person;
  /** A service by its number, from 1 on; 0 is the issuer. */
  readonly to: number;
  /** `GET /`. */
  readonly request: string;
  readonly status: number;
  /** Why not, in the service's own words; null where it was accepted. */
  readonly code: string | null;
  /** Measured in the process that judged: the judgement of a service, the whole answer of the issuer. */
  readonly microseconds: number;
  /** What carried the credential, and its bytes: of a header with its name and separators. */
  readonly sentIn: "header" | "body";
  readonly sentBytes: number;
  /** What the service asked the issuer meanwhile, beside its public keys. */
  readonly issuerAsked: number;
  /** How often it fetched the issuer's public keys meanwhile. */
  readonly keysFetched: number;
  readonly storeReads: number;
  /** Those of the reads that were of sessions, and of the keys by which services prove themselves. */
  readonly sessionReads: number;
  readonly serviceKeyReads: number;
  readonly storeWrites: number;
  /** Whether the service knew the answer without waiting for anything. */
  readonly isRemembered: boolean;
}

/** The last answer of a service to a credential. */
export interface Answer {
  readonly isAccepted: boolean;
  readonly code: string | null;
  /** Milliseconds from the acknowledged end of the session to this service's first refusal; null where it was not seen to begin. */
  readonly afterMs: number | null;
  /** How many requests that were sent after that end this service accepted. */
  readonly acceptedSince: number;
}

/** How a session came to its end. */
export type Ending = "signed-out" | "everywhere" | "theft";

export interface PaneView {
  readonly credentials: Readonly<Record<Person, Credential | null>>;
  /** The services' last answers to each copy, in their order; null where a service was not asked yet. */
  readonly answers: Readonly<Record<Person, readonly (Answer | null)[]>>;
  readonly ending: Ending | null;
  /** Milliseconds since that end. */
  readonly endedAgoMs: number | null;
}

/** Everything that the page shows of one visit. */
export interface VisitView {
  readonly visit: string;
  /** The time of the server, in milliseconds since 1970: lifetimes end by it. */
  readonly now: number;
  readonly services: number;
  readonly accessLifetimeSeconds: number;
  readonly panes: Readonly<Record<Pane, PaneView>>;
}

/** What an act is answered with. */
export interface Performed {
  readonly view: VisitView;
  /** The requests that it consisted of, in their order. */
  readonly steps: readonly Step[];
}

/** One measured revocation. */
export interface Pulse {
  /** From the acknowledged revocation until the last service refused. */
  readonly ms: number;
  readonly services: number;
}

/** What a pulse is answered with while nothing may be measured: no fault, and worth no red line in a browser's console. */
export interface PulsePause {
  readonly isPaused: true;
}

/** A mistake or a fault, in words for the page. */
export interface Failure {
  readonly code: "not_understood" | "not_possible" | "visit_over" | "busy" | "stage_failed";
  readonly words: string;
}

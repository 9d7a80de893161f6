// The routes of the live demonstration: what its page asks for, and how that is answered, for visitors on this very machine. Knows no process.

import { parseStrictObject, readBoundedText } from "@countersign/verifier";
import { z } from "zod";
import { type Act, acts, type Failure, type PulsePause, panes, people } from "../demonstration/contract.ts";
import type { Told } from "../demonstration/demonstration.ts";
import { paths } from "../web/paths.ts";
import type { PageRoute } from "./contract.ts";
import { json } from "./json.ts";
import { forThisMachine } from "./lab.ts";
import type { PageParts, Visit } from "./visit.ts";

/** The routes of the demonstration: added to the table of pages where the lab is allowed. */
export const demonstrationRoutes: readonly PageRoute[] = acts.map((act) =>
  forThisMachine("POST", `${paths.demonstration}/${act}`, (parts, visit) => postAct(parts, visit, act)),
);

/** The most that a request may say, in bytes. */
const maxBytes = 512;

const statuses: Readonly<Record<Failure["code"], number>> = {
  not_understood: 400,
  not_possible: 409,
  visit_over: 410,
  busy: 429,
  stage_failed: 503,
};

const bodySchema = z.strictObject({
  visit: z.string().max(64).default(""),
  pane: z.enum(panes).default("jwt"),
  who: z.enum(people).default("owner"),
});

/** An act, asked for in JSON. The answer shows credentials to whoever holds the name of the visit, so it is nobody's to keep. */
async function postAct(parts: PageParts, visit: Visit, act: Act): Promise<Response> {
  const body = await readBody(visit.request);
  if (body === undefined) return toResponse(failed("not_understood", "The request was not understood."));
  return toResponse(await actOf(parts, act, body));
}

type Body = z.output<typeof bodySchema>;

async function readBody(request: Request): Promise<Body | undefined> {
  const type = (request.headers.get("content-type") ?? "").split(";")[0]?.trim().toLowerCase();
  if (type !== "application/json") return undefined;
  const read = await readBoundedText(request, maxBytes);
  return read.ok ? bodySchema.safeParse(parseStrictObject(new TextEncoder().encode(read.text))).data : undefined;
}

async function actOf({ demonstration, lab }: PageParts, act: Act, body: Body): Promise<Told<unknown>> {
  // What is measured there must not be disturbed from here: the processes of the demonstration have made way, and every visit is over.
  if (lab.status().running) {
    if (act === "pulse") return { ok: true, value: { isPaused: true } satisfies PulsePause };
    return act === "begin" ? labIsBusy : labEndedVisit;
  }
  if (act === "begin") return demonstration.begin();
  if (act === "pulse") return demonstration.pulse();
  const { visit, ...order } = body;
  return demonstration.act(visit, act, order);
}

const labIsBusy = failed(
  "busy",
  "The lab is measuring on this machine. The demonstration can begin when that is done.",
);

const labEndedVisit = failed(
  "visit_over",
  "The lab is measuring on this machine, so the demonstration was ended. Sign in again when that is done.",
);

function failed(code: Failure["code"], words: string): { readonly ok: false } & Failure {
  return { ok: false, code, words };
}

function toResponse(told: Told<unknown>): Response {
  if (told.ok) return json(200, told.value);
  const { code, words } = told;
  return json(statuses[code], { code, words } satisfies Failure);
}

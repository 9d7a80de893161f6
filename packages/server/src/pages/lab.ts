// The routes by which the front page runs the lab: status, events, start and stop, for visitors on this very machine. Measures nothing.

import { isCrossSite } from "@countersign/verifier";
import type { LabStatus } from "../lab-runs.ts";
import { mayRunLab } from "../this-machine.ts";
import { type MessageModel, messages } from "../web/message-page.ts";
import { paths } from "../web/paths.ts";
import type { Fields, PageRoute } from "./contract.ts";
import { readForm } from "./form.ts";
import { json, plainHeaders } from "./json.ts";
import { type PageParts, seeOther, sendMessage, type Visit } from "./visit.ts";

/** The routes of the lab: added to the table of pages where the lab is allowed. */
export const labRoutes: readonly PageRoute[] = [
  forThisMachine("GET", paths.labStatus, getStatus),
  forThisMachine("GET", paths.labEvents, getEvents),
  forThisMachine("POST", paths.labRun, postRun),
  forThisMachine("POST", paths.labStop, postStop),
];

/** What the lab is doing, for the page of a visitor who may run it; `undefined` for any other. */
export function labStatusFor(parts: PageParts, visit: Visit): LabStatus | undefined {
  return mayRun(parts, visit) ? parts.lab.status() : undefined;
}

function mayRun(parts: PageParts, visit: Visit): boolean {
  return parts.lab.isAllowed && mayRunLab(visit, parts.auth.options);
}

/** A route for visitors on this machine: nobody else is told that there is a lab, nor is another site that asks by a method that is not taken. */
export function forThisMachine(method: PageRoute["method"], path: string, run: PageRoute["run"]): PageRoute {
  return {
    ...{ method, path },
    isKnownTo: (parts, visit) =>
      mayRun(parts, visit) && (visit.request.method === method || !isFromElsewhere(parts, visit)),
    run: (parts, visit) =>
      isFromElsewhere(parts, visit) ? refuse(parts, visit, messages.crossSite) : run(parts, visit),
  };
}

/**
 * As the issuer judges the forms of the other pages; and what only reads as well: the places of listeners are few, and a page of another site could take
 * them all.
 */
function isFromElsewhere({ auth }: PageParts, { request }: Visit): boolean {
  const site = request.headers.get("sec-fetch-site");
  if (site !== null && site !== "same-origin" && site !== "none") return true;
  return isCrossSite(request) && isCrossSite(request, { ownOrigins: [new URL(auth.options.issuer).origin] });
}

function getStatus(parts: PageParts): Response {
  return json(200, { allowed: true, ...parts.lab.status() });
}

/** POST /lab/run: `quick=on` for a quick run. Every row is run: the page shows whole reports only. */
async function postRun(parts: PageParts, visit: Visit): Promise<Response> {
  const reading = await readForm(visit.request);
  const quick = reading.ok ? readQuick(reading.fields) : undefined;
  if (quick === undefined) return refuse(parts, visit, notUnderstood);
  const outcome = parts.lab.start({ quick });
  if (outcome === "running") return refuse(parts, visit, alreadyRunning);
  if (outcome === "closed") return refuse(parts, visit, messages.unavailable);
  // No act of the demonstration begins from now on: its processes make way.
  void parts.demonstration.makeWay();
  return done(parts, visit, 202);
}

/** POST /lab/stop: answers once the processes and files of the run are gone. */
async function postStop(parts: PageParts, visit: Visit): Promise<Response> {
  await parts.lab.stop();
  return done(parts, visit, 200);
}

function readQuick(fields: Fields): boolean | undefined {
  const { quick, ...others } = Object.fromEntries(fields);
  if (Object.keys(others).length > 0 || (quick !== undefined && quick !== "on")) return undefined;
  return quick === "on";
}

const notUnderstood: MessageModel = {
  status: 400,
  title: "The lab was not started",
  text: "It takes quick=on or nothing.",
};

const alreadyRunning: MessageModel = {
  status: 409,
  title: "The lab is running already",
  text: "There is one run at a time. Wait for its end, or stop it.",
  action: { href: `${paths.front}#side-by-side`, text: "To the run" },
};

/** Scripts are told in JSON what people are told by a page. */
function wantsJson({ request }: Visit): boolean {
  return (request.headers.get("accept") ?? "").includes("application/json");
}

function done(parts: PageParts, visit: Visit, status: number): Response {
  if (wantsJson(visit)) return json(status, { allowed: true, ...parts.lab.status() });
  return seeOther(parts, `${paths.front}#side-by-side`);
}

function refuse(parts: PageParts, visit: Visit, message: MessageModel): Response {
  const { status = 500, title, text } = message;
  return wantsJson(visit) ? json(status, { status, title, detail: text }) : sendMessage(parts, visit, message);
}

/** GET /lab/events: `progress`, `done`, `failed` and `stopped`, each with JSON, until the server stops. */
function getEvents(parts: PageParts, visit: Visit): Response {
  const headers = { ...plainHeaders, "content-type": "text/event-stream", "x-accel-buffering": "no" };
  if (visit.request.method === "HEAD") return new Response(null, { headers });
  const stream = createTextStream(() => leave?.());
  stream.send(`retry: ${retryMs}\n\n`);
  const leave = parts.lab.subscribe(
    ({ kind, data }) => stream.send(`event: ${kind}\ndata: ${JSON.stringify(data)}\n\n`),
    stream.end,
  );
  return leave === undefined ? refuse(parts, visit, tooManyListeners) : new Response(stream.body, { headers });
}

/** After how long a browser that lost the stream asks again, in milliseconds. */
const retryMs = 1000;

/** How many events a listener may leave unread. */
const mostUnread = 100;

const tooManyListeners: MessageModel = {
  status: 503,
  title: "Too many pages are listening",
  text: "Close some, and try again.",
};

interface TextStream {
  readonly body: ReadableStream<Uint8Array>;
  send(text: string): void;
  end(): void;
}

/** `onGone` is called when nobody reads any more. */
function createTextStream(onGone: () => void): TextStream {
  const encoder = new TextEncoder();
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  const end = () => {
    controller?.close();
    controller = undefined;
  };
  const body = new ReadableStream<Uint8Array>(
    {
      start(started) {
        controller = started;
      },
      cancel() {
        controller = undefined;
        onGone();
      },
    },
    { highWaterMark: mostUnread },
  );
  return {
    body,
    send(text) {
      controller?.enqueue(encoder.encode(text));
      if (controller === undefined || (controller.desiredSize ?? 0) > 0) return;
      // Who reads nothing is let go: a browser comes back by itself, and is told how far the run has come.
      end();
      onGone();
    },
    end,
  };
}

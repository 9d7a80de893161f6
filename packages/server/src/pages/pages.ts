// The table of pages: each with its method and what it runs. Forms are read here, once for all.

import { hasUnknownAnswers, readAnswers } from "../adviser/address.ts";
import { serverDocument } from "../reference.ts";
import { comparison } from "../web/comparison.ts";
import { devMailListPage, devMailPage } from "../web/dev-mail-page.ts";
import { frontPage } from "../web/front-page.ts";
import { type MessageModel, messages } from "../web/message-page.ts";
import { devMailPath, paths } from "../web/paths.ts";
import { referencePage } from "../web/reference-page.ts";
import { tryPage } from "../web/try-page.ts";
import type { Fields, PageRoute } from "./contract.ts";
import { readForm } from "./form.ts";
import { labStatusFor } from "./lab.ts";
import {
  getForgot,
  getReset,
  getVerify,
  postForgot,
  postReset,
  postSendVerification,
  postVerify,
} from "./mailed-links.ts";
import { renewPath } from "./renew-page.ts";
import { getSessions, postPassword, postRevoke, postSignOutElsewhere, postSignOutEverywhere } from "./sessions.ts";
import { getRenew, getSignIn, getSignUp, postRenew, postSignIn, postSignOut, postSignUp } from "./sign-in.ts";
import {
  contextOf,
  findDevMail,
  identify,
  type PageParts,
  seeOther,
  sendMessage,
  sendPage,
  type Visit,
} from "./visit.ts";

/** Every page and every form. */
export const pageRoutes: readonly PageRoute[] = [
  { method: "GET", path: paths.front, run: getFront },
  { method: "GET", path: paths.tryIt, run: getTry },
  { method: "GET", path: paths.reference, run: getReference },
  { method: "GET", path: paths.signUp, run: getSignUp },
  form(paths.signUp, postSignUp),
  { method: "GET", path: paths.signIn, run: getSignIn },
  form(paths.signIn, postSignIn),
  form(paths.signOut, postSignOut),
  { method: "GET", path: renewPath, run: getRenew },
  form(renewPath, postRenew),
  { method: "GET", path: paths.forgot, run: getForgot },
  form(paths.forgot, postForgot),
  { method: "GET", path: paths.reset, run: getReset },
  form(paths.reset, postReset),
  { method: "GET", path: paths.verify, run: getVerify },
  form(paths.verify, postVerify),
  { method: "GET", path: paths.sessions, run: getSessions },
  form(paths.revokeSession, postRevoke),
  form(paths.signOutElsewhere, postSignOutElsewhere),
  form(paths.signOutEverywhere, postSignOutEverywhere),
  form(paths.changePassword, postPassword),
  form(paths.sendVerification, postSendVerification),
];

/** The pages that show mails instead of sending them: added to the table in development only. */
export const devMailRoutes: readonly PageRoute[] = [
  { method: "GET", path: paths.devMail, run: getDevMails },
  { method: "GET", path: decodeURIComponent(devMailPath(":id")), run: getDevMail },
];

/** The page for an address that there is not. */
export async function notFound(parts: PageParts, visit: Visit): Promise<Response> {
  const { identity } = await identify(parts, visit);
  return sendMessage(parts, visit, messages.notFound, identity);
}

async function getFront(parts: PageParts, visit: Visit): Promise<Response> {
  // Where the application is all there is, its own front page is elsewhere.
  if (!parts.site.showcase) return seeOther(parts, paths.sessions);
  const { identity } = await identify(parts, visit);
  const lab = labStatusFor(parts, visit);
  // What was measured here tells of this machine: nobody's business but of those who may measure.
  const measured = { ...parts.lab.shown({ own: lab !== undefined }), lab };
  const { searchParams } = visit.url;
  const told = { answers: readAnswers(searchParams), hasUnknownAnswers: hasUnknownAnswers(searchParams) };
  const model = { comparison, origin: parts.auth.options.issuer, ...told, ...measured };
  return sendPage(parts, frontPage(contextOf(parts, visit, identity), model), { policy: "script" });
}

async function getReference(parts: PageParts, visit: Visit): Promise<Response> {
  const { identity } = await identify(parts, visit);
  const document = serverDocument(parts.auth, parts.version);
  return sendPage(
    parts,
    referencePage(contextOf(parts, visit, identity), { document, origin: parts.auth.options.issuer }),
  );
}

async function getTry(parts: PageParts, visit: Visit): Promise<Response> {
  if (!parts.site.showcase) return notFound(parts, visit);
  const { identity } = await identify(parts, visit);
  const context = contextOf(parts, visit, identity);
  // The page's policy lets no picture be fetched, so its icon comes along.
  const { favicon: icon } = parts.assets;
  const favicon = `data:${icon.type};base64,${Buffer.from(icon.body).toString("base64")}`;
  return sendPage(parts, tryPage({ ...context, assets: { ...context.assets, favicon } }), { policy: "sealed" });
}

async function getDevMails(parts: PageParts, visit: Visit): Promise<Response> {
  const devMail = findDevMail(parts, visit);
  if (devMail === undefined) return notFound(parts, visit);
  const { identity } = await identify(parts, visit);
  return sendPage(parts, devMailListPage(contextOf(parts, visit, identity), { mails: devMail.list() }));
}

async function getDevMail(parts: PageParts, visit: Visit): Promise<Response> {
  const mail = findDevMail(parts, visit)?.find(visit.params.id ?? "");
  if (mail === undefined) return notFound(parts, visit);
  const { identity } = await identify(parts, visit);
  return sendPage(parts, devMailPage(contextOf(parts, visit, identity), mail));
}

function form(
  path: string,
  run: (parts: PageParts, visit: Visit, fields: Fields) => Response | Promise<Response>,
): PageRoute {
  return {
    method: "POST",
    path,
    async run(parts, visit) {
      const reading = await readForm(visit.request);
      return reading.ok ? run(parts, visit, reading.fields) : sendMessage(parts, visit, unreadable(reading.status));
    },
  };
}

function unreadable(status: 400 | 413 | 415): MessageModel {
  const text = {
    400: "The form did not arrive whole, or a field of it came twice. Go back, open the page again, and send it once more.",
    413: "The form is larger than this server takes.",
    415: "This address takes forms as browsers send them. Programs use the HTTP interface.",
  }[status];
  const action = status === 415 ? { href: paths.reference, text: "To the API reference" } : undefined;
  return { status, title: "That did not work", text, action };
}

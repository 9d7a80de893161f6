// The shapes of requests and answers, as schemas: checks, types and the reference all come from here.

import { lagBounds } from "@countersign/verifier";
import { z } from "zod";
import { isKeepable } from "../sessions/session-data.ts";
import { parseEmail } from "../sign-in/email.ts";

const noAddress = "must be an e-mail address, such as ada@example.com";
const email = z
  .string()
  .min(3, { error: noAddress, abort: true })
  .max(254, { error: noAddress, abort: true })
  .refine((text) => parseEmail(text) !== undefined, noAddress)
  .describe("The address of the account.");
const password = z.string().min(1).max(1024).describe("The password, exactly as typed.");
const strategy = z
  .enum(["session", "jwt", "hybrid"])
  .describe("Among those that this server allows; the first allowed one when absent.");
const transport = z
  .enum(["cookie", "token"])
  .describe(
    "How credentials travel: as cookies or in the answer. By default `session` and `hybrid` use cookies and `jwt` the answer.",
  );
const seconds = z.int().min(0).describe("Seconds since 1970.");
const text = z.string();
const count = z.int().min(0);

export const signInBody = z.strictObject({
  email,
  password,
  strategy: strategy.optional(),
  transport: transport.optional(),
});
export const refreshBody = z.strictObject({
  refresh_token: z.string().max(200).optional().describe("The refresh token; absent when it comes by cookie."),
});
export const stepUpBody = z.strictObject({ password });
export const passwordBody = z.strictObject({ current_password: password, new_password: password });
export const forgotBody = z.strictObject({ email });
const linkToken = z.string().min(1).max(200).describe("The `token` of the mailed link.");
export const resetBody = z.strictObject({ token: linkToken, new_password: password });
export const verifyBody = z.strictObject({
  token: linkToken,
  password: password.optional().describe("The password chosen at sign-up; needed where sign-ups must be confirmed."),
});
export const signOutBody = z.strictObject({
  refresh_token: z
    .string()
    .max(200)
    .optional()
    .describe("Ends this session too: for clients whose access token has expired."),
});
export const everywhereBody = z.strictObject({
  keep_current: z.boolean().optional().describe("Whether the calling session goes on. Default: false."),
});
export const dataBody = z
  .record(z.string().min(1).max(128), z.json())
  .refine(isKeepable, "may hold neither U+0000 nor half a character")
  .describe("A JSON merge patch (RFC 7396): members replace, null removes.");
export const tokenForm = z.strictObject({
  token: z.string().min(1).max(8192),
  token_type_hint: z.string().max(100).optional(),
});
export const leaseBody = z.strictObject({
  follower: z
    .string()
    .regex(/^[\w-]{16}$/)
    .describe("The follower's own id: random, made at its start."),
  name: z
    .string()
    .max(64)
    .regex(/^[^\p{C}]*$/u, "no control characters")
    .describe("A label for people."),
  applied: z.int().min(0).describe("The newest number of the log that it has applied."),
  mark: z
    .string()
    .regex(/^([0-9a-f]{16})?$/)
    .describe("The mark of that number; empty for 0."),
  lagMs: z.number().min(lagBounds.least).max(lagBounds.most).describe("For how long it wants to rely on the answer."),
  onStale: z.enum(["ask", "refuse", "insecureAccept"]).describe("What it does with a view that is older."),
  nonce: z.string().min(1).max(64).describe("Comes back in the answer."),
});
const page = { limit: z.coerce.number().int().min(1).max(500).default(50) };
export const subjectsQuery = z.strictObject({
  ...page,
  after: z.string().max(16).optional(),
  search: z.string().max(254).optional(),
});
export const endQuery = z.strictObject({
  wait: z
    .literal("everywhere")
    .optional()
    .describe("Answers only once every service that follows the revocation feed refuses what was ended."),
});
export const auditQuery = z.strictObject({
  ...page,
  before: z.coerce.number().int().min(1).optional(),
  sub: z.string().max(16).optional(),
  act: z.string().max(64).optional(),
});

export const identitySchema = z.object({
  sub: text.describe("The subject."),
  sid: text.describe("The session."),
  strategy,
  email: text,
  email_verified: z.boolean(),
  issued_at: seconds,
  authenticated_at: seconds.nullable(),
  expires_at: seconds,
  amr: z.array(text).describe("Authentication methods (RFC 8176)."),
  acr: text.nullable().describe("Authentication context class."),
  data: z.record(text, z.json()).nullable().describe("The application's data; null for a token without a record."),
  claims: z.record(text, z.json()),
});
export const tokensSchema = z.object({
  access_token: text,
  token_type: z.literal("Bearer"),
  expires_in: z.int().describe("Seconds until the access token expires."),
  refresh_token: text.optional(),
  refresh_expires_in: z.int().optional(),
  sid: text,
});
export const sessionTokenSchema = z.object({
  session_token: text,
  expires_in: z.int().describe("Seconds until the session ends."),
  sid: text,
});
export const renewedCookiesSchema = z.object({
  sub: text.describe("Whose they are: another tab may have signed in as somebody else."),
  sid: text,
  expires_in: z.int().describe("Seconds until the access token in the cookie expires."),
});
export const signedInSchema = z.union([
  identitySchema.meta({ title: "With cookies: the identity" }),
  tokensSchema.meta({ title: "With tokens, by `jwt`" }),
  sessionTokenSchema.meta({ title: "With a token, by `session`" }),
]);
export const renewedSchema = z.union([
  tokensSchema.meta({ title: "For a refresh token in the body" }),
  renewedCookiesSchema.meta({ title: "For one in a cookie" }),
]);
export const pendingSchema = z.object({ status: z.literal("check_mail") });
export const deviceSchema = z.object({
  sid: text,
  strategy,
  current: z.boolean(),
  label: text,
  address: text.nullable(),
  created_at: seconds,
  authenticated_at: seconds,
  last_used_at: seconds,
  expires_at: seconds,
  idle_expires_at: seconds.describe("When it ends if it is not used any more."),
  amr: z.array(text),
});
export const devicesSchema = z.object({ sessions: z.array(deviceSchema) });
export const endedSchema = z.object({ ended: z.int().describe("How many sessions ended.") });
export const subjectEndedSchema = endedSchema.extend({
  everywhere: z
    .object({
      outcome: z
        .enum(["everywhere", "notKnown"])
        .describe("`notKnown`: it is ended, and holds everywhere within the lag; the store could not say when."),
      number: count.describe("The number of the log that was waited for."),
      ms: count.describe("How long that took, in milliseconds."),
      waited_out: z.array(text).describe("Followers that did not acknowledge, by name: their view has grown stale."),
      insecure: z.array(text).describe("Followers that accept when stale, by name: nothing is promised of them."),
    })
    .optional()
    .describe("Present with `wait=everywhere`: how far it has come."),
});
export const dataSchema = z.object({ data: z.record(text, z.json()) });
export const verifiedSchema = z.object({ email: text, email_verified: z.literal(true) });
export const introspectionSchema = z.object({
  active: z.boolean(),
  sub: text.optional(),
  sid: text.optional(),
  iss: text.optional(),
  iat: seconds.optional(),
  exp: seconds.optional(),
  token_type: text.optional(),
  strategy: strategy.optional(),
  auth_time: seconds.optional(),
  amr: z.array(text).optional(),
  acr: text.optional(),
  data: z.record(text, z.json()).optional(),
  claims: z.record(text, z.json()).optional(),
  client_id: text.optional(),
  scope: text.optional(),
  aud: z.array(text).optional(),
  cache_seconds: count.optional().describe("For how long a follower of the revocation feed may keep the answer."),
});
export const subjectSchema = z.object({
  sub: text,
  email: text,
  email_verified: z.boolean(),
  created_at: seconds,
  disabled: z.boolean(),
});
export const subjectsSchema = z.object({ subjects: z.array(subjectSchema), next: text.nullable() });
export const auditSchema = z.object({
  entries: z.array(
    z.object({
      id: z.int(),
      at: z.number().describe("Milliseconds since 1970."),
      act: text,
      outcome: z.enum(["ok", "refused", "error"]),
      actor: text,
      sub: text.nullable(),
      sid: text.nullable(),
      address: text.nullable(),
      client: text.nullable(),
      detail: text.nullable(),
    }),
  ),
  next: z.int().nullable(),
});
export const keySetSchema = z.object({ keys: z.array(z.record(text, z.json())) });
export const metadataSchema = z.object({
  issuer: text,
  jwks_uri: text,
  introspection_endpoint: text,
  introspection_endpoint_auth_methods_supported: z.array(text),
  revocation_endpoint: text,
  revocation_endpoint_auth_methods_supported: z.array(text),
  response_types_supported: z.array(text),
  grant_types_supported: z.array(text),
});
export const leaseSchema = z.object({
  nonce: text,
  lagMs: z.number().describe("For how long the answer counts, from when the question was sent."),
  from: count,
  to: count.describe("The newest number: nothing is missing between the two."),
  mark: text,
  events: z
    .array(z.tuple([count, z.enum(["session", "subject", "key", "everyone", "changed"]), text, count]))
    .describe("Number, scope, target, and when it expires (milliseconds since 1970)."),
  horizon: count.describe("The latest expiry that was pruned."),
  snapshot: z.boolean().describe("Whether the log did not hold the mark that was told: it begins anew."),
  more: z.boolean().describe("Whether the log goes on: ask again."),
  keySet: text.describe("Another text whenever the key set is another."),
});
export const problemSchema = z.object({
  type: text,
  title: text,
  status: z.int(),
  code: text.describe("Stable; see docs/errors.md."),
  detail: text.optional().describe("What would do, for people."),
  errors: z.array(z.object({ at: text, message: text })).optional(),
});

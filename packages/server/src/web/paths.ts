// The addresses of the pages and of what their forms send to. Knows nothing of what answers there.

/** Where each page is, and where each form goes (by POST). */
export const paths = {
  front: "/",
  signUp: "/sign-up",
  signIn: "/sign-in",
  signOut: "/sign-out",
  forgot: "/forgot-password",
  reset: "/reset-password",
  verify: "/verify-address",
  sessions: "/sessions",
  revokeSession: "/sessions/revoke",
  signOutElsewhere: "/sessions/sign-out-elsewhere",
  signOutEverywhere: "/sessions/sign-out-everywhere",
  changePassword: "/sessions/password",
  sendVerification: "/sessions/send-verification",
  devMail: "/dev/mail",
  labStatus: "/lab/status",
  labEvents: "/lab/events",
  labRun: "/lab/run",
  labStop: "/lab/stop",
  demonstration: "/demonstration",
  tryIt: "/try",
  reference: "/docs",
  openApi: "/openapi.json",
} as const;

/** The address of one mail in development. */
export function devMailPath(id: string): string {
  return `${paths.devMail}/${encodeURIComponent(id)}`;
}

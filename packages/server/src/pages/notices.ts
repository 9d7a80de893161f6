// What a page says once, after something went well on another: named in the address, worded here. Never words from a request.

const notices = {
  "signed-out": "You are signed out.",
  everywhere: "You are signed out everywhere.",
  elsewhere: "Every other device was signed out.",
  revoked: "The device was signed out.",
  ended: "Your session has ended. Sign in again.",
  gone: "That device had been signed out already.",
  password: "Your password was changed, and every other device was signed out.",
  reset: "Your password was set. Sign in with it.",
} as const satisfies Record<string, string>;

/** The name of a notice. */
export type NoticeName = keyof typeof notices;

/** The address of a page with a notice. */
export function withNotice(path: string, name: NoticeName, more: Readonly<Record<string, string>> = {}): string {
  return `${path}?${new URLSearchParams({ done: name, ...more })}`;
}

/** The words of the notice that an address asks for, if there is one. */
export function readNotice(url: URL): string | undefined {
  const name = url.searchParams.get("done");
  return isNotice(name) ? notices[name] : undefined;
}

function isNotice(name: string | null): name is NoticeName {
  return name !== null && Object.hasOwn(notices, name);
}

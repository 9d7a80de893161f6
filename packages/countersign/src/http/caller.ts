// Who makes a request: address behind trusted proxies, client label, device. Knows nothing of credentials.

import { createHmac } from "node:crypto";
import { findCookie, type RequestLike, readHeader, twice } from "@countersign/verifier";
import type { ServerSecrets } from "../keys/secrets.ts";
import { addressBlock, clientAddress, clientLabel } from "../sign-in/client-info.ts";
import type { Caller, Place } from "../sign-in/contract.ts";

const longestUserAgent = 256;

/** The caller of a request. `remoteAddress` is the socket's; empty where unknown. */
export function callerOf(
  request: RequestLike,
  remoteAddress: string,
  trustedProxyHops: number,
  deviceCookies: readonly string[],
): Caller {
  const userAgent = oneHeader(request, "user-agent")?.slice(0, longestUserAgent);
  const address = clientAddress(remoteAddress, oneHeader(request, "x-forwarded-for"), trustedProxyHops) ?? "";
  const device = deviceOf(request, deviceCookies);
  const client = {
    label: clientLabel(userAgent),
    ...(userAgent === undefined ? {} : { userAgent }),
    ...(address === "" ? {} : { address }),
  };
  return { client, address, ...(device === undefined ? {} : { device }) };
}

/**
 * A caller's places, their names keyed by every server secret of the list: the store must learn neither address nor device, and a place must
 * stay known when the secret is rotated.
 */
export function createPlaces(secrets: ServerSecrets): (caller: Caller) => readonly Place[] {
  return (caller) => {
    const places: Place[] = [];
    for (const secret of secrets.all) {
      const name = (text: string) => createHmac("sha256", secret.key("places/v1")).update(text).digest("base64url");
      if (caller.address !== "") places.push({ by: "address", name: name(`address/${addressBlock(caller.address)}`) });
      if (caller.device !== undefined) places.push({ by: "device", name: name(`device/${caller.device}`) });
    }
    return places;
  };
}

function deviceOf(request: RequestLike, names: readonly string[]): string | undefined {
  const header = oneHeader(request, "cookie");
  if (header === undefined) return undefined;
  for (const name of names) {
    const value = findCookie(header, name);
    if (value !== undefined && value !== twice && /^[\w-]{22}$/.test(value)) return value;
  }
  return undefined;
}

function oneHeader(request: RequestLike, name: string): string | undefined {
  const value = readHeader(request, name);
  return value === twice ? undefined : value;
}

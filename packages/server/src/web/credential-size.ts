// The size of a credential in words: by itself, and as a request carries it. Weighs nothing.

import { headerLineBytes } from "../processes/header-line.ts";
import { grouped } from "./grouped.ts";

/** What stands before a credential in its header. */
const carriers = { cookie: ["Cookie", ""], bearer: ["Authorization", "Bearer "] } as const;

export type Carrier = keyof typeof carriers;

/** Bytes of the header that carries a credential of so many bytes. */
export function carriedBytes(bytes: number, by: Carrier): number {
  const [name, scheme] = carriers[by];
  return bytes + headerLineBytes(name, scheme);
}

/** What the larger of the two figures counts beside the credential. */
export const withHeader = "with the header’s name and separators";

/** `53 with the header’s name and separators`, to follow the bytes of the credential itself. */
export function carriedWords(bytes: number, by: Carrier): string {
  return `${grouped(carriedBytes(bytes, by))} ${withHeader}`;
}

// What a header takes of a request: one definition for whoever counts bytes. Knows no credential.

/** Bytes of a header's line in HTTP/1.1: its name, a colon and a space, its value, the end of the line. For ASCII. */
export function headerLineBytes(name: string, value: string): number {
  return `${name}: ${value}\r\n`.length;
}

import { describe, expect, it } from "vitest";
import { readBounded, readBoundedText } from "./bounded-body.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
/** The euro sign: three bytes. */
const euro = [0xe2, 0x82, 0xac] as const;

/** A body that comes in these pieces; an error stands for a sender that goes away. Tells whether it was refused. */
function bodyOf(...pieces: readonly (Uint8Array | Error)[]) {
  const rest = [...pieces];
  const seen = { isCancelled: false, taken: 0 };
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const piece = rest.shift();
        if (piece === undefined) return controller.close();
        if (piece instanceof Error) return controller.error(piece);
        seen.taken += 1;
        controller.enqueue(piece);
      },
      cancel() {
        seen.isCancelled = true;
      },
    },
    { highWaterMark: 0 },
  );
  return { body, seen };
}

const read = (pieces: readonly (Uint8Array | Error)[], headers: Record<string, string> = {}, maxBytes = 5) =>
  readBoundedText({ body: bodyOf(...pieces).body, headers: new Headers(headers) }, maxBytes);

describe("the text of a body", () => {
  it.each([
    { it: "in one piece", pieces: [bytes("abcde")], text: "abcde" },
    { it: "in several", pieces: [bytes("ab"), bytes(""), bytes("cde")], text: "abcde" },
    { it: "cut within a character", pieces: [Uint8Array.of(euro[0]), Uint8Array.of(euro[1], euro[2])], text: "€" },
    { it: "that is empty", pieces: [], text: "" },
  ])("is read $it", async ({ pieces, text }) => {
    expect(await read(pieces)).toEqual({ ok: true, text });
  });

  it("is empty where there is no body", async () => {
    expect(await readBoundedText({ body: null, headers: new Headers() }, 5)).toEqual({ ok: true, text: "" });
  });

  it.each([
    { it: "one byte too long", pieces: [bytes("abcdef")], headers: {}, why: "too_large" },
    { it: "too long in pieces", pieces: [bytes("abc"), bytes("def")], headers: {}, why: "too_large" },
    { it: "that says to be too long", pieces: [bytes("a")], headers: { "content-length": "6" }, why: "too_large" },
    { it: "cut off by its sender", pieces: [bytes("a"), new Error("gone")], headers: {}, why: "unreadable" },
    { it: "in Latin-1", pieces: [Uint8Array.of(0x61, 0xe9)], headers: {}, why: "unreadable" },
    { it: "that ends within a character", pieces: [Uint8Array.of(euro[0], euro[1])], headers: {}, why: "unreadable" },
    { it: "with a surrogate", pieces: [Uint8Array.of(0xed, 0xa0, 0x80)], headers: {}, why: "unreadable" },
    { it: "in more bytes than needed", pieces: [Uint8Array.of(0xc0, 0xaf)], headers: {}, why: "unreadable" },
  ])("is refused $it", async ({ pieces, headers, why }) => {
    expect(await read(pieces, headers)).toEqual({ ok: false, why });
  });

  it("that is too long is not read to its end", async () => {
    const { body, seen } = bodyOf(bytes("abc"), bytes("def"), bytes("ghi"));
    expect(await readBounded(body, 5)).toBe(undefined);
    expect(seen).toEqual({ isCancelled: true, taken: 2 });
  });
});

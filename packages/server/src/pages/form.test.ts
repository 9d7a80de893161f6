import { describe, expect, it } from "vitest";
import { maxFormBytes, readForm } from "./form.ts";

const urlencoded = "application/x-www-form-urlencoded";

/** A POST whose body comes in these pieces; an error stands for a client that goes away. */
function post(
  pieces: readonly (string | Uint8Array<ArrayBuffer> | Error)[],
  headers: Readonly<Record<string, string>> = {},
): Request {
  const rest = [...pieces];
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const piece = rest.shift();
      if (piece === undefined) controller.close();
      else if (piece instanceof Error) controller.error(piece);
      else controller.enqueue(typeof piece === "string" ? new TextEncoder().encode(piece) : piece);
    },
  });
  const init = { method: "POST", headers: { "content-type": urlencoded, ...headers }, body, duplex: "half" };
  return new Request("http://localhost/sign-in", init);
}

const read = async (request: Request) => {
  const reading = await readForm(request);
  return reading.ok ? Object.fromEntries(reading.fields) : reading.status;
};

describe("a form", () => {
  it("is read, in however many pieces it comes", async () => {
    const expected = { email: "ada@example.com", password: "a b" };
    expect(await read(post(["email=ada%40example.com&password=a+b"]))).toEqual(expected);
    expect(await read(post(["email=ada%40exa", "mple.com&pass", "word=a+b"]))).toEqual(expected);
    expect(await read(post([], { "content-type": "" }))).toEqual({});
  });

  const cut = new Error("Client connection prematurely closed.");
  it.each<readonly [string, Request, number]>([
    ["cut off by the client", post(["email=ada", cut]), 400],
    ["cut off before its first byte", post([cut]), 400],
    ["of another type, and cut off", post(["{", cut], { "content-type": "application/json" }), 400],
    ["with a field twice", post(["a=1&a=2"]), 400],
    ["in Latin-1", post(["password=%E9"]), 400],
    ["with bytes that are no UTF-8", post([Uint8Array.from([...Buffer.from("password="), 0xe9])]), 400],
    ["with a stray percent sign", post(["password=100%"]), 400],
    ["of another type", post(["{}"], { "content-type": "application/json" }), 415],
    ["too large", post(["a=", "x".repeat(maxFormBytes)]), 413],
    ["that says to be too large", post(["a=1"], { "content-length": `${maxFormBytes + 1}` }), 413],
  ])("%s is refused", async (_name, request, status) => {
    expect(await read(request)).toBe(status);
  });

  it("may be as large as the limit", async () => {
    expect(await read(post(["a=", "x".repeat(maxFormBytes - 2)]))).toEqual({ a: "x".repeat(maxFormBytes - 2) });
  });
});

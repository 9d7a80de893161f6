import { describe, expect, it } from "vitest";
import { z } from "zod";
import { maxBodyBytes, readBody, readQuery } from "./body.ts";

const schema = z.strictObject({ a: z.string().optional() });
const post = (body: BodyInit | undefined, type: string | undefined = "application/json") =>
  new Request("https://auth.example/", {
    method: "POST",
    ...(body === undefined ? {} : { body, duplex: "half" }),
    headers: type === undefined ? {} : { "content-type": type },
  });
const problemOf = async (request: Request, declared: Parameters<typeof readBody>[1] = { schema }) => {
  const read = await readBody(request, declared);
  return read.ok ? read.value : "problem" in read.answer ? read.answer.problem : read.answer;
};

describe("a body", () => {
  it.each([
    ["an object", '{"a":"b"}', { a: "b" }],
    ["an object that says nothing", "{}", {}],
    ["with space around it", ' \n{"a":"b"} ', { a: "b" }],
    ["a member twice, of which the last counts", '{"a":"x","a":"b"}', { a: "b" }],
  ])("is read: %s", async (_name, text, value) => {
    expect(await problemOf(post(text))).toEqual(value);
  });

  it.each([
    ["nothing", ""],
    ["no JSON", "{"],
    ["an unknown member", '{"b":1}'],
    ["a member of another kind", '{"a":1}'],
    ["a prototype", '{"__proto__":{"a":"b"}}'],
    ["a prototype deep inside", '{"a":[{"__proto__":1}]}'],
    ["two values", "{}{}"],
  ])("is refused: %s", async (_name, text) => {
    expect(await problemOf(post(text))).toBe("request_invalid");
  });

  it("that nests too deeply to be read is refused", async () => {
    const open = z.record(z.string(), z.json());
    const text = `{"a":${"[".repeat(8000)}${"]".repeat(8000)}}`;
    expect(await problemOf(post(text), { schema: open })).toBe("request_invalid");
  });

  it("that is not UTF-8 is refused: two passwords must not become one", async () => {
    const bytes = (...odd: number[]) => Uint8Array.from([...Buffer.from('{"a":"'), ...odd, ...Buffer.from('"}')]);
    expect(await problemOf(post(bytes(0xc3, 0xa9)))).toEqual({ a: "é" });
    expect(await problemOf(post(bytes(0xe9)))).toBe("request_invalid");
    expect(await problemOf(post(bytes(0xed, 0xa0, 0x80)))).toBe("request_invalid");
  });

  it("that is a form whose text is not UTF-8 is refused", async () => {
    const declared = { schema, form: true } as const;
    const form = "application/x-www-form-urlencoded";
    expect(await problemOf(post("a=%C3%A9", form), declared)).toEqual({ a: "é" });
    expect(await problemOf(post("a=%E9", form), declared)).toBe("request_invalid");
    expect(await problemOf(post("a=%", form), declared)).toBe("request_invalid");
  });

  it("may be absent where it is optional, whatever the media type says, and not elsewhere", async () => {
    expect(await problemOf(post(undefined, undefined), { schema, optional: true })).toEqual({});
    expect(await problemOf(post("", "text/plain"), { schema, optional: true })).toEqual({});
    expect(await problemOf(post(undefined))).toBe("request_invalid");
  });

  it.each([
    ["application/json", true],
    ["Application/JSON ; charset=utf-8", true],
    ["application/json-patch+json", false],
    ["text/plain", false],
    ["text/plain, application/json", false],
    ["application/x-www-form-urlencoded", false],
    [undefined, false],
  ])("of the media type %s is JSON: %s", async (type, isJson) => {
    const request = post("{}", type);
    if (type === undefined) request.headers.delete("content-type");
    expect(await problemOf(request)).toEqual(isJson ? {} : "media_type_unsupported");
  });

  it("of a form is read as one, and a member twice is refused", async () => {
    const form = { schema, form: true } as const;
    const type = "application/x-www-form-urlencoded";
    expect(await problemOf(post("a=b%20c", type), form)).toEqual({ a: "b c" });
    expect(await problemOf(post("a=b&a=c", type), form)).toBe("request_invalid");
    expect(await problemOf(post("b=c", type), form)).toBe("request_invalid");
    expect(await problemOf(post("{}"), form)).toBe("media_type_unsupported");
  });

  it.each([
    ["as many bytes as are allowed", maxBodyBytes, {}],
    ["one byte more", maxBodyBytes + 1, "body_too_large"],
  ])("is bounded, in bytes: %s", async (_name, length, expected) => {
    const text = `{}${" ".repeat(length - 2)}`;
    expect(await problemOf(post(text))).toEqual(expected);
    expect(await problemOf(post(chunks(text)))).toEqual(expected);
  });

  it("that says it is too long is not read at all", async () => {
    const request = new Request("https://auth.example/", {
      method: "POST",
      body: "{}",
      headers: { "content-type": "application/json", "content-length": `${maxBodyBytes + 1}` },
    });
    expect(await problemOf(request)).toBe("body_too_large");
  });

  it("that never ends is let go once there is too much of it", async () => {
    let pulled = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        pulled += 1;
        controller.enqueue(new Uint8Array(1024));
      },
    });
    expect(await problemOf(post(endless))).toBe("body_too_large");
    expect(pulled).toBeLessThan(30);
  });

  it("that breaks off is its client's fault, and no failure of ours", async () => {
    const broken = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.error(new Error("the client went away")),
    });
    expect(await problemOf(post(broken))).toBe("request_invalid");
  });

  it("is told what is wrong with it, member by member, never what was sent", async () => {
    const read = await readBody(post('{"a":"my secret","b":"my secret","c":1}'), { schema });
    expect(JSON.stringify(read)).not.toContain("my secret");
    expect(read).toMatchObject({ answer: { errors: [{ at: "", message: expect.stringContaining("b") }] } });
  });

  it("of a route that takes none is ignored", async () => {
    expect(await readBody(post("anything at all"), undefined)).toEqual({ ok: true, value: undefined });
  });
});

describe("a query", () => {
  const query = z.strictObject({ limit: z.coerce.number().int().min(1).max(500).default(50) });
  const read = (text: string) => readQuery(new URL(`https://auth.example/${text}`), query);

  it.each([
    ["", 50],
    ["?limit=1", 1],
    ["?limit=500", 500],
  ])("is read: %j", (text, limit) => {
    expect(read(text)).toEqual({ ok: true, value: { limit } });
  });

  it.each(["?limit=0", "?limit=501", "?limit=x", "?limit=", "?limit=1&limit=1", "?other=1"])(
    "is refused: %j",
    (text) => {
      expect(read(text)).toMatchObject({ ok: false, answer: { problem: "request_invalid" } });
    },
  );

  it("of a route that has none is ignored", () => {
    expect(readQuery(new URL("https://auth.example/?a=1&a=2"), undefined)).toEqual({ ok: true, value: undefined });
  });
});

function chunks(text: string): ReadableStream<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  let sent = 0;
  return new ReadableStream({
    pull: (controller) => {
      controller.enqueue(bytes.subarray(sent, sent + 1000));
      sent += 1000;
      if (sent >= bytes.length) controller.close();
    },
  });
}

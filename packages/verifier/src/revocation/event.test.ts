import { describe, expect, it } from "vitest";
import {
  answerFromJson,
  maxEventsPerMessage,
  messageFromJson,
  messageToJson,
  type RevocationMessage,
} from "./event.ts";

const message: RevocationMessage = {
  from: 3,
  to: 6,
  mark: "00000000000000ff",
  events: [
    { number: 4, scope: "session", target: "s234567890123456", expires: 1000 },
    { number: 6, scope: "everyone", target: "", expires: 2000 },
  ],
  horizon: 500,
  isSnapshot: false,
  hasMore: false,
  keySet: "k1.k2",
};
const json = messageToJson(message);
const [first, last] = [
  [4, "session", "a", 1000],
  [6, "everyone", "", 2000],
];

describe("a message", () => {
  it("is the same after the way through JSON", () => {
    expect(messageFromJson(JSON.parse(JSON.stringify(json)))).toEqual(message);
  });

  it.each([
    { it: "an event of the last number", change: { events: [last] } },
    { it: "a snapshot from nothing", change: { from: 0, snapshot: true } },
    { it: "nothing new", change: { from: 6, events: [] } },
    { it: "as many events as fit", change: { from: 0, to: maxEventsPerMessage, events: many(maxEventsPerMessage) } },
  ])("is read with $it", ({ change }) => {
    expect(messageFromJson({ ...json, ...change })).toBeDefined();
  });

  it.each([
    { it: "what is no object", json: null },
    { it: "a list", json: [json] },
    { it: "no events", json: { ...json, events: undefined } },
    { it: "an end before its beginning", json: { ...json, from: 7 } },
    { it: "a negative number", json: { ...json, from: -1 } },
    { it: "a fraction", json: { ...json, to: 6.5 } },
    { it: "a number beyond what is exact", json: { ...json, to: 2 ** 53 } },
    { it: "a mark that is too long", json: { ...json, mark: "0".repeat(17) } },
    { it: "a snapshot that does not begin at nothing", json: { ...json, snapshot: true } },
    { it: "an event of its beginning", json: { ...json, events: [[3, "session", "a", 1000]] } },
    { it: "an event after its end", json: { ...json, events: [[7, "session", "a", 1000]] } },
    { it: "events out of order", json: { ...json, events: [last, first] } },
    { it: "an event twice", json: { ...json, events: [first, first] } },
    { it: "a scope of tomorrow", json: { ...json, events: [[4, "tenant", "a", 1000]] } },
    { it: "an event without an end", json: { ...json, events: [[4, "session", "a"]] } },
    { it: "a target that is too long", json: { ...json, events: [[4, "session", "a".repeat(256), 1000]] } },
    {
      it: "too many events",
      json: { ...json, from: 0, to: maxEventsPerMessage + 1, events: many(maxEventsPerMessage + 1) },
    },
    { it: "no horizon", json: { ...json, horizon: undefined } },
  ])("is not read with $it", ({ json }) => {
    expect(messageFromJson(json)).toBeUndefined();
  });
});

describe("an answer", () => {
  it("is a message with the nonce of its question and the lag granted", () => {
    const answer = { ...json, nonce: "n1", lagMs: 5000 };
    expect(answerFromJson(JSON.parse(JSON.stringify(answer)))).toEqual({ ...message, nonce: "n1", lagMs: 5000 });
  });

  it.each([
    { it: "a nonce", change: { nonce: undefined } },
    { it: "a lag", change: { lagMs: undefined } },
    { it: "a lag of whole milliseconds", change: { lagMs: 0.5 } },
    { it: "a message", change: { to: undefined } },
  ])("is not read without $it", ({ change }) => {
    expect(answerFromJson({ ...json, nonce: "n1", lagMs: 5000, ...change })).toBeUndefined();
  });
});

function many(length: number): unknown[] {
  return Array.from({ length }, (_, index) => [index + 1, "session", `s${index}`, 1000]);
}

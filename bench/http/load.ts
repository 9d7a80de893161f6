// The load, as a process of its own: 64 connections that ask again as soon as they are answered. Knows neither server nor credential.

import { connect, type Socket } from "node:net";
import { answerMessages } from "../children.ts";
import { quantile } from "../statistics.ts";

/** What the load is told: what to send where, or to begin. */
export type LoadMessage =
  | { readonly target: number; readonly port: number; readonly requests: readonly string[] }
  | { readonly target: number; readonly milliseconds: number };

/** What became of it. */
export interface Load {
  readonly answered: number;
  /** Answers other than 200. */
  readonly others: number;
  readonly milliseconds: number;
  /** Latencies in milliseconds, at saturation. */
  readonly p50: number;
  readonly p99: number;
}

interface Target {
  readonly port: number;
  readonly requests: readonly Buffer[];
  next: number;
  /** How long its last answer was, in bytes. */
  answerLength: number;
}

const connections = 64;

const targets = new Map<number, Target>();

answerMessages<LoadMessage>((message) => {
  if ("milliseconds" in message) {
    const target = targets.get(message.target);
    if (target === undefined) throw new Error("There is no such target.");
    return shoot(target, message.milliseconds);
  }
  const requests = message.requests.map((text) => Buffer.from(text, "latin1"));
  targets.set(message.target, { port: message.port, requests, next: 0, answerLength: 0 });
  return true;
});

async function shoot(target: Target, milliseconds: number): Promise<Load> {
  const sockets = await Promise.all(Array.from({ length: connections }, () => open(target.port)));
  const latencies: number[] = [];
  let others = 0;
  const began = performance.now();
  const until = began + milliseconds;
  await Promise.all(
    sockets.map((socket) =>
      askUntil(socket, target, until, (tookMs, isGood) => {
        latencies.push(tookMs);
        if (!isGood) others += 1;
      }),
    ),
  );
  const took = performance.now() - began;
  for (const socket of sockets) socket.destroy();
  const [p50, p99] = [quantile(latencies, 0.5), quantile(latencies, 0.99)];
  return { answered: latencies.length, others, milliseconds: took, p50, p99 };
}

function open(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true });
    socket.once("error", reject).once("connect", () => resolve(socket));
  });
}

/** Asks again and again until the time has come; resolves with the last answer. */
function askUntil(
  socket: Socket,
  target: Target,
  until: number,
  onAnswer: (tookMs: number, isGood: boolean) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let rest = "";
    let asked = 0;
    const ask = () => {
      asked = performance.now();
      target.next = (target.next + 1) % target.requests.length;
      socket.write(target.requests[target.next] ?? "");
    };
    socket.on("data", (chunk) => {
      // As long as the last one, and all of it at once: nothing need be read of it but its status. express-session sends the last byte apart, so
      // a longer answer without it may be as long as a shorter one.
      const isWhole = rest === "" && chunk.length === target.answerLength && chunk.at(-1) === closingBrace;
      const status = isWhole ? chunk.toString("latin1", 9, 12) : readAnswer(chunk.toString("latin1"));
      if (status === undefined) return;
      const now = performance.now();
      onAnswer(now - asked, status === "200");
      if (now < until) ask();
      else resolve();
    });
    const readAnswer = (more: string): string | undefined => {
      rest += more;
      const length = lengthOfAnswer(rest);
      if (length === undefined || rest.length < length) return undefined;
      target.answerLength = length;
      const status = rest.slice(9, 12);
      rest = "";
      return status;
    };
    socket.once("close", () => reject(new Error("The server closed a connection.")));
    ask();
  });
}

/** What every answer ends with. */
const closingBrace = 0x7d;

const contentLength = "\r\ncontent-length: ";

/** How long an answer is with its head; `undefined` while its head is not complete. */
function lengthOfAnswer(text: string): number | undefined {
  const end = text.indexOf("\r\n\r\n");
  if (end === -1) return undefined;
  const head = text.slice(0, end).toLowerCase();
  const at = head.indexOf(contentLength);
  if (at === -1) throw new Error("The server answers without a Content-Length.");
  return end + 4 + Number.parseInt(head.slice(at + contentLength.length), 10);
}

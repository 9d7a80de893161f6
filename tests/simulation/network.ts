// The network of a simulated world: messages are late, lost, doubled, overtaken; lines are cut and heal. Carries JSON text between real
// followers and real feeds, and knows nothing of what it says.

import type { Feed } from "../../packages/countersign/src/revocation/feed.ts";
import type { Fetch } from "../../packages/verifier/src/bounded-fetch.ts";
import { Unavailable } from "../../packages/verifier/src/primitives/errors.ts";
import {
  answerFromJson,
  type LeaseAnswer,
  type LeaseQuestion,
  messageFromJson,
} from "../../packages/verifier/src/revocation/event.ts";
import type { FeedTransport } from "../../packages/verifier/src/revocation/follower.ts";
import type { Prng } from "./prng.ts";
import type { Process, Timeline } from "./timeline.ts";

/** How the network behaves. */
export interface NetworkWeather {
  /** The usual delay of a message, at the most. */
  delayMs: number;
  /** How often a message is much later, and by how much at the most. */
  spikes: number;
  spikeMs: number;
  loss: number;
  duplicates: number;
  /** How often a stream breaks with a message. */
  cuts: number;
}

/** An issuing process, as the network finds it. */
export interface FeedServer {
  readonly process: Process;
  readonly feed: Feed;
  /** Answers a question about a session, as JSON. */
  introspect(sessionToken: string): Promise<string>;
}

export interface Network {
  readonly weather: NetworkWeather;
  /** Nothing passes for this one until it is healed. */
  cut(line: string): void;
  heal(line: string): void;
  /** A server is gone: of its streams, some are told so, the others fall silent. */
  breakStreams(server: Process): void;
  /** The way of one follower to whichever issuer answers. */
  transport(from: Process, line: string, servers: () => readonly FeedServer[]): FeedTransport;
  /** The way of one service to whichever issuer answers its questions about sessions. */
  fetch(from: Process, line: string, servers: () => readonly FeedServer[]): Fetch;
}

interface NetworkParts {
  readonly timeline: Timeline;
  readonly prng: Prng;
  readonly trace: (words: string) => void;
  /** Told of what a feed should never throw. */
  readonly onFault: (error: unknown) => void;
}

/** The service key that all followers come with. */
const owner = "service-key";

/** A stream that says nothing for so long is given up, as the transport over HTTP does. */
const silenceMs = 20_000;

interface Waiting {
  readonly resolve: (answer: LeaseAnswer) => void;
  readonly reject: (error: Error) => void;
}

export function createNetwork({ timeline, prng, trace, onFault }: NetworkParts, weather: NetworkWeather): Network {
  const cutLines = new Set<string>();
  // What streams have in flight on lines that are cut: it is sent again once they are whole.
  const held = new Map<string, (() => void)[]>();
  const streams = new Set<{ readonly server: Process; readonly break: () => void }>();

  function delayMs(): number {
    const usual = prng.between(0, weather.delayMs);
    return prng.chance(weather.spikes) ? usual + prng.between(0, weather.spikeMs) : usual;
  }

  function send(line: string, to: Process, arrive: () => void): void {
    if (cutLines.has(line) || prng.chance(weather.loss)) return;
    timeline.after(delayMs(), arrive, to);
    if (prng.chance(weather.duplicates)) timeline.after(delayMs() + delayMs(), arrive, to);
  }

  function transport(from: Process, line: string, servers: () => readonly FeedServer[]): FeedTransport {
    // Everything that waits for an answer: one that comes too late, or twice, is handed to whoever waits then.
    const waiting = new Set<Waiting>();

    function deliver(asker: Waiting, text: string): void {
      const receiver = waiting.has(asker) ? asker : [...waiting][0];
      if (receiver === undefined) return;
      if (receiver !== asker) trace(`${line} gets an answer to another question`);
      waiting.delete(receiver);
      const answer = answerFromJson(JSON.parse(text));
      if (answer === undefined) receiver.reject(new Error("The answer could not be read."));
      else receiver.resolve(answer);
    }

    function fail(asker: Waiting): void {
      if (waiting.delete(asker)) asker.reject(new Error("The simulated network fails."));
    }

    async function answer(server: FeedServer, question: LeaseQuestion, asker: Waiting): Promise<void> {
      const answered = await server.feed.ack(question, owner).catch((error: unknown) => {
        if (!(error instanceof Unavailable)) onFault(error);
        return String(error);
      });
      if (typeof answered === "string" || "waitMs" in answered) {
        const why = typeof answered === "string" ? answered : `for ${answered.waitMs} ms`;
        trace(`${server.process.name} refuses ${line}: ${why}`);
        return send(line, from, () => fail(asker));
      }
      const text = answered.text();
      trace(
        `${server.process.name} answers ${line}: ${answered.from}..${answered.to}${answered.isSnapshot ? " anew" : ""}`,
      );
      send(line, from, () => deliver(asker, text));
    }

    return {
      ask: (question, signal) =>
        new Promise((resolve, reject) => {
          const asker: Waiting = { resolve, reject };
          waiting.add(asker);
          signal.addEventListener("abort", () => waiting.delete(asker));
          trace(`${line} asks with ${question.applied}`);
          const text = JSON.stringify(question);
          const running = servers();
          if (running.length === 0) return send(line, from, () => fail(asker));
          const server = prng.pick(running);
          send(line, server.process, () => void answer(server, JSON.parse(text), asker));
        }),
      stream: (position, onMessage, signal) =>
        new Promise((resolve, reject) => {
          const running = servers();
          if (running.length === 0) return reject(new Error("Nobody answers."));
          const server = prng.pick(running);
          let isOpen = true;
          let unsubscribe = () => {};
          let lastArrival = 0;
          let silence = () => {};
          const close = (error?: Error) => {
            if (!isOpen) return;
            isOpen = false;
            silence();
            streams.delete(stream);
            send(line, server.process, () => unsubscribe());
            if (error === undefined) resolve();
            else reject(error);
          };
          const breaking = () => void timeline.after(delayMs(), () => close(new Error("The server is gone.")), from);
          const stream = { server: server.process, break: breaking };
          streams.add(stream);
          const listen = () => {
            silence();
            silence = timeline.after(silenceMs, () => close(new Error("The stream fell silent.")), from);
          };
          const arrive = (text: string) => {
            if (!isOpen) return;
            if (cutLines.has(line)) {
              const later = () => void timeline.after(0, () => arrive(text), from);
              return void held.set(line, [...(held.get(line) ?? []), later]);
            }
            listen();
            const message = messageFromJson(JSON.parse(text));
            if (message === undefined) return close(new Error("A message could not be read."));
            trace(`${line} hears ${message.from}..${message.to}${message.isSnapshot ? " anew" : ""}`);
            onMessage(message);
          };
          const push = (text: string) => {
            if (prng.chance(weather.cuts)) {
              timeline.after(delayMs(), () => close(new Error("The line broke.")), from);
              return;
            }
            // One connection: late, but in order.
            lastArrival = Math.max(timeline.now() + delayMs(), lastArrival);
            timeline.after(lastArrival - timeline.now(), () => arrive(text), from);
          };
          signal.addEventListener("abort", () => close());
          listen();
          send(line, server.process, () => {
            unsubscribe();
            unsubscribe = server.feed.subscribe({ number: position.applied, mark: position.mark }, (fed) =>
              push(fed.text()),
            );
          });
        }),
    };
  }

  function fetch(from: Process, line: string, servers: () => readonly FeedServer[]): Fetch {
    return (_url, { body }) =>
      new Promise((resolve) => {
        const reply = (text: string, status: number) => send(line, from, () => resolve(new Response(text, { status })));
        const running = servers();
        if (running.length === 0) return reply("", 502);
        const server = prng.pick(running);
        const token = new URLSearchParams(String(body)).get("token") ?? "";
        send(line, server.process, () => {
          server.introspect(token).then(
            (text) => reply(text, 200),
            (error: unknown) => {
              if (!(error instanceof Unavailable)) onFault(error);
              reply("", 503);
            },
          );
        });
      });
  }

  return {
    weather,
    cut: (line) => void cutLines.add(line),
    heal(line) {
      cutLines.delete(line);
      for (const deliver of held.get(line) ?? []) deliver();
      held.delete(line);
    },
    breakStreams(server) {
      for (const stream of streams) {
        if (stream.server === server && prng.chance(0.5)) {
          stream.break();
        }
      }
    },
    transport,
    fetch,
  };
}

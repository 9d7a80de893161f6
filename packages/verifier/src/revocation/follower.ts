// Follows the issuer's revocation log: keeps a view complete, knows how old it is, and judges tokens by it. Knows no HTTP and no keys.

import { base64url } from "jose";
import type { Clock } from "../primitives/clock.ts";
import { Unavailable } from "../primitives/errors.ts";
import { type RandomSource, randomFraction } from "../primitives/random.ts";
import type { Awaitable, RefusalCode } from "../verdict.ts";
import { type LeaseAnswer, type LeaseQuestion, lagBounds, type OnStale, type RevocationMessage } from "./event.ts";
import { createView, type JudgedToken, type RevocationView } from "./view.ts";

/** The issuer does not answer now, and says when to ask again. */
export class AskLater extends Error {
  override readonly name = "AskLater";
  readonly waitMs: number;

  constructor(waitMs: number) {
    super("The issuer asks to wait.");
    this.waitMs = Math.min(waitMs, longestWaitMs);
  }
}

/**
 * How long what was heard waits to be acknowledged, in milliseconds: what else has arrived is read first, here and by other followers on the machine,
 * for an acknowledgement costs more than a message, and one speaks for many.
 */
const acknowledgeAfterMs = 8;

/** Whoever says longer is not believed. */
const longestWaitMs = 60_000;

/** How a follower reaches its issuer. */
export interface FeedTransport {
  /** Asks. Throws when there is no answer, `AskLater` where the issuer says when; gives up when `signal` is aborted. */
  ask(question: LeaseQuestion, signal: AbortSignal): Promise<LeaseAnswer>;
  /**
   * Hands over messages as they are committed, from after `applied` on, until `signal` is aborted or the stream ends. Only speed
   * depends on it. Absent: there is none.
   */
  stream?(
    from: { readonly applied: number; readonly mark: string },
    onMessage: (message: RevocationMessage) => void,
    signal: AbortSignal,
  ): Promise<void>;
}

/** How a follower follows. */
export interface FollowerOptions {
  readonly transport: FeedTransport;
  readonly clock: Clock;
  readonly random: RandomSource;
  /** A label for people, in the barrier's result and the metrics. */
  readonly name: string;
  /** The oldest view that counts, in milliseconds. The issuer may allow less. */
  readonly lagMs: number;
  readonly onStale: OnStale;
  /**
   * `background`: asks by itself, and follows the stream. `on-demand`: asks within a request, when the view is older than a third of
   * the lag; for runtimes that do nothing between requests.
   */
  readonly follow: "background" | "on-demand";
  /** Whether a follower in the background rests once nobody has judged by it for a while, until somebody does. Default `false`. */
  readonly restsWhenUnused?: boolean | undefined;
  /** How long what the stream told waits to be acknowledged, in milliseconds. Default 8; 0 where asking costs nothing. */
  readonly acknowledgeAfterMs?: number | undefined;
  /** Told of each session that an event speaks of, once the view knows it. */
  readonly onSpoken?: ((sid: string) => void) | undefined;
  /** Told when the view began anew: what was learned beside it before counts no more. */
  readonly onRestart?: (() => void) | undefined;
  /** Told when the issuer's set of keys is another. */
  readonly onKeySet?: (() => void) | undefined;
}

/** What can be told of a follower, for metrics. */
export interface FollowerState {
  /** `never`: no answer yet. `stale`: older than it may be. */
  readonly state: "never" | "fresh" | "stale";
  /** The newest number applied. */
  readonly number: number;
  /** Milliseconds since the view was known to be complete; `Infinity` before the first answer. */
  readonly ageMs: number;
  /** For how long an answer counts, as granted. */
  readonly lagMs: number;
  /** How many events are kept. */
  readonly revocations: number;
  /** Whether the stream stands. */
  readonly isStreaming: boolean;
}

/** A view that is kept complete. */
export interface Follower {
  readonly view: RevocationView;
  /**
   * Why a token is refused, or `undefined`. At once while the view is fresh. Otherwise as `onStale` says: asks first, or throws
   * `Unavailable("feed_unavailable")`, or judges by what is known.
   */
  judge(token: JudgedToken): Awaitable<RefusalCode | undefined>;
  /** Resolves once the view may be relied on; nothing to wait for while it may. Throws `Unavailable("feed_unavailable")`. */
  whenFresh(): Awaitable<void>;
  /** Whether the view is younger than it has to be. */
  isFresh(): boolean;
  /** Begins to follow, where it has not yet. */
  start(): void;
  /**
   * Stops asking and leaves the stream. From now on the view counts no more, so that nobody has to wait for it: whoever is judged all the same
   * costs a question.
   */
  stop(): void;
  state(): FollowerState;
}

interface Moment {
  readonly monotonic: number;
  readonly wall: number;
}

/** Makes a follower. It asks nothing before `start` or the first token. */
export function createFollower(options: FollowerOptions): Follower {
  const { clock, transport, onStale, acknowledgeAfterMs: pauseMs = acknowledgeAfterMs } = options;
  const view = createView(options.onSpoken);
  const name = options.name.slice(0, 64);
  // Random for each view: two that shared an id would hide one behind the other.
  const follower = randomText(options.random, 12);
  let completeAsOf: Moment | undefined;
  let grantedMs = options.lagMs;
  let keySet: string | undefined;
  let asking: Promise<void> | undefined;
  let askingSince = 0;
  // Until then the issuer wants no question, whoever here would ask it.
  let notBefore = Number.NEGATIVE_INFINITY;
  let following: AbortController | undefined;
  let stops = 0;
  let isStreaming = false;
  let wasUsed = false;
  // From the start until the first question has ended, well or not: who has rested must not be taken for one that cannot be answered.
  let isCatchingUp = false;
  // Unused, and no longer asking by itself.
  let isLingering = false;
  let wake: (() => void) | undefined;
  let mustAsk = false;

  const now = (): Moment => ({ monotonic: clock.monotonic(), wall: clock.now() });

  // The larger of the two: a suspended machine may have stopped the one, and somebody may have set back the other.
  function ageMs(): number {
    if (completeAsOf === undefined) return Number.POSITIVE_INFINITY;
    return Math.max(clock.monotonic() - completeAsOf.monotonic, clock.now() - completeAsOf.wall);
  }

  function isFresh(): boolean {
    return ageMs() < grantedMs;
  }

  function take(message: RevocationMessage): "applied" | "gap" {
    const applied = view.apply(message);
    if (applied === "gap") return "gap";
    if (applied === "restarted") options.onRestart?.();
    if (message.keySet !== keySet) {
      if (keySet !== undefined) options.onKeySet?.();
      keySet = message.keySet;
    }
    return "applied";
  }

  /** One question. Answers whether the view is complete as of when it was sent. */
  async function askOnce(signal: AbortSignal): Promise<boolean> {
    const nonce = randomText(options.random, 12);
    const { applied, mark, epoch } = view;
    const stopsBefore = stops;
    const lagMs = Math.min(lagBounds.most, Math.max(lagBounds.least, options.lagMs));
    const sent = now();
    const answer = await transport.ask({ follower, name, applied, mark, lagMs, onStale, nonce }, signal);
    if (answer.nonce !== nonce) throw new Error("The answer is to another question.");
    // Its lease may be given back by now.
    if (stops !== stopsBefore) throw new Error("The follower was stopped meanwhile.");
    // A view that began anew meanwhile has nothing to do with what the issuer was asked about.
    if (view.epoch !== epoch) return false;
    if (take(answer) === "gap") throw new Error("The answer leaves a gap.");
    if (answer.hasMore) return false;
    // Answers may overtake each other; the question sent last is the one that counts.
    if (completeAsOf !== undefined && completeAsOf.monotonic > sent.monotonic) return true;
    completeAsOf = sent;
    grantedMs = Math.min(options.lagMs, answer.lagMs);
    return true;
  }

  async function askUntilComplete(): Promise<void> {
    const timer = new AbortController();
    const giveUp = new AbortController();
    const tooLate = clock.sleep(patienceMs(options.lagMs), timer.signal).then(() => giveUp.abort());
    try {
      while (!(await raced(askOnce(giveUp.signal), giveUp.signal)));
    } finally {
      timer.abort();
      await tooLate;
    }
  }

  /**
   * One question under way for all who need one. Where work belongs to a request, it can end with it and never settle, time-out and all:
   * then the next one asks anew.
   */
  function ask(): Promise<void> {
    const isDead = clock.monotonic() - askingSince > 2 * patienceMs(options.lagMs);
    if (asking !== undefined && !isDead) return asking;
    const waitMs = notBefore - clock.monotonic();
    if (waitMs > 0) return Promise.reject(new AskLater(waitMs));
    askingSince = clock.monotonic();
    const mine = askUntilComplete()
      .catch((error: unknown) => {
        // For no longer than an answer counts: a proxy that says an hour must not keep a service shut once its issuer is back.
        if (error instanceof AskLater) notBefore = clock.monotonic() + Math.min(error.waitMs, options.lagMs);
        throw error;
      })
      .finally(() => {
        if (asking === mine) asking = undefined;
      });
    asking = mine;
    return mine;
  }

  async function askInLoop(signal: AbortSignal): Promise<void> {
    let [failures, unused] = [0, 0];
    while (!signal.aborted) {
      if (mustAsk && pauseMs > 0) await clock.sleep(pauseMs, signal);
      const { applied } = view;
      mustAsk = false;
      failures = await ask().then(
        () => 0,
        () => failures + 1,
      );
      isCatchingUp = false;
      if (failures === 0 && (mustAsk || view.applied !== applied)) continue;
      unused = wasUsed ? 0 : unused + 1;
      wasUsed = false;
      if (options.restsWhenUnused === true && unused > 3) {
        // As long as the lease runs a barrier counts on this view, so it goes on hearing and acknowledging. The issuer counts a little longer.
        isLingering = true;
        await pause(Math.max(1, grantedMs * 1.05 - ageMs()), signal);
        isLingering = false;
        if (!mustAsk && !wasUsed) return rest();
        continue;
      }
      const waitMs = notBefore - clock.monotonic();
      await pause(failures === 0 ? grantedMs / 3.5 : Math.max(waitMs, backOffMs(failures, grantedMs / 3)), signal);
    }
  }

  async function pause(ms: number, signal: AbortSignal): Promise<void> {
    if (mustAsk) return;
    await linked(signal, (waking) => {
      wake = () => waking.abort();
      return clock.sleep(ms, waking.signal);
    });
    wake = undefined;
  }

  // An acknowledgement is a question, and the barrier waits for it.
  function askSoon(): void {
    mustAsk = true;
    wake?.();
  }

  async function streamInLoop(open: NonNullable<FeedTransport["stream"]>, signal: AbortSignal): Promise<void> {
    for (let failures = 1; !signal.aborted; failures += 1) {
      // It only makes things fast: the questions go on without it.
      let waitMs = 0;
      const wasStreaming = await linked(signal, (leaving) => streamOnce(open, leaving)).catch((error: unknown) => {
        if (error instanceof AskLater) ({ waitMs } = error);
        return isStreaming;
      });
      isStreaming = false;
      if (wasStreaming) failures = 1;
      await clock.sleep(Math.max(waitMs, backOffMs(failures, 10_000)), signal);
    }
  }

  /** One stream, to its end. Answers whether anything came. */
  async function streamOnce(open: NonNullable<FeedTransport["stream"]>, leaving: AbortController): Promise<boolean> {
    const { signal } = leaving;
    let { epoch } = view;
    const onMessage = (message: RevocationMessage) => {
      if (signal.aborted) return;
      // What this stream says stands on what the view was when it began.
      if (view.epoch !== epoch) return leaving.abort();
      const { applied } = view;
      isStreaming = true;
      if (take(message) === "gap") leaving.abort();
      ({ epoch } = view);
      if (view.applied !== applied || signal.aborted) askSoon();
    };
    await raced(open({ applied: view.applied, mark: view.mark }, onMessage, signal), signal);
    return isStreaming;
  }

  function start(): void {
    wasUsed = true;
    if (isLingering) {
      [isLingering, isCatchingUp] = [false, true];
      askSoon();
    }
    if (following !== undefined || stops > 0 || options.follow !== "background") return;
    following = new AbortController();
    isCatchingUp = true;
    void askInLoop(following.signal);
    if (transport.stream !== undefined) void streamInLoop(transport.stream.bind(transport), following.signal);
  }

  function rest(): void {
    following?.abort();
    following = undefined;
  }

  // A pause that grows, and that is not the same for all who lost the same issuer.
  function backOffMs(failures: number, mostMs: number): number {
    return (0.5 + randomFraction(options.random) / 2) * Math.min(mostMs, 100 * 2 ** Math.min(failures - 1, 10));
  }

  function isAskDue(): boolean {
    return options.follow === "on-demand" && ageMs() > grantedMs / 3;
  }

  async function becomeFresh(): Promise<void> {
    // Who follows in the background is asking already; who follows on demand has no other moment than this.
    const isFollowing = options.follow === "background" && completeAsOf !== undefined && !isCatchingUp;
    const stopsBefore = stops;
    if (isFollowing && onStale === "insecureAccept") return;
    if (isFollowing && onStale === "refuse") throw unavailable();
    try {
      await ask();
    } catch (cause) {
      // Who has asked still has to know.
      if (stops !== stopsBefore) return becomeFresh();
      if (isFresh() || onStale === "insecureAccept") return;
      throw unavailable(cause);
    }
    // The answer counts from when its question was sent, which may be long ago.
    if (!isFresh() && onStale !== "insecureAccept") throw unavailable();
  }

  function whenFresh(): Awaitable<void> {
    start();
    return isFresh() && !isAskDue() ? undefined : becomeFresh();
  }

  return {
    view,
    judge(token) {
      const waiting = whenFresh();
      return waiting instanceof Promise ? waiting.then(() => view.judge(token)) : view.judge(token);
    },
    whenFresh,
    isFresh,
    start,
    stop() {
      stops += 1;
      completeAsOf = undefined;
      rest();
    },
    state() {
      const age = ageMs();
      const state = completeAsOf === undefined ? "never" : age < grantedMs ? "fresh" : "stale";
      return { state, number: view.applied, ageMs: age, lagMs: grantedMs, revocations: view.size, isStreaming };
    },
  };
}

function unavailable(cause?: unknown): Unavailable {
  const message = "The revocation view is older than it may be, and the issuer could not be asked.";
  return new Unavailable("feed_unavailable", message, cause === undefined ? {} : { cause });
}

// Long enough for a slow network, short enough that a request does not hang.
function patienceMs(lagMs: number): number {
  return Math.min(3000, Math.max(500, lagMs));
}

// Aborted together with a signal that lives longer, without leaving anything behind on it.
async function linked<T>(signal: AbortSignal, work: (controller: AbortController) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const abort = () => controller.abort();
  signal.addEventListener("abort", abort);
  if (signal.aborted) abort();
  try {
    return await work(controller);
  } finally {
    signal.removeEventListener("abort", abort);
    abort();
  }
}

// A transport that does not listen to its signal must not hold anybody up.
async function raced<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let stop: (() => void) | undefined;
  const stopped = new Promise<never>((_, reject) => {
    stop = () => reject(new Error("It took too long, or is no longer wanted."));
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop);
  });
  try {
    return await Promise.race([work, stopped]);
  } finally {
    if (stop !== undefined) signal.removeEventListener("abort", stop);
    work.catch(() => undefined);
    stopped.catch(() => undefined);
  }
}

function randomText(random: RandomSource, length: number): string {
  return base64url.encode(random.bytes(length));
}

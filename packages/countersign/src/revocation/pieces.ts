// Reads the log in pieces for who follows it; a large piece is read and written as JSON once for all who stand at the same place. Knows no
// follower.

import { maxEventsPerMessage, messageToJson, type RevocationMessage } from "@countersign/verifier";
import type { Clock } from "../primitives/clock.ts";
import type { LogStore, LogView } from "../stores/contract.ts";

/** Where a reader stands in the log. */
export interface LogPosition {
  readonly number: number;
  readonly mark: string;
}

/** A message and its JSON, which is made once for all who get it. */
export interface Piece {
  readonly message: RevocationMessage;
  readonly text: () => string;
}

/** What is read after a position. */
export interface ReadPiece {
  readonly piece: Piece;
  /** Whether it was read for somebody else, and the log has not changed since. */
  readonly isShared: boolean;
}

/** The log, in pieces. */
export interface Pieces {
  /**
   * What the log says after a position, as it stands when this is called or later. Costs one look-up where there is nothing new, or where
   * somebody asked the same shortly before; otherwise one read more. Throws `Unavailable`.
   */
  read(position: LogPosition): Promise<ReadPiece>;
}

/** From so many events on a piece is remembered for others; fewer are read faster. */
export const largePiece = 1000;

/** How many large pieces are kept, and for how long: while many start at once, each of these takes a few megabytes. */
const mostKept = 8;
const keptMs = 60_000;

interface Kept {
  readonly since: number;
  readonly piece: Promise<Piece>;
}

/** The pieces of a log, those of at least `large` events kept for a while. `keySet` is told with each. */
export function createPieces(log: Pick<LogStore, "read">, clock: Clock, keySet: () => string, large: number): Pieces {
  const kept = new Map<string, Kept>();

  async function readLarge(position: LogPosition, state: LogView, name: string, news: string): Promise<Piece> {
    try {
      const view = await log.read(position, maxEventsPerMessage);
      // Events of after the state that it is kept for are no fault of the reader's, but nobody else is told them: that log may be restored to a
      // time before.
      if (view.to > state.to || (view.to === state.to && view.mark !== state.mark)) kept.delete(name);
      return toPiece(view, news);
    } catch (error) {
      kept.delete(name);
      throw error;
    }
  }

  function forgetOld(): void {
    const tooOld = clock.monotonic() - keptMs;
    for (const [name, { since }] of kept) if (since <= tooOld || kept.size > mostKept) kept.delete(name);
  }

  return {
    async read(position) {
      const state = await log.read(position, 0);
      const news = keySet();
      const { from, to, mark, horizon, isSnapshot } = state;
      if (!isSnapshot && to === position.number) return { piece: toPiece(state, news), isShared: false };
      if (to - from < large) {
        return { piece: toPiece(await log.read(position, maxEventsPerMessage), news), isShared: false };
      }
      forgetOld();
      // Whatever could make two answers differ: where they begin, what the log holds up to where, what was pruned, the keys.
      const name = JSON.stringify([from, isSnapshot, to, mark, horizon, news]);
      const known = kept.get(name);
      if (known !== undefined) return { piece: await known.piece, isShared: true };
      const piece = readLarge(position, state, name, news);
      kept.set(name, { since: clock.monotonic(), piece });
      return { piece: await piece, isShared: false };
    },
  };
}

function toPiece(view: LogView, keySet: string): Piece {
  const message = toMessage(view, keySet);
  let text: string | undefined;
  return {
    message,
    text: () => {
      text ??= JSON.stringify(messageToJson(message));
      return text;
    },
  };
}

function toMessage(view: LogView, keySet: string): RevocationMessage {
  const { from, to, mark, horizon, isSnapshot, hasMore } = view;
  const events = view.events.map(({ number, scope, target, expires }) => ({ number, scope, target, expires }));
  return { from, to, mark, events, horizon, isSnapshot, hasMore, keySet };
}

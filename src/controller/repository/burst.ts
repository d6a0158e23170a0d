import type { RefMove } from '../../forge/index.ts';

/** Makes many webhooks about one Repository into few fetches. */
export interface Burst {
  /** News of a Repository; undefined where it may concern every reference. */
  add(id: string, moves: readonly RefMove[] | undefined): void;
  /** Nothing is done for this Repository any more. */
  delete(id: string): void;
}

/** What a burst needs. */
export interface BurstOptions {
  /** After news that led to a fetch, further news of the same Repository waits so long, all of it together. */
  readonly milliseconds: number;
  /** Fetches what the news makes necessary; false where nothing is. Undefined news concerns every reference. */
  readonly act: (id: string, moves: readonly RefMove[] | undefined) => boolean;
  /** Calls back after some milliseconds, unless cancelled by what it returns. */
  readonly schedule: (milliseconds: number, callback: () => void) => () => void;
}

interface Window {
  /** The last news of each reference. */
  readonly moves: Map<string, RefMove>;
  /** Whether something concerns every reference. */
  all: boolean;
  cancel: () => void;
}

/** References whose news is kept apart; of more than these, every reference is looked at. */
const mostReferences = 100;

/**
 * The first news acts at once. What comes while that is fresh acts together when the time is over, by the last news of
 * each reference; by then most of it is known already, as the fetch has brought the newest commit. The first news is
 * looked at once more then: a forge may tell of a commit a moment before all its servers have it.
 */
export function createBurst({ milliseconds, act, schedule }: BurstOptions): Burst {
  const windows = new Map<string, Window>();

  const open = (id: string, first: readonly RefMove[]): void => {
    const moves = new Map(first.map((move) => [move.ref, move]));
    const window: Window = { moves, all: false, cancel: () => {} };
    windows.set(id, window);
    window.cancel = schedule(milliseconds, () => {
      windows.delete(id);
      if (!window.all && window.moves.size === 0) return;
      if (act(id, window.all ? undefined : [...window.moves.values()])) open(id, []);
    });
  };

  return {
    add(id, moves) {
      const window = windows.get(id);
      if (window === undefined) {
        const named = moves?.filter(({ after }) => after !== undefined) ?? [];
        if (act(id, moves)) open(id, named.slice(0, mostReferences));
        return;
      }
      for (const move of moves ?? []) if (window.moves.size < mostReferences) window.moves.set(move.ref, move);
      window.all ||= moves === undefined || window.moves.size >= mostReferences;
    },
    delete(id) {
      windows.get(id)?.cancel();
      windows.delete(id);
    },
  };
}

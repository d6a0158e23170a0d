import { addAbortListener } from 'node:events';
import { portOf } from './reach.ts';
import type { RepositoryUrl } from './url.ts';

/** Waits for a turn, and gives it back by what it returns. @throws the reason of the signal */
type TakeTurn = (signal: AbortSignal) => Promise<() => void>;

/** Lets so many work at once and the others wait, first come first served. */
export function createTurns(atOnce: number): TakeTurn {
  let working = 0;
  const waiting = new Set<() => void>();
  const give = (): (() => void) => {
    let isBack = false;
    return () => {
      if (isBack) return;
      isBack = true;
      const [next] = waiting;
      // The turn goes on to the next without a moment at which a newcomer could take it.
      if (next === undefined) working -= 1;
      else next();
    };
  };
  return async (signal) => {
    signal.throwIfAborted();
    if (working < atOnce) {
      working += 1;
      return give();
    }
    return new Promise((resolve, reject) => {
      const onTurn = (): void => {
        waiting.delete(onTurn);
        abortion[Symbol.dispose]();
        resolve(give());
      };
      const abortion = addAbortListener(signal, () => {
        waiting.delete(onTurn);
        reject(signal.reason as Error);
      });
      waiting.add(onTurn);
    });
  };
}

/** Each is several processes, and what forges allow is not much more. */
const atOnce = 8;
const servers = new Map<string, TakeTurn>();

/** Waits until few enough fetch from the server of this URL. @throws the reason of the signal */
export function takeTurnAt(url: RepositoryUrl, signal: AbortSignal): Promise<() => void> {
  const server = `${url.transport} ${url.host}:${portOf(url)}`;
  const take = servers.get(server) ?? createTurns(atOnce);
  servers.set(server, take);
  return take(signal);
}

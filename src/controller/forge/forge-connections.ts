import { setTimeout as pause } from 'node:timers/promises';
import type { Egress } from '../../egress.ts';
import { createForgeConnections, type ForgeConnections } from '../../forge/index.ts';
import type { Observer } from '../observer.ts';

const wait = (milliseconds: number, signal: AbortSignal): Promise<void> => pause(milliseconds, undefined, { signal });

/** The connections to all forges, which wait by the timers of this process. */
export function forgeConnections(options: {
  readonly egress: Egress;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly random: () => number;
  /** Told of each request that was answered, or that failed; of one that its caller ended nothing is told. */
  readonly onAsked?: Observer['forgeAsked'] | undefined;
}): ForgeConnections {
  const { egress, now, random, onAsked } = options;
  const connections = createForgeConnections({ egress, random, clock: { now, wait } });
  if (onAsked === undefined) return connections;
  return {
    ...connections,
    async send(request, route) {
      try {
        const answer = await connections.send(request, route);
        onAsked(request.method, answer.status);
        return answer;
      } catch (error) {
        if (!request.signal.aborted) onAsked(request.method, undefined);
        throw error;
      }
    },
  };
}

import { setTimeout as pause } from 'node:timers/promises';
import type { Egress } from '../../egress.ts';
import { createForgeConnections, type ForgeConnections } from '../../forge/index.ts';

const wait = (milliseconds: number, signal: AbortSignal): Promise<void> => pause(milliseconds, undefined, { signal });

/** The connections to all forges, which wait by the timers of this process. */
export function forgeConnections(options: {
  readonly egress: Egress;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly random: () => number;
}): ForgeConnections {
  const { egress, now, random } = options;
  return createForgeConnections({ egress, random, clock: { now, wait } });
}

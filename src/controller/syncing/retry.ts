import { type Application, durationMilliseconds } from '../../api/index.ts';
import type { SyncReport } from '../../sync/index.ts';
import type { FailedSync, Tries } from '../application/application-state.ts';

const firstDelay = '2s';
const longestDelay = '5m';

/** What failed. */
export interface Failing {
  readonly digest: string;
  readonly generation: number;
  /** Objects that the attempt has left undone. */
  readonly left: number;
}

/** What is known of the attempts before. */
type Before = Pick<Tries, 'digest' | 'generation' | 'attempts' | 'left'>;

/** The objects that a sync has not brought to what Git says. */
export function leftUndone(report: SyncReport): number {
  return report.results.filter(({ action }) => action === 'failed' || action === 'skipped').length;
}

/** Whether both are about the same content of the same Application. */
export function isSame(
  before: Pick<Before, 'digest' | 'generation'> | undefined,
  now: Pick<Before, 'digest' | 'generation'>,
): boolean {
  return before?.digest === now.digest && before.generation === now.generation;
}

/** How often it has failed in a row now, and the least it has left undone; one that has come further counts anew. */
export function countAttempt(
  before: Before | undefined,
  failing: Failing,
): { readonly attempts: number; readonly left: number } {
  const { left } = failing;
  if (before === undefined || !isSame(before, failing)) return { attempts: 1, left };
  if (left < before.left) return { attempts: 1, left };
  return { attempts: before.attempts + 1, left: before.left };
}

/** Milliseconds until the next attempt; infinite where there is none. */
export function retryDelay({ spec }: Pick<Application, 'spec'>, attempts: number): number {
  const { limit, backoff } = spec.sync?.retry ?? {};
  if (limit !== undefined && attempts > limit) return Number.POSITIVE_INFINITY;
  const { duration = firstDelay, factor = 2, maxDuration = longestDelay } = backoff ?? {};
  return Math.min(durationMilliseconds(duration) * factor ** (attempts - 1), durationMilliseconds(maxDuration));
}

/** Whether it has failed as often as it may. */
export function isExhausted({ spec }: Pick<Application, 'spec'>, tries: Tries | undefined): tries is Tries {
  const limit = spec.sync?.retry?.limit;
  return limit !== undefined && tries !== undefined && tries.attempts > limit;
}

/** What a status keeps of a failure; nothing where the retries are not limited. */
export function triesOf(
  { spec }: Pick<Application, 'spec'>,
  { digest, generation, attempts, left }: FailedSync,
  message: string,
): Tries | undefined {
  if (spec.sync?.retry?.limit === undefined) return undefined;
  return { digest, generation, attempts, left, message: message.slice(0, 1_000) };
}

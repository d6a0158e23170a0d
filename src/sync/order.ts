import type { ObjectKey } from '../object.ts';
import type { PlannedApply } from './plan.ts';
import { applyStages, deletionStages } from './stages.ts';
import { cutIntoWaves, type Ordered, waveFinder } from './wave.ts';

const keyOfPlanned = ({ desired }: PlannedApply): ObjectKey => desired.key;

/** The stages of one wave. */
export interface WaveStages<T> {
  readonly wave: number;
  readonly stages: readonly (readonly T[])[];
}

/** The order of applying: waves from the lowest, in each the stages of the kinds. */
export function applyOrder(planned: readonly PlannedApply[]): readonly WaveStages<PlannedApply>[] {
  return cutIntoWaves(planned, ({ desired }) => desired.wave ?? 0).map(({ wave, items }) => ({
    wave,
    stages: applyStages(items, keyOfPlanned),
  }));
}

/** The order of deletion: waves from the highest, in each the stages of the kinds the other way round. */
export function deletionOrder<T extends Ordered>(objects: readonly T[]): readonly (readonly T[])[] {
  const waveFor = waveFinder(objects) ?? (() => 0);
  return cutIntoWaves(objects, waveFor)
    .toReversed()
    .flatMap(({ items }) => deletionStages(items, ({ key }) => key));
}

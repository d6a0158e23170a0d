import type { KubeObject } from '../object.ts';
import { progressing, type Health } from './health.ts';
import { conditionsOf, valueAt } from './read.ts';
import { applyRule, type DataRule } from './rule.ts';

/** The conventions of kstatus for any object with conditions. */
const conventions: DataRule = {
  suspended: 'spec.suspend',
  conditions: [
    { type: 'Stalled', status: 'True', health: 'Degraded' },
    { type: 'Reconciling', status: 'True', health: 'Progressing' },
    { type: 'Ready', status: 'True', health: 'Healthy' },
    { type: 'Ready', health: 'Progressing' },
  ],
  otherwise: 'Healthy',
};

/** The health of an object of which only the conventions are known. */
export function genericHealth(object: KubeObject): Health {
  return applyRule(conventions, object);
}

/**
 * What holds for every kind before its own rule is asked: an object that is being deleted, or whose
 * controller has not seen its newest spec, is on its way. Undefined where neither is so.
 */
export function transitionOf(object: KubeObject): Health | undefined {
  const { deletionTimestamp, generation } = object.metadata;
  if (deletionTimestamp !== undefined) return progressing(`it is being deleted${heldBy(object)}`);
  const seen = valueAt(object, 'status.observedGeneration');
  if (generation === undefined || typeof seen !== 'number' || seen >= generation) return undefined;
  return progressing(`its controller has seen generation ${seen} of ${generation}`);
}

/** What keeps a deletion from ending: finalizers, and in a namespace what the server says remains. */
function heldBy(object: KubeObject): string {
  const finalizers = object.metadata.finalizers ?? [];
  const held = finalizers.length > 0 ? `, held by ${finalizers.join(', ')}` : '';
  if (object.kind !== 'Namespace') return held;
  const remains = conditionsOf(object)
    .filter((condition) => condition.status === 'True' && condition.message !== '')
    .map((condition) => condition.message);
  return remains.length > 0 ? `${held}: ${remains.join(' ')}` : held;
}

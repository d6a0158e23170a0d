import type { KubeObject } from '../../object.ts';
import { isWorse } from '../combine.ts';
import { healthy, progressing, type Health, type HealthCheck } from '../health.ts';
import { conditionsIn, isOfGeneration, itemsAt } from '../read.ts';
import { decide, type ConditionRule } from '../rule.ts';
import { unseen } from './shared.ts';

const attachment: readonly ConditionRule[] = [
  { type: 'ResolvedRefs', status: 'False', health: 'Degraded' },
  { type: 'Accepted', status: 'False', reasons: ['Pending'], health: 'Progressing' },
  { type: 'Accepted', status: 'False', health: 'Degraded' },
  { type: 'Programmed', status: 'False', health: 'Progressing' },
  { type: 'Programmed', status: 'Unknown', health: 'Progressing' },
  { type: 'Accepted', status: 'True', health: 'Healthy' },
  { type: 'Accepted', health: 'Progressing' },
];

/** The worst of an object and its parts; nothing is known where none of them says anything. */
export function worst(
  whole: Health | undefined,
  parts: readonly { readonly id: string; readonly health: Health | undefined }[],
): Health {
  let found = whole;
  for (const { id, health } of parts) {
    const part = health ?? progressing(unseen.message);
    if (found !== undefined && !isWorse(part.status, found.status)) continue;
    found = part.status === 'Healthy' ? healthy() : { status: part.status, message: `${id}: ${part.message}` };
  }
  return found ?? progressing(unseen.message);
}

/** The health of what is attached to others, each of which accepts it or not: a route to its Gateways. */
export function attachedHealth(path: string, reference: string): HealthCheck {
  return (object: KubeObject): Health => {
    const parents = itemsAt(object, path).map((parent) => {
      const to = parent[reference] as { readonly name?: unknown } | undefined;
      const conditions = conditionsIn(parent);
      const present = conditions.filter((condition) => isOfGeneration(condition, object));
      const isStale = conditions.length > 0 && present.length === 0;
      return { id: `at ${String(to?.name)}`, health: decide(attachment, present), isStale };
    });
    // One that has not looked at this generation may never do so: it is no parent any more.
    const known = parents.filter(({ isStale }) => !isStale);
    return worst(undefined, known.length > 0 ? known : parents);
  };
}

import { groupOf, type KubeObject } from '../object.ts';
import { genericHealth, transitionOf } from './generic.ts';
import { missing, type Health } from './health.ts';
import { applyRule } from './rule.ts';
import { findRule } from './rules/find.ts';
import type { HealthRules } from './user/user-rules.ts';

/**
 * How well an object does: by the rules that somebody wrote for it, by the rule of its kind, or where there is none by
 * the conventions that all of Kubernetes shares (kstatus). Knows nothing but the object.
 *
 * @param object as it was read from the cluster; undefined where it is not there.
 * @param written rules that come before what is built in, the first before the next.
 */
export function healthOf(object: KubeObject | undefined, ...written: readonly (HealthRules | undefined)[]): Health {
  if (object === undefined) return missing;
  const transition = transitionOf(object);
  if (transition !== undefined) return transition;
  for (const rules of written) {
    const health = rules?.judge(object);
    if (health !== undefined) return health;
  }
  const rule = findRule(groupOf(object.apiVersion), object.kind);
  return rule === undefined ? genericHealth(object) : applyRule(rule, object);
}

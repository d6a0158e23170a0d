import { groupOf, type KubeObject } from '../object.ts';
import { genericHealth, transitionOf } from './generic.ts';
import { missing, type Health } from './health.ts';
import { applyRule } from './rule.ts';
import { findRule } from './rules/find.ts';

/**
 * How well an object does: by the rule of its kind, or where there is none by the conventions that all
 * of Kubernetes shares (kstatus). Knows nothing but the object.
 *
 * @param object as it was read from the cluster; undefined where it is not there.
 */
export function healthOf(object: KubeObject | undefined): Health {
  if (object === undefined) return missing;
  const transition = transitionOf(object);
  if (transition !== undefined) return transition;
  const rule = findRule(groupOf(object.apiVersion), object.kind);
  return rule === undefined ? genericHealth(object) : applyRule(rule, object);
}

import type { ObjectKey } from '../object.ts';
import type { Hook, HookDeletePolicy } from './hook.ts';

const holding: ReadonlySet<string> = new Set([
  '/Namespace',
  '/PersistentVolume',
  '/PersistentVolumeClaim',
  'apiextensions.k8s.io/CustomResourceDefinition',
]);

/** Whether what an object holds goes with it: what lives in it, is made of it, or is written on it. */
export function holdsMore({ group, kind }: Pick<ObjectKey, 'group' | 'kind'>): boolean {
  return holding.has(`${group}/${kind}`) || group === 'plumbline.dev';
}

/**
 * Whether a policy deletes a hook. What holds more is deleted by no default, and a definition by no policy at all, as
 * Helm has it: all objects of its kind would go with it.
 */
export function isDeletedBy(
  policy: HookDeletePolicy,
  { deletePolicies, policyUnsaid }: Pick<Hook, 'deletePolicies' | 'policyUnsaid'>,
  { group, kind }: Pick<ObjectKey, 'group' | 'kind'>,
): boolean {
  if (group === 'apiextensions.k8s.io' && kind === 'CustomResourceDefinition') return false;
  return deletePolicies.has(policy) && !(policyUnsaid === true && holdsMore({ group, kind }));
}

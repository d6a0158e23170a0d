import type { Application } from '../../api/index.ts';

/** As far as it matters for who may depend on whom. */
export type DependencyParty = Pick<Application, 'metadata' | 'spec'>;

/**
 * Whether an Application may depend on another one. Whoever depends on another learns how it is doing, and may ask
 * about all that it says, so the other one has to agree: within its namespace it always does, and beyond that it names
 * the namespaces. The one place that answers this: a Project of both will be asked here (ADR 0191).
 */
export function mayDependOn(dependent: DependencyParty, dependency: DependencyParty): boolean {
  const { namespace } = dependent.metadata;
  if (namespace === dependency.metadata.namespace) return true;
  const allowed = dependency.spec.dependents?.namespaces ?? [];
  return allowed.includes(namespace) || allowed.includes('*');
}

/** Of another namespace it is not told whether there is one: only that it may not be depended on. */
export function describeMissing(id: string, here: string, namespace: string): string {
  return here === namespace
    ? `there is no Application ${id}`
    : `there is no Application ${id} that lets those of ${here} depend on it (its spec.dependents.namespaces)`;
}

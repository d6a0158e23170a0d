import { names } from '../../api/index.ts';
import type { ApplicationState } from '../application/application-state.ts';
import type { SyncState } from '../status/status.ts';
import type { DependencySide } from './await-dependencies.ts';

/**
 * Whom the deletion of an Application with all its objects waits for: those that depend on it and are being deleted
 * with their objects as well go first, so that what they stand on stands until they are gone. Those that stay hold
 * nothing up, and in a ring nobody waits. Undefined where it may go on; the end of each of them is an event.
 */
export function dependentsToGoFirst(
  { id, application }: Pick<ApplicationState, 'id' | 'application'>,
  dependencies: Pick<DependencySide, 'dependentsBeyondRing' | 'stateOf'>,
): SyncState | undefined {
  if (application.spec.deletionPolicy !== 'Cascade') return undefined;
  const going = dependencies.dependentsBeyondRing(id).filter((dependent) => {
    const { metadata, spec } = dependencies.stateOf(dependent)?.application ?? {};
    if (metadata?.deletionTimestamp === undefined || spec?.deletionPolicy !== 'Cascade') return false;
    return metadata.finalizers?.includes(names.finalizer) === true;
  });
  if (going.length === 0) return undefined;
  const message = `what depends on it is deleted first: ${going.toSorted().join(', ')}`;
  return { state: 'waiting', reason: 'WaitingForDependents', message };
}

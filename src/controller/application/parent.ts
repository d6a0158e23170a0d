import { apiVersion, group, names } from '../../api/index.ts';
import { idLabel, type ParentRecord, parentAnnotations, sameParentRecord } from '../../sync/index.ts';
import type { ApplicationState } from './application-state.ts';
import type { ReconcileContext } from './context.ts';

/** The Application as the API server names it. */
export function applicationRef(state: ApplicationState) {
  const { namespace, name } = state.application.metadata;
  return { apiVersion, group, kind: 'Application', namespace, name };
}

/**
 * Writes on the Application that it is the parent of an ApplySet with these kinds and namespaces, and that
 * its deletion waits until they are gone or have lost its label. One call, and none where it says so already.
 */
export async function recordParent(
  state: ApplicationState,
  record: ParentRecord,
  context: ReconcileContext,
  signal: AbortSignal,
): Promise<void> {
  const { metadata } = state.application;
  const finalizers = metadata.finalizers ?? [];
  const finalizer = !finalizers.includes(names.finalizer);
  const labelled = metadata.labels?.[idLabel] === state.applySet;
  if (labelled && !finalizer && sameParentRecord(record, state.parent)) return;
  await context.client.patch(
    applicationRef(state),
    {
      metadata: {
        labels: { [idLabel]: state.applySet },
        annotations: parentAnnotations(record, context.version),
        // The list is replaced as a whole: the version makes sure that nobody else's entry is lost.
        ...(finalizer
          ? { finalizers: [...finalizers, names.finalizer], resourceVersion: metadata.resourceVersion }
          : {}),
      },
    },
    { type: 'merge', fieldManager: context.fieldManager, signal },
  );
  state.parent = record;
}

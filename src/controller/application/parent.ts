import { apiVersion, group, names } from '../../api/index.ts';
import { idLabel, type ParentRecord, parentAnnotations, sameParentRecord } from '../../sync/index.ts';
import { PlumbError } from '../../errors.ts';
import type { ObjectMeta } from '../../object.ts';
import type { ApplicationState } from './application-state.ts';
import type { ReconcileContext } from './context.ts';

/** The Application as the API server names it. */
export function applicationRef(state: ApplicationState) {
  const { namespace, name } = state.application.metadata;
  return { apiVersion, group, kind: 'Application', namespace, name };
}

/**
 * Writes on the Application that it is the parent of an ApplySet with these kinds and namespaces, and that
 * its deletion waits until they are gone or have lost its label. One call as a rule, and none where it says so already.
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
  const marks = { labels: { [idLabel]: state.applySet }, annotations: parentAnnotations(record, context.version) };
  if (finalizer) {
    await patchFinalizers(state, withOurs, marks, context, signal);
  } else {
    const options = { type: 'merge', fieldManager: context.fieldManager, signal } as const;
    await context.client.patch(applicationRef(state), { metadata: marks }, options);
  }
  state.parent = record;
}

function withOurs(finalizers: readonly string[]): readonly string[] {
  return [...finalizers.filter((name) => name !== names.finalizer), names.finalizer];
}

/** How often an Application is read anew that somebody writes all the time. */
const attempts = 10;

/**
 * Changes the finalizers of an Application, with more of its metadata. The list is replaced as a whole: its version makes
 * sure that nobody else's entry is lost. Where the watch is behind, if only behind our own status, it is read anew.
 */
export async function patchFinalizers(
  state: ApplicationState,
  change: (finalizers: readonly string[]) => readonly string[],
  more: Partial<ObjectMeta>,
  context: Pick<ReconcileContext, 'client' | 'fieldManager'>,
  signal: AbortSignal,
): Promise<void> {
  const ref = applicationRef(state);
  let metadata: ObjectMeta | undefined = state.application.metadata;
  for (let attempt = 1; ; attempt += 1) {
    const { uid, resourceVersion, finalizers = [] } = metadata;
    const patch = { metadata: { ...more, uid, resourceVersion, finalizers: change(finalizers) } };
    try {
      await context.client.patch(ref, patch, { type: 'merge', fieldManager: context.fieldManager, signal });
      return;
    } catch (error) {
      if (!(error instanceof PlumbError && error.code === 'kube.stale') || attempt >= attempts) throw error;
      metadata = (await context.client.get(ref, { signal }))?.metadata;
      // Another of its name is none of ours.
      if (metadata === undefined || metadata.uid !== uid) throw error;
    }
  }
}

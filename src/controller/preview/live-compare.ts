import { diffSync, type PreparedSet } from '../../sync/index.ts';
import type { ApplicationState } from '../application/application-state.ts';
import { clientFor } from '../application/client-for.ts';
import type { ReconcileContext } from '../application/context.ts';
import { syncOptionsOf } from '../application/decide.ts';
import { lowPriority } from './low-priority.ts';
import type { LiveComparison } from './preview-application.ts';

/** What a sync of the head would do, with the rights of the Application and after everything else. */
export async function compareLive(
  { application, applySet, lastApplied, parent }: ApplicationState,
  desired: PreparedSet,
  {
    client,
    members,
    fieldManager,
    ownerName,
  }: Pick<ReconcileContext, 'client' | 'members' | 'fieldManager' | 'ownerName'>,
  signal: AbortSignal,
): Promise<LiveComparison> {
  const view = members.view(applySet);
  const input = {
    desired,
    applySet,
    parentNamespace: application.metadata.namespace,
    lastApplied,
    parent,
    options: syncOptionsOf(application, 'manual', fieldManager),
    ownerName,
  };
  const cluster = lowPriority(clientFor(application, client));
  const found = await diffSync(input, { view, cluster, signal });
  const owned = new Set([...view.members()].map(({ id }) => id));
  return { found, owns: (id) => owned.has(id) };
}

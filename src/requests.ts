import { randomUUID } from 'node:crypto';
import { isNamed, nameAnnotation, nameFor } from './asked.ts';
import { PlumbError } from './errors.ts';
import { group, names } from './names.ts';
import type { ObjectKey } from './object.ts';
import { formatSyncRequest, type SyncRequest } from './sync-request.ts';

// What people and programs ask the controller for: annotations, as `names` tells them. Used by the command line and by the server.

/** What names a resource of Plumbline. */
interface Named {
  readonly namespace: string;
  readonly name: string;
}

/** Whoever asks, with their rights. */
export interface Asking {
  readonly client: {
    patch(
      ref: ObjectKey,
      patch: object,
      options: { readonly type: 'merge'; readonly signal: AbortSignal },
    ): Promise<unknown>;
  };
  readonly signal: AbortSignal;
  /** In whose name, where it is written with the rights of somebody else. */
  readonly by?: string;
  /** Who they are where they write it themselves, as far as that is known. */
  readonly user?: string;
}

async function annotate(
  { client, signal, by, user }: Asking,
  kind: 'Application' | 'Repository',
  { namespace, name }: Named,
  annotations: Readonly<Record<string, string | null>>,
  id?: string,
): Promise<void> {
  const who = by ?? user;
  // Whoever asks without a name takes away that of who asked before.
  const beside = Object.entries(annotations).flatMap(([annotation, value]): readonly [string, string | null][] => {
    if (!isNamed(annotation)) return [];
    const named = who === undefined || value === null ? undefined : nameFor(id ?? value, who);
    return [[nameAnnotation(annotation), named ?? null]];
  });
  const asked = { ...annotations, ...Object.fromEntries(beside) };
  await client.patch({ group, kind, namespace, name }, { metadata: { annotations: asked } }, { type: 'merge', signal });
}

/** A value that an annotation has not had before, and that says when it was set; two who ask at once have two. */
export function requestId(now: Date): string {
  return `${now.toISOString()}-${randomUUID().slice(0, 8)}`;
}

/**
 * Asks for a fetch of a Repository now.
 * @returns false where there is no such Repository, or whoever asks may not write it: what follows tells that better
 */
export async function askForFetch(asking: Asking, repository: Named, request: string): Promise<boolean> {
  try {
    await annotate(asking, 'Repository', repository, { [names.requestedAt]: request });
    return true;
  } catch (error) {
    if (error instanceof PlumbError && ['kube.not-found', 'kube.forbidden'].includes(error.code)) return false;
    throw error;
  }
}

/** How a sync is asked for, where it is not one of everything that waits for all that it depends on. */
export type SyncWish = Pick<SyncRequest, 'resources' | 'revision' | 'ignoreDependencies'>;

/** Asks for one sync, also where syncing is not automated. */
export function askForSync(asking: Asking, application: Named, id: string, wish: SyncWish = {}): Promise<void> {
  const value = formatSyncRequest({ id, action: 'Sync', ...wish });
  // Only a sync of everything looks at everything anew.
  const isPart = wish.resources !== undefined || wish.revision !== undefined;
  const annotations = { [names.syncRequestedAt]: value, ...(isPart ? {} : { [names.requestedAt]: id }) };
  return annotate(asking, 'Application', application, annotations, id);
}

/** Asks to stop the sync that runs, or that is about to be tried again. */
export function askForStop(asking: Asking, application: Named, id: string): Promise<void> {
  const value = formatSyncRequest({ id, action: 'Stop' });
  return annotate(asking, 'Application', application, { [names.syncRequestedAt]: value }, id);
}

/**
 * Asks to fetch and to look at everything anew, as a webhook would cause it.
 * @param acceptRewind the one commit to which the Repositories may go back although `spec.rewind` refuses it
 */
export async function askForReconcile(
  asking: Asking,
  { namespace, name, repositories }: Named & { readonly repositories: readonly string[] },
  request: string,
  acceptRewind?: string,
): Promise<void> {
  const accepting = acceptRewind === undefined ? {} : { [names.acceptRewind]: acceptRewind };
  for (const repository of repositories) {
    const annotations = { [names.requestedAt]: request, ...accepting };
    await annotate(asking, 'Repository', { namespace, name: repository }, annotations);
  }
  await annotate(asking, 'Application', { namespace, name }, { [names.requestedAt]: request });
}

/** Holds an Application at a commit until Git moves on. */
export function holdAt(asking: Asking, application: Named, revision: string, request: string): Promise<void> {
  return annotate(asking, 'Application', application, { [names.rollbackTo]: revision, [names.requestedAt]: request });
}

/** Ends `holdAt`. */
export function release(asking: Asking, application: Named): Promise<void> {
  return annotate(asking, 'Application', application, { [names.rollbackTo]: null });
}

/** Lets the one prune run that waits for this approval. */
export function approvePrune(asking: Asking, application: Named, approval: string): Promise<void> {
  return annotate(asking, 'Application', application, { [names.approvePrune]: approval });
}

/** Changes nothing more in the cluster for an Application, or goes on. */
export async function setSuspend(asking: Asking, application: Named, suspend: boolean): Promise<void> {
  const { client, signal } = asking;
  const { namespace, name } = application;
  await client.patch({ group, kind: 'Application', namespace, name }, { spec: { suspend } }, { type: 'merge', signal });
}

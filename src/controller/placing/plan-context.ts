import type { Repository } from '../../api/index.ts';
import { plumbError, PlumbError } from '../../errors.ts';
import type { KubeClient, ListSchemaReader } from '../../kube/index.ts';
import type { Applications } from '../application/applications.ts';
import type { ReconcileContext, SourcePart } from '../application/context.ts';
import { madeName } from '../gitops/made-objects.ts';
import type { PlanContext } from './open-sources.ts';

/** Where all that is known of Applications and their sources comes from. */
export interface PlanSources {
  readonly client: Pick<KubeClient, 'discovery'>;
  readonly lists: ListSchemaReader;
  readonly reconcile: Pick<ReconcileContext, 'renderer' | 'sourceOf' | 'environment' | 'seedOf'>;
  readonly applications: Pick<Applications, 'get' | 'readingAny'>;
  readonly repositoryOf: (id: string) => Repository | undefined;
}

/**
 * An Application with its sources as they are known now.
 * @throws PlumbError `server.unavailable`, `controller.gitops-starting` where they are not read yet; their problems
 */
export async function planContextOf(
  namespace: string,
  name: string,
  { reconcile, applications, repositoryOf, client, lists }: PlanSources,
  signal: AbortSignal,
): Promise<PlanContext> {
  const id = `${namespace}/${name}`;
  const application = applications.get(id)?.application;
  if (application === undefined) {
    const code = name === madeName ? 'controller.gitops-starting' : 'controller.change-refused';
    throw plumbError(code, `there is no Application ${id}`);
  }
  const source = await reconcile.sourceOf(application);
  if (source.state === 'pending') throw plumbError('controller.gitops-starting', source.message);
  if (source.state === 'failed') throw new PlumbError(source.problems);
  const repositoryId = (part: SourcePart): string => `${namespace}/${part.source.repositoryRef.name}`;
  return {
    application,
    parts: source.parts,
    renderer: reconcile.renderer,
    environment: await reconcile.environment(signal),
    seed: reconcile.seedOf(id),
    repositoryOf: (part) => repositoryOf(repositoryId(part)),
    isShared(part, path) {
      const readers = applications.readingAny(repositoryId(part), [part.group], [{ path, change: 'modified' }]);
      for (const reader of readers) if (reader.id !== id) return true;
      return false;
    },
    discovery: client.discovery,
    lists,
  };
}

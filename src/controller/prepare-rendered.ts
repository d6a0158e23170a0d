import { type Application, group } from '../api/index.ts';
import type { KubeClient } from '../kube/index.ts';
import type { RenderResult } from '../render/index.ts';
import { applySetId, lookupResources, prepare, type PreparedSet } from '../sync/index.ts';
import type { Origins } from './place-problems.ts';
import { destinationOf } from './render-request.ts';

/** The ApplySet that an Application is the parent of. */
export function applySetOfApplication(application: Application): string {
  const { namespace, name } = application.metadata;
  return applySetId({ group, kind: 'Application', namespace, name });
}

/** Makes what was rendered for an Application ready to be applied, and keeps where each object came from. */
export async function prepareRendered(
  application: Application,
  result: Pick<RenderResult, 'objects' | 'origins'>,
  client: Pick<KubeClient, 'discovery'>,
  signal: AbortSignal,
): Promise<{ readonly desired: PreparedSet; readonly origins: Origins }> {
  const lookup = await lookupResources(result.objects, client.discovery, signal);
  const desired = prepare(
    result.objects.map((object, index) => {
      const file = result.origins[index]?.file;
      return file === undefined ? { object } : { object, origin: { file } };
    }),
    { namespace: destinationOf(application), applySet: applySetOfApplication(application), lookup },
  );
  // Prepared objects come in the order of the rendered ones.
  const origins = new Map(
    desired.objects.map(({ id, object }, index) => [id, { origin: result.origins[index] ?? {}, object }]),
  );
  return { desired, origins };
}

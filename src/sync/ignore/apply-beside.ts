import type { KubeObject } from '../../object.ts';
import { hasOnly } from '../codes.ts';
import type { ApplyOptions, SyncCluster } from '../ports.ts';
import type { ObjectIgnore } from './rules.ts';
import { withoutIgnored } from './without-ignored.ts';

/** What is applied: an object, and what is ignored of it. */
export interface ApplyBeside {
  readonly object: KubeObject;
  readonly ignored?: ObjectIgnore;
}

/** An object that is busy may change in between: so often is it looked at anew. */
const tries = 8;

/**
 * Server-side apply that leaves alone what is ignored. Where nothing is, it is one call; else the live object is read first, and
 * where values of it are part of what is applied, it is applied to that very state alone.
 *
 * @throws PlumbError as the client does; `kube.stale` where the object changes each time that it is looked at
 */
export async function applyBeside(
  cluster: Pick<SyncCluster, 'get' | 'apply'>,
  { object, ignored }: ApplyBeside,
  options: ApplyOptions,
): Promise<KubeObject> {
  if (ignored === undefined) return cluster.apply(object, options);
  for (let left = tries - 1; ; left -= 1) {
    const live = await cluster.get(refOf(object), { signal: options.signal });
    const respected = withoutIgnored(object, live, ignored, options.fieldManager);
    const version = live?.metadata.resourceVersion;
    if (!respected.pinned || options.dryRun || version === undefined) return cluster.apply(respected.object, options);
    const { metadata } = respected.object;
    try {
      return await cluster.apply({ ...respected.object, metadata: { ...metadata, resourceVersion: version } }, options);
    } catch (error) {
      if (left === 0 || !hasOnly(error, 'kube.stale')) throw error;
    }
  }
}

function refOf({ apiVersion, kind, metadata: { name, namespace = '' } }: KubeObject) {
  const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
  return { group, kind, namespace, name, apiVersion };
}

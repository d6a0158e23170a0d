import { plumbError } from '../../errors.ts';
import type { KubeClient } from '../../kube/index.ts';
import { kindRef } from '../application/kinds.ts';

/** Throws `cli.not-installed` where the cluster lacks the resources or the namespace of Plumbline. */
export async function requireInstalled(client: KubeClient, namespace: string, signal: AbortSignal): Promise<void> {
  const resources = await client.discovery.resources({ signal });
  const missing = (['Application', 'Repository'] as const).filter((kind) => {
    const { group } = kindRef(kind);
    return !resources.some((resource) => resource.group === group && resource.kind === kind);
  });
  if (missing.length > 0) {
    throw plumbError('cli.not-installed', `the cluster ${client.server} has no ${missing.join(' and no ')}`);
  }
  const found = await client.get({ group: '', kind: 'Namespace', namespace: '', name: namespace }, { signal });
  if (found === undefined)
    throw plumbError('cli.not-installed', `the cluster ${client.server} has no namespace ${namespace}`);
}

import type { KubeClient } from '../../kube/index.ts';
import type { CliContext } from '../context.ts';

/** Longer than this nobody waits for a completion, in milliseconds. */
const patience = 2000;

type Flags = Readonly<Record<string, string>>;

/** Names that arguments and flags of a certain name may have, asked for when they are completed. */
type Source = (client: KubeClient, flags: Flags, signal: AbortSignal) => Promise<readonly string[]>;

async function applications(client: KubeClient, flags: Flags, signal: AbortSignal): Promise<readonly string[]> {
  const [{ listOwn }, { clusterPlumb }] = await Promise.all([
    import('../application/read.ts'),
    import('../access/cluster.ts'),
  ]);
  const namespace = flags['namespace'] ?? client.namespace;
  const access = clusterPlumb({ client, namespace }, () => new Date());
  const objects = await listOwn(access, 'Application', namespace, signal);
  return objects.map(({ metadata }) => metadata.name);
}

async function namespaces(client: KubeClient, _flags: Flags, signal: AbortSignal): Promise<readonly string[]> {
  const names: string[] = [];
  const kind = { group: '', kind: 'Namespace' };
  for await (const { metadata } of client.list(kind, { signal })) names.push(metadata.name);
  return names;
}

const sources: Readonly<Record<string, Source>> = {
  application: applications,
  names: applications,
  namespace: namespaces,
};

/** The names for an argument or flag, by its name; none where nothing is known or the cluster does not answer. */
export async function namesFor(name: string, flags: Flags, context: CliContext): Promise<readonly string[]> {
  const source = sources[name];
  if (source === undefined) return [];
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(patience)]);
  try {
    const { createKubeClient, loadClusterConfig } = await import('../../kube/index.ts');
    const { kubeconfig, context: contextName } = flags;
    const config = await loadClusterConfig({
      environment: context.env,
      ...(kubeconfig === undefined ? {} : { kubeconfig }),
      ...(contextName === undefined ? {} : { context: contextName }),
    });
    const client = createKubeClient(config, { patience });
    try {
      return await source(client, flags, signal);
    } finally {
      await client.close();
    }
  } catch {
    // Completing is a courtesy: a cluster that is away must not print over the command line.
    return [];
  }
}

import type { KubeClient } from '../../kube/index.ts';
import type { ApiClient } from '../../client/index.ts';
import type { PlumbAccess } from '../access/types.ts';
import { apiClientOf, serverUrlOf } from '../access/with-plumb.ts';
import type { CliContext } from '../context.ts';
import { parseServer } from '../sign-in/server-url.ts';
import { objectsOf, revisionsOf } from './of-application.ts';

/** Longer than this nobody waits for a completion, in milliseconds. */
const patience = 2000;

type Flags = Readonly<Record<string, string>>;

/** What was typed before the word that is completed. */
export interface Typed {
  /** The command, as `sync`. */
  readonly command: string;
  /** Its arguments. */
  readonly given: readonly string[];
  readonly flags: Flags;
}

/** Names that arguments and flags of a certain name may have, asked for when they are completed. */
interface Source {
  readonly ofCluster: (client: KubeClient, typed: Typed, signal: AbortSignal) => Promise<readonly string[]>;
  readonly ofServer: (client: ApiClient, typed: Typed, signal: AbortSignal) => Promise<readonly string[]>;
}

/** Names that a Plumbline tells the same way whichever way it is asked. */
function ofPlumb(
  names: (access: PlumbAccess, given: readonly string[], signal: AbortSignal) => Promise<readonly string[]>,
): Source {
  return {
    async ofCluster(client, { flags, given }, signal) {
      const { clusterPlumb } = await import('../access/cluster.ts');
      const namespace = flags['namespace'] ?? client.namespace;
      const access = clusterPlumb({ client, namespace }, () => new Date());
      return names(access, given, signal);
    },
    async ofServer(client, { flags, given }, signal) {
      const { serverPlumb } = await import('../access/server.ts');
      return names(serverPlumb(client, flags['namespace'] ?? 'default'), given, signal);
    },
  };
}

const applicationNames = ofPlumb(async (access, _given, signal) => {
  const objects = await access.list('Application', access.namespace, signal);
  return objects.map(({ metadata }) => metadata.name);
});

const namespaceNames: Source = {
  async ofCluster(client, _typed, signal) {
    const names: string[] = [];
    const kind = { group: '', kind: 'Namespace' };
    for await (const { metadata } of client.list(kind, { signal })) names.push(metadata.name);
    return names;
  },
  // A server tells of no namespaces but those in which there is something to see.
  async ofServer(client, _typed, signal) {
    const { serverPlumb } = await import('../access/server.ts');
    const objects = await serverPlumb(client, 'default').list('Application', undefined, signal);
    return [...new Set(objects.map(({ metadata }) => metadata.namespace ?? ''))];
  },
};

/** What people act upon every day; of all other kinds the beginning is offered. */
const everyDay = ['apps/Deployment', 'apps/StatefulSet', 'apps/DaemonSet', 'batch/CronJob', 'batch/Job'];

async function kindBeginnings(): Promise<readonly string[]> {
  const { kindsWithActions } = await import('../actions/named-object.ts');
  return [...new Set(kindsWithActions().map(({ kind }) => `${kind.toLowerCase()}/`))];
}

const objectNames: Source = {
  async ofCluster(client, { flags }, signal) {
    const namespace = flags['namespace'] ?? client.namespace;
    const lists = everyDay.map(async (each) => {
      const [group = '', kind = ''] = each.split('/');
      const names: string[] = [];
      for await (const { metadata } of client.list({ group, kind }, { namespace, signal })) {
        names.push(`${kind.toLowerCase()}/${metadata.name}`);
      }
      return names;
    });
    const found = (await Promise.allSettled(lists)).flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
    return [...found, ...(await kindBeginnings())];
  },
  ofServer: kindBeginnings,
};

const actionNames = async (): Promise<readonly string[]> => {
  const { allActions } = await import('../../actions/index.ts');
  return [...new Set([...allActions()].flatMap(({ actions }) => actions.map(({ name }) => name)))].toSorted();
};

const sources: Readonly<Record<string, Source>> = {
  application: applicationNames,
  names: applicationNames,
  'kind/name': objectNames,
  namespace: namespaceNames,
};

/** What a name means to one command alone. */
const ofCommands: Readonly<Record<string, Readonly<Record<string, Source>>>> = {
  sync: { resource: ofPlumb(objectsOf), revision: ofPlumb(revisionsOf) },
  rollback: { revision: ofPlumb(revisionsOf) },
};

/** The names for an argument or flag, by its name; none where nothing is known or nobody answers. */
export async function namesFor(name: string, typed: Typed, context: CliContext): Promise<readonly string[]> {
  if (name === 'action-name') return actionNames();
  const { command, flags } = typed;
  const source = ofCommands[command]?.[name] ?? sources[name];
  if (source === undefined) return [];
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(patience)]);
  try {
    const server = serverUrlOf({ options: flags, context });
    if (server !== undefined) {
      const client = await apiClientOf({ context, options: flags }, parseServer(server));
      return await source.ofServer(client, typed, signal);
    }
    const { createKubeClient, loadClusterConfig } = await import('../../kube/index.ts');
    const { kubeconfig, context: contextName } = flags;
    const config = await loadClusterConfig({
      environment: context.env,
      ...(kubeconfig === undefined ? {} : { kubeconfig }),
      ...(contextName === undefined ? {} : { context: contextName }),
    });
    const client = createKubeClient(config, { patience });
    try {
      return await source.ofCluster(client, typed, signal);
    } finally {
      await client.close();
    }
  } catch {
    // Completing is a courtesy: what is away must not print over the command line.
    return [];
  }
}

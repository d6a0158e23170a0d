import { allPages, answerOf, type ApiClient, followChanges, type Schemas } from '../../client/index.ts';
import { type ErrorCode, PlumbError, plumbError, type Problem } from '../../errors.ts';
import type { Health } from '../../health/index.ts';
import type { KubeObject } from '../../object.ts';
import type { ObjectDiff, PruneSimulation, SyncDiff, SyncOwners, TreeNode } from '../../sync/index.ts';
import type { ApplicationDiffOptions } from '../application/diff.ts';
import type { EventView } from '../application/events.ts';
import type { OwnKind } from '../application/kinds.ts';
import type { Asked, OwnName, PlumbAccess } from './types.ts';

const pathOf = ({ namespace, name }: Pick<OwnName, 'namespace' | 'name'>) => ({
  params: { path: { namespace, name } },
});
const pageLimit = 500;

/** The fields in the order in which the API server shows those of a custom resource. */
function inOrder<Value>(value: Value): Value {
  if (Array.isArray(value)) return value.map(inOrder) as Value;
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(fields.map(([name, each]) => [name, inOrder(each)])) as Value;
}

/** A Plumbline as its server shows it. */
export function serverPlumb(client: ApiClient, namespace: string): PlumbAccess {
  const { api } = client;

  const get: PlumbAccess['get'] = async ({ kind, ...name }, signal) => {
    try {
      return inOrder(
        kind === 'Application'
          ? await answerOf(client, api.GET('/api/v1/applications/{namespace}/{name}', { ...pathOf(name), signal }))
          : await answerOf(client, api.GET('/api/v1/repositories/{namespace}/{name}', { ...pathOf(name), signal })),
      );
    } catch (error) {
      if (error instanceof PlumbError && error.code === 'server.missing') return undefined;
      throw error;
    }
  };

  const events = async ({ kind, ...name }: OwnName, signal: AbortSignal): Promise<EventView[]> => {
    const { items } =
      kind === 'Application'
        ? await answerOf(client, api.GET('/api/v1/applications/{namespace}/{name}/logs', { ...pathOf(name), signal }))
        : await answerOf(client, api.GET('/api/v1/repositories/{namespace}/{name}/logs', { ...pathOf(name), signal }));
    return items;
  };

  return {
    namespace,
    get,
    events,
    list: (kind, where, signal) => listAll(client, kind, where, signal),
    async watch(name, look, signal) {
      for await (const change of followChanges(client, { ...name, signal })) {
        // What was done is in the status too, which is told by itself.
        if (change?.type === 'logged') continue;
        const answer = look(await get(name, signal));
        if (answer !== undefined) return answer;
      }
      throw signal.reason;
    },
    async followEvents(name, show, signal) {
      const seen = new Set<string>();
      for await (const change of followChanges(client, { ...name, signal })) {
        if (change !== undefined && change.type !== 'logged') continue;
        const fresh = (await events(name, signal)).filter(({ uid }) => !seen.has(uid));
        for (const { uid } of fresh) seen.add(uid);
        show(fresh);
      }
    },
    async tree({ metadata }, signal, rules) {
      if (rules !== undefined) throw plumbError('cli.usage', 'a server has its own rules: leave --health-rules out');
      const named = pathOf({ namespace: metadata.namespace ?? '', name: metadata.name });
      const call = api.GET('/api/v1/applications/{namespace}/{name}/tree', { ...named, signal });
      const { items, hiddenKinds } = await answerOf(client, call);
      return [childrenOf(items, undefined), hiddenKinds];
    },
    async diff({ options, signal }, name) {
      refuseOptions(options);
      const call = api.GET('/api/v1/applications/{namespace}/{name}/diff', { ...pathOf({ namespace, name }), signal });
      return diffOf(await answerOf(client, call));
    },
    async owners({ options, signal }, name) {
      refuseOptions(options);
      const named = pathOf({ namespace, name });
      const call = api.GET('/api/v1/applications/{namespace}/{name}/owners', { ...named, signal });
      return ownersOf(await answerOf(client, call));
    },
    async prune({ signal }, name, approval) {
      const query = approval === undefined ? {} : { approval };
      const { params } = pathOf({ namespace, name });
      const call = api.GET('/api/v1/applications/{namespace}/{name}/prune', { params: { ...params, query }, signal });
      return pruneOf(await answerOf(client, call));
    },
    async approve(application, token, signal) {
      const call = api.POST('/api/v1/applications/{namespace}/{name}/approve-prune', {
        ...pathOf(application),
        body: { approval: token },
        signal,
      });
      await answerOf(client, call);
    },
    async dryRun({ options, signal }, name, resources) {
      refuseRules(options.ignoreRules);
      if (options.revision !== undefined) {
        throw plumbError(
          'cli.usage',
          'a server tries what an Application names, and no other revision: --dry-run with --revision does not go together with --server',
        );
      }
      const call = api.POST('/api/v1/applications/{namespace}/{name}/dry-run', {
        ...pathOf({ namespace, name }),
        body: resources === undefined ? {} : { resources: [...resources] },
        signal,
      });
      const { items, hidden, problems, blocked } = await answerOf(client, call);
      const known = problems.map(({ code, ...problem }) => ({ ...problem, code: code as ErrorCode }));
      const unseen = hidden === 0 ? [] : [{ id: 'hidden', message: `${hidden} more objects, which you may not see` }];
      return { results: items, problems: known, blocked: [...blocked, ...unseen] };
    },
    async stop(application, signal) {
      const call = api.POST('/api/v1/applications/{namespace}/{name}/stop', { ...pathOf(application), signal });
      return (await answerOf(client, call)).request;
    },
    async sync(application, timeout, signal, { resources, revision, ignoreDependencies } = {}) {
      const call = api.POST('/api/v1/applications/{namespace}/{name}/sync', {
        ...pathOf(application),
        // Without a wait the server is not kept waiting either.
        body: {
          fetch: timeout > 0,
          ...(resources === undefined ? {} : { resources: [...resources] }),
          ...(revision === undefined ? {} : { revision }),
          ...(ignoreDependencies === true ? { ignoreDependencies } : {}),
        },
        signal,
      });
      return (await answerOf(client, call)).request;
    },
    async reconcile(application, acceptRewind, signal) {
      const body = acceptRewind === undefined ? {} : { acceptRewind };
      const call = api.POST('/api/v1/applications/{namespace}/{name}/refresh', {
        ...pathOf(application),
        body,
        signal,
      });
      return (await answerOf(client, call)).request;
    },
    async holdAt(application, revision, signal) {
      const call = api.POST('/api/v1/applications/{namespace}/{name}/rollback', {
        ...pathOf(application),
        body: { revision },
        signal,
      });
      return (await answerOf(client, call)).request;
    },
    async release(application, signal) {
      await answerOf(
        client,
        api.POST('/api/v1/applications/{namespace}/{name}/release', { ...pathOf(application), signal }),
      );
    },
    setSuspend: (application, suspend, signal) => setSuspend(client, application, suspend, signal),
  };
}

function refuseRules(ignoreRules: string | undefined): void {
  if (ignoreRules === undefined) return;
  throw plumbError('cli.usage', 'a server has rules of its own: --ignore-rules does not go together with --server');
}

/** What only who renders by himself can choose. */
function refuseOptions({ revision, ignoreRules }: Pick<ApplicationDiffOptions, 'revision' | 'ignoreRules'>): void {
  refuseRules(ignoreRules);
  if (revision === undefined) return;
  throw plumbError(
    'cli.usage',
    'a server renders what an Application names, and no other revision: --revision does not go together with --server',
  );
}

async function setSuspend(client: ApiClient, application: Asked, suspend: boolean, signal: AbortSignal): Promise<void> {
  const options = { ...pathOf(application), signal };
  await (suspend
    ? answerOf(client, client.api.POST('/api/v1/applications/{namespace}/{name}/suspend', options))
    : answerOf(client, client.api.POST('/api/v1/applications/{namespace}/{name}/resume', options)));
}

async function listAll(
  client: ApiClient,
  kind: OwnKind,
  namespace: string | undefined,
  signal: AbortSignal,
): Promise<KubeObject[]> {
  const where = namespace === undefined ? {} : { namespace };
  const pages = allPages<KubeObject>(async (cursor) => {
    const query = { limit: pageLimit, ...where, ...(cursor === undefined ? {} : { cursor }) };
    return kind === 'Application'
      ? answerOf(
          client,
          client.api.GET('/api/v1/applications', { params: { query: { ...query, history: true } }, signal }),
        )
      : answerOf(client, client.api.GET('/api/v1/repositories', { params: { query }, signal }));
  });
  const objects: KubeObject[] = [];
  for await (const object of pages) objects.push(inOrder(object));
  return objects;
}

type Node = Schemas['TreeNode'];

/** The nodes below one; the first of all where none is named. */
function childrenOf(items: readonly Node[], parent: string | undefined): TreeNode[] {
  return items
    .filter((item) => item.parent === parent)
    .map((item) => {
      const { apiVersion, kind, name, namespace, uid, createdAt, warnings } = item;
      const metadata = {
        name,
        uid,
        ...(namespace === undefined ? {} : { namespace }),
        ...(createdAt === undefined ? {} : { creationTimestamp: createdAt }),
      };
      const health: Health = item.health;
      const told = warnings === undefined ? {} : { warnings };
      return { object: { apiVersion, kind, metadata }, health, children: childrenOf(items, uid), ...told };
    });
}

/** As the command tells it: what may not be seen is trouble, as it may differ. */
function diffOf({ items, hidden, problems, blocked, approval }: Schemas['ApplicationDiff']): SyncDiff {
  const unseen: Problem = {
    code: 'auth.forbidden',
    message: `${hidden} more objects differ, which you may not see`,
  };
  return {
    diffs: items.map(({ changes, ...diff }): ObjectDiff => ({
      ...diff,
      changes: changes.map(({ path, before, after, owners }) => ({
        path,
        before,
        after,
        ...(owners === undefined ? {} : { owners }),
      })),
    })),
    problems: [
      ...problems.map(({ code, ...problem }) => ({ ...problem, code: code as ErrorCode })),
      ...(hidden === 0 ? [] : [unseen]),
    ],
    blocked: blocked.map((each) => ({ ...each, reason: each.reason as SyncDiff['blocked'][number]['reason'] })),
    ...(approval === undefined ? {} : { approval }),
  };
}

function ownersOf({ items, hidden, problems }: Schemas['ApplicationOwners']): SyncOwners {
  const unseen: Problem = { code: 'auth.forbidden', message: `${hidden} more objects, which you may not see` };
  return {
    owners: items,
    problems: [
      ...problems.map(({ code, ...problem }) => ({ ...problem, code: code as ErrorCode })),
      ...(hidden === 0 ? [] : [unseen]),
    ],
  };
}

function pruneOf({ items, hidden, problems, unseen, approval }: Schemas['PruneSimulation']): PruneSimulation {
  return {
    deletions: items.map(({ reason, ...deletion }) => ({
      ...deletion,
      reason: reason as PruneSimulation['deletions'][number]['reason'],
    })),
    problems: problems.map(({ code, ...problem }) => ({ ...problem, code: code as ErrorCode })),
    unseen: hidden === 0 ? unseen : [...unseen, `${hidden} objects that you may not see`],
    ...(approval === undefined ? {} : { approval }),
  };
}

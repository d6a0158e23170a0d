import { PlumbError } from '../errors.ts';
import { healthOf, type Health } from '../health/index.ts';
import type { KindRef, KubeClient } from '../kube/index.ts';
import { groupOf, keyOf, type KubeObject } from '../object.ts';
import { illIn, type TreeNode, treeOf } from './explain-tree.ts';
import { hookSetOf } from './hook.ts';
import { isKubernetes } from './own-groups.ts';
import { type ObjectWarning, warningsIfAllowed } from './warnings.ts';
import { applySetId, parentRecordOf, parseGroupKind, partOfLabel } from './apply-set.ts';

/** Objects that are not well and about which Events are read, at most. */
const explainedObjects = 20;

/** Objects of one kind; of all namespaces where none is named. */
export interface TreeScope extends KindRef {
  readonly namespace?: string;
}

/** A scope in words: `Deployment.apps shop`. */
export function nameOfScope({ group, kind, namespace }: TreeScope): string {
  const text = group === '' ? kind : `${kind}.${group}`;
  return namespace === undefined || namespace === '' ? text : `${text} ${namespace}`;
}

/** How a tree is built. */
export interface TreeOptions {
  /** Where the objects of the Application are; found by what its annotations say where left out. */
  readonly scopes?: readonly TreeScope[];
  /** Told of what may not be listed, which is then left out; without it that is an error. */
  readonly onForbidden?: (scope: TreeScope) => void;
  /** Tells the health of an object; what is built in where left out. */
  readonly judge?: (object: KubeObject) => Health;
  readonly signal: AbortSignal;
}

/** The kinds that controllers of Kubernetes make from others, by the kind of their maker. */
const madeFrom: Readonly<Record<string, readonly KindRef[]>> = {
  'Deployment.apps': [{ group: 'apps', kind: 'ReplicaSet' }],
  'ReplicaSet.apps': [{ group: '', kind: 'Pod' }],
  'StatefulSet.apps': [{ group: '', kind: 'Pod' }],
  'DaemonSet.apps': [{ group: '', kind: 'Pod' }],
  'CronJob.batch': [{ group: 'batch', kind: 'Job' }],
  'Job.batch': [{ group: '', kind: 'Pod' }],
};

/** What operators make of objects of theirs, as far as pods come of it. */
const madeByOperators: readonly KindRef[] = [
  { group: 'apps', kind: 'Deployment' },
  { group: 'apps', kind: 'StatefulSet' },
  { group: 'apps', kind: 'DaemonSet' },
  { group: 'apps', kind: 'ReplicaSet' },
  { group: 'batch', kind: 'Job' },
  { group: '', kind: 'Pod' },
];

/** The kinds that may have been made from an object: of Kubernetes' own by the table, of others whatever runs pods. */
function kindsBelow(object: KubeObject): readonly KindRef[] {
  return madeFrom[kindText(object)] ?? (isKubernetes(groupOf(object.apiVersion)) ? [] : madeByOperators);
}

function kindText(object: KubeObject): string {
  const group = groupOf(object.apiVersion);
  return group === '' ? object.kind : `${object.kind}.${group}`;
}

async function listIn(
  client: KubeClient,
  scope: TreeScope,
  labelSelector: string | undefined,
  { onForbidden, signal }: TreeOptions,
): Promise<KubeObject[]> {
  const { namespace, ...kind } = scope;
  const objects: KubeObject[] = [];
  try {
    const list = client.list(kind, {
      signal,
      ...(namespace === undefined ? {} : { namespace }),
      ...(labelSelector === undefined ? {} : { labelSelector }),
    });
    for await (const object of list) objects.push(object);
  } catch (error) {
    if (onForbidden === undefined || !(error instanceof PlumbError && error.code === 'kube.forbidden')) throw error;
    onForbidden(scope);
    return [];
  }
  return objects;
}

/** The objects that carry the label of the Application's ApplySet. */
async function membersOf(client: KubeClient, application: KubeObject, options: TreeOptions): Promise<KubeObject[]> {
  const id = applySetId(keyOf(application));
  const scopes = options.scopes ?? parentRecordOf(application).groupKinds.map(parseGroupKind);
  const lists = await Promise.all(
    scopes.map((scope) => listIn(client, scope, `${partOfLabel} in (${id},${hookSetOf(id)})`, options)),
  );
  return lists.flat();
}

/** What the objects have made, and what that has made: everything below, by the uid of its maker. */
async function madeBy(
  client: KubeClient,
  makers: readonly KubeObject[],
  options: TreeOptions,
): Promise<Map<string, KubeObject[]>> {
  const byOwner = new Map<string, KubeObject[]>();
  const wanted = new Map<string, TreeScope>();
  for (const maker of makers) {
    const namespace = maker.metadata.namespace ?? '';
    // What lives in no namespace may have made things anywhere: all of a cluster are not looked through for it.
    for (const kind of namespace === '' ? [] : kindsBelow(maker)) {
      wanted.set(`${kind.group}/${kind.kind} ${namespace}`, { ...kind, namespace });
    }
  }
  const found = await Promise.all([...wanted.values()].map((scope) => listIn(client, scope, undefined, options)));
  const uids = new Set(makers.map(({ metadata }) => metadata.uid));
  const children = found.flat().filter((object) => {
    const owners = object.metadata.ownerReferences?.filter(({ uid }) => uids.has(uid)) ?? [];
    for (const { uid } of owners) byOwner.set(uid, [...(byOwner.get(uid) ?? []), object]);
    return owners.length > 0;
  });
  if (children.length === 0) return byOwner;
  return new Map([...byOwner, ...(await madeBy(client, children, options))]);
}

/** What Events warn of about objects that are not well; nothing is asked where all are. */
async function warningsAbout(
  client: KubeClient,
  objects: readonly KubeObject[],
  { onForbidden, signal }: TreeOptions,
): Promise<ReadonlyMap<string, readonly ObjectWarning[]>> {
  const found = await Promise.all(
    objects.map(async ({ metadata }) => {
      const { uid = '', namespace = '' } = metadata;
      const hide = (): void => onForbidden?.({ group: '', kind: 'Event', namespace });
      return [uid, await warningsIfAllowed(client, metadata, signal, hide)] as const;
    }),
  );
  return new Map(found);
}

/**
 * The objects of an Application as trees: what Git holds, and below it what Kubernetes has made of it. They are read
 * at the moment, with the rights of the client: what Kubernetes makes is watched by nobody here. Of objects that are not
 * well, 20 at most are asked for what Events warn of.
 */
export async function buildTree(
  client: KubeClient,
  application: KubeObject,
  options: TreeOptions,
): Promise<readonly TreeNode[]> {
  const members = await membersOf(client, application, options);
  const byOwner = await madeBy(client, members, options);
  const known = new Map<KubeObject, Health>();
  const judge = (object: KubeObject): Health => {
    const health = known.get(object) ?? (options.judge ?? healthOf)(object);
    known.set(object, health);
    return health;
  };
  const input = { roots: members, madeBy: byOwner, judge };
  const nodes = treeOf(input);
  const ill = illIn(nodes).slice(0, explainedObjects);
  if (ill.length === 0) return nodes;
  return treeOf({ ...input, warnings: await warningsAbout(client, ill, options) });
}

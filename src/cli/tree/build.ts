import { healthOf, type Health } from '../../health/index.ts';
import type { KindRef, KubeClient } from '../../kube/index.ts';
import { formatKey, groupOf, keyOf, type KubeObject } from '../../object.ts';
import { applySetId, parentRecordOf, parseGroupKind, partOfLabel } from '../../sync/index.ts';

/** An object of an Application, with those that it has made. */
export interface TreeNode {
  readonly object: KubeObject;
  readonly health: Health;
  readonly children: readonly TreeNode[];
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

function kindText(object: KubeObject): string {
  const group = groupOf(object.apiVersion);
  return group === '' ? object.kind : `${object.kind}.${group}`;
}

async function collect(list: AsyncIterable<KubeObject>): Promise<KubeObject[]> {
  const objects: KubeObject[] = [];
  for await (const object of list) objects.push(object);
  return objects;
}

/** The objects that carry the label of the Application's ApplySet. */
async function membersOf(client: KubeClient, application: KubeObject, signal: AbortSignal): Promise<KubeObject[]> {
  const id = applySetId(keyOf(application));
  const kinds = parentRecordOf(application).groupKinds.map(parseGroupKind);
  const lists = await Promise.all(
    kinds.map((kind) => collect(client.list(kind, { labelSelector: `${partOfLabel}=${id}`, signal }))),
  );
  return lists.flat();
}

/** What the objects have made, and what that has made: everything below, by the uid of its maker. */
async function madeBy(
  client: KubeClient,
  makers: readonly KubeObject[],
  signal: AbortSignal,
): Promise<Map<string, KubeObject[]>> {
  const byOwner = new Map<string, KubeObject[]>();
  const wanted = new Map<string, { kind: KindRef; namespace: string }>();
  for (const maker of makers) {
    for (const kind of madeFrom[kindText(maker)] ?? []) {
      const namespace = maker.metadata.namespace ?? '';
      wanted.set(`${kind.group}/${kind.kind} ${namespace}`, { kind, namespace });
    }
  }
  const found = await Promise.all(
    [...wanted.values()].map(({ kind, namespace }) => collect(client.list(kind, { namespace, signal }))),
  );
  const uids = new Set(makers.map(({ metadata }) => metadata.uid));
  const children = found.flat().filter((object) => {
    const owners = object.metadata.ownerReferences?.filter(({ uid }) => uids.has(uid)) ?? [];
    for (const { uid } of owners) byOwner.set(uid, [...(byOwner.get(uid) ?? []), object]);
    return owners.length > 0;
  });
  if (children.length === 0) return byOwner;
  return new Map([...byOwner, ...(await madeBy(client, children, signal))]);
}

function nodeOf(object: KubeObject, byOwner: ReadonlyMap<string, readonly KubeObject[]>): TreeNode {
  const children = byOwner.get(object.metadata.uid ?? '') ?? [];
  return {
    object,
    health: healthOf(object),
    children: children.toSorted(byKey).map((child) => nodeOf(child, byOwner)),
  };
}

function byKey(a: KubeObject, b: KubeObject): number {
  return formatKey(keyOf(a)).localeCompare(formatKey(keyOf(b)));
}

/** The objects of an Application as trees: what Git holds, and below it what Kubernetes has made of it. */
export async function buildTree(
  client: KubeClient,
  application: KubeObject,
  signal: AbortSignal,
): Promise<readonly TreeNode[]> {
  const members = await membersOf(client, application, signal);
  const byOwner = await madeBy(client, members, signal);
  return members.toSorted(byKey).map((member) => nodeOf(member, byOwner));
}

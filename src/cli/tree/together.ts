import type { Health } from '../../health/index.ts';
import type { KubeObject, OwnerReference } from '../../object.ts';
import { mergedWarnings, type ObjectWarning, type TreeNode, treeOf } from '../../sync/index.ts';

type Reference = { readonly uid?: unknown } | undefined;

/**
 * How well objects of files do, each with what the others among them say of it: those that it has made, by their owner
 * references, and Events. As the tree of an Application has it.
 */
export function judgedTogether(
  objects: readonly KubeObject[],
  judge: (object: KubeObject) => Health,
): (object: KubeObject) => Health {
  const uids = new Set(objects.map(({ metadata }) => metadata.uid).filter((uid) => uid !== undefined));
  const madeBy = new Map<string, KubeObject[]>();
  const roots: KubeObject[] = [];
  for (const object of objects) {
    // One owner alone, so that what is reached from a root is no ring.
    const { ownerReferences: given } = object.metadata as { readonly ownerReferences?: unknown };
    const all = Array.isArray(given) ? (given as readonly Partial<OwnerReference>[]) : [];
    const owners = all.filter((each) => each?.uid !== undefined && uids.has(each.uid));
    const owner = (owners.find(({ controller }) => controller === true) ?? owners[0])?.uid;
    if (owner === undefined) roots.push(object);
    else madeBy.set(owner, [...(madeBy.get(owner) ?? []), object]);
  }
  const known = new Map<KubeObject, Health>();
  const note = ({ object, health, children }: TreeNode): void => {
    known.set(object, health);
    for (const child of children) note(child);
  };
  for (const node of treeOf({ roots, madeBy, judge, warnings: warningsIn(objects) })) note(node);
  return (object) => known.get(object) ?? judge(object);
}

function warningsIn(objects: readonly KubeObject[]): ReadonlyMap<string, readonly ObjectWarning[]> {
  const about = new Map<string, KubeObject[]>();
  for (const event of objects) {
    if (event.kind !== 'Event' || event['type'] !== 'Warning') continue;
    const { uid } = ((event['involvedObject'] ?? event['regarding']) as Reference) ?? {};
    if (typeof uid === 'string') about.set(uid, [...(about.get(uid) ?? []), event]);
  }
  return new Map([...about].map(([uid, events]) => [uid, mergedWarnings(events)]));
}

import { type Health, withReason } from '../health/index.ts';
import { formatKey, keyOf, type KubeObject } from '../object.ts';
import { describeWarning, type ObjectWarning } from './warnings.ts';

/** An object of an Application, with those that it has made. */
export interface TreeNode {
  readonly object: KubeObject;
  readonly health: Health;
  readonly children: readonly TreeNode[];
  /** What Events warn of about this very object, where it is not well; the newest first. Left out where there is nothing. */
  readonly warnings?: readonly ObjectWarning[];
}

/** What a tree is made of. */
export interface TreeInput {
  readonly roots: readonly KubeObject[];
  /** What each has made, by its uid. */
  readonly madeBy: ReadonlyMap<string, readonly KubeObject[]>;
  readonly judge: (object: KubeObject) => Health;
  /** What Events warn of, by the uid of the object. */
  readonly warnings?: ReadonlyMap<string, readonly ObjectWarning[]>;
}

/** The objects with what they have made below them; what is not well says what below it is to blame, and why. */
export function treeOf({ roots, madeBy, judge, warnings }: TreeInput): readonly TreeNode[] {
  const nodeOf = (object: KubeObject): TreeNode => {
    const { uid = '' } = object.metadata;
    const children = (madeBy.get(uid) ?? []).toSorted(byKey).map(nodeOf);
    const health = judge(object);
    const told = isIll(health) ? (warnings?.get(uid) ?? []) : [];
    const why = isIll(health) ? reasonOf(object, health, told, children) : undefined;
    return { object, health: withReason(health, why), children, ...(told.length === 0 ? {} : { warnings: told }) };
  };
  return roots.toSorted(byKey).map(nodeOf);
}

/** The objects that are not well, those that others have made first: what is below explains what is above. */
export function illIn(nodes: readonly TreeNode[]): readonly KubeObject[] {
  return nodes.flatMap(({ object, health, children }) => [...illIn(children), ...(isIll(health) ? [object] : [])]);
}

/** Whether something is to be explained. */
function isIll({ status }: Health): boolean {
  return status === 'Degraded' || status === 'Progressing';
}

/** Why an object is not well: what it has made and has failed, what that waits for, or what is said of it itself. */
function reasonOf(
  object: KubeObject,
  health: Health,
  [warning]: readonly ObjectWarning[],
  children: readonly TreeNode[],
) {
  const below = culpritIn(children, hasFailed) ?? culpritIn(children, tellsWhy);
  if (below !== undefined) {
    const said = saidOf(below);
    return health.message.includes(said) ? undefined : `${below.object.kind} ${below.object.metadata.name}: ${said}`;
  }
  // What a container says of itself needs no Event, and neither does what a condition says already.
  const known = warning === undefined || (health.message !== '' && warning.message.includes(health.message));
  return known || (object.kind === 'Pod' && health.status === 'Degraded') ? undefined : describeWarning(warning);
}

/** The first object below of which that is so, and of nothing that it has made. */
function culpritIn(children: readonly TreeNode[], isIt: (node: TreeNode) => boolean): TreeNode | undefined {
  for (const child of children) {
    const found = culpritIn(child.children, isIt) ?? (isIt(child) ? child : undefined);
    if (found !== undefined) return found;
  }
  return undefined;
}

function hasFailed({ health }: TreeNode): boolean {
  return health.status === 'Degraded';
}

/** Whether it is on its way, and more is known of that than that it is so. */
function tellsWhy({ object, health, warnings }: TreeNode): boolean {
  return health.status === 'Progressing' && (object.kind === 'Pod' || warnings !== undefined);
}

function saidOf({ health, warnings: [newest] = [] }: TreeNode): string {
  return newest === undefined || health.status === 'Degraded' ? health.message : describeWarning(newest);
}

function byKey(a: KubeObject, b: KubeObject): number {
  return formatKey(keyOf(a)).localeCompare(formatKey(keyOf(b)));
}

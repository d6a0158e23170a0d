import { groupOf } from '../../object.ts';
import { coloured } from '../application/table.ts';
import { age } from '../output/age.ts';
import type { Colors } from '../output/colors.ts';
import { resourceName } from '../output/objects.ts';
import { formatTable } from '../output/table.ts';
import type { TreeNode } from '../../sync/index.ts';

interface Line {
  readonly branch: string;
  /** What stands before a line about the same object. */
  readonly below: string;
  readonly node: TreeNode;
}

function lines(nodes: readonly TreeNode[], indent: string): Line[] {
  return nodes.flatMap((node, index) => {
    const isLast = index === nodes.length - 1;
    const below = `${indent}${isLast ? '   ' : '│  '}`;
    return [{ branch: `${indent}${isLast ? '└─ ' : '├─ '}`, below, node }, ...lines(node.children, below)];
  });
}

/** The tree of an Application for a person: every object with its health. */
export function formatTree(title: string, nodes: readonly TreeNode[], now: Date, colors: Colors): string {
  const rows = lines(nodes, '').flatMap(({ branch, below, node: { object, health, warnings = [] } }) => {
    const group = groupOf(object.apiVersion);
    const kind = group === '' ? object.kind : `${object.kind}.${group}`;
    const row = [
      `${colors.dim(branch)}${kind}/${object.metadata.name}`,
      object.metadata.namespace ?? '',
      coloured(health.status, colors),
      age(object.metadata.creationTimestamp, now),
      health.status === 'Healthy' ? '' : health.message,
    ];
    const told = warnings.map(({ reason, count, at, message }) => [
      `${colors.dim(below)}! ${reason}${count > 1 ? ` (${count} times)` : ''}`,
      '',
      '',
      age(at === '' ? undefined : at, now),
      // What it is not well for says it already.
      health.message.includes(message) ? '' : message,
    ]);
    return [row, ...told];
  });
  return formatTable([title, 'NAMESPACE', 'HEALTH', 'AGE', 'MESSAGE'], rows);
}

/** The names of all objects in the tree, as kubectl takes them. */
export function treeNames(nodes: readonly TreeNode[]): string[] {
  return nodes.flatMap(({ object, children }) => [resourceName(object), ...treeNames(children)]);
}

/** The tree as data: what each object is, how it is, and what it has made. */
export function treeData(nodes: readonly TreeNode[]): object[] {
  return nodes.map(({ object, health, children, warnings }) => ({
    apiVersion: object.apiVersion,
    kind: object.kind,
    namespace: object.metadata.namespace,
    name: object.metadata.name,
    health: health.status,
    message: health.message,
    ...(warnings === undefined ? {} : { warnings }),
    children: treeData(children),
  }));
}

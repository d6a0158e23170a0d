import { sha256 } from './canonical.ts';
import type { KubeObject, ObjectKey } from '../object.ts';

/** Label of a member: the id of its ApplySet. */
export const partOfLabel = 'applyset.kubernetes.io/part-of';
/** Label of a parent: the id of the ApplySet that it stands for. */
export const idLabel = 'applyset.kubernetes.io/id';
/** Label of a CustomResourceDefinition whose objects may be parents. */
export const parentTypeLabel = 'applyset.kubernetes.io/is-parent-type';
/** Annotation of a parent: `<tool>/<version>`; a tool leaves the sets of others alone. */
export const toolingAnnotation = 'applyset.kubernetes.io/tooling';
/** Annotation of a parent: the kinds of the members, `Deployment.apps,Service`. */
export const groupKindsAnnotation = 'applyset.kubernetes.io/contains-group-kinds';
/** Annotation of a parent: namespaces of members besides the parent's own. */
export const namespacesAnnotation = 'applyset.kubernetes.io/additional-namespaces';

/** The name of the tool in the tooling annotation. */
export const toolName = 'plumbline';

/** A group and a kind, whatever the version. */
export interface GroupKind {
  /** Empty for the core group. */
  readonly group: string;
  readonly kind: string;
}

/** What the parent of an ApplySet says about it; each list sorted and without repetition. */
export interface ParentRecord {
  /** `<Kind>.<group>`, or `<Kind>` in the core group. */
  readonly groupKinds: readonly string[];
  /** Namespaces of members besides the parent's own. */
  readonly namespaces: readonly string[];
}

/** A parent of which nothing is recorded yet. */
export const emptyParentRecord: ParentRecord = { groupKinds: [], namespaces: [] };

/**
 * The id of the ApplySet whose parent has this key: the value of `idLabel` on the parent and of
 * `partOfLabel` on its members. The format is KEP-3659's, so that kubectl and others find the set.
 */
export function applySetId(parent: ObjectKey): string {
  return `applyset-${sha256([parent.name, parent.namespace, parent.kind, parent.group].join('.'))}-v1`;
}

/** `Deployment.apps`, `Service`. */
export function formatGroupKind(groupKind: GroupKind): string {
  return groupKind.group === '' ? groupKind.kind : `${groupKind.kind}.${groupKind.group}`;
}

/** The reverse of `formatGroupKind`. */
export function parseGroupKind(text: string): GroupKind {
  const dot = text.indexOf('.');
  return dot < 0 ? { kind: text, group: '' } : { kind: text.slice(0, dot), group: text.slice(dot + 1) };
}

/** What the parent in `parentNamespace` must record to cover these objects. */
export function parentRecordFor(keys: Iterable<ObjectKey>, parentNamespace: string): ParentRecord {
  const groupKinds = new Set<string>();
  const namespaces = new Set<string>();
  for (const key of keys) {
    groupKinds.add(formatGroupKind(key));
    if (key.namespace !== '' && key.namespace !== parentNamespace) namespaces.add(key.namespace);
  }
  return { groupKinds: [...groupKinds].toSorted(), namespaces: [...namespaces].toSorted() };
}

/** A record that covers all that either covers. */
export function unionOfParentRecords(one: ParentRecord, other: ParentRecord): ParentRecord {
  return {
    groupKinds: [...new Set([...one.groupKinds, ...other.groupKinds])].toSorted(),
    namespaces: [...new Set([...one.namespaces, ...other.namespaces])].toSorted(),
  };
}

/** Whether both say the same. */
export function sameParentRecord(one: ParentRecord, other: ParentRecord): boolean {
  return String(one.groupKinds) === String(other.groupKinds) && String(one.namespaces) === String(other.namespaces);
}

/** The annotations of a parent that say this; `version` is Plumbline's own. */
export function parentAnnotations(record: ParentRecord, version: string): Record<string, string> {
  return {
    [toolingAnnotation]: `${toolName}/v${version}`,
    [groupKindsAnnotation]: record.groupKinds.join(','),
    [namespacesAnnotation]: record.namespaces.join(','),
  };
}

/** What a parent's annotations say. */
export function parentRecordOf(parent: KubeObject): ParentRecord {
  const annotations = parent.metadata.annotations ?? {};
  return {
    groupKinds: listOf(annotations[groupKindsAnnotation]),
    namespaces: listOf(annotations[namespacesAnnotation]),
  };
}

/**
 * The tool that another party's tooling annotation names; undefined where the parent is ours or nobody's.
 * A parent of another tool must not be used.
 */
export function foreignTool(parent: KubeObject): string | undefined {
  const tooling = parent.metadata.annotations?.[toolingAnnotation];
  if (tooling === undefined) return undefined;
  const slash = tooling.lastIndexOf('/');
  const tool = slash < 0 ? tooling : tooling.slice(0, slash);
  return tool === toolName ? undefined : tooling;
}

/** The ApplySet that an object says it belongs to. */
export function applySetOf(object: KubeObject): string | undefined {
  return object.metadata.labels?.[partOfLabel];
}

function listOf(annotation: string | undefined): string[] {
  return [...new Set((annotation ?? '').split(',').filter((item) => item !== ''))].toSorted();
}

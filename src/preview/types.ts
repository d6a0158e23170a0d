import type { Problem } from '../errors.ts';
import type { KubeObject, ObjectKey } from '../object.ts';
import type { FieldChange, ObjectDiff } from '../sync/index.ts';

/** What becomes of an object. A recreated one cannot be changed in place, or goes and comes back under another name. */
export type ChangeKind = 'created' | 'deleted' | 'recreated' | 'changed';

/** Something that people should look at before they merge. */
export interface Risk {
  /** Stable name of the rule: `cluster-admin`. */
  readonly rule: string;
  /** Why it is one, a sentence without a full stop. */
  readonly reason: string;
  /** What in the object it is: `spec.replicas: 3 -> 0`. */
  readonly detail?: string;
}

/** One object that differs between two renders. Values of Secrets are masked wherever they stand. */
export interface PreviewChange {
  /** The object, as `formatKey` writes it; where it was renamed, as it is called after. */
  readonly id: string;
  readonly key: ObjectKey;
  readonly change: ChangeKind;
  /** What it was called before, where it was renamed or moved to another namespace. */
  readonly from?: string;
  /** The fields that cannot be changed in place, where the object has to be made anew for them. */
  readonly immutable?: readonly string[];
  /** Every field that differs; of an object that comes or goes, the whole object under an empty path. */
  readonly fields: readonly FieldChange[];
  readonly before?: KubeObject;
  readonly after?: KubeObject;
  /** The gravest first. */
  readonly risks: readonly Risk[];
}

/** What a sync of the head would change in the cluster beyond what the two renders differ in. */
export interface ClusterDifference {
  /** Objects of the Application that are not as the base has them, with the fields that are not told as changes. */
  readonly beyond: readonly ObjectDiff[];
  /** Changes that the cluster already holds, by id. */
  readonly already: readonly string[];
}

/** What a pull request does to one Application. */
export interface ApplicationPreview {
  /** `namespace/name`. */
  readonly application: string;
  /** The gravest first. */
  readonly changes: readonly PreviewChange[];
  /** What is wrong with the head: it could not be rendered, or the API server would refuse it. */
  readonly problems: readonly Problem[];
  /** What works, and will not for ever. */
  readonly warnings: readonly Problem[];
  /** What a reader should know of how it was compared, one sentence each. */
  readonly notes: readonly string[];
  /** Undefined where the cluster was not asked. */
  readonly cluster?: ClusterDifference;
}

/** What a pull request does. */
export interface Preview {
  /** What it is compared with: the name of a branch, tag or commit, and the commit that was taken. */
  readonly base: { readonly name: string; readonly commit: string };
  readonly head: { readonly name: string; readonly commit: string };
  /** Those that differ or have problems, sorted by name. */
  readonly applications: readonly ApplicationPreview[];
  /** How many Applications were found not to be touched. */
  readonly untouched: number;
  /** How many are touched and were not compared, since there are too many; none where left out. */
  readonly omitted?: number;
  /** What kept the whole from being compared. */
  readonly problems: readonly Problem[];
}

/** Whether anything would change. */
export function hasChanges(preview: Preview): boolean {
  return preview.applications.some(({ changes }) => changes.length > 0);
}

/** All that is wrong with the head. */
export function problemsOfPreview(preview: Preview): readonly Problem[] {
  return [...preview.problems, ...preview.applications.flatMap(({ problems }) => problems)];
}

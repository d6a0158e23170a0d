import type { Application, Repository } from '../../api/index.ts';
import type { Location, Problem } from '../../errors.ts';
import type { Health } from '../../health/index.ts';
import type { KubeObject, ObjectKey } from '../../object.ts';
import type { PruneSimulation, SyncDiff, SyncOwners, SyncReport } from '../../sync/index.ts';
import type { ResourceSelector } from '../../sync-request.ts';
import type { Changes } from './changes.ts';
import type { Measure } from './measures.ts';
import type { LogEntry } from './sync-log.ts';

/**
 * What the controller knows, for those who only look. Nothing here makes a call to the API server, but for `diff` and `dryRun`,
 * and nothing here asks who looks: that is for the caller to do before.
 */
export interface Views {
  /** All Applications that this controller looks after, in no order. */
  applications(): Iterable<Application>;
  application(namespace: string, name: string): Application | undefined;
  /** How each Application stands, in numbers. */
  measures(): Iterable<Measure>;
  repositories(): Iterable<Repository>;
  repository(namespace: string, name: string): Repository | undefined;
  /** The objects of an Application, by kind, namespace and name; undefined where there is no such Application. */
  objects(namespace: string, name: string): ApplicationObjects | undefined;
  /** Tells how well an object below an Application does, by its rules and those of the installation; undefined where there is none. */
  judge(namespace: string, name: string): ((object: KubeObject) => Health) | undefined;
  /** What a sync of the Application would change now, with the values of Secrets masked; undefined where there is none. */
  diff(namespace: string, name: string, signal: AbortSignal): Promise<SyncDiff | undefined>;
  /** Whose the fields of its objects are that Git does not give, or that another has; undefined where there is none. */
  owners(namespace: string, name: string, signal: AbortSignal): Promise<SyncOwners | undefined>;
  /**
   * What a prune of the Application would do now; undefined where there is none.
   * @param approval the token that is taken for given
   */
  prune(
    namespace: string,
    name: string,
    approval: string | undefined,
    signal: AbortSignal,
  ): Promise<PruneSimulation | undefined>;
  /**
   * What the API server would answer to a sync of the Application, or of some of its objects, with the rights of the
   * Application; undefined where there is none.
   */
  dryRun(
    namespace: string,
    name: string,
    resources: readonly ResourceSelector[] | undefined,
    signal: AbortSignal,
  ): Promise<DryRun | undefined>;
  /** What was done for an Application or a Repository since this process leads, the oldest first. */
  logs(about: Pick<ObjectKey, 'kind' | 'namespace' | 'name'>): readonly LogEntry[];
  /** What changed, and what changes. */
  readonly changes: Changes;
}

/** What a sync would come to. */
export type DryRun = Pick<SyncReport, 'results' | 'problems' | 'blocked' | 'approval'>;

/** What is known of the objects of an Application. */
export interface ApplicationObjects {
  /** Why nothing is known of what Git says; then there is nothing but what lives. */
  readonly problems: readonly Problem[];
  /** The commit that Git's side is of; of several sources that of the first. */
  readonly revision?: string;
  readonly objects: readonly ObjectView[];
  /** What approves the prune that waits for it. */
  readonly approval?: string;
}

/** One object of an Application. */
export interface ObjectView {
  /** `formatKey(key)`. */
  readonly id: string;
  readonly key: ObjectKey;
  /** `apps/v1`. */
  readonly apiVersion: string;
  /** Name of the kind in the words of RBAC: `deployments`. Empty where the API server serves no such kind. */
  readonly resource: string;
  /** `Unknown` where it is not known what Git says. */
  readonly sync: 'Synced' | 'OutOfSync' | 'Unknown';
  /** Why it is OutOfSync, in one word: `missing`, `changed`, `drifted`, `unproven`, `not-desired`, `leaving`, or what blocks it. */
  readonly reason?: string;
  /** The same for a person, where there is more to say. */
  readonly message?: string;
  readonly health: Health;
  /** Where it stands in Git. */
  readonly origin?: Location;
  /** The commit (or digest) that it was rendered from; undefined where Git does not have it. */
  readonly revision?: string;
  /** Of the live object. */
  readonly uid?: string;
  /** When its deletion was asked for, RFC 3339. */
  readonly deletionTimestamp?: string;
  /** As Git says, not masked; undefined where Git does not (any more). */
  readonly desired?: KubeObject;
}

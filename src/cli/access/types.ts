import type { Problem } from '../../errors.ts';
import type { KubeObject, ObjectKey } from '../../object.ts';
import type { HealthRules } from '../../health/index.ts';
import type { SyncWish } from '../../requests.ts';
import type { PruneSimulation, SyncDiff, SyncOwners, TreeNode } from '../../sync/index.ts';
import type { ApplicationDiffOptions } from '../application/diff.ts';
import type { EventView } from '../application/events.ts';
import type { OwnKind } from '../application/kinds.ts';
import type { ApplicationView } from '../application/view.ts';
import type { Session } from '../session.ts';

/** What a sync of an Application would come to. */
export interface DryRunView {
  readonly results: readonly { readonly id: string; readonly key: ObjectKey; readonly action: string }[];
  readonly problems: readonly Problem[];
  readonly blocked: readonly { readonly id: string; readonly message: string }[];
}

/** A resource of Plumbline. */
export interface OwnName {
  readonly kind: OwnKind;
  readonly namespace: string;
  readonly name: string;
}

/** An Application that something is asked for. */
export type Asked = Pick<ApplicationView, 'namespace' | 'name' | 'sources' | 'revision' | 'history'>;

/**
 * What the commands need of a Plumbline: its resources, and the means to ask for something. The API server of a cluster
 * is one way to it, the HTTP API of a server the other.
 */
export interface PlumbAccess {
  /** The namespace to work in: the flag's, else that of the kubeconfig's context, else `default`. */
  readonly namespace: string;
  /** All of a kind, in no order; of all namespaces where none is given. */
  list(kind: OwnKind, namespace: string | undefined, signal: AbortSignal): Promise<KubeObject[]>;
  /** Undefined where there is none. */
  get(name: OwnName, signal: AbortSignal): Promise<KubeObject | undefined>;
  /** Looks at a resource now and whenever it changes, until the look answers. */
  watch<Result>(
    name: OwnName,
    look: (object: KubeObject | undefined) => Result | undefined,
    signal: AbortSignal,
  ): Promise<Result>;
  /** What was done for a resource and is still known, the oldest first. */
  events(name: OwnName, signal: AbortSignal): Promise<EventView[]>;
  /** The same, and what comes, until the signal. */
  followEvents(name: OwnName, show: (fresh: readonly EventView[]) => void, signal: AbortSignal): Promise<void>;
  /**
   * What an Application holds, and what Kubernetes has made of it; with a line for each kind that may not be seen.
   * @param rules those of the installation, of which a cluster alone knows nothing
   */
  tree(
    application: KubeObject,
    signal: AbortSignal,
    rules?: HealthRules,
  ): Promise<readonly [nodes: readonly TreeNode[], hidden: readonly string[]]>;
  /** What a sync would change. */
  diff(session: Session<ApplicationDiffOptions>, name: string): Promise<SyncDiff>;
  /** Whose the fields of its objects are. */
  owners(session: Session<ApplicationDiffOptions>, name: string): Promise<SyncOwners>;
  /**
   * What a prune would do.
   * @param approval the token that is taken for given
   */
  prune(session: Session<ApplicationDiffOptions>, name: string, approval: string | undefined): Promise<PruneSimulation>;
  /** Lets the deletions go that the token stands for. */
  approve(application: Asked, token: string, signal: AbortSignal): Promise<void>;
  /**
   * Asks for a fetch and then for a sync.
   * @param timeout milliseconds for which the fetch is waited for; 0 to wait for nothing
   * @returns the id of the request, which the status has once it was acted on
   */
  sync(application: Asked, timeout: number, signal: AbortSignal, wish?: SyncWish): Promise<string>;
  /** Asks to stop the sync that runs. Answers with the id of the request. */
  stop(application: Asked, signal: AbortSignal): Promise<string>;
  /** What the API server would answer to a sync; changes nothing. */
  dryRun(session: Session<ApplicationDiffOptions>, name: string, resources: SyncWish['resources']): Promise<DryRunView>;
  /** Asks to fetch and to look at everything anew. Answers with the id of the request. */
  reconcile(application: Asked, acceptRewind: string | undefined, signal: AbortSignal): Promise<string>;
  /** Holds an Application at a revision. Answers with the id of the request. */
  holdAt(application: Asked, revision: string, signal: AbortSignal): Promise<string>;
  release(application: Asked, signal: AbortSignal): Promise<void>;
  setSuspend(application: Asked, suspend: boolean, signal: AbortSignal): Promise<void>;
}

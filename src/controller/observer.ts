import type { HistoryEntry } from '../api/index.ts';
import type { Transfer } from '../git/index.ts';
import type { SyncCause } from './application/application-state.ts';

/**
 * The queues of work of a controller: looks at Applications and Repositories; captures that are written to Git; pull requests
 * that are previewed, and the lists of those that are open; what forges are told of commits; GitOps namespaces.
 */
export type QueueName =
  | 'application'
  | 'repository'
  | 'capture'
  | 'preview'
  | 'pull_requests'
  | 'commit_status'
  | 'gitops';

/** A sync that has ended. */
export interface EndedSync {
  readonly outcome: HistoryEntry['outcome'];
  readonly by: SyncCause;
  readonly milliseconds: number;
  /** Ids of the objects whose drift it put back. */
  readonly reverted: readonly string[];
  /** Ids of the objects that are left for a while from now on, as somebody keeps changing them. */
  readonly contested: readonly string[];
  /** Milliseconds from the newest of the commits that it brought to its end; undefined where it brought none. */
  readonly sinceCommit: number | undefined;
}

/**
 * Told what happens, to count it. An Application is named by an object that is its own for as long as there is the
 * Application, and that `Views.measures` names it by too: what is kept by it goes with it.
 */
export interface Observer {
  readonly syncEnded: (application: object, sync: EndedSync) => void;
  /** Ids of the objects that are not as Git says, and are left so: all of them, after each look at the Application. */
  readonly driftLeft: (application: object, objects: readonly string[]) => void;
  /** The deletion of an object of the Application was begun. */
  readonly deletionBegun: (application: object) => void;
  readonly transferred: (transfer: Transfer) => void;
  /** A registry, or a repository of charts, was asked for a version, and that was fetched where it was new. */
  readonly registryFetched: (outcome: 'succeeded' | 'failed', milliseconds: number) => void;
  /** A forge was asked; the code is undefined where no answer came. */
  readonly forgeAsked: (method: string, code: number | undefined) => void;
  /** A queue was opened, in the place of the one of that name before. */
  readonly queueOpened: (name: QueueName, depth: () => number) => void;
  readonly workBegun: (name: QueueName, waitedMilliseconds: number) => void;
  readonly workEnded: (name: QueueName, workedMilliseconds: number, failed: boolean) => void;
}

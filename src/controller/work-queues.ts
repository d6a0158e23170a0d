import { problemsOf } from '../errors.ts';
import type { Workqueue } from '../workqueue.ts';
import type { Holds } from './admission/holds.ts';
import type { Applications } from './application/applications.ts';
import type { ReconcileContext } from './application/context.ts';
import type { ControllerOptions } from './controller-options.ts';
import { createObservedQueue } from './observed-queue.ts';
import type { QueueName } from './observer.ts';
import { reconcileApplication } from './application/reconcile-application.ts';
import { reconcileRepository, type RepositoryContext, type RepositoryState } from './repository/repositories.ts';

type QueueOptions = Pick<ControllerOptions, 'log' | 'observer' | 'random' | 'signal'>;

/** What is done about an Application. */
export interface ApplicationWork extends QueueOptions, Pick<ControllerOptions, 'workers' | 'scheduleLooks'> {
  readonly applications: Pick<Applications, 'get'>;
  readonly context: ReconcileContext;
  readonly holds: Pick<Holds, 'work'>;
  /** Told of the end of each look, however it ended. */
  readonly onLooked: (id: string) => void;
}

/** Looks at Applications. */
export function openApplicationQueue(options: ApplicationWork): Workqueue {
  const { applications, context, holds, onLooked, scheduleLooks } = options;
  return openQueue(options, {
    what: 'application',
    workers: options.workers ?? 24,
    ...(scheduleLooks === undefined ? {} : { schedule: scheduleLooks }),
    work: async (id, signal) => {
      const state = applications.get(id);
      if (state === undefined) return;
      await holds.work(id, async () => {
        try {
          await reconcileApplication(state, context, signal);
        } finally {
          onLooked(id);
        }
      });
    },
  });
}

/** What is done about a Repository. */
export interface RepositoryWork extends QueueOptions {
  readonly stateOf: (id: string) => RepositoryState | undefined;
  readonly context: RepositoryContext;
  /** Told of the end of a look, and whether what is known of it was begun anew. */
  readonly onLooked: (id: string, state: RepositoryState, isAnew: boolean) => void;
}

/** Looks at Repositories. */
export function openRepositoryQueue(options: RepositoryWork): Workqueue {
  return openQueue(options, {
    what: 'repository',
    workers: 8,
    work: async (id, signal) => {
      const state = options.stateOf(id);
      if (state === undefined) return;
      const before = state.revisions;
      await reconcileRepository(state, options.context, signal);
      options.onLooked(id, state, state.revisions !== before);
    },
  });
}

interface Work {
  /** What is worked on, for the log. */
  readonly what: QueueName;
  readonly workers: number;
  readonly work: (id: string, signal: AbortSignal) => Promise<void>;
  readonly schedule?: NonNullable<ControllerOptions['scheduleLooks']>;
}

/** A queue whose failures are logged, and tried again with backoff. */
function openQueue({ log, observer, random, signal }: QueueOptions, { what, ...how }: Work): Workqueue {
  return createObservedQueue(what, observer, {
    ...how,
    firstRetryMilliseconds: 500,
    lastRetryMilliseconds: 300_000,
    random,
    signal,
    onFailure: (key, error, retry) =>
      log.error({ [what]: key, problems: problemsOf(error), retryMilliseconds: Math.round(retry) }, 'reconcile failed'),
  });
}

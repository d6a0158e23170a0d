import { createWorkqueue, type Workqueue, type WorkqueueOptions } from '../workqueue.ts';
import type { Observer, QueueName } from './observer.ts';

/** A queue of work, of which an observer is told where there is one. */
export function createObservedQueue(
  name: QueueName,
  observer: Pick<Observer, 'queueOpened' | 'workBegun' | 'workEnded'> | undefined,
  options: Omit<WorkqueueOptions, 'observer'>,
): Workqueue {
  if (observer === undefined) return createWorkqueue(options);
  const queue = createWorkqueue({
    ...options,
    observer: {
      onBegin: (waited) => observer.workBegun(name, waited),
      onEnd: (worked, failed) => observer.workEnded(name, worked, failed),
    },
  });
  observer.queueOpened(name, () => queue.depth);
  return queue;
}

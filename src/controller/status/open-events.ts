import { problemsOf } from '../../errors.ts';
import { createEventRecorder, type EventRecorder } from '../../kube/index.ts';
import type { ControllerOptions } from '../controller-options.ts';
import type { createNews } from '../views/news.ts';

/** Writes the Events of this controller, and shows them to whoever follows the news. */
export function openEvents(
  { client, identity, log, now, signal }: Pick<ControllerOptions, 'client' | 'identity' | 'log' | 'now' | 'signal'>,
  news: Pick<ReturnType<typeof createNews>, 'recorded'>,
): EventRecorder {
  return createEventRecorder({
    client,
    instance: identity,
    now: () => new Date(now()),
    onError: (error) => log.warn({ problems: problemsOf(error) }, 'event not written'),
    onRecorded: (event, written) => news.recorded(event, written),
    signal,
  });
}

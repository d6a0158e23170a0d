import type { KubeClient } from '../../kube/index.ts';
import { plumbError } from '../../errors.ts';
import { ownRef } from './kinds.ts';
import { type ApplicationView, conditionOf, viewApplication } from './view.ts';

/** How often an Application is looked at while a command waits for it, in milliseconds. */
const interval = 250;

/** What waiting needs to know. */
export interface WaitOptions {
  readonly client: KubeClient;
  readonly namespace: string;
  readonly name: string;
  /** Milliseconds until `timeout` is thrown. */
  readonly timeout: number;
  readonly signal: AbortSignal;
  /** True once the wait is over. */
  readonly until: (view: ApplicationView) => boolean;
  /** Told the state whenever it was looked at. */
  readonly onState?: (view: ApplicationView) => void;
  /** What is waited for, for the message of the timeout. */
  readonly what: string;
}

/** Waits until an Application is as wanted. Throws `timeout` with its last state, or `cli.not-found` when it is gone. */
export async function waitForApplication(options: WaitOptions): Promise<ApplicationView> {
  const { setTimeout: pause } = await import('node:timers/promises');
  const { client, namespace, name, signal } = options;
  const endsAt = performance.now() + options.timeout;
  let last: ApplicationView | undefined;
  while (performance.now() < endsAt) {
    const object = await client.get(ownRef('Application', namespace, name), { signal });
    if (object === undefined) throw plumbError('cli.not-found', `the Application ${namespace}/${name} was deleted`);
    last = viewApplication(object);
    options.onState?.(last);
    if (options.until(last)) return last;
    await pause(interval, undefined, { signal });
  }
  const ready = last === undefined ? undefined : conditionOf(last, 'Ready');
  const state = ready === undefined ? '' : `; it says: ${ready.reason}: ${ready.message}`;
  throw plumbError(
    'timeout',
    `${namespace}/${name} was not ${options.what} within ${options.timeout / 1000} s${state}`,
  );
}

/** The state of an Application in a few words, for a line of progress. */
export function describeState(view: ApplicationView): string {
  const reconciling = conditionOf(view, 'Reconciling');
  if (reconciling?.status === 'True' && reconciling.message !== '') return firstLine(reconciling.message);
  const ready = conditionOf(view, 'Ready');
  return ready === undefined ? 'waiting for the controller' : `${ready.reason} ${firstLine(ready.message)}`.trim();
}

function firstLine(text: string): string {
  return text.split('\n')[0] ?? '';
}

import { plumbError } from '../../errors.ts';
import type { PlumbAccess } from '../access/types.ts';
import { type ApplicationView, conditionOf, viewApplication } from './view.ts';

/** What waiting needs to know. */
export interface WaitOptions {
  readonly access: Pick<PlumbAccess, 'watch'>;
  readonly namespace: string;
  readonly name: string;
  /** Milliseconds until `timeout` is thrown. */
  readonly timeout: number;
  readonly signal: AbortSignal;
  /** True once the wait is over. */
  readonly until: (view: ApplicationView) => boolean;
  /** Told the state at the beginning and whenever it has changed. */
  readonly onState?: (view: ApplicationView) => void;
  /** What is waited for, for the message of the timeout. */
  readonly what: string;
}

/** Waits until an Application is as wanted. Throws `timeout` with its last state, or `cli.not-found` when it is gone. */
export async function waitForApplication(options: WaitOptions): Promise<ApplicationView> {
  const { access, namespace, name, signal } = options;
  const limit = AbortSignal.timeout(options.timeout);
  let last: ApplicationView | undefined;
  try {
    return await access.watch(
      { kind: 'Application', namespace, name },
      (object) => {
        if (object === undefined) {
          throw plumbError('cli.not-found', `the Application ${namespace}/${name} was deleted`);
        }
        last = viewApplication(object);
        options.onState?.(last);
        return options.until(last) ? last : undefined;
      },
      AbortSignal.any([signal, limit]),
    );
  } catch (error) {
    if (!limit.aborted || signal.aborted) throw error;
    const ready = last === undefined ? undefined : conditionOf(last, 'Ready');
    const state = ready === undefined ? '' : `; it says: ${ready.reason}: ${ready.message}`;
    const what = `${namespace}/${name} was not ${options.what} within ${options.timeout / 1000} s${state}`;
    throw plumbError('timeout', what, { cause: error });
  }
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

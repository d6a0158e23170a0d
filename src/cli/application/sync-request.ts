import { plumbError } from '../../errors.ts';
import type { PlumbAccess } from '../access/types.ts';
import type { SyncWish } from '../../requests.ts';
import type { Session } from '../session.ts';
import { warnOfRefusal } from './refusal.ts';
import { getApplication } from './read.ts';
import { short } from './table.ts';
import { type ApplicationView, conditionOf, isSyncedAndHealthy, repositoriesOf, syncState } from './view.ts';
import { describeState, waitForApplication } from './wait.ts';

/** How a manual sync of an Application is asked for. */
export interface SyncRequestOptions {
  readonly timeout: number;
  readonly wait: boolean;
  /** Also wait until all its objects are healthy. */
  readonly healthy?: boolean;
}

/** What came of a request, where it is the one that the status tells of; throws where that is nothing good. */
function outcomeOf(view: ApplicationView, request: string): string | undefined {
  if (view.request?.id !== request) return undefined;
  const { outcome, message } = view.request;
  if (outcome === 'Succeeded') return message;
  throw plumbError('cli.sync-failed', `${view.namespace}/${view.name}: ${message}`, {
    hint: `See \`plumb describe ${view.name}\`.`,
  });
}

/** Asks the controller to stop the sync that runs, and waits until it has. */
export async function requestStop(
  session: Session<SyncRequestOptions>,
  access: PlumbAccess,
  name: string,
): Promise<void> {
  const { options, signal, progress } = session;
  const before = await getApplication(access, name, signal);
  progress.step(`Stopping the sync of ${name}`);
  const request = await access.stop(before, signal);
  if (!options.wait) {
    progress.done();
    session.print(`application.plumbline.dev/${name} stop requested\n`);
    return;
  }
  const view = await waitForApplication({
    access,
    namespace: before.namespace,
    name,
    signal,
    timeout: options.timeout,
    onState: (state) => progress.detail(describeState(state)),
    until: (state) => state.handledSyncRequest === request,
    what: 'stopped',
  });
  progress.done();
  session.print(`application.plumbline.dev/${name}: ${outcomeOf(view, request) ?? 'stopped'}\n`);
}

/** Asks the controller for a fetch and then for one sync, and waits until it has ended. */
export async function requestSync(
  session: Session<SyncRequestOptions>,
  access: PlumbAccess,
  name: string,
  wish: SyncWish = {},
): Promise<void> {
  const { options, signal, progress, context } = session;
  const before = await getApplication(access, name, signal);
  refuseSuspended(before);
  progress.step(`Fetching ${repositoriesOf(before).join(', ')} and syncing ${name}`);
  const request = await access.sync(before, options.wait ? options.timeout : 0, signal, wish);
  if (!options.wait) {
    progress.done();
    session.print(`application.plumbline.dev/${name} sync requested\n`);
    return;
  }
  const wait = {
    access,
    namespace: before.namespace,
    name,
    signal,
    onState: (state: ApplicationView) => progress.detail(describeState(state)),
  };
  const view = await waitForApplication({
    ...wait,
    timeout: options.timeout,
    until: (state) => state.handledSyncRequest === request && state.observedGeneration === state.generation,
    what: 'synced',
  });
  const outcome = outcomeOf(view, request);
  if (wish.resources !== undefined || wish.revision !== undefined) {
    progress.done();
    session.print(`application.plumbline.dev/${name} synced: ${outcome ?? 'done'}\n`);
    return;
  }
  refuseFailed(view);
  if (options.healthy === true) {
    await waitForApplication({ ...wait, timeout: options.timeout, until: isSyncedAndHealthy, what: 'Healthy' });
  }
  progress.done();
  warnOfRefusal(view, context);
  session.print(`application.plumbline.dev/${name} ${syncState(view)} at ${short(view.revision)}\n`);
}

/** Throws where nothing will happen because the Application is suspended. */
export function refuseSuspended(view: ApplicationView): void {
  if (!view.suspended) return;
  throw plumbError('cli.suspended', `${view.namespace}/${view.name} is suspended`, {
    hint: `Let it go on with \`plumb resume ${view.name}\`.`,
  });
}

const failures = new Set(['RepositoryFailed', 'RenderFailed', 'KindMissing', 'SyncFailed', 'Rejected']);

/** Whether the last try to fetch, render or sync has failed. */
export function hasFailed(view: ApplicationView): boolean {
  const synced = conditionOf(view, 'Synced');
  return synced?.status === 'False' && failures.has(synced.reason);
}

/** Throws what keeps an Application from being Synced. */
export function refuseFailed(view: ApplicationView): void {
  if (syncState(view) === 'Synced') return;
  const ready = conditionOf(view, 'Ready');
  throw plumbError(
    'cli.sync-failed',
    `${view.namespace}/${view.name} is not synced: ${ready?.reason ?? 'no reason given'}: ${ready?.message ?? ''}`.trimEnd(),
    { hint: `See \`plumb describe ${view.name}\` and \`plumb logs ${view.name}\`.` },
  );
}

import { PlumbError } from '../../errors.ts';
import type { KubeClient } from '../../kube/index.ts';
import { names } from '../../names.ts';
import type { KubeObject } from '../../object.ts';
import { scopeOf, watchUntil } from '../watch-until.ts';
import { ownRef } from './kinds.ts';
import { annotate } from './request.ts';
import { type ApplicationView, repositoriesOf } from './view.ts';

/** What a fetch is asked for with. */
export interface FetchRequest {
  /** Id of the request, as `requestId` makes it. */
  readonly request: string;
  /** Milliseconds after which it is not waited for any longer; 0 where it is not waited for at all. */
  readonly timeout: number;
  readonly signal: AbortSignal;
}

/**
 * Asks the controller to fetch the Repositories of an Application now, and waits until it has: what was pushed a
 * moment ago is then part of what follows. What stands in the way of that is left to what follows to tell: no
 * Repository, no right to write it, a fetch that fails.
 */
export async function fetchNow(
  client: KubeClient,
  view: Pick<ApplicationView, 'namespace' | 'sources'>,
  request: FetchRequest,
): Promise<void> {
  await Promise.all(repositoriesOf(view).map((name) => fetchRepository(client, view.namespace, name, request)));
}

async function fetchRepository(
  client: KubeClient,
  namespace: string,
  repository: string,
  { request, timeout, signal }: FetchRequest,
): Promise<void> {
  const ref = ownRef('Repository', namespace, repository);
  try {
    await annotate(client, ref, { [names.requestedAt]: request }, signal);
  } catch (error) {
    if (error instanceof PlumbError && ['kube.not-found', 'kube.forbidden'].includes(error.code)) return;
    throw error;
  }
  if (timeout === 0) return;
  const limit = AbortSignal.timeout(timeout);
  try {
    await watchUntil({
      client,
      scopes: [scopeOf(ref)],
      project: (object) => isAnswered(object, request),
      // Gone, or answered.
      look: ([cache]) => ((cache?.get({ namespace, name: repository }) ?? true) ? true : undefined),
      signal: AbortSignal.any([signal, limit]),
    });
  } catch (error) {
    signal.throwIfAborted();
    const isNoMatter = error instanceof PlumbError && error.code === 'kube.forbidden';
    if (!limit.aborted && !isNoMatter) throw error;
  }
}

function isAnswered(repository: KubeObject, request: string): boolean {
  const { spec, status } = repository as KubeObject & {
    readonly spec?: { readonly suspend?: boolean };
    readonly status?: {
      readonly handledRequest?: string;
      readonly conditions?: readonly { readonly type: string; readonly status: string }[];
    };
  };
  const hasFailed = status?.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'False');
  return spec?.suspend === true || status?.handledRequest === request || hasFailed === true;
}

import { findCondition, type Repository } from '../../api/index.ts';
import type { Views } from '../../controller/index.ts';
import type { Named } from './leading.ts';

/** How long a fetch is waited for; what it finds later is synced then. */
const patienceMilliseconds = 30_000;

function isAnswered(repository: Repository | undefined, request: string): boolean {
  return (
    repository === undefined ||
    repository.spec.suspend === true ||
    repository.status?.handledRequest === request ||
    findCondition(repository.status?.conditions, 'Ready')?.status === 'False'
  );
}

/** Waits until a Repository has been fetched as it was asked to, has failed to, is gone, or it takes too long. */
export async function untilFetched(
  views: Views,
  { namespace, name }: Named,
  request: string,
  signal: AbortSignal,
): Promise<void> {
  const answered = Promise.withResolvers<void>();
  const look = (): void => {
    if (isAnswered(views.repository(namespace, name), request)) answered.resolve();
  };
  const stop = views.changes.subscribe((change) => {
    if (change.kind === 'Repository' && change.namespace === namespace && change.name === name) look();
  });
  const late = setTimeout(answered.resolve, patienceMilliseconds);
  const onAbort = (): void => answered.reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    look();
    await answered.promise;
  } finally {
    stop();
    clearTimeout(late);
    signal.removeEventListener('abort', onAbort);
  }
}

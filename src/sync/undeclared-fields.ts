import { PlumbError, problemsOf, type Problem } from '../errors.ts';
import type { SyncCluster } from './ports.ts';
import type { PreparedObject } from './prepare.ts';

const undeclared = 'field not declared in schema';

/**
 * All fields that the kind does not have. Server-side apply stops at one of those that lie side by side, and
 * not always at the same; creating an object tells them all, and is told so before anything else is looked at.
 *
 * @param refused what the apply was refused for
 * @returns the same problems where there is no such field or the server does not tell more
 */
export async function withAllUndeclaredFields(
  cluster: Pick<SyncCluster, 'create'>,
  { object }: Pick<PreparedObject, 'object'>,
  refused: readonly Problem[],
  options: { readonly fieldManager: string; readonly signal: AbortSignal },
): Promise<readonly Problem[]> {
  if (!refused.some(isUndeclared)) return refused;
  try {
    await cluster.create(object, { ...options, dryRun: true, fieldValidation: 'Strict' });
  } catch (error) {
    options.signal.throwIfAborted();
    if (!(error instanceof PlumbError)) throw error;
    const told = problemsOf(error).filter(isUndeclared);
    if (told.length > 0) return [...told, ...refused.filter((problem) => !isUndeclared(problem))];
  }
  return refused;
}

function isUndeclared({ code, message }: Problem): boolean {
  return code === 'kube.invalid' && message === undeclared;
}

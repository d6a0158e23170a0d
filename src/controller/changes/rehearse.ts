import { PlumbError, type Problem, problemsOf, throwProblems } from '../../errors.ts';
import type { KubeClient } from '../../kube/index.ts';
import type { KubeObject, ObjectKey } from '../../object.ts';
import { isSopsEncrypted } from '../../writeback/index.ts';

/** One object that is to be as this says, or not to be there. */
export interface Rehearsal {
  readonly key: ObjectKey;
  readonly object: KubeObject | undefined;
}

/** With whose rights it is tried, and what that told. */
export interface RehearseOptions {
  /** Acts as the user. */
  readonly asUser: KubeClient;
  /** With Plumbline's own rights: tells only whether an object is there. */
  readonly client: KubeClient;
  readonly onWarning: (text: string) => void;
  readonly signal: AbortSignal;
}

/** Under which the sync will own the fields: as it is tried, so it will be done. */
const fieldManager = 'plumbline';
const atATime = 8;

/**
 * Has the API server try all changes as the user, and tells all that it refuses: for want of rights, by admission, by
 * schema. Nothing is stored.
 */
export async function rehearseAsUser(changes: readonly Rehearsal[], options: RehearseOptions): Promise<void> {
  const problems: Problem[][] = changes.map(() => []);
  let next = 0;
  const work = async (): Promise<void> => {
    for (let number = next++; number < changes.length; number = next++) {
      const change = changes[number];
      if (change === undefined) return;
      try {
        await rehearse(change, options);
      } catch (error) {
        options.signal.throwIfAborted();
        problems[number] = [...problemsOf(error)];
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(atATime, changes.length) }, work));
  throwProblems(problems.flat());
}

async function rehearse({ key, object }: Rehearsal, options: RehearseOptions): Promise<void> {
  const { asUser, client, onWarning, signal } = options;
  if (object === undefined) {
    await asUser.delete(key, { dryRun: true, signal });
    return;
  }
  const tried = isSopsEncrypted(object) ? withoutCiphertext(object) : object;
  const write = { fieldManager, dryRun: true, fieldValidation: 'Strict', onWarning, signal } as const;
  const there = await client.get({ ...key, apiVersion: object.apiVersion }, { signal });
  if (there === undefined) {
    try {
      await asUser.create(tried, write);
      return;
    } catch (error) {
      // A sync of the commit before this one may have made it since it was looked for.
      if (!(error instanceof PlumbError) || error.code !== 'kube.already-exists') throw error;
    }
  }
  await asUser.apply(tried, { ...write, force: true });
}

/** What the server is shown of an encrypted object: whoever may write it may write its data. */
function withoutCiphertext(object: KubeObject): KubeObject {
  const { sops: _sops, data: _data, stringData: _stringData, ...rest } = object;
  return rest;
}

import { isDeepStrictEqual } from 'node:util';
import { PlumbError, type Problem, problemsOf, throwProblems } from '../../errors.ts';
import type { KubeClient, User } from '../../kube/index.ts';
import { formatKey, type KubeObject, type ObjectKey } from '../../object.ts';
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
  /** All that the change comes to, where some of it was tried before. */
  readonly among?: readonly Rehearsal[];
  /** A namespace that the sync makes where it is missing. */
  readonly namespaceMade?: string;
  readonly signal: AbortSignal;
}

/** Under which the sync will own the fields: as it is tried, so it will be done. */
const fieldManager = 'plumbline';
const atATime = 8;

/**
 * Has the API server try all changes as the user, and tells all that it refuses: for want of rights, by admission, by
 * schema. Nothing is stored. Of an object whose namespace is yet to be made it tells only whether the user may.
 */
export async function rehearseAsUser(changes: readonly Rehearsal[], options: RehearseOptions): Promise<void> {
  const problems: Problem[][] = changes.map(() => []);
  const namespaces = new Set((options.among ?? changes).flatMap(madeNamespace));
  if (options.namespaceMade !== undefined) namespaces.add(options.namespaceMade);
  let next = 0;
  const work = async (): Promise<void> => {
    for (let number = next++; number < changes.length; number = next++) {
      const change = changes[number];
      if (change === undefined) return;
      try {
        await rehearse(change, options);
      } catch (error) {
        options.signal.throwIfAborted();
        // Rights are looked at first: that it misses its namespace alone tells that the user may.
        const isToCome = ({ code }: Problem): boolean =>
          code === 'kube.namespace-not-found' && namespaces.has(change.key.namespace);
        problems[number] = problemsOf(error).filter((problem) => !isToCome(problem));
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(atATime, changes.length) }, work));
  throwProblems(problems.flat());
}

/** Tries what one request comes to, which may be more with every tip; what was tried is not tried again. */
export interface Rehearser {
  /** @throws PlumbError all that is refused */
  readonly rehearse: (rehearsals: readonly Rehearsal[], signal: AbortSignal) => Promise<void>;
  /** What the API server has warned of so far. */
  readonly warnings: () => readonly string[];
}

/** Tries as this user; `namespaceMade` is a namespace that the sync makes where it is missing. */
export function createRehearser(user: User, client: KubeClient, namespaceMade?: string): Rehearser {
  const warnings = new Set<string>();
  const tried: Rehearsal[] = [];
  const onWarning = (text: string): void => void warnings.add(text);
  return {
    async rehearse(rehearsals, signal) {
      const changes = untried(rehearsals, tried);
      const made = namespaceMade === undefined ? {} : { namespaceMade };
      await rehearseAsUser(changes, { asUser: client.as(user), client, onWarning, among: rehearsals, signal, ...made });
      tried.push(...changes);
    },
    warnings: () => [...warnings],
  };
}

/** Those that were not tried as they are. */
function untried(rehearsals: readonly Rehearsal[], tried: readonly Rehearsal[]): readonly Rehearsal[] {
  const before = new Map(tried.map((each) => [formatKey(each.key), each]));
  return rehearsals.filter((each) => !isDeepStrictEqual(before.get(formatKey(each.key)), each));
}

function madeNamespace({ key, object }: Rehearsal): readonly string[] {
  return key.group === '' && key.kind === 'Namespace' && object !== undefined ? [key.name] : [];
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

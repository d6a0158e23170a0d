import { gitEnvironment } from './environment.ts';
import { explainFailure } from './failure.ts';
import { asCommitId, type CommitId } from './ids.ts';
import { runGit } from './process.ts';
import type { CallOptions } from './remote.ts';
import { isKept } from './selector.ts';

/** The refs that keep commits which no branch or tag leads to any more. */
export const keptPrefix = 'refs/plumbline/kept/';
const keptLimit = 100;

/** One ref of a mirror. */
export interface LocalRef {
  readonly ref: string;
  readonly id: CommitId;
}

/** Runs Git on the mirror alone, without a network. */
export async function runLocal(
  directory: string,
  args: readonly string[],
  signal: AbortSignal,
  input?: string,
): Promise<string> {
  const result = await runGit({
    args: [`--git-dir=${directory}`, ...args],
    environment: gitEnvironment(),
    ...(input === undefined ? {} : { input: Buffer.from(input) }),
    signal,
    timeoutMilliseconds: 60_000,
    maxOutputBytes: 64 * 1024 * 1024,
  });
  if (result.exitCode !== 0) throw explainFailure(result.stderr);
  return result.stdout.toString('utf8');
}

/** The refs of a mirror under a prefix, by name; broken ones are passed over. */
export async function localRefs(directory: string, prefix: string, signal: AbortSignal): Promise<readonly LocalRef[]> {
  const text = await runLocal(
    directory,
    ['for-each-ref', '--format=%(objectname) %(refname)', '--end-of-options', prefix],
    signal,
  );
  return text.split('\n').flatMap((line) => {
    const id = asCommitId(line.slice(0, line.indexOf(' ')));
    return id === undefined ? [] : [{ id, ref: line.slice(line.indexOf(' ') + 1) }];
  });
}

/** Takes a ref away that the server has no more. The commit stays readable. */
export async function retireRef(directory: string, ref: string, options: CallOptions): Promise<void> {
  for (const local of await localRefs(directory, ref, options.signal)) {
    if (local.ref !== ref) continue;
    if (isKept(ref)) await keepObject(directory, local.id, options.signal);
    await runLocal(directory, ['update-ref', '--no-deref', '-d', '--end-of-options', ref], options.signal);
  }
}

/** Takes a ref away, and keeps nothing of it. */
export async function dropRef(directory: string, ref: string, signal: AbortSignal): Promise<void> {
  await runLocal(directory, ['update-ref', '--no-deref', '-d', '--end-of-options', ref], signal);
}

/** Keeps an object that a ref is about to leave; the oldest of very many are let go. */
export async function keepObject(directory: string, id: CommitId, signal: AbortSignal): Promise<void> {
  await runLocal(directory, ['update-ref', '--end-of-options', keptPrefix + id, id], signal);
  const oldestFirst = await runLocal(
    directory,
    ['for-each-ref', '--sort=creatordate', '--format=%(refname)', '--end-of-options', keptPrefix],
    signal,
  );
  const refs = oldestFirst.split('\n').filter((ref) => ref !== '' && ref !== keptPrefix + id);
  const surplus = refs.slice(0, Math.max(0, refs.length + 1 - keptLimit));
  if (surplus.length > 0)
    await runLocal(
      directory,
      ['update-ref', '--stdin', '-z'],
      signal,
      surplus.map((ref) => `delete ${ref}\0\0`).join(''),
    );
}

/**
 * A branch `a` that has become `a/b` on the server cannot be written beside the old one: the old one is retired.
 * @returns whether there was something to do, so that fetching again makes sense
 */
export async function removeConflictingRefs(
  directory: string,
  refspecs: readonly string[],
  stderr: string,
  options: CallOptions,
): Promise<boolean> {
  if (!/cannot lock ref|unable to create .*: (?:Is a directory|Not a directory)|exists; cannot create/.test(stderr))
    return false;
  const wanted = new Set(refspecs.map((refspec) => refspec.slice(refspec.indexOf(':') + 1)));
  let found = false;
  for (const { ref } of await localRefs(directory, 'refs/', options.signal)) {
    const inTheWay = [...wanted].some((other) => other.startsWith(`${ref}/`) || ref.startsWith(`${other}/`));
    if (!inTheWay || wanted.has(ref)) continue;
    found = true;
    await retireRef(directory, ref, options);
  }
  return found;
}

import { setTimeout as delay } from 'node:timers/promises';
import { plumbError, problemsOf, type PlumbError } from '../errors.ts';
import { withAccess } from './access.ts';
import { containsForSure } from './contains.ts';
import { adoptGeneration, exclusively, openGeneration, type Core, type Generation } from './core.ts';
import { completeHistory, firstGeneration, type FetchQueue } from './fetch-batch.ts';
import { isShallow } from './history.ts';
import type { CommitId } from './ids.ts';
import { listRefs } from './list-refs.ts';
import { formatOf } from './new-commit.ts';
import type { Objects } from './objects.ts';
import { runGit, type GitResult } from './process.ts';
import { classifyPush } from './push-failure.ts';
import { quickPush } from './quick-push.ts';
import { localRefs } from './refs.ts';
import type { Remote } from './remote.ts';
import { parseSelector } from './selector.ts';
import { takeTurnAt } from './turns.ts';

/** What is to be pushed. */
export interface NewTip {
  /** Short name of the branch. */
  readonly branch: string;
  /** Where the branch is now; undefined where there is none. Nothing is changed where it is elsewhere. */
  readonly expected: CommitId | undefined;
  /** Where it shall be: a commit of this mirror that contains `expected`. */
  readonly commit: CommitId;
}

/** What became of a push. `moved`: the branch was not where it was expected, and nothing was changed. */
export interface PushOutcome {
  readonly state: 'pushed' | 'moved';
}

/** What a push is done with. */
export interface Pusher {
  readonly core: Core;
  readonly objects: Objects;
  readonly queue: FetchQueue;
}

/**
 * Moves a branch of the server's on, from where it is expected to be and from nowhere else; nothing is ever forced.
 * Where the connection is lost in the middle, the server is asked what became of it.
 * @throws PlumbError `git.push-protected`, `git.push-refused`, `git.push-forbidden`, `git.server-full`,
 * `git.push-unknown`, `git.auth-failed`, `git.unreachable` and others of the way: all but the unknown change nothing
 */
export async function push(pusher: Pusher, wish: NewTip, signal: AbortSignal): Promise<PushOutcome> {
  const { core, objects } = pusher;
  const target = parseSelector({ branch: wish.branch });
  const ref = target.kind === 'ref' ? target.ref : '';
  const { expected, commit } = wish;
  const isOnTop = expected === undefined || isMadeUpon(core, expected, commit);
  if (!isOnTop && !(await containsForSure(core, objects, expected, commit, signal))) {
    throw plumbError('git.push-refused', `commit ${commit} does not contain ${expected}, and nothing is ever forced`, {
      where: { repository: core.remote.url.text },
    });
  }
  let hasBegun = false;
  const begin = (): void => {
    hasBegun = true;
  };
  const giveBack = await takeTurnAt(core.remote.url, signal);
  try {
    const quick = await quickPush(core, { ref, expected, commit }, signal);
    if (quick !== undefined) {
      const end = quick.kind === 'refused' ? classifyPush(core.remote, quick.stdout, quick.stderr) : quick;
      if (end.kind === 'pushed' || end.kind === 'moved') return { state: end.kind };
      if (end.kind === 'unknown') return await askWhatBecame(pusher, { ...wish, ref }, end.error);
      // What a shallow mirror or another format would ask for is not told to who has sent a whole pack.
      throw end.error;
    }
    for (let attempt = 1; ; attempt += 1) {
      const generation = await openGeneration(core);
      if (generation === undefined) throw plumbError('git.ref-not-found', `the mirror has no commit ${commit}`);
      let result: GitResult;
      try {
        result = await runPush(core.remote, generation.directory, { ...wish, ref }, signal, begin);
      } catch (error) {
        // A Git that was ended from here may have had its say already.
        if (!hasBegun) throw error;
        return await askWhatBecame(pusher, { ...wish, ref }, error);
      }
      if (result.exitCode === 0) return { state: 'pushed' };
      const failure = classifyPush(core.remote, result.stdout.toString('utf8'), result.stderr);
      if (failure.kind === 'shallow' && attempt === 1 && (await isShallow(generation.directory))) {
        await completeHistory(core, signal);
        continue;
      }
      if (failure.kind === 'other-format') throw await adoptFormat(core, generation, failure.error, signal);
      if (failure.kind === 'unknown') return await askWhatBecame(pusher, { ...wish, ref }, failure.error);
      if (failure.kind === 'moved') return { state: 'moved' };
      throw failure.error;
    }
  } finally {
    giveBack();
  }
}

/** Whether a commit was made here upon the other one: the most common case needs no look at the history. */
function isMadeUpon({ fresh }: Core, base: CommitId, commit: CommitId): boolean {
  let at: CommitId | undefined = commit;
  while (at !== undefined && at !== base) at = fresh.commit(at)?.parent;
  return at !== undefined;
}

/**
 * Of a repository without any commit nobody knows which ids it has before the first push. The mirror, as empty as it is,
 * is made anew with the others; what was to be pushed has to be made again.
 * @returns the error for who wanted to push
 */
async function adoptFormat(core: Core, known: Generation, error: PlumbError, signal: AbortSignal): Promise<PlumbError> {
  return exclusively(core, signal, async () => {
    const isOther = await adoptGeneration(core, known);
    if (!isOther && (await localRefs(known.directory, 'refs/', signal)).length > 0) return error;
    if (!isOther) {
      const format = (await formatOf(known, undefined)) === 'sha1' ? 'sha256' : 'sha1';
      await firstGeneration(core, { format, history: core.remote.history }, signal);
    }
    const message = 'the server has ids of the other length, and the mirror was made anew with those';
    return plumbError('git.ref-not-found', message, { where: { repository: core.remote.url.text }, cause: error });
  });
}

function runPush(
  remote: Remote,
  directory: string,
  { ref, expected, commit }: NewTip & { readonly ref: string },
  signal: AbortSignal,
  onStart: () => void,
): Promise<GitResult> {
  return withAccess(
    remote,
    signal,
    ({ environment, descriptors }) =>
      runGit({
        args: [
          `--git-dir=${directory}`,
          'push',
          '--porcelain',
          '--quiet',
          '--no-verify',
          '--no-signed',
          '--no-follow-tags',
          '--recurse-submodules=no',
          // The value that the server itself compares, in the moment of the change.
          `--force-with-lease=${ref}:${expected ?? ''}`,
          '--end-of-options',
          remote.url.text,
          `${commit}:${ref}`,
        ],
        environment,
        descriptors,
        signal,
        onStart,
        timeoutMilliseconds: remote.limits.pushMilliseconds,
        maxOutputBytes: 1024 * 1024,
        maxMemoryBytes: remote.limits.fetchMemoryBytes,
      }),
    // Sent whole and not in pieces, which some proxies do not take.
    [['http.postBuffer', String(16 * 1024 * 1024)]],
  );
}

/**
 * Asks the server where the branch is now, again and again for a while: whoever waits for the push is to know. That it
 * has not moved proves nothing: the server may be about to move it.
 * @param error why it is not known
 * @throws PlumbError `git.push-unknown`
 */
async function askWhatBecame(
  { core, objects, queue }: Pusher,
  { ref, branch, expected, commit }: NewTip & { readonly ref: string },
  error: unknown,
): Promise<PushOutcome> {
  // Also where the caller has given up meanwhile: what it is told has to be right. The mirror's own end is another matter.
  const until = AbortSignal.any([core.closed.signal, AbortSignal.timeout(core.remote.limits.pushAskMilliseconds)]);
  let outcome = 'the server did not tell';
  for (let pause = 100; !until.aborted; pause = Math.min(pause * 2, 5000)) {
    try {
      const now = (await listRefs(core.remote, [ref], { signal: until })).refs.get(ref);
      if (now === commit) return { state: 'pushed' };
      if (now !== expected) {
        if (now === undefined) return { state: 'moved' };
        await queue.fetch(parseSelector({ branch }), until);
        return { state: (await containsForSure(core, objects, commit, now as CommitId, until)) ? 'pushed' : 'moved' };
      }
      outcome = 'the branch has not moved yet';
      if (pause > patience) break;
    } catch (problem) {
      outcome = problemsOf(problem)[0].message;
    }
    await delay(pause, undefined, { signal: until }).catch(() => {});
  }
  const [{ message }] = problemsOf(error);
  const text = `it is not known whether commit ${commit.slice(0, 12)} was pushed (${message}): ${outcome}`;
  throw plumbError('git.push-unknown', text, { where: { repository: core.remote.url.text }, cause: error });
}

/** For so long, and once more, a branch that has not moved is looked at, in milliseconds. */
const patience = 500;

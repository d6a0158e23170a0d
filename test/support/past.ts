import { onTestFinished } from 'vitest';
import { PlumbError } from '../../src/errors.ts';
import { type CommitId, type FileHistory, openMirror } from '../../src/git/index.ts';
import { formatMessage, type Edited } from '../../src/writeback/index.ts';
import { type Change, openWorkshop, type TestRepository } from './git-workshop.ts';

/** A repository with a mirror of it whose past is read. */
export interface PastBench {
  readonly repository: TestRepository;
  readonly past: FileHistory;
  readonly signal: AbortSignal;
  /** The newest commit of `main`, fetched. */
  readonly tip: () => Promise<CommitId>;
  /** Commits as Plumbline does, with the signed-in user in the subject. */
  readonly change: (
    changes: Readonly<Record<string, Change>>,
    by?: { readonly user?: string; readonly action?: string; readonly message?: string },
  ) => Promise<CommitId>;
  /** Commits what was planned. */
  readonly commit: (planned: Edited) => Promise<CommitId>;
  /** What a file holds at the newest commit; undefined where there is none. */
  readonly read: (path: string) => Promise<string | undefined>;
}

/** Sets up a repository for the running test. */
export async function openPast(): Promise<PastBench> {
  const workshop = await openWorkshop();
  const repository = await workshop.repository();
  const { signal } = workshop;
  const mirror = await openMirror({ url: repository.url, directory: workshop.cache, signal });
  onTestFinished(() => mirror.close());
  return {
    repository,
    past: mirror.past,
    signal,
    tip: async () => (await mirror.fetch({ branch: 'main' }, { signal })).resolved.commit,
    change(changes, { user = 'jane', action = 'update', message = '' } = {}) {
      const subject = { action, message, author: user, email: `${user}@example.org` };
      return repository.commit(changes, { message: formatMessage(subject) });
    },
    async commit({ changes, message }) {
      const entries = changes.map(({ path, content, mode }): [string, Change] => {
        if (content === undefined) return [path, null];
        return [path, mode === '100755' ? { executable: Buffer.from(content).toString() } : content];
      });
      return repository.commit(Object.fromEntries(entries), { message });
    },
    async read(path) {
      const tip = (await repository.git('rev-parse', 'refs/heads/main')).trim() as CommitId;
      await mirror.fetch({ branch: 'main' }, { signal });
      const stored = (await mirror.past.files(tip, [path], { signal })).get(path);
      return stored === undefined ? undefined : Buffer.from(await mirror.past.content(stored.id, path)).toString();
    },
  };
}

/** The error with which something is refused. */
export async function refusal(attempt: Promise<unknown>): Promise<PlumbError> {
  const error: unknown = await attempt.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof PlumbError) return error;
  throw new Error('it was not refused', { cause: error });
}

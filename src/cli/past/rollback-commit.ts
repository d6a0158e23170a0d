import type { ApiClient, Schemas } from '../../client/index.ts';
import { PlumbError, plumbError } from '../../errors.ts';
import type { ApplicationView } from '../application/view.ts';
import { formatData, isDataFormat } from '../output/data.ts';
import type { Session } from '../session.ts';
import { tellBack } from './go-back.ts';

/** How the way back is gone in Git. */
export interface RollbackCommitOptions {
  readonly message?: string;
  readonly dryRun?: boolean;
  /** Whether the cluster is waited for. */
  readonly wait: boolean;
}

/** One repository of an Application, and the commit that its files go back to. */
interface Way {
  readonly repository: string;
  readonly hash: string;
}

/**
 * Puts the files of an Application back to what they were at a revision: one commit, or pull request, for each of its
 * repositories. All are tried before anything is written.
 * @param target the revision of each source, with commas between them
 * @throws PlumbError `cli.usage`, and what the restore is refused with
 */
export async function commitRollback(
  session: Session<RollbackCommitOptions>,
  client: ApiClient,
  view: ApplicationView,
  target: string,
): Promise<void> {
  const { options, progress, signal } = session;
  const ways = waysOf(view, target);
  const send = (way: Way, dryRun: boolean, wait = false) =>
    restore(client, view, way, { ...options, dryRun, wait }, signal);
  const answers: Schemas['WayBack'][] = [];
  const changing: Way[] = [];
  if (options.dryRun === true || ways.length > 1) {
    progress.step('Trying');
    for (const way of ways) {
      const tried = await send(way, true).catch(unlessUnchanged);
      if (tried !== undefined) changing.push(way);
      if (tried !== undefined && options.dryRun === true) answers.push(tried);
    }
    if (changing.length === 0) {
      throw plumbError('writeback.unchanged', `the files of ${view.name} are what they were at ${target}`);
    }
  } else changing.push(...ways);
  if (options.dryRun !== true) {
    progress.step(options.wait ? 'Committing, and waiting' : 'Committing');
    // A hold ends with the first commit: the others follow at once, and the cluster is waited for with the last.
    for (const way of changing) answers.push(await send(way, false, options.wait && way === changing.at(-1)));
  }
  progress.done();
  if (isDataFormat(session.options.output)) {
    session.print(await formatData(answers.length === 1 ? answers[0] : answers, session.options.output));
    return;
  }
  for (const answer of answers) await tellBack(session, answer);
}

/** One repository of several may be as it was. */
function unlessUnchanged(error: unknown): undefined {
  if (!(error instanceof PlumbError) || error.code !== 'writeback.unchanged') throw error;
}

/** The repositories with the commit that each goes back to. */
function waysOf({ name, sources, revision: current }: ApplicationView, target: string): readonly Way[] {
  const revisions = target.split(',');
  const now = current.split(',');
  if (revisions.length !== sources.length) {
    throw plumbError('cli.usage', `${name} has ${sources.length} sources, and ${revisions.length} commits are named`);
  }
  const found = new Map<string, string>();
  for (const [index, { repository }] of sources.entries()) {
    const hash = revisions[index] ?? '';
    // What is no commit of Git is written to by nobody; where it stays as it is, that is no matter.
    if (hash.startsWith('sha256:') && hash === now[index]) continue;
    const known = found.get(repository) ?? hash;
    if (known !== hash || !/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(hash)) {
      const why = known === hash ? `${hash} is no commit of Git` : 'its sources there are at several commits';
      throw plumbError('cli.usage', `the Repository ${repository} cannot go back by a commit: ${why}`, {
        hint: `Hold it there instead: \`plumb rollback ${name}\` without --commit.`,
      });
    }
    found.set(repository, hash);
  }
  return [...found].map(([repository, hash]) => ({ repository, hash }));
}

async function restore(
  client: ApiClient,
  { namespace, name }: ApplicationView,
  { repository, hash }: Way,
  { message, dryRun, wait }: RollbackCommitOptions,
  signal: AbortSignal,
): Promise<Schemas['WayBack']> {
  const { answerOf } = await import('../../client/index.ts');
  return answerOf(
    client,
    client.api.POST('/api/v1/applications/{namespace}/{name}/gitrestore', {
      params: { path: { namespace, name }, ...(wait ? { query: { wait: 'synced' as const } } : {}) },
      body: {
        hash,
        dryRun: dryRun === true,
        repository,
        action: 'Rolling back application',
        ...(message === undefined ? {} : { message }),
      },
      signal,
    }),
  );
}

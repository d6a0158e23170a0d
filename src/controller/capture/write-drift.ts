import { plumbError } from '../../errors.ts';
import type { Signature } from '../../git/index.ts';
import { type Edit, type Edited, formatSubject, type Onto } from '../../writeback/index.ts';
import { type FilesContext, submitFiles } from '../changes/submit-files.ts';
import type { ChangeResult } from '../changes/types.ts';
import type { SourcePart } from '../application/context.ts';
import { filesOf } from '../rendering/render-sources.ts';
import type { CaptureSettings } from './capture-state.ts';
import { detailsOf, summaryOf, writersOf } from './describe.ts';
import { branchOf, type DriftPlacing, placeDrift } from './place-drift.ts';

/** What a drift is written with. */
export interface DriftWriting extends DriftPlacing {
  /** The sources as the Application sees them now. */
  readonly parts: readonly SourcePart[];
  readonly mode: CaptureSettings['mode'];
  readonly files: FilesContext;
  /** Names this capture, also after a restart: it is written once. */
  readonly operation: string;
  /** What was proposed of the Application before, and may be open still. */
  readonly onto: Onto | undefined;
  readonly now: () => number;
}

/** What became of a drift in Git. */
export interface WrittenDrift extends Pick<ChangeResult, 'pullRequest'> {
  readonly commit: string;
  readonly operation: string;
}

/**
 * Makes a drift one commit, or one pull request, in the repository that its objects come from.
 * @throws PlumbError with everything that speaks against it; nothing was written then
 */
export async function writeDrift(writing: DriftWriting, signal: AbortSignal): Promise<WrittenDrift> {
  const { application, parts } = writing;
  const now = await placeDrift(writing, await filesOf(parts), signal);
  const [target, ...others] = [...Map.groupBy(now, ({ part }) => part.group).values()].flatMap(
    ([first]) => first ?? [],
  );
  if (target === undefined) throw plumbError('controller.capture-refused', 'Git has what the cluster has already');
  if (others.length > 0) {
    const urls = [target, ...others].map(({ part }) => part.url).join(' and ');
    throw plumbError(
      'controller.capture-refused',
      `it would take commits in ${urls}, and only one can be made at once`,
    );
  }
  const { part } = target;
  const repository = writing.repositoryOf(part);
  if (repository === undefined) throw plumbError('internal', `there is no Repository of ${part.url}`);
  const { mode, operation, onto, drift } = writing;
  const { objects } = drift;
  const result = await submitFiles(
    {
      application,
      repository,
      branch: branchOf(part),
      mode,
      // Nobody has asked for it: who changed the cluster stands in the commit.
      asked: { user: { username: capturer }, operation },
      ...(onto === undefined || mode === 'commit' ? {} : { onto }),
      spec: {
        action: captured,
        message: summaryOf(drift),
        changes: objects.map(({ key: { group, kind, name } }) => ({
          verb: 'patch',
          ...(group === '' ? {} : { group }),
          kind,
          name,
        })),
        digest: operation,
      },
      edit: ({ committer, signs }) => {
        if (mode === 'commit' && repository.spec.verify !== undefined && !signs) throw unsigned(part.url);
        return editOf(writing, part.group, committer);
      },
    },
    writing.files,
    { signal },
  );
  const { commit, pullRequest } = result;
  if (commit !== undefined) return { commit, operation, ...(pullRequest === undefined ? {} : { pullRequest }) };
  throw plumbError('git.push-unknown', `it is not known yet what became of Operation ${operation}`);
}

/** Whom the Operation of a capture names. */
const capturer = 'plumbline';
/** `Action` of the commit. */
const captured = 'Drift captured';

/** A commit that is not accepted would keep every later one out as well. */
function unsigned(url: string): Error {
  return plumbError('controller.capture-refused', 'the Repository accepts signed commits, and this one would not be', {
    where: { repository: url },
    hint: 'Capture drift with the mode PullRequest: whoever merges it signs. Or put a `signingKey` into the Secret of the Repository.',
  });
}

/** The drift as a change of whatever the tip of the branch is. */
function editOf(writing: DriftWriting, group: string, committer: Pick<Signature, 'name' | 'email'>): Edit {
  return async ({ files: tip, isProposed }, signal) => {
    const files = await filesOf(writing.parts, (part) => (part.group === group ? tip : undefined));
    // What was proposed before is no news in Git: the branch itself was looked at already.
    const placed = await placeDrift({ ...writing, mayHaveMoved: isProposed === true }, files, signal);
    if (placed.some(({ part }) => part.group !== group)) {
      throw plumbError(
        'controller.capture-refused',
        'the sources have changed: it belongs into another repository now',
      );
    }
    const changes = placed.flatMap((each) => each.changes);
    return changes.length === 0 ? undefined : edited(writing, changes, committer);
  };
}

function edited(
  { application, drift, now }: DriftWriting,
  changes: Edited['changes'],
  committer: Pick<Signature, 'name' | 'email'>,
): Edited {
  const { namespace, name } = application.metadata;
  const writers = writersOf(drift).map(({ manager }) => manager);
  const author = writers.length === 0 ? 'unknown' : writers.join(', ');
  const message = `${author} changed ${summaryOf(drift)}`;
  const subject = formatSubject({ action: captured, message, author, email: '' });
  const details = `Captured from the cluster for the Application ${namespace}/${name}:\n${detailsOf(drift)}`;
  return {
    changes,
    message: `${subject}\n\n${details}\n`,
    author: { ...committer, at: new Date(now()) },
    pullRequest: { title: `Drift of ${namespace}/${name}: ${summaryOf(drift)}`, body: details },
  };
}

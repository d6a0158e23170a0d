import { PlumbError, plumbError, type Problem, problemsOf, throwProblems } from '../../errors.ts';
import { type CommitId, asCommitId, type FileChange, type Mirror } from '../../git/index.ts';
import type { ListSchemaReader } from '../../kube/index.ts';
import type { Json } from '../../object.ts';
import type { FileTree } from '../../render/index.ts';
import { editsBetween, hasToBeJoined, replayed, type Tip, tipAt, type Wish } from '../../writeback/index.ts';
import { rulesFor } from '../changes/list-rules.ts';
import type { Rehearsal } from '../changes/rehearse.ts';
import type { ChangedObject } from '../changes/types.ts';
import { type AppWish, findObject, type KeyedChange, wishFor } from './app-objects.ts';
import { type OpenSources, openSources, type PlanContext } from './open-sources.ts';
import { type OpenSource, type PlacedChanges, placeInSource, refuseClashes } from './place-in-sources.ts';
import { rehearsalsBetween } from './rehearsals.ts';

/** What changes come to, each upon what was seen of its object. All that is wrong is told at once. */
export async function wishesFor(
  changes: readonly KeyedChange[],
  now: OpenSources,
  seenAt: (commit: CommitId) => Promise<OpenSources>,
  signal: AbortSignal,
): Promise<readonly AppWish[]> {
  const problems: Problem[] = [];
  const wishes: AppWish[] = [];
  for (const each of changes) {
    try {
      const { ifMatch } = each.change;
      const seen = ifMatch === undefined || ifMatch === '*' ? now : await seenAt(commitIn(ifMatch));
      wishes.push(wishFor(each, seen));
    } catch (error) {
      signal.throwIfAborted();
      problems.push(...problemsOf(error));
    }
  }
  throwProblems(problems);
  return wishes;
}

/** The commit that an ETag of an object of an Application names, or that is named itself. @throws PlumbError `writeback.request-invalid` */
export function commitIn(etag: string): CommitId {
  const commit = asCommitId(/(?:^|["-])([0-9a-f]+)"?$/.exec(etag)?.[1] ?? '');
  if (commit !== undefined) return commit;
  throw plumbError('writeback.request-invalid', 'If-Match names no version of an object of the Application');
}

/** The files of a commit that somebody has seen. @throws PlumbError `writeback.request-invalid` where it is not there */
export async function filesSeen(mirror: Mirror, commit: CommitId): Promise<FileTree> {
  try {
    return (await tipAt(mirror, commit)).files;
  } catch (error) {
    if (!(error instanceof PlumbError) || error.code !== 'git.ref-not-found') throw error;
    throw plumbError('writeback.request-invalid', `If-Match names ${commit}, which the repository does not have`);
  }
}

/** What a change comes to upon one tip: proved, and not written. */
export interface ChangePlan {
  readonly tip: Tip['commit'];
  readonly placed: readonly PlacedChanges[];
  readonly explanation: string;
  readonly objects: readonly ChangedObject[];
  /** All that will be rendered otherwise, to be tried. */
  readonly rehearsals: readonly Rehearsal[];
}

/**
 * Places wishes upon a tip: where others have changed the objects since they were seen, both changes stay.
 * @throws PlumbError `writeback.conflict`, `writeback.cannot-place`, `writeback.not-proved`, `controller.change-refused`
 */
export async function planOn(
  context: PlanContext,
  branch: { readonly group: string; readonly tip: Tip } | undefined,
  wishes: readonly AppWish[],
  signal: AbortSignal,
): Promise<ChangePlan> {
  const at = branch === undefined ? undefined : { group: branch.group, files: branch.tip.files };
  const now = await openSources(context, at, signal);
  const replays = await replaysOf(wishes, now, context.lists, signal);
  const placed: PlacedChanges[] = [];
  const explanations: string[] = [];
  const after: { index: number; objects: OpenSource['objects'] }[] = [];
  const problems: Problem[] = [];
  for (const source of now.sources) {
    const own = replays.flatMap(({ wish, source: index }) =>
      wish !== undefined && index === source.index ? [wish] : [],
    );
    if (own.length === 0) {
      after.push(source);
      continue;
    }
    try {
      const done = await placeInSource(context, now.files, source, own, signal);
      placed.push(...done.placed);
      explanations.push(done.explanation);
      after.push({ index: source.index, objects: done.objects });
    } catch (error) {
      signal.throwIfAborted();
      problems.push(...problemsOf(error));
    }
  }
  throwProblems(problems);
  refuseClashes(placed, 'controller.change-refused');
  const then = { sources: after, namespace: now.namespace };
  const differing = await rehearsalsBetween(now, then, context.discovery, signal);
  throwProblems(differing.problems);
  return {
    tip: branch?.tip.commit,
    placed,
    explanation: explanations.join('; '),
    objects: replays.map(({ made }) => made),
    rehearsals: differing.rehearsals,
  };
}

interface Replay {
  readonly source: number;
  /** Undefined where nothing is to be done. */
  readonly wish: Wish | undefined;
  readonly made: ChangedObject;
}

async function replaysOf(
  wishes: readonly AppWish[],
  now: OpenSources,
  lists: ListSchemaReader,
  signal: AbortSignal,
): Promise<readonly Replay[]> {
  const problems: Problem[] = [];
  const replays: Replay[] = [];
  for (const wish of wishes) {
    try {
      replays.push(await replayOf(wish, now, lists, signal));
    } catch (error) {
      signal.throwIfAborted();
      problems.push(...problemsOf(error));
    }
  }
  throwProblems(problems);
  return replays;
}

async function replayOf(
  wish: AppWish,
  now: OpenSources,
  lists: ListSchemaReader,
  signal: AbortSignal,
): Promise<Replay> {
  const { key } = wish;
  const found = findObject(now, key);
  const theirs = found?.object;
  const rules = theirs !== undefined && hasToBeJoined(wish, theirs) ? await rulesFor(theirs, lists, signal) : undefined;
  const outcome = replayed(wish, theirs, rules);
  const source = found?.source ?? wish.source ?? sourceForNew(now);
  switch (outcome.kind) {
    case 'nothing':
      return { source, wish: undefined, made: { key, change: 'unchanged', object: theirs } };
    case 'remove':
      return {
        source,
        wish: { key, edits: [{ path: [], value: undefined }] },
        made: { key, change: 'deleted', object: undefined },
      };
    case 'put':
      return {
        source,
        wish: { key, edits: editsBetween(theirs as Json | undefined, outcome.object as Json) },
        made: { key, change: theirs === undefined ? 'created' : 'changed', object: outcome.object },
      };
  }
}

/** Of several sources the first that is written to in Git takes new objects. */
function sourceForNew({ sources, files }: OpenSources): number {
  const [first] = sources;
  const branch = sources.find(({ index }) => files[index]?.version.ref.startsWith('refs/heads/') === true);
  const source = branch ?? first;
  if (source === undefined) throw plumbError('controller.change-refused', 'none of its sources is rendered');
  return source.index;
}

/** The files of a plan, which all have to lie in one branch. @throws PlumbError `controller.change-refused` */
export function filesIn({ placed }: ChangePlan, group: string): readonly FileChange[] {
  const elsewhere = placed.find(({ part }) => part.group !== group);
  if (elsewhere !== undefined) {
    const message = `it belongs into ${elsewhere.part.url} as well, and only one commit can be made at once`;
    throw plumbError('controller.change-refused', message, { where: { repository: elsewhere.part.url } });
  }
  return placed.flatMap(({ changes }) => changes);
}

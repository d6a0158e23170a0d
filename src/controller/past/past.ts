import { plumbError } from '../../errors.ts';
import type { CommitId } from '../../git/index.ts';
import {
  type AuditEntry,
  diffBetween,
  type FileDiff,
  objectPaths,
  readAudit,
  readCommitDiff,
  requireInHistory,
} from '../../writeback/index.ts';
import { type BackContext, goBack } from './back.ts';
import type { PastBranch, UseBranch } from './branch.ts';
import { parseHash } from './parse-hash.ts';
import type { LinkedDiff, LogEntry, Past, PastPlace } from './types.ts';

/** What the past is read with. */
export interface PastContext extends BackContext {
  readonly use: UseBranch;
}

/** The past of what Git maintains. */
export function createPast(context: PastContext): Past {
  const { use } = context;
  return {
    log: (place, { filter, limit, cursor, signatures }, signal) =>
      use(
        place,
        async (opened) => {
          const { mirror, branch, keys } = opened;
          if (signatures && keys === undefined) {
            throw plumbError('controller.no-keys', `the Repository of ${mirror.url} names no keys that sign commits`);
          }
          // A page that goes on is one of the log as it was: nothing new is looked for.
          const tip = await tipOf(opened, signal);
          const page = await readAudit(
            mirror.past,
            {
              tip,
              paths: pathsOf(place, opened),
              filter,
              limit,
              ...(cursor === undefined ? {} : { cursor }),
              ...(signatures && keys !== undefined ? { keys } : {}),
            },
            signal,
          );
          const entries = page.entries.map((entry) => linked(entry, opened));
          return {
            repository: mirror.url,
            branch,
            entries,
            ...(page.next === undefined ? {} : { next: page.next }),
          };
        },
        signal,
      ),
    diff: (place, hash, signal) =>
      use(
        place,
        async (opened) => {
          const commit = parseHash(hash);
          await requireInHistory(opened.mirror.past, await tipOf(opened, signal), commit, signal);
          const paths = pathsOf(place, opened);
          const { entry, diffs, more } = await readCommitDiff(opened.mirror.past, commit, paths, signal);
          return { entry: linked(entry, opened), diffs: diffs.map((diff) => linkedDiff(diff, commit, opened)), more };
        },
        signal,
      ),
    between: (place, { from, to }, signal) =>
      use(
        place,
        async (opened) => {
          const tip = await tipOf(opened, signal);
          const young = to === undefined ? tip : parseHash(to);
          const old = from ?? opened.synced;
          if (old === undefined) {
            throw plumbError('controller.not-synced', 'nothing was synced yet: say from which commit on');
          }
          const base = parseHash(old);
          const { past } = opened.mirror;
          // Other branches, and what pull requests propose, may be in the same mirror.
          for (const given of [from === undefined ? undefined : base, to === undefined ? undefined : young]) {
            if (given !== undefined) await requireInHistory(past, tip, given, signal);
          }
          const { diffs, more } = await diffBetween(past, base, young, pathsOf(place, opened), signal);
          const link = opened.links?.compare(base, young);
          return {
            from: base,
            to: young,
            diffs: diffs.map((diff) => linkedDiff(diff, young, opened)),
            more,
            ...(link === undefined ? {} : { link }),
          };
        },
        signal,
      ),
    back: (place, request, signal) =>
      use(place, (opened) => goBack(place, request, opened, pathsOf(place, opened), context, signal), signal),
  };
}

/** The newest commit of the branch, fetched. */
async function tipOf({ mirror, branch }: PastBranch, signal: AbortSignal): Promise<CommitId> {
  return (await mirror.fetch({ branch }, { signal })).resolved.commit;
}

/** The files and folders of a place. */
function pathsOf(place: PastPlace, { layout, paths }: PastBranch): readonly [string, ...string[]] {
  if (place.kind !== 'objects' || layout === undefined) return paths;
  const { namespace, sideObjects } = place;
  const [first, ...rest] = place.objects.flatMap((object) =>
    objectPaths(layout, { ...object, namespace }, { sideObjects }),
  );
  return first === undefined ? paths : [first, ...rest];
}

function linked(entry: AuditEntry, { links }: PastBranch): LogEntry {
  if (links === undefined) return entry;
  const files = entry.files.map((file) =>
    file.change === 'removed' ? file : { ...file, link: links.file(entry.commit, file.path) },
  );
  return { ...entry, files, link: links.commit(entry.commit) };
}

function linkedDiff(diff: FileDiff, commit: string, { links }: PastBranch): LinkedDiff {
  if (links === undefined || diff.change === 'removed') return diff;
  return { ...diff, link: links.file(commit, diff.path) };
}

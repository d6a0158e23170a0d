import { relative, resolve, sep } from 'node:path';
import { plumbError } from '../../errors.ts';
import type { VerificationKeys } from '../../git/index.ts';
import type { ObjectKey } from '../../object.ts';
import type { LogSource } from './source.ts';

/** What of a clone is asked about. */
export interface FolderPlace {
  /** A folder in the clone. */
  readonly folder: string;
  /** Files and folders, from that folder; all of the folder where there is none. */
  readonly paths: readonly string[];
  /** Where the log begins: a commit, branch or tag. */
  readonly revision: string;
  /** An object, where it is laid out as in a GitOps namespace. */
  readonly object?: ObjectKey;
  readonly keys?: VerificationKeys;
}

/** Reads the log of a clone: no server, no cluster, and nothing is fetched. */
export async function openFolderSource(place: FolderPlace, signal: AbortSignal): Promise<LogSource> {
  const [{ openClone }, { readAudit, readCommitDiff, viewDiff, viewEntry }] = await Promise.all([
    import('../../git/index.ts'),
    import('../../writeback/index.ts'),
  ]);
  const clone = await openClone(place.folder, signal);
  try {
    const { commit: tip } = await clone.resolve(place.revision);
    const paths = await pathsOf(place, clone.workTree);
    const keys = place.keys === undefined ? {} : { keys: place.keys };
    return {
      async log({ filter, limit, cursor }) {
        const page = cursor === undefined ? {} : { cursor };
        const { entries, next } = await readAudit(clone.past, { tip, paths, filter, limit, ...page, ...keys }, signal);
        const items = entries.map(viewEntry);
        return next === undefined ? { items } : { items, next };
      },
      async diff(hash) {
        const { commit } = await clone.resolve(hash);
        const { entry, diffs, more } = await readCommitDiff(clone.past, commit, paths, signal);
        return { commit: viewEntry(entry), items: diffs.map(viewDiff), more };
      },
      close: () => clone.close(),
    };
  } catch (error) {
    await clone.close();
    throw error;
  }
}

/** The paths as Git has them: from the root of the repository. */
async function pathsOf(
  { folder, paths, object }: FolderPlace,
  workTree: string | undefined,
): Promise<readonly string[]> {
  const root = workTree ?? folder;
  const inside = (path: string): string => {
    const found = relative(root, resolve(folder, path)).split(sep).join('/');
    if (found === '..' || found.startsWith('../')) throw plumbError('cli.usage', `${path} does not lie in the clone`);
    return found;
  };
  if (object === undefined) return (paths.length === 0 ? ['.'] : paths).map(inside);
  const { objectPaths } = await import('../../writeback/index.ts');
  const prefixes = (paths.length === 0 ? ['.'] : paths).map(inside);
  return prefixes.flatMap((prefix) =>
    objectPaths({ prefix, namespace: object.namespace, format: 'json' }, object, { sideObjects: true }),
  );
}

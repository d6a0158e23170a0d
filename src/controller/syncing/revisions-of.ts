import type { HistoryEntry } from '../../api/index.ts';
import type { RenderedWell, Settled, Versions } from '../application/application-state.ts';

/** The commits of all sources as a status and a history entry name them: the first, and all where there are several. */
export function revisionsOf(versions: Versions): Pick<HistoryEntry, 'revision' | 'revisions'> {
  const [first] = versions;
  const { revision } = first.version;
  return versions.length === 1
    ? { revision }
    : { revision, revisions: versions.map(({ version }) => version.revision) };
}

/** A commit or digest as people read it. */
export function shortRevision(revision: string): string {
  return revision.replace(/^sha256:/, '').slice(0, 12);
}

/** The commits of all sources in short, for a message. */
export function shortRevisions({ versions }: Pick<RenderedWell, 'versions'>): string {
  return versions.map(({ version }) => shortRevision(version.revision)).join(', ');
}

/** The status with the commits that were synced in the place of the ones before, and of those that had only begun. */
export function settledAt(settled: Settled, versions: Versions): Settled {
  const { revision: _revision, revisions: _revisions, unsettled: _unsettled, ...rest } = settled;
  return { ...rest, ...revisionsOf(versions) };
}

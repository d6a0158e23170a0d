import { hash } from 'node:crypto';
import type { FileChange } from '../git/index.ts';
import type { Files } from './namespace-objects.ts';

/** The files of a tree with changes made to them that are not committed yet. */
export function overlaidFiles(files: Files, changes: ReadonlyMap<string, FileChange>): Files {
  if (changes.size === 0) return files;
  const written = [...changes.values()].filter(({ content }) => content !== undefined);
  const below = (folder: string): readonly FileChange[] =>
    [...changes.values()].filter(({ path }) => path.startsWith(`${folder}/`));

  const list: Files['list'] = async (folder) => {
    const here = (await files.list(folder)) ?? [];
    const names = new Map<string, 'file' | 'directory'>();
    for (const { name, kind } of here) {
      const path = `${folder}/${name}`;
      const gone = kind === 'file' ? isRemoved(changes, path) : (await count(path)) === 0;
      if (!gone) names.set(name, kind);
    }
    for (const { path } of written) {
      if (!path.startsWith(`${folder}/`)) continue;
      const [name = '', ...rest] = path.slice(folder.length + 1).split('/');
      names.set(name, rest.length === 0 ? 'file' : 'directory');
    }
    if (names.size === 0) return undefined;
    return [...names]
      .map(([name, kind]) => ({ name, kind }))
      .toSorted((one, other) => (one.name < other.name ? -1 : 1));
  };

  /** Files left in a folder; looked at only where something below it changes. */
  const count = async (folder: string): Promise<number> => {
    if (below(folder).length === 0) return 1;
    return (await list(folder))?.length ?? 0;
  };

  return {
    list,
    async read(path) {
      const change = changes.get(path);
      return change === undefined ? files.read(path) : change.content;
    },
    async stat(path) {
      const change = changes.get(path);
      if (change !== undefined)
        return change.content === undefined ? undefined : { kind: 'file', id: contentId(change.content) };
      const before = await files.stat(path);
      const changed = below(path);
      if (before?.kind === 'file' || changed.length === 0) return before;
      if ((await list(path)) === undefined) return undefined;
      // Two folders with the same id have the same content: what was there and what is changed in it tell it.
      const parts = changed.map(
        (each) => `${each.path}\n${each.content === undefined ? '' : contentId(each.content)}\n`,
      );
      return {
        kind: 'directory',
        id: hash('sha256', `${before?.id ?? ''}\n${path}\n${parts.toSorted().join('')}`, 'hex'),
      };
    },
  };
}

function isRemoved(changes: ReadonlyMap<string, FileChange>, path: string): boolean {
  const change = changes.get(path);
  return change !== undefined && change.content === undefined;
}

/** Not Git's id, and never taken for one: it has another length. */
function contentId(content: Uint8Array): string {
  return hash('sha512', content, 'hex');
}

import { matchesGlob, type Glob } from './glob.ts';

const syntax = { classes: false };
const ends = new Set(['*', '**']);

/**
 * A pattern of .gitignore, as GitHub and Bitbucket Cloud take it for owners: a slash at its beginning or in the middle
 * binds it to the root, a name stands for all that is below it, and `docs/*` for what is in `docs` and no deeper.
 */
export function ignoreMatcher(pattern: string): (path: string) => boolean {
  const isFolder = pattern.endsWith('/');
  const bare = pattern.replace(/^\/+/, '').replace(/\/+$/, '');
  const isBound = pattern.startsWith('/') || bare.includes('/');
  const segments = bare.split('/').filter((segment) => segment !== '');
  // A folder has a name: `**/` is what lies in any folder, and not what lies in none.
  if (isFolder && segments.at(-1) === '**') segments.push('*');
  const glob: Glob = isBound ? segments : ['**', ...segments];
  const below: Glob = [...glob, '**', '*'];
  const isShallow = isBound && ends.has(segments.at(-1) ?? '');
  return (path) => {
    const parts = path.split('/');
    if (!isFolder && matchesGlob(glob, parts, syntax)) return true;
    return !(isShallow && !isFolder) && matchesGlob(below, parts, syntax);
  };
}

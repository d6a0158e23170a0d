import type { Call } from '../types.ts';
import type { AzureRepository } from './repository.ts';
import { changesSchema, iterationsSchema } from './schema.ts';

const mostAtOnce = 2000;

/** The paths that a pull request touches, as of its newest push; of what was moved, both. */
export async function changedFiles(
  { http, path, name }: AzureRepository,
  number: number,
  { signal }: Call,
): Promise<readonly string[]> {
  const iterations = `${path}/pullRequests/${number}/iterations`;
  const what = `listing the files of pull request ${number} of ${name}`;
  const { body } = await http.call({ path: iterations, schema: iterationsSchema, what, signal });
  const newest = Math.max(...body.value.map(({ id }) => id));
  if (!Number.isFinite(newest)) return [];
  const changes = `${iterations}/${newest}/changes`;
  // Compared with 0, where the branches parted.
  const query = { $compareTo: 0 };
  const entries = await http.pages(
    { path: changes, query: { ...query, $top: mostAtOnce, $skip: 0 }, schema: changesSchema, what, signal },
    ({ body: page }) => {
      const { changeEntries: items, nextSkip = 0, nextTop = 0 } = page;
      const isLast = nextTop === 0 || items.length === 0;
      return {
        items,
        next: isLast ? undefined : { path: changes, query: { ...query, $top: nextTop, $skip: nextSkip } },
      };
    },
  );
  const paths = entries.flatMap(({ originalPath, item }) =>
    item.isFolder === true ? [] : [originalPath ?? [], item.path ?? []].flat(),
  );
  return [...new Set(paths.map((each) => each.replace(/^\//, '')))];
}

import type { Problem } from '../errors.ts';
import { type FileTree, locateField, type Origin } from '../render/index.ts';
import type { PreparedObject } from '../sync/index.ts';

/** Where an object was rendered from, by its id. */
export type Origins = ReadonlyMap<string, { readonly origin: Origin; readonly object: PreparedObject['object'] }>;

/**
 * Adds to what the API server refused where it stands in Git: file and line of the field, so that the author
 * finds it. A problem whose place cannot be found keeps what it says.
 */
export async function placeProblems(
  problems: readonly Problem[],
  origins: Origins,
  files: FileTree,
  place: { readonly repository: string; readonly commit: string },
): Promise<readonly Problem[]> {
  return Promise.all(
    problems.map(async (problem) => {
      const where = problem.where ?? {};
      const found = where.object === undefined ? undefined : origins.get(where.object);
      if (found === undefined) return { ...problem, where: { ...place, ...where } };
      const located = await locate(files, found, where.field ?? '');
      return { ...problem, where: { ...place, ...located, ...where } };
    }),
  );
}

async function locate(
  files: FileTree,
  { origin, object }: { origin: Origin; object: PreparedObject['object'] },
  field: string,
) {
  try {
    const located = await locateField(files, origin, field, object);
    return located === undefined ? undefined : { file: located.file, line: located.line, column: located.column };
  } catch {
    // The place only helps: what was refused has to be told all the same.
    return undefined;
  }
}

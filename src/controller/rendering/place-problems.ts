import type { Problem } from '../../errors.ts';
import { locateField, mountedPath } from '../../render/index.ts';
import type { PreparedObject } from '../../sync/index.ts';
import type { SourcePart } from '../application/context.ts';
import type { SourceFiles, SourceOrigin } from './render-sources.ts';

/** Where an object was rendered from, by its id. */
export type Origins = ReadonlyMap<string, { readonly origin: SourceOrigin; readonly object: PreparedObject['object'] }>;

/** The names by which the sources of an Application read one another's files. */
export function sourceNames(parts: readonly SourcePart[]): ReadonlySet<string> {
  return new Set(parts.flatMap(({ source }) => (source.name === undefined ? [] : [source.name])));
}

/** The source that a file is of, and its path there: `$name/` leads into another source. */
function placeOf(parts: readonly SourcePart[], index: number, file: string) {
  const { name, path } = mountedPath(file, sourceNames(parts));
  return { part: name === undefined ? parts[index] : parts.find(({ source }) => source.name === name), path };
}

/** The repository and the path there of a file that one of the sources names. */
export function locationOf(parts: readonly SourcePart[], { source, file }: SourceOrigin) {
  if (file === undefined) return undefined;
  // Of the only source everything is.
  if (parts.length === 1) return { file };
  const { part, path } = placeOf(parts, source, file);
  return part === undefined ? { file } : { repository: part.url, file: path };
}

/**
 * The problem with repository, commit and the path of its file there.
 * @param index which source it is of, where it does not say so itself
 */
export function placeIn(problem: Problem, parts: readonly SourcePart[], index = 0): Problem {
  const { repository, file, ...where } = problem.where ?? {};
  if (repository !== undefined) {
    const commit = parts.find(({ url }) => url === repository)?.version.revision;
    return { ...problem, where: { ...(commit === undefined ? {} : { commit }), ...problem.where } };
  }
  const { part, path } = file === undefined ? { part: parts[index], path: file } : placeOf(parts, index, file);
  if (part === undefined) return problem;
  const place = { repository: part.url, commit: part.version.revision, ...(path === undefined ? {} : { file: path }) };
  return { ...problem, where: { ...place, ...where } };
}

/**
 * Adds to what the API server refused where it stands in Git: file and line of the field, so that the author
 * finds it. A problem whose place cannot be found keeps what it says.
 */
export async function placeProblems(
  problems: readonly Problem[],
  origins: Origins,
  parts: readonly SourceFiles[],
): Promise<readonly Problem[]> {
  return Promise.all(
    problems.map(async (problem) => {
      const where = problem.where ?? {};
      const found = where.object === undefined ? undefined : origins.get(where.object);
      if (found === undefined) return placeIn(problem, parts);
      const { source } = found.origin;
      const located = await locate(parts[source], found, where.field ?? '');
      // Where it stands is known better than by the object's file alone.
      const { file: _file, repository: _repository, ...rest } = where;
      return placeIn({ ...problem, where: located === undefined ? where : { ...located, ...rest } }, parts, source);
    }),
  );
}

async function locate(
  part: SourceFiles | undefined,
  { origin, object }: { origin: SourceOrigin; object: PreparedObject['object'] },
  field: string,
) {
  if (part === undefined) return undefined;
  try {
    const located = await locateField(part.files, origin, field, object);
    if (located === undefined || field !== '') return located;
    const { field: _none, ...place } = located;
    return place;
  } catch {
    // The place only helps: what was refused has to be told all the same.
    return undefined;
  }
}

import type { Location, Problem } from '../../errors.ts';
import { type AskedField, locateFields, mountedPath } from '../../render/index.ts';
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
 * What was found of a render, by object and field, for as long as that is kept: what fails for ever is refused for the same
 * at each attempt, and stands where it stood.
 */
const placesOf = new WeakMap<Origins, Map<string, Location | undefined>>();

/**
 * Adds to what the API server refused where it stands in Git: file and line of the field, so that the author
 * finds it. A problem whose place cannot be found keeps what it says.
 */
export async function placeProblems(
  problems: readonly Problem[],
  origins: Origins,
  parts: readonly SourceFiles[],
): Promise<readonly Problem[]> {
  const places = await findPlaces(problems, origins, parts);
  return problems.map((problem) => {
    const where = problem.where ?? {};
    const found = where.object === undefined ? undefined : origins.get(where.object);
    if (found === undefined) return placeIn(problem, parts);
    const located = places.get(placeId(where));
    // Where it stands is known better than by the object's file alone.
    const { file: _file, repository: _repository, ...rest } = where;
    const placed = located === undefined ? where : { ...located, ...rest };
    return placeIn({ ...problem, where: placed }, parts, found.origin.source);
  });
}

function placeId({ object = '', field = '' }: Location): string {
  return `${object} ${field}`;
}

/** What is known of the render already, and what is asked for besides. */
async function findPlaces(
  problems: readonly Problem[],
  origins: Origins,
  parts: readonly SourceFiles[],
): Promise<ReadonlyMap<string, Location | undefined>> {
  const places = placesOf.get(origins) ?? new Map<string, Location | undefined>();
  placesOf.set(origins, places);
  const unknown = new Map<string, AskedField & { readonly source: number }>();
  for (const { where = {} } of problems) {
    const found = origins.get(where.object ?? '');
    const id = placeId(where);
    if (found === undefined || places.has(id)) continue;
    const { origin, object } = found;
    unknown.set(id, { origin, object, field: where.field ?? '', source: origin.source });
  }
  for (const [source, asked] of Map.groupBy(unknown, ([, { source: each }]) => each)) {
    const part = parts[source];
    const located =
      part === undefined
        ? []
        : await locateFields(
            part.files,
            asked.map(([, field]) => field),
          );
    for (const [index, [id, { field }]] of asked.entries()) places.set(id, placeOfField(located[index], field));
  }
  return places;
}

/** A place without the field, where none was named. */
function placeOfField(located: Location | undefined, field: string): Location | undefined {
  if (located === undefined || field !== '') return located;
  const { field: _none, ...place } = located;
  return place;
}

import { isDeepStrictEqual } from 'node:util';
import { plumbError, type Problem, throwProblems } from '../../errors.ts';
import type { Json, KubeObject } from '../../object.ts';
import { applyEdits, findRendered, plainSecretsIn, type RenderedObject, valueAt } from '../../writeback/index.ts';
import type { SourcePart } from '../application/context.ts';
import type { Origins } from '../rendering/place-problems.ts';
import {
  openSource,
  type PlacedChanges,
  placeInSource,
  refuseClashes,
  type SourcePlacing,
} from '../placing/place-in-sources.ts';
import { destinationOf } from '../rendering/render-request.ts';
import type { SourceFiles } from '../rendering/render-sources.ts';
import type { CapturedObject, CollectedDrift } from './capture-state.ts';
import { formatDriftPath } from './describe.ts';

/** A drift, and all that it takes to find its place in Git. */
export interface DriftPlacing extends SourcePlacing {
  readonly drift: CollectedDrift;
  /** Where the objects came from, and what they were when the drift was seen. */
  readonly origins: Origins;
  /** True: the sources hold what was captured before, and another value there speaks against nothing. */
  readonly mayHaveMoved?: boolean;
}

/**
 * Finds the files behind a drift, in the sources as they are given, and proves it by rendering.
 * @throws PlumbError `writeback.*`, with the reasons of every object; `controller.capture-refused`
 */
export async function placeDrift(
  placing: DriftPlacing,
  files: readonly SourceFiles[],
  signal: AbortSignal,
): Promise<readonly PlacedChanges[]> {
  const bySource = Map.groupBy(placing.drift.objects, ({ id }) => placing.origins.get(id)?.origin.source ?? 0);
  const all: PlacedChanges[] = [];
  for (const [index, objects] of bySource) {
    const source = await openSource(placing, files, index, signal);
    const namespace = destinationOf(placing.application);
    throwProblems(objects.flatMap((object) => obstaclesTo(object, source.objects, placing, namespace)));
    const wishes = objects.map(({ key, fields }) => ({
      key,
      edits: fields.map(({ path, after }) => ({ path, value: after })),
    }));
    all.push(...(await placeInSource(placing, files, source, wishes, signal)).placed);
  }
  refuseClashes(all, 'controller.capture-refused');
  return all;
}

/** What speaks against capturing an object: Git has changed the same fields meanwhile, or secrets would stand in it. */
function obstaclesTo(
  { id, key, fields }: CapturedObject,
  now: readonly RenderedObject[],
  { origins, mayHaveMoved = false }: DriftPlacing,
  namespace: string,
): readonly Problem[] {
  const then = origins.get(id)?.object;
  const rendered = findRendered(now, key, namespace)?.object;
  if (rendered === undefined) {
    const message = 'it is not in Git any more';
    return [{ code: 'controller.capture-refused', message, where: { object: id } }];
  }
  const moved = fields.filter(({ path, after }) => {
    if (mayHaveMoved) return false;
    const value = valueAt(rendered, path);
    return !isDeepStrictEqual(value, valueAt(then, path)) && !isDeepStrictEqual(value, after);
  });
  const conflicts = moved.map(({ path }): Problem => ({
    code: 'controller.capture-refused',
    message: 'it was changed in Git as well, and Git is right',
    where: { object: id, field: formatDriftPath(path) },
  }));
  const edits = fields.map(({ path, after }) => ({ path, value: after }));
  const wished = applyEdits(rendered as Json, edits) as unknown as KubeObject;
  const known = new Set(plainSecretsIn(rendered).map(({ where }) => where?.field));
  return [...conflicts, ...plainSecretsIn(wished).filter(({ where }) => !known.has(where?.field))];
}

/** The branch that a source follows. @throws PlumbError `controller.capture-refused` where it follows none */
export function branchOf({ version, url }: SourcePart): string {
  const [, branch] = /^refs\/heads\/(.+)$/.exec(version.ref) ?? [];
  if (branch !== undefined) return branch;
  throw plumbError('controller.capture-refused', `${version.ref} is no branch that could be written to`, {
    where: { repository: url },
    hint: 'Follow a branch, or set `spec.sync.drift` to Revert or Report.',
  });
}

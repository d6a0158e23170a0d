import { isDeepStrictEqual } from 'node:util';
import { type Application, type Repository, typeOf } from '../../api/index.ts';
import { plumbError, type Problem, throwProblems } from '../../errors.ts';
import type { Json, KubeObject } from '../../object.ts';
import { type FileTree, mountedPath, type Renderer, type RenderResult } from '../../render/index.ts';
import {
  applyEdits,
  type FileChange,
  findRendered,
  placeChange,
  plainSecretsIn,
  valueAt,
} from '../../writeback/index.ts';
import type { SourcePart } from '../context.ts';
import { type Origins, sourceNames } from '../place-problems.ts';
import { destinationOf, isRendered, type RenderEnvironment, renderRequestOf } from '../render-request.ts';
import type { SourceFiles } from '../render-sources.ts';
import type { CapturedObject, CollectedDrift } from './capture-state.ts';
import { formatDriftPath } from './describe.ts';

/** A drift, and all that it takes to find its place in Git. */
export interface DriftPlacing {
  readonly application: Application;
  readonly drift: CollectedDrift;
  /** Where the objects came from, and what they were when the drift was seen. */
  readonly origins: Origins;
  readonly renderer: Pick<Renderer, 'render'>;
  readonly environment: RenderEnvironment;
  readonly seed: Uint8Array;
  readonly repositoryOf: (part: SourcePart) => Repository | undefined;
  /** Whether another Application is rendered from a file as well. */
  readonly isShared: (part: SourcePart, file: string) => boolean;
}

/** The files that a drift changes in one source. */
export interface PlacedDrift {
  readonly part: SourceFiles;
  readonly changes: readonly FileChange[];
}

/**
 * Finds the files behind a drift, in the sources as they are given, and proves it by rendering.
 * @throws PlumbError `writeback.*`, with the reasons of every object; `controller.capture-refused`
 */
export async function placeDrift(
  placing: DriftPlacing,
  files: readonly SourceFiles[],
  signal: AbortSignal,
): Promise<readonly PlacedDrift[]> {
  const bySource = Map.groupBy(placing.drift.objects, ({ id }) => placing.origins.get(id)?.origin.source ?? 0);
  const placed: PlacedDrift[] = [];
  for (const [index, objects] of bySource)
    placed.push(...(await placeInSource(placing, files, index, objects, signal)));
  throwProblems(clashesIn(placed));
  return placed;
}

/** Two sources may be made of one file, and each was placed without the other. */
function clashesIn(placed: readonly PlacedDrift[]): readonly Problem[] {
  const all = placed.flatMap(({ part, changes }) => changes.map(({ path }) => ({ part, path })));
  const byFile = Map.groupBy(all, ({ part, path }) => `${part.group} ${path}`);
  return [...byFile.values()].flatMap(([first, ...others]) => {
    if (first === undefined || others.length === 0) return [];
    const message = 'several sources of the Application would change this file, and only one can at once';
    const where = { repository: first.part.url, file: first.path };
    return [{ code: 'controller.capture-refused', message, where }];
  });
}

async function placeInSource(
  placing: DriftPlacing,
  files: readonly SourceFiles[],
  index: number,
  objects: readonly CapturedObject[],
  signal: AbortSignal,
): Promise<readonly PlacedDrift[]> {
  const part = files[index];
  if (part === undefined || !isRendered(part.source)) throw plumbError('internal', `there is no source ${index}`);
  const { application, environment, seed, renderer } = placing;
  const request = renderRequestOf(application, part.source, index, environment, seed, part.version.at);
  const tree = (await part.completeChart?.(part.files, request, signal))?.files ?? part.files;
  const render = (edited: FileTree) => renderer.render(request, edited, signal);
  const namespace = destinationOf(application);
  const objectsNow = await renderedNow(render, tree);
  throwProblems(objects.flatMap((object) => obstaclesTo(object, objectsNow, placing, namespace)));
  const at = (path: string) => locate(files, index, path);
  const { changes } = await placeChange(
    {
      wishes: objects.map(({ key, fields }) => ({
        key,
        edits: fields.map(({ path, after }) => ({ path, value: after })),
      })),
      tree,
      path: request.path,
      source: request.source,
      namespace,
      render,
      isShared: (path) => isOutOfReach(at(path), placing),
    },
    signal,
  );
  const located = changes.map((change) => ({ ...at(change.path), content: change.content }));
  return [...Map.groupBy(located, ({ part: owner }) => owner)].flatMap(([owner, own]) =>
    owner === undefined ? [] : [{ part: owner, changes: own.map(({ path, content }) => ({ path, content })) }],
  );
}

async function renderedNow(render: (files: FileTree) => Promise<RenderResult>, tree: FileTree) {
  const { objects, origins } = await render(tree);
  return objects.map((object, index) => ({ object, origin: origins[index] ?? {} }));
}

/** The source that a file of a source is of, and its path there: `$name/` leads into another one. */
function locate(files: readonly SourceFiles[], index: number, path: string) {
  const found = mountedPath(path, sourceNames(files));
  const part = found.name === undefined ? files[index] : files.find(({ source }) => source.name === found.name);
  return { part, path: found.path };
}

function isOutOfReach({ part, path }: ReturnType<typeof locate>, placing: DriftPlacing): boolean {
  const repository = part === undefined ? undefined : placing.repositoryOf(part);
  if (part === undefined || repository === undefined || typeOf(repository) !== 'Git') return true;
  return placing.isShared(part, path);
}

/** What speaks against capturing an object: Git has changed the same fields meanwhile, or secrets would stand in it. */
function obstaclesTo(
  { id, key, fields }: CapturedObject,
  now: Awaited<ReturnType<typeof renderedNow>>,
  { origins }: DriftPlacing,
  namespace: string,
): readonly Problem[] {
  const then = origins.get(id)?.object;
  const rendered = findRendered(now, key, namespace)?.object;
  if (rendered === undefined) {
    const message = 'it is not in Git any more';
    return [{ code: 'controller.capture-refused', message, where: { object: id } }];
  }
  const moved = fields.filter(({ path, after }) => {
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

import type { Application, Repository } from '../../api/index.ts';
import { typeOf } from '../../api/index.ts';
import { plumbError, type Problem, throwProblems } from '../../errors.ts';
import { type FileTree, mountedPath, type Renderer } from '../../render/index.ts';
import { type FileChange, placeChange, type RenderedObject, type Wish } from '../../writeback/index.ts';
import type { SourcePart } from '../application/context.ts';
import { sourceNames } from '../rendering/place-problems.ts';
import { destinationOf, isRendered, type RenderEnvironment, renderRequestOf } from '../rendering/render-request.ts';
import type { SourceFiles } from '../rendering/render-sources.ts';

/** All that it takes to find the place of a change in the sources of an Application. */
export interface SourcePlacing {
  readonly application: Application;
  readonly renderer: Pick<Renderer, 'render'>;
  readonly environment: RenderEnvironment;
  readonly seed: Uint8Array;
  readonly repositoryOf: (part: SourcePart) => Repository | undefined;
  /** Whether another Application is rendered from a file as well. */
  readonly isShared: (part: SourcePart, file: string) => boolean;
}

/** The files that a change of objects changes in one source. */
export interface PlacedChanges {
  readonly part: SourceFiles;
  readonly changes: readonly FileChange[];
}

/** One source of an Application, ready to be rendered. */
export interface OpenSource {
  readonly index: number;
  readonly tree: FileTree;
  readonly request: ReturnType<typeof renderRequestOf>;
  readonly render: (files: FileTree) => ReturnType<Renderer['render']>;
  /** What it renders to as it is. */
  readonly objects: readonly RenderedObject[];
}

/** Opens one source, and renders it. @throws PlumbError the problems of the render */
export async function openSource(
  placing: SourcePlacing,
  files: readonly SourceFiles[],
  index: number,
  signal: AbortSignal,
): Promise<OpenSource> {
  const part = files[index];
  if (part === undefined || !isRendered(part.source)) throw plumbError('internal', `there is no source ${index}`);
  const { application, environment, seed, renderer } = placing;
  const request = renderRequestOf(application, part.source, index, environment, seed, part.version.at);
  const tree = (await part.completeChart?.(part.files, request, signal))?.files ?? part.files;
  const render: OpenSource['render'] = (edited) => renderer.render(request, edited, signal);
  const { objects, origins } = await render(tree);
  return {
    index,
    tree,
    request,
    render,
    objects: objects.map((object, number) => ({ object, origin: origins[number] ?? {} })),
  };
}

/** What became of wishes in one source. */
export interface PlacedInSource {
  readonly placed: readonly PlacedChanges[];
  /** What was done where, for people. */
  readonly explanation: string;
  /** What the source renders to with the changes. */
  readonly objects: readonly RenderedObject[];
}

/**
 * Finds the files behind wishes in one source, and proves it by rendering.
 * @throws PlumbError `writeback.*`, with the reasons of every object
 */
export async function placeInSource(
  placing: SourcePlacing,
  files: readonly SourceFiles[],
  source: OpenSource,
  wishes: readonly Wish[],
  signal: AbortSignal,
): Promise<PlacedInSource> {
  const at = (path: string) => locate(files, source.index, path);
  const { changes, explanation, objects } = await placeChange(
    {
      wishes,
      tree: source.tree,
      path: source.request.path,
      source: source.request.source,
      namespace: destinationOf(placing.application),
      render: source.render,
      isShared: (path) => isOutOfReach(at(path), placing),
    },
    signal,
  );
  const located = changes.map((change) => ({ ...at(change.path), content: change.content }));
  const placed = [...Map.groupBy(located, ({ part: owner }) => owner)].flatMap(([owner, own]) =>
    owner === undefined ? [] : [{ part: owner, changes: own.map(({ path, content }) => ({ path, content })) }],
  );
  return { placed, explanation, objects };
}

/** Two sources may be made of one file, and each was placed without the other. @throws PlumbError */
export function refuseClashes(
  placed: readonly PlacedChanges[],
  code: 'controller.capture-refused' | 'controller.change-refused',
): void {
  const all = placed.flatMap(({ part, changes }) => changes.map(({ path }) => ({ part, path })));
  const byFile = Map.groupBy(all, ({ part, path }) => `${part.group} ${path}`);
  throwProblems(
    [...byFile.values()].flatMap(([first, ...others]): readonly Problem[] => {
      if (first === undefined || others.length === 0) return [];
      const message = 'several sources of the Application would change this file, and only one can at once';
      return [{ code, message, where: { repository: first.part.url, file: first.path } }];
    }),
  );
}

/** The source that a file of a source is of, and its path there: `$name/` leads into another one. */
function locate(files: readonly SourceFiles[], index: number, path: string) {
  const found = mountedPath(path, sourceNames(files));
  const part = found.name === undefined ? files[index] : files.find(({ source }) => source.name === found.name);
  return { part, path: found.path };
}

function isOutOfReach({ part, path }: ReturnType<typeof locate>, placing: SourcePlacing): boolean {
  const repository = part === undefined ? undefined : placing.repositoryOf(part);
  if (part === undefined || repository === undefined || typeOf(repository) !== 'Git') return true;
  return placing.isShared(part, path);
}

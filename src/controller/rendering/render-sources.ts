import { createHash } from 'node:crypto';
import type { Application } from '../../api/index.ts';
import { type Problem, problemsOf } from '../../errors.ts';
import {
  type FileTree,
  joinRecords,
  mountedTree,
  type Origin as RenderOrigin,
  type ReadRecord,
  RenderError,
  type Renderer,
  type RenderResult,
  splitRecord,
} from '../../render/index.ts';
import type { GroupReads, SourcePart } from '../application/context.ts';
import { placeIn, sourceNames } from './place-problems.ts';
import { isRendered, type RenderEnvironment, type RenderedSource, renderRequestOf } from './render-request.ts';

/** One source, with its files and those of the others under `$name/`. */
export interface SourceFiles extends SourcePart {
  readonly files: FileTree;
}

/** Where an object came from. */
export interface SourceOrigin extends RenderOrigin {
  /** Which of the sources it is, from 0. */
  readonly source: number;
}

/** What came of rendering all sources of an Application. */
export type SourcesRendered =
  | {
      readonly state: 'ok';
      readonly objects: RenderResult['objects'];
      readonly origins: readonly SourceOrigin[];
      readonly warnings: readonly Problem[];
      /** Equal digests mean equal objects. */
      readonly digest: string;
      /** True where nothing had to be rendered. */
      readonly cached: boolean;
      readonly reads: GroupReads;
    }
  | {
      readonly state: 'failed';
      readonly problems: readonly [Problem, ...Problem[]];
      /** Undefined where something failed of which is not known what it read. */
      readonly reads: GroupReads | undefined;
    };

/**
 * The files of all sources.
 * @param other files in place of those of the version of a source
 * @throws PlumbError where a version is not here any more
 */
export async function filesOf(
  parts: readonly SourcePart[],
  other: (part: SourcePart) => FileTree | undefined = () => undefined,
): Promise<readonly SourceFiles[]> {
  const trees = await Promise.all(parts.map(async (part) => other(part) ?? part.origin.tree(part.version)));
  const named = new Map<string, FileTree>();
  for (const [index, { source }] of parts.entries()) {
    const tree = trees[index];
    if (source.name !== undefined && tree !== undefined) named.set(source.name, tree);
  }
  return parts.flatMap((part, index) => {
    const tree = trees[index];
    return tree === undefined ? [] : [{ ...part, files: mountedTree(tree, named) }];
  });
}

/** What `renderSources` needs. */
export interface RenderSourcesOptions {
  readonly application: Application;
  readonly parts: readonly SourceFiles[];
  readonly renderer: Renderer;
  readonly environment: RenderEnvironment;
  readonly seed: Uint8Array;
  readonly signal: AbortSignal;
}

type PartResult =
  | {
      readonly index: number;
      readonly state: 'ok';
      readonly result: RenderResult;
      readonly warnings: readonly Problem[];
    }
  | {
      readonly index: number;
      readonly state: 'failed';
      readonly problems: readonly Problem[];
      readonly record: ReadRecord | undefined;
    };

/** Renders every source that has a path; what is wrong with any of them is told together. */
export async function renderSources(options: RenderSourcesOptions): Promise<SourcesRendered> {
  const { parts, signal } = options;
  const results = await Promise.all(
    parts.flatMap(({ source, ...part }, index) =>
      isRendered(source) ? [renderPart({ ...part, source }, index, options)] : [],
    ),
  );
  signal.throwIfAborted();
  const reads = readsOf(results, parts);
  const [first, ...others] = results.flatMap((each) => (each.state === 'failed' ? each.problems : []));
  if (first !== undefined) return { state: 'failed', problems: [first, ...others], reads };
  const done = results.flatMap((each) => (each.state === 'ok' ? [each] : []));
  return {
    state: 'ok',
    objects: done.flatMap(({ result }) => result.objects),
    origins: done.flatMap(({ result, index }) => result.origins.map((origin) => ({ ...origin, source: index }))),
    warnings: done.flatMap(({ warnings, index }) => warnings.map((warning) => placeIn(warning, parts, index))),
    digest: digestOf(done.map(({ result }) => result.digest)),
    cached: done.every(({ result }) => result.cached),
    reads: reads ?? new Map(),
  };
}

async function renderPart(
  part: SourceFiles & { readonly source: RenderedSource },
  index: number,
  { application, parts, renderer, environment, seed, signal }: RenderSourcesOptions,
): Promise<PartResult> {
  try {
    const request = renderRequestOf(application, part.source, index, environment, seed, part.version.at);
    const { files, warnings } =
      part.completeChart === undefined
        ? { files: part.files, warnings: [] }
        : await part.completeChart(part.files, request, signal);
    const result = await renderer.render(request, files, signal);
    return { index, state: 'ok', result, warnings: [...warnings, ...result.warnings] };
  } catch (error) {
    const problems = problemsOf(error).map((problem) => placeIn(problem, parts, index));
    return { index, state: 'failed', problems, record: error instanceof RenderError ? error.record : undefined };
  }
}

function digestOf(digests: readonly string[]): string {
  const [only] = digests;
  if (only !== undefined && digests.length === 1) return only;
  return createHash('sha256').update(digests.join('\n')).digest('hex');
}

/** What all renders looked at, by the groups of the sources; undefined where one of them cannot tell. */
function readsOf(results: readonly PartResult[], parts: readonly SourceFiles[]): GroupReads | undefined {
  const names = sourceNames(parts);
  const byGroup = new Map<string, ReadRecord[]>(parts.map(({ group }) => [group, []]));
  for (const each of results) {
    const record = each.state === 'ok' ? each.result.record : each.record;
    if (record === undefined) return undefined;
    for (const [name, own] of splitRecord(record, names)) {
      const part = name === undefined ? parts[each.index] : parts.find(({ source }) => source.name === name);
      if (part !== undefined) byGroup.get(part.group)?.push(own);
    }
  }
  return new Map([...byGroup].map(([group, records]) => [group, joinRecords(records)]));
}

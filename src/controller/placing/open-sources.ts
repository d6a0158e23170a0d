import { type Problem, problemsOf, throwProblems } from '../../errors.ts';
import type { Discovery, ListSchemaReader } from '../../kube/index.ts';
import type { FileTree } from '../../render/index.ts';
import type { ReadySource } from '../application/context.ts';
import { placeIn } from '../rendering/place-problems.ts';
import { destinationOf, isRendered } from '../rendering/render-request.ts';
import { filesOf, type SourceFiles } from '../rendering/render-sources.ts';
import type { RenderedSources } from './app-objects.ts';
import { type OpenSource, openSource, type SourcePlacing } from './place-in-sources.ts';

/** The sources of an Application with the files of one of its branches in the place of what it has rendered. */
export interface PlanContext extends SourcePlacing {
  readonly parts: ReadySource['parts'];
  readonly discovery: Pick<Discovery, 'resource'>;
  /** What tells the items of lists apart; asked only where two changes are joined. */
  readonly lists: ListSchemaReader;
}

/** All sources with their files, rendered. */
export interface OpenSources extends RenderedSources {
  readonly files: readonly SourceFiles[];
  readonly sources: readonly OpenSource[];
}

/**
 * Renders all sources, with these files for those of one branch.
 * @throws PlumbError the problems of the renders, of all sources together
 */
export async function openSources(
  context: PlanContext,
  branch: { readonly group: string; readonly files: FileTree } | undefined,
  signal: AbortSignal,
): Promise<OpenSources> {
  const files = await filesOf(context.parts, (part) => (part.group === branch?.group ? branch.files : undefined));
  const problems: Problem[] = [];
  const opened = await Promise.all(
    files.flatMap(({ source }, index) => {
      if (!isRendered(source)) return [];
      return openSource(context, files, index, signal).catch((error: unknown) => {
        signal.throwIfAborted();
        problems.push(...problemsOf(error).map((problem) => inFiles(problem, files, index)));
        return undefined;
      });
    }),
  );
  throwProblems(problems);
  const sources = opened.filter((source) => source !== undefined);
  return { files, sources, namespace: destinationOf(context.application) };
}

/** Where a problem is; the commit is left out, as the files need not be those of any. */
export function inFiles(problem: Problem, files: readonly SourceFiles[], index?: number): Problem {
  const { commit: _commit, ...where } = placeIn(problem, files, index).where ?? {};
  return { ...problem, where };
}

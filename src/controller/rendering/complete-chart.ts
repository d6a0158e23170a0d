import type { Problem } from '../../errors.ts';
import { type RegistryCache, resolveDependencies } from '../../registry/index.ts';
import { type FileTree, isChart, type RenderRequest } from '../../render/index.ts';
import type { RepositoryAccess } from '../access/credentials.ts';
import { registryConnectionOf } from '../repository/registry-upstream.ts';

/** The files with the charts that the chart to render needs and that do not lie beside it. */
export interface CompletedChart {
  readonly files: FileTree;
  readonly warnings: readonly Problem[];
}

/**
 * Completes what is to be rendered; anything but a chart stays as it is.
 * @throws PlumbError with a problem for each dependency that cannot be had
 */
export type CompleteChart = (
  files: FileTree,
  request: Pick<RenderRequest, 'path' | 'source'>,
  signal: AbortSignal,
  /** Called with each URL before anything is asked there; what it throws is the answer. */
  beforeConnecting?: (url: string) => void,
) => Promise<CompletedChart>;

/**
 * Makes charts complete with what registries hold.
 * @param accessFor how the repository at a URL lets Plumbline in
 */
export function chartCompleter(
  cache: RegistryCache,
  accessFor: (url: string) => Promise<RepositoryAccess>,
): CompleteChart {
  return async (files, { path, source }, signal, beforeConnecting) => {
    if (!(await isChart(files, path, source))) return { files, warnings: [] };
    const { tree, dependencies } = await resolveDependencies(files, path, {
      cache,
      connectionFor: async (url) => {
        beforeConnecting?.(url);
        return registryConnectionOf(await accessFor(url));
      },
      signal,
    });
    const file = path === '.' ? 'Chart.yaml' : `${path}/Chart.yaml`;
    const loose = dependencies.filter(({ locked }) => !locked);
    return { files: tree, warnings: loose.map(({ name, version }) => unlocked(name, version, file)) };
  };
}

function unlocked(name: string, version: string, file: string): Problem {
  return {
    code: 'render.warning',
    message: `the version of the chart ${name} is held by no Chart.lock: it is ${version} now, and may be another at the next commit`,
    where: { file, field: 'dependencies' },
    hint: 'Commit the Chart.lock that `helm dependency update` writes.',
  };
}

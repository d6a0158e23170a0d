import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createEgress } from '../../egress.ts';
import { proxyFor } from '../../kube/index.ts';
import type { RegistryConnection } from '../../registry/index.ts';
import type { FileTree, RenderSource } from '../../render/index.ts';
import { sensitive } from '../../sensitive.ts';
import { cacheFolder } from '../folders.ts';
import type { Session } from '../session.ts';
import type { SourceOptions } from './flags.ts';

/** What the log-ins of this person's `docker` and `helm` say, and the proxy of the environment. */
async function connectionFor({ context }: Session, url: string): Promise<RegistryConnection> {
  const { env } = context;
  const home = env['HOME'] ?? '';
  const files = [
    env['HELM_REGISTRY_CONFIG'] ?? join(home, '.config', 'helm', 'registry', 'config.json'),
    join(env['DOCKER_CONFIG'] ?? join(home, '.docker'), 'config.json'),
  ];
  const proxy = proxyFor(url.replace(/^oci:/, 'https:'), env);
  const proxied = proxy === undefined ? {} : { proxy: sensitive(proxy) };
  if (!url.startsWith('oci://')) return proxied;
  const { host } = new URL(url.replace(/^oci:/, 'https:'));
  for (const file of files) {
    const config = await readFile(file, 'utf8').catch(() => '');
    // Only a file that speaks of the host is of use; one that keeps its log-ins elsewhere holds none.
    if (config.includes(JSON.stringify(host)))
      return { ...proxied, credentials: { kind: 'docker-config', config: sensitive(config) } };
  }
  return proxied;
}

/** Gives back files with the charts that what is rendered from them needs and that do not lie there. */
export type Complete = (
  files: FileTree,
  what: { readonly path: string; readonly source: RenderSource },
) => Promise<FileTree>;

/**
 * Lends the means to complete charts; where nothing may be fetched, everything stays as it is. Of a chart of which
 * something cannot be had, a PlumbError is thrown with a problem for each.
 */
export async function withCompleter<Result>(
  session: Session<Pick<SourceOptions, 'fetch'>>,
  body: (complete: Complete) => Promise<Result>,
): Promise<Result> {
  const { context, options, signal } = session;
  if (!options.fetch) return body((files) => Promise.resolve(files));
  const [{ isChart }, { openRegistryCache, resolveDependencies }] = await Promise.all([
    import('../../render/index.ts'),
    import('../../registry/index.ts'),
  ]);
  const cache = openRegistryCache({ directory: join(cacheFolder(context), 'charts'), egress: createEgress() });
  try {
    return await body(async (files, { path, source }) => {
      if (!(await isChart(files, path, source))) return files;
      const { tree } = await resolveDependencies(files, path, {
        cache,
        connectionFor: (url) => connectionFor(session, url),
        signal,
      });
      return tree;
    });
  } finally {
    await cache.close();
  }
}

/**
 * The files with the charts that the chart at the path needs and that do not lie beside it.
 * @throws PlumbError with a problem for each that cannot be had
 */
export async function withNeededCharts<Result>(
  session: Session<SourceOptions>,
  input: { readonly files: FileTree; readonly path: string; readonly source: RenderSource },
  body: (files: FileTree) => Promise<Result>,
): Promise<Result> {
  const { files, path, source } = input;
  const { isChart } = await import('../../render/index.ts');
  // Most folders are none: only who has a chart pays for what fetches others.
  if (!session.options.fetch || !(await isChart(files, path, source))) return body(files);
  return withCompleter(session, async (complete) => body(await complete(files, { path, source })));
}

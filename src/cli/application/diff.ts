import { join } from 'node:path';
import type { SyncDiff } from '../../sync/index.ts';
import type { ClusterAccess } from '../cluster-access.ts';
import { cacheFolder } from '../folders.ts';
import type { Session } from '../session.ts';
import { printWarnings } from '../source/render-folder.ts';
import { getOwn } from './read.ts';

/** How an Application is compared. */
export interface ApplicationDiffOptions {
  /** Branch, tag or full commit id in place of the one that the Application follows. */
  readonly revision?: string;
  /** Namespace of the controller, where the seed of random values lies. */
  readonly systemNamespace: string;
  /** Whether the Repository may be a folder of this machine. */
  readonly allowFileUrls?: boolean;
}

/** What Git says now for an Application that is in the cluster, compared with the cluster; nothing is changed. */
export async function diffApplication(
  session: Session<ApplicationDiffOptions>,
  { client, namespace }: ClusterAccess,
  name: string,
): Promise<SyncDiff> {
  const [{ parseApplication, parseRepository }, { diffOnce }, { createRenderer }] = await Promise.all([
    import('../../api/index.ts'),
    import('../../controller/index.ts'),
    import('../../render/index.ts'),
  ]);
  const { context, options, progress, signal } = session;
  const live = await getOwn({ client, namespace }, 'Application', name, signal);
  const application = parseApplication(live);
  const repositoryName = application.spec.source.repositoryRef.name;
  const repository = parseRepository(await getOwn({ client, namespace }, 'Repository', repositoryName, signal));
  progress.step(`Comparing with ${repository.spec.url}`);
  const renderer = createRenderer({ host: 'wasm', workers: 1, environment: { ...context.env } });
  try {
    const found = await diffOnce({
      application,
      repository,
      live,
      client,
      renderer,
      mirrors: join(cacheFolder(context), 'mirrors'),
      namespace: options.systemNamespace,
      allowFileUrls: options.allowFileUrls ?? false,
      signal,
      ...(options.revision === undefined ? {} : { revision: options.revision }),
    });
    printWarnings(session, found);
    return found;
  } finally {
    await renderer.close();
  }
}

import { join } from 'node:path';
import { plumbError } from '../../errors.ts';
import type * as Controller from '../../controller/index.ts';
import type { PruneSimulation, SyncDiff, SyncOwners } from '../../sync/index.ts';
import type { ResourceSelector } from '../../sync-request.ts';
import { clusterPlumb } from '../access/cluster.ts';
import type { ClusterAccess } from '../cluster-access.ts';
import { openArtifacts } from '../artifacts.ts';
import { cacheFolder } from '../folders.ts';
import { readIgnore } from '../ignore-rules.ts';
import type { Session } from '../session.ts';
import { printWarnings } from '../source/render-folder.ts';
import { getOwn } from './read.ts';

/** How an Application is compared. */
export interface ApplicationDiffOptions {
  /** Branch, tag or full commit id in place of the one that the Application follows; `SOURCE=…` for one of several. */
  readonly revision?: readonly string[];
  /** Namespace of the controller, where the seed of random values lies. */
  readonly systemNamespace: string;
  /** Whether the Repository may be a folder of this machine. */
  readonly allowFileUrls?: boolean;
  /** File with what is ignored in the objects of all Applications, as the controller has it. */
  readonly ignoreRules?: string;
}

/**
 * The revisions by the name of the source; under the empty name for the only source.
 * @throws PlumbError `cli.usage` where it is not clear which source is meant
 */
function revisionsOf(sources: readonly (string | undefined)[], given: readonly string[]): ReadonlyMap<string, string> {
  if (sources.length === 1 && sources[0] === undefined) {
    if (given.length > 1) throw plumbError('cli.usage', '--revision is given more than once, and there is one source');
    return new Map(given.map((revision) => ['', revision]));
  }
  const names = sources.flatMap((name) => name ?? []);
  return new Map(
    given.map((text) => {
      const [name = '', ...rest] = text.split('=');
      if (names.includes(name) && rest.length > 0) return [name, rest.join('=')];
      throw plumbError('cli.usage', `--revision ${text} does not name one of several sources`, {
        hint: `Write --revision SOURCE=REVISION; the sources with a name are: ${names.join(', ') || 'none'}.`,
      });
    }),
  );
}

/** What Git says now for an Application that is in the cluster, compared with the cluster; nothing is changed. */
export function diffApplication(
  session: Session<ApplicationDiffOptions>,
  access: ClusterAccess,
  name: string,
): Promise<SyncDiff> {
  return lookAtApplication(session, access, name, async ({ diffOnce }, options) => {
    const found = await diffOnce(options);
    printWarnings(session, found);
    return found;
  });
}

/** Whose the fields of its objects are that Git does not give, or that another manager has. */
export function ownersOfApplication(
  session: Session<ApplicationDiffOptions>,
  access: ClusterAccess,
  name: string,
): Promise<SyncOwners> {
  return lookAtApplication(session, access, name, ({ ownersOnce }, options) => ownersOnce(options));
}

/**
 * What a prune would do for what Git says now; nothing is changed.
 * @param approval the token that is taken for given
 */
export function simulateApplicationPrune(
  session: Session<ApplicationDiffOptions>,
  access: ClusterAccess,
  name: string,
  approval: string | undefined,
): Promise<PruneSimulation> {
  return lookAtApplication(session, access, name, ({ simulatePruneOnce }, options) =>
    simulatePruneOnce(options, approval),
  );
}

/** What the API server would answer to a sync of an Application, or of some of its objects; nothing is changed. */
export function dryRunApplication(
  session: Session<ApplicationDiffOptions>,
  access: ClusterAccess,
  name: string,
  resources: readonly ResourceSelector[] | undefined,
): Promise<Controller.ApplicationDryRun> {
  return lookAtApplication(session, access, name, async ({ dryRunOnce }, options) => {
    const found = await dryRunOnce(options, resources);
    printWarnings(session, found);
    return found;
  });
}

type ControllerRoom = Pick<typeof Controller, 'diffOnce' | 'dryRunOnce' | 'ownersOnce' | 'simulatePruneOnce'>;

async function lookAtApplication<Result>(
  session: Session<ApplicationDiffOptions>,
  { client, namespace }: ClusterAccess,
  name: string,
  look: (controller: ControllerRoom, options: Controller.DiffOnceOptions) => Promise<Result>,
): Promise<Result> {
  const [{ parseApplication, parseRepository, sourcesOf }, controller, { createRenderer }] = await Promise.all([
    import('../../api/index.ts'),
    import('../../controller/index.ts'),
    import('../../render/index.ts'),
  ]);
  const { context, options, progress, signal } = session;
  const access = clusterPlumb({ client, namespace }, () => context.now());
  const live = await getOwn(access, 'Application', name, signal);
  const application = parseApplication(live);
  const sources = sourcesOf(application);
  const revisions = revisionsOf(
    sources.map((source) => source.name),
    options.revision ?? [],
  );
  const wanted = [...new Set(sources.map(({ repositoryRef }) => repositoryRef.name))];
  const repositories = new Map(
    await Promise.all(
      wanted.map(async (repository) => {
        const object = await getOwn(access, 'Repository', repository, signal);
        return [repository, parseRepository(object)] as const;
      }),
    ),
  );
  progress.step(`Comparing with ${[...repositories.values()].map(({ spec }) => spec.url).join(', ')}`);
  const { ignoreRules } = options;
  const ignore = ignoreRules === undefined ? undefined : await readIgnore(context.cwd, ignoreRules, signal);
  const renderer = createRenderer({ host: 'wasm', workers: 1, environment: { ...context.env } });
  const registryCache = openArtifacts(context);
  try {
    return await look(controller, {
      application,
      repositories,
      live,
      client,
      renderer,
      mirrors: join(cacheFolder(context), 'mirrors'),
      registryCache,
      namespace: options.systemNamespace,
      allowFileUrls: options.allowFileUrls ?? false,
      signal,
      revisions,
      ...(ignore === undefined ? {} : { ignoreRules: ignore }),
    });
  } finally {
    await Promise.all([renderer.close(), registryCache.close()]);
  }
}

import { type Application, names, type Repository } from '../api/index.ts';
import { type Mirror, openMirror, type RefSelector, type Resolved } from '../git/index.ts';
import type { KubeClient } from '../kube/index.ts';
import { type FileTree, type Renderer, type RenderResult, renderStably } from '../render/index.ts';
import type { PreparedSet } from '../sync/index.ts';
import { applicationId } from './application-state.ts';
import { readAccess } from './credentials.ts';
import type { Origins } from './place-problems.ts';
import { prepareRendered } from './prepare-rendered.ts';
import { renderRequestOf } from './render-request.ts';
import { selectorOf } from './revisions.ts';
import { readSeed, seedOf } from './seed.ts';

/** What an Application shall be, found without a controller. */
export interface DesiredState {
  readonly desired: PreparedSet;
  readonly origins: Origins;
  /** The files of the commit; readable only while `renderOnce` lends this. */
  readonly files: FileTree;
  readonly resolved: Resolved;
  /** What works, and will not for ever. */
  readonly warnings: RenderResult['warnings'];
}

/** What `renderOnce` needs. */
export interface RenderOnceOptions {
  readonly application: Application;
  readonly repository: Repository;
  /** A branch, tag or full commit id in place of what the Application follows or is held at. */
  readonly revision?: string;
  readonly client: KubeClient;
  readonly renderer: Renderer;
  /** Folder of the Git mirrors. */
  readonly mirrors: string;
  /** Namespace of the controller, where the seed of random values lies. */
  readonly namespace: string;
  readonly allowFileUrls: boolean;
  readonly signal: AbortSignal;
}

const commitPattern = /^([0-9a-f]{40}|[0-9a-f]{64})$/;

/** The references to try, the first that the repository has being the one that counts. */
function selectorsOf({
  application,
  repository,
  revision,
}: RenderOnceOptions): readonly [RefSelector, ...RefSelector[]] {
  if (revision !== undefined) {
    return commitPattern.test(revision) ? [{ commit: revision }] : [{ branch: revision }, { tag: revision }];
  }
  const held = application.metadata.annotations?.[names.rollbackTo];
  if (held !== undefined) return [{ commit: held }];
  return [selectorOf(application.spec.source.ref ?? repository.spec.ref)];
}

async function fetchFirst(mirror: Mirror, options: RenderOnceOptions): Promise<Resolved> {
  const { signal } = options;
  const [first, ...others] = selectorsOf(options);
  try {
    return (await mirror.fetch(first, { signal })).resolved;
  } catch (error) {
    for (const selector of others) {
      const found = await mirror.fetch(selector, { signal }).catch(() => undefined);
      if (found !== undefined) return found.resolved;
    }
    throw error;
  }
}

/**
 * Fetches the commit that an Application shall be at and renders it, as the controller does, and lends that
 * to `body`: for a look at what a sync would do. Throws what the controller would write into the conditions.
 */
export async function renderOnce<Result>(
  options: RenderOnceOptions,
  body: (state: DesiredState) => Promise<Result>,
): Promise<Result> {
  const { application, repository, client, signal } = options;
  const [access, { gitVersion }, apiVersions] = await Promise.all([
    readAccess(client, repository, signal),
    client.version({ signal }),
    client.discovery.apiVersions({ signal }),
  ]);
  const mirror = await openMirror({
    url: repository.spec.url,
    directory: options.mirrors,
    allowFile: options.allowFileUrls,
    ...access,
    signal,
  });
  try {
    const resolved = await fetchFirst(mirror, options);
    const files = await mirror.tree(resolved.commit);
    const environment = { kubeVersion: gitVersion, apiVersions };
    const result = await renderStably(
      (seed) =>
        options.renderer.render(renderRequestOf(application, environment, seed, resolved.committedAt), files, signal),
      async () => seedOf(await readSeed(client, options.namespace, signal), applicationId(application)),
    );
    const { desired, origins } = await prepareRendered(application, result, client, signal);
    return await body({ desired, origins, files, resolved, warnings: result.warnings });
  } finally {
    await mirror.close();
  }
}

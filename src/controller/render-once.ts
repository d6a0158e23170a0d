import type { Application, Repository } from '../api/index.ts';
import type { Problem } from '../errors.ts';
import { openMirror, type Resolved } from '../git/index.ts';
import type { KubeClient } from '../kube/index.ts';
import type { Renderer } from '../render/index.ts';
import type { PreparedSet } from '../sync/index.ts';
import { applicationId } from './application-state.ts';
import { readAccess } from './credentials.ts';
import { prepareRendered } from './prepare-rendered.ts';
import { renderRequestOf } from './render-request.ts';
import { selectorOf } from './revisions.ts';
import { readSeed, seedOf } from './seed.ts';

/** What an Application shall be, found without a controller. */
export interface DesiredState {
  readonly desired: PreparedSet;
  readonly resolved: Resolved;
  readonly warnings: readonly Problem[];
}

/** What `renderOnce` needs. */
export interface RenderOnceOptions {
  readonly application: Application;
  readonly repository: Repository;
  readonly client: KubeClient;
  readonly renderer: Renderer;
  /** Folder of the Git mirrors. */
  readonly mirrors: string;
  /** Namespace of the controller, where the seed of random values lies. */
  readonly namespace: string;
  readonly allowFileUrls: boolean;
  readonly signal: AbortSignal;
}

/**
 * Fetches the commit that an Application shall be at and renders it, as the controller does: for a look at
 * what a sync would do. Throws what the controller would write into the conditions.
 */
export async function renderOnce(options: RenderOnceOptions): Promise<DesiredState> {
  const { application, repository, client, signal } = options;
  const [access, seed, { gitVersion }, apiVersions] = await Promise.all([
    readAccess(client, repository, signal),
    readSeed(client, options.namespace, signal),
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
    const selector = selectorOf(application.spec.source.ref ?? repository.spec.ref);
    const { resolved } = await mirror.fetch(selector, { signal });
    const request = renderRequestOf(
      application,
      { kubeVersion: gitVersion, apiVersions },
      seedOf(seed, applicationId(application)),
      resolved.committedAt,
    );
    const result = await options.renderer.render(request, await mirror.tree(resolved.commit), signal);
    const { desired } = await prepareRendered(application, result, client, signal);
    return { desired, resolved, warnings: result.warnings };
  } finally {
    await mirror.close();
  }
}

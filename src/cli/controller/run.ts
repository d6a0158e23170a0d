import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { AdmissionOptions, InstallationRules, Log, RunningController } from '../../controller/index.ts';
import type { Egress } from '../../egress.ts';
import type { HealthRules } from '../../health/index.ts';
import type { KubeClient } from '../../kube/index.ts';
import type { Metrics } from '../../metrics/index.ts';
import type { HostKind } from '../../render/index.ts';
import type { IgnoreRules } from '../../sync/index.ts';
import type { CliContext } from '../context.ts';
import { ownVersion } from '../version.ts';

/** What a controller is started with. */
export interface ControllerInput {
  readonly client: KubeClient;
  /** Namespace of the Lease and of the installation's own Secret. */
  readonly namespace: string;
  /** Folder of the mirrors and of rendered results. */
  readonly cache: string;
  readonly host: HostKind;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** Looks after this namespace alone. */
  readonly watchNamespace?: string;
  readonly allowFileUrls?: boolean;
  readonly egress?: Egress;
  /** Whether it will be handed webhooks. */
  readonly takesWebhooks?: boolean;
  readonly externalUrl?: string;
  readonly admission?: AdmissionOptions;
  readonly healthRules?: InstallationRules<HealthRules>;
  readonly ignoreRules?: InstallationRules<IgnoreRules>;
  readonly deletionsPerMinute?: number;
  readonly onLeading?: (leading: boolean) => void;
  /** Counts what happens. */
  readonly metrics?: Metrics;
}

/** A controller at work, with all that it holds. */
export interface StartedController extends RunningController {
  /** Resolves when it has ended and everything is put away. */
  readonly closed: Promise<void>;
}

/** Starts a controller in this process; it ends with the signal. */
export async function startController(context: CliContext, input: ControllerInput): Promise<StartedController> {
  const [{ runController }, { createRenderer }] = await Promise.all([
    import('../../controller/index.ts'),
    import('../../render/index.ts'),
  ]);
  const { host, cache, metrics, ...rest } = input;
  const renderer = createRenderer({
    host,
    cacheDirectory: join(cache, 'renders'),
    environment: { ...context.env },
  });
  // Starts with the first pull request, and is gone when there is none for a while.
  const previewRenderer = createRenderer({
    host,
    workers: 1,
    cacheDirectory: join(cache, 'previews'),
    limits: { seconds: 15, memoryMiB: 512 },
    environment: { ...context.env },
  });
  const running = runController({
    ...rest,
    renderer: metrics?.renderer(renderer, 'sync') ?? renderer,
    previewRenderer: metrics?.renderer(previewRenderer, 'preview') ?? previewRenderer,
    ...(metrics === undefined ? {} : { observer: metrics.observer }),
    onLeading(leading) {
      metrics?.onLeading(leading);
      input.onLeading?.(leading);
    },
    mirrors: join(cache, 'mirrors'),
    artifacts: join(cache, 'artifacts'),
    identity: `${hostname()}-${randomUUID().slice(0, 8)}`,
    version: ownVersion(),
    now: Date.now,
    random: Math.random,
  });
  const close = async (): Promise<void> => {
    try {
      await running.ended;
    } finally {
      await Promise.all([renderer.close(), previewRenderer.close()]);
    }
  };
  return { ...running, closed: close() };
}

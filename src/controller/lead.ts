import { setTimeout as pause } from 'node:timers/promises';
import { PlumbError, problemsOf } from '../errors.ts';
import type { WebhookRequest } from '../forge/index.ts';
import { acquireLease } from '../kube/index.ts';
import type { Admission } from './admission/types.ts';
import type { Controller, ControllerOptions } from './controller-options.ts';
import type { GitOps } from './gitops/start-gitops.ts';
import type { Past } from './past/types.ts';
import { startController } from './run.ts';
import { readSeed } from './seed.ts';
import type { Views } from './views/types.ts';
import type { AskedChanges } from './way-up.ts';
import type { WebhookOutcome } from './webhooks/webhooks.ts';

/** What `runController` works with. */
export interface RunOptions extends Omit<ControllerOptions, 'seed'> {
  /** How long the others wait for a leader that is silent, and how often it renews; 15 and 5 seconds where left out. */
  readonly lease?: { readonly durationSeconds: number; readonly renewSeconds: number };
  /** Told when this process begins, and ends, to lead. */
  readonly onLeading?: (leading: boolean) => void;
}

/** A controller that works while it leads. */
export interface RunningController {
  /** Resolves when this process leads for the first time and its watches are established. */
  readonly started: Promise<void>;
  /** Resolves when all work has ended, after the signal has aborted. */
  readonly ended: Promise<void>;
  /** Fetches the repositories with this URL now; nothing where another process leads. */
  trigger(url: string): void;
  /** Decides what becomes of a webhook; undefined where `isReady` is false. */
  receive(request: WebhookRequest): WebhookOutcome | undefined;
  /** Whether this process leads and knows what there is. */
  isReady(): boolean;
  /** What it knows; undefined where `isReady` is false. */
  views(): Views | undefined;
  /** Takes changes; undefined where `isReady` is false. */
  changes(): AskedChanges | undefined;
  /** The namespaces that Git maintains; undefined where `isReady` is false. */
  gitops(): GitOps | undefined;
  /** Decides what becomes of changes by hand; undefined where `isReady` is false. */
  admission(): Admission | undefined;
  /** The past of what Git maintains, and the way back to it; undefined where `isReady` is false. */
  past(): Past | undefined;
}

const leaseName = 'plumbline-controller';
const usualLease = { durationSeconds: 15, renewSeconds: 5 };

/**
 * Runs the controller whenever this process holds the Lease, of all that run at the same time. A lost Lease
 * stops all work before another process may begin, and the race for the Lease begins anew. A first race that
 * fails is an error; a later one is tried again for as long as it may pass by itself.
 */
export function runController(options: RunOptions): RunningController {
  const { client, signal } = options;
  const { durationSeconds, renewSeconds } = options.lease ?? usualLease;
  const first = Promise.withResolvers<void>();
  let controller: Controller | undefined;
  let ready: Controller | undefined;
  let hasLed = false;

  const leadOnce = async (): Promise<void> => {
    const lost = new AbortController();
    const lease = await acquireLease({
      client,
      namespace: options.namespace,
      name: leaseName,
      identity: options.identity,
      durationSeconds,
      renewSeconds,
      signal,
      onLost: () => lost.abort(new Error('the Lease was lost')),
    });
    const leading = AbortSignal.any([signal, lost.signal]);
    leading.addEventListener('abort', () => (ready = undefined), { once: true });
    options.log.info({ identity: options.identity }, 'leading');
    hasLed = true;
    options.onLeading?.(true);
    try {
      const seed = await readSeed(client, options.namespace, leading);
      const started = startController({ ...options, seed, signal: leading });
      controller = started;
      void markReady(started, leading).then(first.resolve, first.reject);
      await started.ended;
    } catch (error) {
      // What fails because the Lease is gone is not a fault: the race for it begins anew.
      if (!lost.signal.aborted) throw error;
    } finally {
      controller = undefined;
      options.onLeading?.(false);
      await lease.release();
    }
  };

  const markReady = async (started: Controller, leading: AbortSignal): Promise<void> => {
    await started.started;
    if (!leading.aborted) ready = started;
  };

  const run = async (): Promise<void> => {
    while (!signal.aborted) {
      try {
        await leadOnce();
      } catch (error) {
        if (signal.aborted) return;
        if (!hasLed || !(error instanceof PlumbError && error.transient)) {
          first.reject(error);
          throw error;
        }
        options.log.warn({ problems: problemsOf(error) }, 'the race for the Lease failed');
        await pause(renewSeconds * 1_000, undefined, { signal }).catch(() => undefined);
      }
    }
  };
  first.promise.catch(() => {});

  return {
    started: first.promise,
    ended: run(),
    trigger: (url) => controller?.trigger(url),
    receive: (request) => ready?.receive(request),
    isReady: () => ready !== undefined,
    views: () => ready?.views,
    changes: () => ready?.changes,
    gitops: () => ready?.gitops,
    admission: () => ready?.admission,
    past: () => ready?.past,
  };
}

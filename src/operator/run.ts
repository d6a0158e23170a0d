import { randomBytes } from 'node:crypto';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { PlumbError, problemsOf } from '../errors.ts';
import { acquireLease, type KubeClient } from '../kube/index.ts';
import type { OperatorConfig } from './config.ts';
import { startEngine } from './engine.ts';
import { openGitWriter } from './open-git-writer.ts';
import type { CustomResource, Log, Operator } from './types.ts';

/** What an operator runs with. */
export interface RunOptions {
  readonly client: KubeClient;
  /** As `parseOperatorConfig` gives it: writes to the cluster where left out. */
  readonly config?: OperatorConfig;
  /** Namespace of the operator, where its Secrets and its Lease are; that of the client where left out. */
  readonly namespace?: string;
  /** Unique to this process, a restart included: made of the host's name where left out. */
  readonly identity?: string;
  /** Folder for the copies of repositories, which may be emptied between two runs. */
  readonly directory?: string;
  /** Resources that are worked on at the same time: 4 where left out. */
  readonly workers?: number;
  /** How long the others wait for a leader that is silent, and how often it renews: 15 and 5 seconds where left out. */
  readonly lease?: { readonly durationSeconds: number; readonly renewSeconds: number };
  readonly log?: Log;
  readonly now?: () => Date;
  /** From 0 to 1. */
  readonly random?: () => number;
  /** Ends the operator. */
  readonly signal: AbortSignal;
}

/** An operator that runs. */
export interface RunningOperator {
  /** Resolves when this process leads for the first time and knows what there is; rejects where that cannot be. */
  readonly started: Promise<void>;
  /** Resolves when all work has ended, after the signal has aborted. */
  readonly ended: Promise<void>;
}

const silent: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };
const usualLease = { durationSeconds: 15, renewSeconds: 5 };

/**
 * Runs an operator for as long as this process leads, of all that run at the same time. A Lease that is lost stops all
 * work before another process begins, and the race for it begins anew.
 */
export function runOperator<Resource extends CustomResource, Name extends string>(
  definition: Operator<Resource, Name>,
  options: RunOptions,
): RunningOperator {
  const { client, signal, log = silent, config = { enableLeaderElection: true }, random = Math.random } = options;
  // From here on it is looked at as any operator: its own `parse` sees that its workers get what they were written for.
  const operator = definition as unknown as Operator;
  const namespace = options.namespace ?? client.namespace;
  const identity = options.identity ?? `${hostname()}-${randomBytes(4).toString('hex')}`;
  const { renewSeconds } = options.lease ?? usualLease;
  const first = Promise.withResolvers<void>();
  let hasStarted = false;

  const announce = async (started: Promise<void>): Promise<void> => {
    try {
      await started;
      hasStarted = true;
      first.resolve();
    } catch (error) {
      first.reject(error);
    }
  };

  const work = async (leading: AbortSignal): Promise<void> => {
    const { gitSync } = config;
    const directory = options.directory ?? join(tmpdir(), `${operator.name}-mirrors`);
    const writer =
      gitSync?.enabled === true
        ? await openGitWriter({
            client,
            namespace,
            directory,
            gitSync,
            operator: operator.name,
            random,
            signal: leading,
          })
        : undefined;
    try {
      const author = gitSync?.enabled === true ? gitSync.author : undefined;
      const engine = startEngine({
        operator,
        client,
        watchNamespace: config.watchNamespace,
        git:
          writer === undefined
            ? undefined
            : { writer, author: author ?? { name: operator.name, email: `${operator.name}@${namespace}.svc` } },
        identity,
        workers: options.workers ?? 4,
        log,
        now: options.now ?? (() => new Date()),
        random,
        signal: leading,
      });
      void announce(engine.started);
      await engine.ended;
    } finally {
      await writer?.close();
    }
  };

  const leadOnce = async (): Promise<void> => {
    if (!config.enableLeaderElection) return work(signal);
    const lost = new AbortController();
    const lease = await acquireLease({
      client,
      namespace: config.leaderElectionNamespace ?? namespace,
      name: operator.name,
      identity,
      ...(options.lease ?? usualLease),
      random,
      signal,
      onLost: (error) => lost.abort(error),
    });
    log.info({ identity }, 'leading');
    try {
      await work(AbortSignal.any([signal, lost.signal]));
    } finally {
      await lease.release();
    }
  };

  const run = async (): Promise<void> => {
    while (!signal.aborted) {
      try {
        await leadOnce();
      } catch (error) {
        if (signal.aborted) break;
        // What cannot begin is told at once; what has begun before goes on as soon as it can.
        if (!hasStarted || !(error instanceof PlumbError && error.transient)) {
          first.reject(error);
          throw error;
        }
        log.warn({ problems: problemsOf(error) }, 'the operator begins anew');
        await pause(renewSeconds * 1_000, undefined, { signal }).catch(() => undefined);
      }
    }
    first.reject(signal.reason);
  };
  first.promise.catch(() => undefined);

  return { started: first.promise, ended: run() };
}

import { setTimeout as pause } from 'node:timers/promises';
import { plumbError, PlumbError } from '../errors.ts';
import { defaultClusterDirectory } from './cluster-directory.ts';
import { clusterStatus } from './cluster-status.ts';
import { devclusterBinary } from './devcluster-binary.ts';
import { stopSupervisor } from './stop-supervisor.ts';
import { startSupervisor } from './supervisor-process.ts';
import type { BackgroundCluster, ClusterOptions } from './types.ts';

/** More than the supervisor gives itself to become ready. In milliseconds. */
const limit = 150_000;
/** How often a start that somebody else made is looked at. In milliseconds. */
const interval = 100;

/**
 * Starts a cluster that outlives this process, or finds the one that already runs in the directory. Returns when
 * it is ready.
 * @throws PlumbError as `startCluster`, `local.directory-in-use` only where a durable one is asked for and the one that
 * runs is not; or the signal's reason
 */
export async function startBackgroundCluster(options: ClusterOptions = {}): Promise<BackgroundCluster> {
  const timeout = AbortSignal.timeout(limit);
  const settled = {
    ...options,
    directory: options.directory ?? defaultClusterDirectory(),
    binary: options.binary ?? (await devclusterBinary()),
    signal: options.signal === undefined ? timeout : AbortSignal.any([options.signal, timeout]),
  };
  try {
    return (await findRunning(settled)) ?? (await startFresh(settled));
  } catch (error) {
    // Another start was faster by a moment.
    if (!(error instanceof PlumbError) || error.code !== 'local.directory-in-use') throw error;
    const found = await findRunning(settled);
    if (found !== undefined) return found;
    throw error;
  }
}

type Settled = ClusterOptions & { readonly directory: string; readonly binary: string; readonly signal: AbortSignal };

/** The cluster that runs already, once it is ready; undefined where none does. */
async function findRunning(options: Settled): Promise<BackgroundCluster | undefined> {
  for (;;) {
    const status = await clusterStatus(options);
    if (!status.running) return undefined;
    if (status.ready) {
      // Data that were thought to be safe would be gone at the next stop.
      if (options.durable === true && !status.durable) {
        throw plumbError('local.directory-in-use', `the cluster in ${options.directory} runs, and is not durable`);
      }
      return { ...status, alreadyRunning: true };
    }
    await pause(interval, undefined, { signal: options.signal });
  }
}

async function startFresh(options: Settled): Promise<BackgroundCluster> {
  const supervisor = startSupervisor({ ...options, background: true });
  try {
    await supervisor.until(() => supervisor.ready, options.signal);
  } catch (error) {
    await stopSupervisor(supervisor);
    throw error;
  }
  // Let go of it: from here on nothing of it keeps this process alive, and its state is in its directory.
  const { child } = supervisor;
  child.stdout?.destroy();
  child.stderr?.destroy();
  child.unref();
  const status = await clusterStatus(options);
  if (!status.running) throw plumbError('local.cluster-ended', 'the local cluster ended as soon as it was ready');
  return { ...status, alreadyRunning: false };
}

import { plumbError } from '../errors.ts';
import { devclusterBinary } from './devcluster-binary.ts';
import { stopSupervisor } from './stop-supervisor.ts';
import { startSupervisor, type SupervisorProcess } from './supervisor-process.ts';
import type { ClusterOptions, ClusterPlace, LocalCluster } from './types.ts';

/** The supervisor gives up by itself after two minutes; this is for one that hangs. */
const startLimit = 150_000;
/** How long a process that was killed may take to be gone. In milliseconds. */
const killLimit = 20_000;

/**
 * Starts a Kubernetes control plane on this machine and waits until it works. It ends with `stop`, or with this
 * process, however that ends.
 * @throws PlumbError `local.binary-missing`, `local.directory-in-use`, `local.directory-unusable`,
 *   `local.cluster-failed`; or the signal's reason
 */
export async function startCluster(options: ClusterOptions = {}): Promise<LocalCluster> {
  options.signal?.throwIfAborted();
  const binary = options.binary ?? (await devclusterBinary());
  const started = performance.now();
  const supervisor = startSupervisor({ ...options, binary });
  const limit = AbortSignal.timeout(startLimit);
  const signal = options.signal === undefined ? limit : AbortSignal.any([options.signal, limit]);
  try {
    await supervisor.until(() => supervisor.ready, signal);
  } catch (error) {
    await stopSupervisor(supervisor);
    throw error === limit.reason ? plumbError('local.cluster-failed', 'the supervisor did not answer') : error;
  }
  const { place } = supervisor;
  if (place === undefined) throw new Error('the supervisor was ready and did not say where');
  return clusterOf(supervisor, place, performance.now() - started);
}

function clusterOf(supervisor: SupervisorProcess, place: ClusterPlace, startMilliseconds: number): LocalCluster {
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopping ??= stopSupervisor(supervisor));
  return {
    ...place,
    pid: supervisor.child.pid ?? 0,
    startMilliseconds,
    ended: supervisor.ended,
    get pids() {
      return { ...supervisor.pids };
    },
    stop,
    async kill(component) {
      await supervisor.until(() => supervisor.pids[component] !== undefined, AbortSignal.timeout(startLimit));
      const pid = supervisor.pids[component];
      if (pid === undefined) return;
      process.kill(pid, 'SIGKILL');
      await supervisor.until(() => supervisor.pids[component] !== pid, AbortSignal.timeout(killLimit));
    },
    whenReady: (signal) => supervisor.until(() => supervisor.ready, signal),
    [Symbol.asyncDispose]: stop,
  };
}

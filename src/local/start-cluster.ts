import { plumbError } from '../errors.ts';
import { devclusterBinary } from './devcluster-binary.ts';
import { stopSupervisor } from './stop-supervisor.ts';
import { startSupervisor, type SupervisorProcess } from './supervisor-process.ts';
import type { ClusterOptions, ClusterPlace, ComponentName, LocalCluster } from './types.ts';

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
  try {
    await untilReady(supervisor, options.signal);
  } catch (error) {
    await stopSupervisor(supervisor);
    throw error;
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
    kill: (component) => killComponent(supervisor, component),
    whenReady: (signal) => untilReady(supervisor, signal),
    [Symbol.asyncDispose]: stop,
  };
}

/** Waits until the cluster works, for as long as a start may take. */
async function untilReady(supervisor: SupervisorProcess, signal: AbortSignal | undefined): Promise<void> {
  const limit = AbortSignal.timeout(startLimit);
  try {
    await supervisor.until(() => supervisor.ready, signal === undefined ? limit : AbortSignal.any([signal, limit]));
  } catch (error) {
    if (error !== limit.reason) throw error;
    throw plumbError('local.cluster-failed', `the cluster was not ready within ${startLimit / 1000} s`);
  }
}

/** Kills a component that runs, or as soon as it runs again, and waits for its end. */
async function killComponent(supervisor: SupervisorProcess, component: ComponentName): Promise<void> {
  await supervisor.until(() => supervisor.pids[component] !== undefined, AbortSignal.timeout(startLimit));
  const pid = supervisor.pids[component];
  if (pid === undefined) return;
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    // It ended by itself a moment ago, which the supervisor is about to tell.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
  await supervisor.until(() => supervisor.pids[component] !== pid, AbortSignal.timeout(killLimit));
}

import { number, parsePids, string } from './cluster-events.ts';
import { defaultClusterDirectory } from './cluster-directory.ts';
import { devclusterBinary } from './devcluster-binary.ts';
import { runDevcluster } from './run-devcluster.ts';
import type { BackgroundOptions, ClusterStatus } from './types.ts';

/**
 * Whether a cluster runs in a directory: asked of the lock that its supervisor holds, so that a crash or a
 * process id that was given out again cannot mislead.
 * @throws PlumbError `local.binary-missing`, `local.cluster-failed`; or the signal's reason
 */
export async function clusterStatus(options: BackgroundOptions = {}): Promise<ClusterStatus> {
  const directory = options.directory ?? defaultClusterDirectory();
  const binary = options.binary ?? (await devclusterBinary());
  const answer = await runDevcluster(binary, ['status', `--directory=${directory}`], options.signal);
  if (answer['running'] !== true) return { running: false, directory };
  return {
    running: true,
    ready: answer['ready'] === true,
    pid: number(answer, 'pid'),
    pids: parsePids(answer['pids']),
    startedAt: new Date(string(answer, 'startedAt')),
    kubeconfigPath: string(answer, 'kubeconfig'),
    server: string(answer, 'server'),
    directory: string(answer, 'directory'),
    durable: answer['durable'] === true,
  };
}

import { defaultClusterDirectory } from './cluster-directory.ts';
import { devclusterBinary } from './devcluster-binary.ts';
import { runDevcluster } from './run-devcluster.ts';
import type { BackgroundOptions } from './types.ts';

/**
 * Ends the cluster that runs in a directory and waits until it is gone.
 * @returns whether one ran
 * @throws PlumbError `local.binary-missing`, `local.cluster-failed`; or the signal's reason
 */
export async function stopBackgroundCluster(options: BackgroundOptions = {}): Promise<boolean> {
  const directory = options.directory ?? defaultClusterDirectory();
  const binary = options.binary ?? (await devclusterBinary());
  const answer = await runDevcluster(binary, ['stop', `--directory=${directory}`], options.signal);
  return answer['stopped'] === true;
}

// A program that starts a local cluster and then lives or dies as its first argument says; the cluster's events
// are its output, one line of JSON each. For tests of what is left of a cluster when its parent is gone.
import { startBackgroundCluster, startCluster, type ClusterEvent } from '../../src/local/index.ts';

const [manner = '', directory] = process.argv.slice(2);

function onProgress(event: ClusterEvent): void {
  process.stdout.write(`${JSON.stringify(event)}\n`);
}

const options = { onProgress, ...(directory !== undefined && { directory }) };

switch (manner) {
  case 'wait':
    await startCluster(options);
    break;
  case 'crash':
    await startCluster(options);
    // Outside of any promise chain: as a defect in a callback would end the process.
    setImmediate(() => {
      throw new Error('crashed on purpose');
    });
    break;
  case 'background':
    await startBackgroundCluster(options);
    break;
  default:
    throw new Error(`unknown manner ${manner}`);
}

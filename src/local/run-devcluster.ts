import { execFile } from 'node:child_process';
import { plumbError } from '../errors.ts';
import { parseObject, type Fields } from './cluster-events.ts';
import { supervisorEnvironment } from './supervisor-process.ts';

/** Longer than the binary itself waits for a cluster to end. In milliseconds. */
const limit = 60_000;

/**
 * Runs a sub-command of `devcluster` that answers with one JSON object.
 * @throws PlumbError `local.cluster-failed`; or the signal's reason
 */
export function runDevcluster(binary: string, args: readonly string[], signal?: AbortSignal): Promise<Fields> {
  return new Promise((resolve, reject) => {
    const options = { env: supervisorEnvironment(), timeout: limit, maxBuffer: 1 << 20, ...(signal && { signal }) };
    execFile(binary, args, options, (cause, stdout, stderr) => {
      if (cause === null) resolve(parseObject(stdout));
      else if (signal?.aborted === true) reject(signal.reason as Error);
      else reject(plumbError('local.cluster-failed', stderr.trim() || cause.message, { cause }));
    });
  });
}

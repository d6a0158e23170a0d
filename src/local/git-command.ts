import { execFile } from 'node:child_process';
import { plumbError } from '../errors.ts';
import { serverEnvironment } from './git-environment.ts';

/**
 * Runs Git on a served repository and returns what it wrote.
 * @throws PlumbError `local.git-failed`
 */
export function git(
  args: readonly string[],
  signal: AbortSignal,
  variables?: Readonly<Record<string, string>>,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { env: serverEnvironment(variables), signal, timeout: 60_000, maxBuffer: 64 * 1024 * 1024 };
    execFile('git', args, options, (cause, stdout, stderr) => {
      if (cause === null) resolve(stdout);
      else if (signal.aborted) reject(signal.reason as Error);
      else
        reject(
          plumbError(
            'local.git-failed',
            `git ${args.find((word) => !word.startsWith('-')) ?? ''}: ${stderr.trim() || cause.message}`,
            { cause },
          ),
        );
    });
  });
}

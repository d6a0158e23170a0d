import { runGit } from './process.ts';

let found: Promise<unknown> | undefined;

/**
 * Sees that ssh-keygen is there, once in the life of this process: where it is not, Git says no more than that a
 * signature cannot be checked.
 * @throws PlumbError `git.verifier-missing`
 */
export async function checkSshKeygen(signal: AbortSignal): Promise<void> {
  // It knows no flag that does nothing; what it says to this one is of no interest.
  found ??= runGit({
    program: 'ssh-keygen',
    args: ['-?'],
    environment: { PATH: process.env['PATH'] ?? '/usr/bin:/bin', HOME: '/nonexistent' },
    signal,
    timeoutMilliseconds: 10_000,
    maxOutputBytes: 64 * 1024,
  });
  try {
    await found;
  } catch (error) {
    // It may be installed by the next time.
    found = undefined;
    throw error;
  }
}

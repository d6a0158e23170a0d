import { plumbError } from '../errors.ts';
import { gitEnvironment } from './environment.ts';
import { runGit } from './process.ts';

/** The first Git with `http.curloptResolve` and all the rest that the room relies on. */
const oldest = [2, 37] as const;

let found: Promise<void> | undefined;

/**
 * Sees that Git is there and new enough; asks it once in the life of this process.
 * @throws PlumbError `git.missing`
 */
export async function checkGit(signal: AbortSignal): Promise<void> {
  found ??= askVersion(signal);
  try {
    await found;
  } catch (error) {
    // It may be installed by the next time.
    found = undefined;
    throw error;
  }
}

async function askVersion(signal: AbortSignal): Promise<void> {
  const { stdout } = await runGit({
    args: ['version'],
    environment: gitEnvironment(),
    signal,
    timeoutMilliseconds: 10_000,
    maxOutputBytes: 4096,
  });
  const text = stdout.toString('utf8').trim();
  const [, major = '0', minor = '0'] = /git version (\d+)\.(\d+)/.exec(text) ?? [];
  const isOld = Number(major) < oldest[0] || (Number(major) === oldest[0] && Number(minor) < oldest[1]);
  if (isOld)
    throw plumbError('git.missing', `${text === '' ? 'git' : text} is too old: ${oldest.join('.')} or newer is needed`);
}

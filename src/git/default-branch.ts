import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { plumbError } from '../errors.ts';
import { listRemote, type CallOptions, type Remote } from './remote.ts';
import { hasQuickWay, openSmartHttp } from './smart-http.ts';

/** Where the tip of the server's HEAD is kept, whatever branch it is. */
export const headRef = 'refs/plumbline/head';

/** The value where HEAD of the server stands for a commit and for no branch. */
export const detached = 'HEAD';

/** The default branch as it was last seen (`refs/heads/main`, or `HEAD`); undefined where it never was. */
export async function rememberedBranch(directory: string): Promise<string | undefined> {
  const text = await readFile(join(directory, 'plumbline-default'), 'utf8').catch(() => '');
  return text.trim() === '' ? undefined : text.trim();
}

/**
 * Asks the server which branch is its default, and remembers it.
 * @throws PlumbError `git.ref-not-found` where the repository is empty
 */
export async function learnDefaultBranch(remote: Remote, directory: string, options: CallOptions): Promise<string> {
  const { known, head } = await askForHead(remote, options);
  if (!known) {
    throw plumbError(
      'git.ref-not-found',
      'the repository has no default branch: it is empty, or HEAD names a branch that does not exist',
      {
        where: { repository: remote.url.text },
      },
    );
  }
  const branch = head ?? detached;
  const file = join(directory, 'plumbline-default');
  await writeFile(`${file}.new`, `${branch}\n`);
  await rename(`${file}.new`, file);
  return branch;
}

interface RemoteHead {
  /** Whether HEAD leads to a commit. */
  readonly known: boolean;
  readonly head: string | undefined;
}

/** `git ls-remote` has a server list all its refs, whatever is asked for: over HTTP we ask for the one. */
async function askForHead(remote: Remote, options: CallOptions): Promise<RemoteHead> {
  if (hasQuickWay(remote)) {
    const server = openSmartHttp(remote);
    try {
      const { refs, head } = await server.listRefs(['HEAD'], options.signal);
      return { known: refs.has('HEAD'), head };
    } catch {
      // Git knows what to make of it.
      options.signal.throwIfAborted();
    } finally {
      server.close();
    }
  }
  const { refs, head } = await listRemote(remote, ['HEAD'], options);
  return { known: refs.some(({ ref }) => ref === 'HEAD'), head };
}

/** Forgets the default branch, so that the server is asked for it again. */
export async function forgetBranch(directory: string): Promise<void> {
  await rm(join(directory, 'plumbline-default'), { force: true });
}

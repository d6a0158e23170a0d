import type { Application, Repository } from '../../api/index.ts';
import { plumbError } from '../../errors.ts';
import type { Forge } from '../../forge/index.ts';
import { type HowToWrite, openBranch, type OpenBranch, type OpenBranchOptions } from './open-branch.ts';

/** Whether a change goes to the branch itself, or is proposed in a pull request. */
export type WriteMode = HowToWrite['mode'];

/** The branches of Repositories that changes are written to. */
export interface Branches {
  /**
   * Opens a branch of a Repository for as long as the work lasts; those who use the same one at the same time share it.
   * @throws PlumbError `writeback.no-forge` where pull requests are wanted and no forge is told; where it may not be used
   */
  use<Result>(
    repository: Repository,
    branch: string,
    mode: WriteMode,
    work: (opened: OpenBranch) => Promise<Result>,
    signal: AbortSignal,
  ): Promise<Result>;
}

/** What branches are opened with. */
export interface BranchesOptions extends OpenBranchOptions {
  readonly forgeOf: (id: string, signal: AbortSignal) => Promise<Forge | undefined>;
}

interface Shared {
  readonly opening: Promise<OpenBranch>;
  users: number;
}

/** Nothing is open while nobody writes. */
export function createBranches(options: BranchesOptions): Branches {
  const shared = new Map<string, Shared>();

  const open = async (repository: Repository, branch: string, mode: WriteMode): Promise<OpenBranch> =>
    openBranch(repository, branch, mode === 'commit' ? { mode } : await proposing(repository), options);

  const proposing = async ({ metadata, spec }: Repository): Promise<HowToWrite> => {
    const forge = await options.forgeOf(`${metadata.namespace}/${metadata.name}`, options.signal);
    if (forge !== undefined) return { mode: 'pullRequest', forge };
    throw plumbError('writeback.no-forge', 'pull requests are wanted, and it is not told at which forge', {
      where: { repository: spec.url },
    });
  };

  const leave = (key: string, one: Shared): void => {
    if (shared.get(key) === one) shared.delete(key);
  };

  return {
    async use(repository, branch, mode, work, signal) {
      const { namespace, name, uid, generation } = repository.metadata;
      const key = JSON.stringify([namespace, name, uid, generation, branch, mode]);
      const one: Shared = shared.get(key) ?? { opening: open(repository, branch, mode), users: 0 };
      shared.set(key, one);
      one.users += 1;
      try {
        const opened = await one.opening;
        signal.throwIfAborted();
        return await work(opened);
      } catch (error) {
        // Whoever comes next reads the Secret anew: it may be the credentials that are to blame.
        leave(key, one);
        throw error;
      } finally {
        one.users -= 1;
        if (one.users === 0) {
          leave(key, one);
          const opened = await one.opening.catch(() => undefined);
          await opened?.mirror.close();
        }
      }
    },
  };
}

/** How changes of the files of an Application get into Git. */
export function writeBackModeOf({ spec }: Pick<Application, 'spec'>): WriteMode {
  return spec.writeBack?.mode === 'PullRequest' ? 'pullRequest' : 'commit';
}

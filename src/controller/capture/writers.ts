import type { Repository } from '../../api/index.ts';
import { plumbError } from '../../errors.ts';
import type { Forge } from '../../forge/index.ts';
import { openBranch, type OpenBranch, type OpenBranchOptions } from '../open-branch.ts';
import type { CaptureSettings } from './capture-state.ts';

/** The branches that drift is written to. */
export interface Writers {
  /**
   * Opens a branch of a Repository for as long as the work lasts; those who use the same one at the same time share it.
   * @throws PlumbError where it may not be used, or pull requests are wanted and no forge is known
   */
  use<Result>(
    repository: Repository,
    branch: string,
    mode: CaptureSettings['mode'],
    work: (opened: Omit<OpenBranch, 'mirror'>) => Promise<Result>,
    signal: AbortSignal,
  ): Promise<Result>;
}

/** What branches are opened with. */
export interface WritersOptions extends OpenBranchOptions {
  readonly forgeOf: (id: string, signal: AbortSignal) => Promise<Forge | undefined>;
}

interface Shared {
  readonly opening: Promise<OpenBranch>;
  users: number;
}

/** Nothing is open while nobody writes. */
export function createWriters(options: WritersOptions): Writers {
  const shared = new Map<string, Shared>();

  const open = async (repository: Repository, branch: string, mode: CaptureSettings['mode']): Promise<OpenBranch> => {
    const how = mode === 'Commit' ? ({ mode: 'commit' } as const) : await proposing(repository);
    return openBranch(repository, branch, how, options);
  };

  const proposing = async ({ metadata, spec }: Repository) => {
    const forge = await options.forgeOf(`${metadata.namespace}/${metadata.name}`, options.signal);
    if (forge !== undefined) return { mode: 'pullRequest', forge } as const;
    throw plumbError(
      'controller.capture-refused',
      `no forge is known at which pull requests for ${spec.url} are opened`,
      {
        hint: 'Tell it in `spec.forge` of the Repository, or capture drift with the mode Commit.',
      },
    );
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
      } finally {
        one.users -= 1;
        if (one.users === 0) {
          shared.delete(key);
          const opened = await one.opening.catch(() => undefined);
          await opened?.mirror.close();
        }
      }
    },
  };
}

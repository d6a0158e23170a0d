import type { Repository } from '../../api/index.ts';
import type { Egress } from '../../egress.ts';
import { plumbError } from '../../errors.ts';
import type { Forge, ForgeConnections } from '../../forge/index.ts';
import { type Mirror, openMirror, type Signature } from '../../git/index.ts';
import type { KubeClient } from '../../kube/index.ts';
import { type BranchWriter, createBranchWriter } from '../../writeback/index.ts';
import { readAccess } from '../credentials.ts';
import { historyFor } from '../policy.ts';
import { lookOnce } from '../references.ts';
import { secretKeys } from '../secret-keys.ts';
import type { Templates } from '../templates.ts';
import type { CaptureSettings } from './capture-state.ts';

/** A branch that may be written to. */
export interface OpenBranch {
  readonly writer: BranchWriter;
  /** The service account: author and committer of every commit. */
  readonly committer: Pick<Signature, 'name' | 'email'>;
}

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
    work: (opened: OpenBranch) => Promise<Result>,
    signal: AbortSignal,
  ): Promise<Result>;
}

/** What branches are opened with. */
export interface WritersOptions {
  readonly client: KubeClient;
  readonly forgeOf: (id: string, signal: AbortSignal) => Promise<Forge | undefined>;
  readonly templates: Templates;
  readonly connections: ForgeConnections;
  /** Folder of the mirrors. */
  readonly directory: string;
  readonly allowFileUrls: boolean;
  readonly egress: Egress;
  readonly random: () => number;
  /** Ends all of them. */
  readonly signal: AbortSignal;
}

interface Shared {
  readonly opening: Promise<OpenBranch & { readonly mirror: Mirror }>;
  users: number;
}

const usualCommitter = { name: 'Plumbline', email: 'plumbline@plumbline.dev' };

/** Nothing is open while nobody writes. */
export function createWriters(options: WritersOptions): Writers {
  const shared = new Map<string, Shared>();

  const open = async (repository: Repository, branch: string, mode: CaptureSettings['mode']) => {
    const { client, templates, connections, directory, allowFileUrls, egress, random, signal } = options;
    const access = await readAccess({ look: lookOnce(client, signal), templates, connections }, repository);
    const how = mode === 'Commit' ? ({ mode: 'commit' } as const) : await proposing(repository);
    const committer = await committerOf(repository, client, signal);
    const mirror = await openMirror({
      url: repository.spec.url,
      directory,
      allowFile: allowFileUrls,
      egress,
      history: historyFor(repository),
      ...access,
      signal,
    });
    return { mirror, committer, writer: createBranchWriter({ mirror, branch, how, random, signal }) };
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

/** Whoever the Secret of the Repository says that it is. */
async function committerOf(
  { metadata, spec }: Repository,
  client: KubeClient,
  signal: AbortSignal,
): Promise<Pick<Signature, 'name' | 'email'>> {
  const name = spec.secretRef?.name;
  if (name === undefined) return usualCommitter;
  const secret = await lookOnce(client, signal).object({ kind: 'Secret', namespace: metadata.namespace, name });
  if (secret === undefined) return usualCommitter;
  const keys = secretKeys(secret);
  return { name: keys.text('username') ?? usualCommitter.name, email: keys.text('email') ?? usualCommitter.email };
}

import type { Repository } from '../api/index.ts';
import type { Egress } from '../egress.ts';
import type { Forge, ForgeConnections } from '../forge/index.ts';
import { type Mirror, openMirror, type Signature } from '../git/index.ts';
import type { KubeClient } from '../kube/index.ts';
import { type BranchWriter, createBranchWriter } from '../writeback/index.ts';
import { readAccess } from './credentials.ts';
import { historyFor } from './policy.ts';
import { lookOnce } from './references.ts';
import { secretKeys } from './secret-keys.ts';
import type { Templates } from './templates.ts';

/** What branches are opened with. */
export interface OpenBranchOptions {
  readonly client: KubeClient;
  readonly templates: Templates;
  readonly connections: ForgeConnections;
  /** Folder of the mirrors. */
  readonly directory: string;
  readonly allowFileUrls: boolean;
  readonly egress: Egress;
  readonly random: () => number;
  /** Ends the writer and the mirror. */
  readonly signal: AbortSignal;
}

/** A branch that may be read and written. */
export interface OpenBranch {
  /** To be closed by whoever opened the branch. */
  readonly mirror: Mirror;
  readonly writer: BranchWriter;
  /** The service account: author and committer of every commit. */
  readonly committer: Pick<Signature, 'name' | 'email'>;
}

/** How a branch is written to: by a push, or by a pull request at this forge. */
export type HowToWrite = { readonly mode: 'commit' } | { readonly mode: 'pullRequest'; readonly forge: Forge };

const usualCommitter = { name: 'Plumbline', email: 'plumbline@plumbline.dev' };

/** Opens a branch of a Repository as the Repository is let in. Nothing is fetched yet. @throws PlumbError as `readAccess` */
export async function openBranch(
  repository: Repository,
  branch: string,
  how: HowToWrite,
  options: OpenBranchOptions,
): Promise<OpenBranch> {
  const { client, templates, connections, directory, allowFileUrls, egress, random, signal } = options;
  const access = await readAccess({ look: lookOnce(client, signal), templates, connections }, repository);
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
}

/** Whoever the Secret of the Repository says that it is. */
async function committerOf(
  { metadata, spec }: Repository,
  client: KubeClient,
  signal: AbortSignal,
): Promise<OpenBranch['committer']> {
  const name = spec.secretRef?.name;
  if (name === undefined) return usualCommitter;
  const secret = await lookOnce(client, signal).object({ kind: 'Secret', namespace: metadata.namespace, name });
  if (secret === undefined) return usualCommitter;
  const keys = secretKeys(secret);
  return { name: keys.text('username') ?? usualCommitter.name, email: keys.text('email') ?? usualCommitter.email };
}

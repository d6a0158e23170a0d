import type { Repository } from '../../api/index.ts';
import type { Egress } from '../../egress.ts';
import type { Forge, ForgeConnections } from '../../forge/index.ts';
import { type Mirror, openMirror, type Signature, type SigningKey } from '../../git/index.ts';
import type { KubeClient } from '../../kube/index.ts';
import { type BranchWriter, createBranchWriter } from '../../writeback/index.ts';
import { readAccess } from '../access/credentials.ts';
import type { Observer } from '../observer.ts';
import { historyFor } from '../application/policy.ts';
import { lookOnce } from '../access/references.ts';
import { type SecretKeys, secretKeys } from '../access/secret-keys.ts';
import type { Templates } from '../access/templates.ts';

/** How long is waited, in milliseconds, while nobody tells what became of a push. */
export interface PushWaits {
  /** How much later a push of a process that was killed may reach the server; 20 s where left out. */
  readonly settleMilliseconds?: number;
  /** How long a server that was lost in the middle of a push is asked; 30 s where left out. */
  readonly askMilliseconds?: number;
}

/** What branches are opened with. */
export interface OpenBranchOptions {
  readonly client: KubeClient;
  readonly templates: Templates;
  readonly connections: ForgeConnections;
  /** Folder of the mirrors. */
  readonly directory: string;
  readonly allowFileUrls: boolean;
  readonly egress: Egress;
  readonly observer?: Observer | undefined;
  readonly random: () => number;
  readonly pushWaits?: PushWaits | undefined;
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
  /** Whether its commits are signed: the Secret of the Repository holds a `signingKey`. */
  readonly signs: boolean;
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
  const { client, templates, connections, directory, allowFileUrls, egress, observer, random, signal } = options;
  const { askMilliseconds } = options.pushWaits ?? {};
  const access = await readAccess({ look: lookOnce(client, signal), templates, connections }, repository);
  const { committer, signingKey } = await accountOf(repository, client, signal);
  const mirror = await openMirror({
    url: repository.spec.url,
    directory,
    allowFile: allowFileUrls,
    egress,
    history: historyFor(repository),
    ...(askMilliseconds === undefined ? {} : { limits: { pushAskMilliseconds: askMilliseconds } }),
    ...access,
    ...(observer === undefined ? {} : { onTransfer: observer.transferred }),
    signal,
  });
  const writer = createBranchWriter({
    mirror,
    branch,
    how,
    ...(signingKey === undefined ? {} : { signingKey }),
    random,
    signal,
  });
  return { mirror, committer, signs: signingKey !== undefined, writer };
}

interface Account {
  readonly committer: OpenBranch['committer'];
  readonly signingKey: SigningKey | undefined;
}

/** Whoever the Secret of the Repository says that it is, and what commits are signed with. */
async function accountOf({ metadata, spec }: Repository, client: KubeClient, signal: AbortSignal): Promise<Account> {
  const nobody: Account = { committer: usualCommitter, signingKey: undefined };
  const name = spec.secretRef?.name;
  if (name === undefined) return nobody;
  const secret = await lookOnce(client, signal).object({ kind: 'Secret', namespace: metadata.namespace, name });
  if (secret === undefined) return nobody;
  const keys = secretKeys(secret);
  return {
    committer: {
      name: keys.text('username') ?? usualCommitter.name,
      email: keys.text('email') ?? usualCommitter.email,
    },
    signingKey: signingKeyIn(keys),
  };
}

function signingKeyIn(keys: SecretKeys): SigningKey | undefined {
  const privateKey = keys.first('signingKey');
  if (privateKey === undefined) return undefined;
  const passphrase = keys.first('signingPassphrase');
  const isArmoured = privateKey.reveal().startsWith('-----BEGIN PGP ');
  return {
    kind: isArmoured ? 'openpgp' : 'ssh',
    privateKey,
    ...(passphrase === undefined ? {} : { passphrase }),
  };
}

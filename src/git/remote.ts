import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Egress } from '../egress.ts';
import { plumbError, type PlumbError } from '../errors.ts';
import { withAccess } from './access.ts';
import { secretsOf, type Connection } from './credentials.ts';
import { explainFailure } from './failure.ts';
import { asCommitId, type ObjectId } from './ids.ts';
import type { History } from './history.ts';
import type { Limits } from './limits.ts';
import { runGit, type GitCall, type GitResult } from './process.ts';
import { followRedirects, isRedirected } from './redirect.ts';
import type { Transfer } from './transfer.ts';
import type { RepositoryUrl } from './url.ts';

/** The repository that is mirrored, and the way to it. */
export interface Remote {
  readonly url: RepositoryUrl;
  readonly connection: Connection;
  readonly limits: Limits;
  /** Where this installation may connect to. */
  readonly egress: Egress;
  /** What a mirror shall hold that is made anew; a full one stays what it is. */
  readonly history: History;
  /** Told of each fetch and push. */
  readonly onTransfer?: (transfer: Transfer) => void;
}

/** What a call of Git is told besides its arguments. */
export interface CallOptions {
  readonly signal: AbortSignal;
  /** Told the id of the process that runs. */
  readonly onStart?: (pid: number) => void;
}

const fetchWords: readonly string[] = [
  'fetch',
  '--quiet',
  '--no-tags',
  '--no-write-fetch-head',
  '--no-auto-maintenance',
  '--no-recurse-submodules',
  '--no-show-forced-updates',
];
const listingLimit = 64 * 1024 * 1024;
const sizeCheckMilliseconds = 500;

/**
 * Fetches refs into the bare repository in `directory`. A failure of Git's is told and not thrown.
 * @param refspecs as `git fetch` knows them; tags that match a pattern and are gone from the server are removed
 */
export async function fetchRefs(
  remote: Remote,
  directory: string,
  refspecs: readonly string[],
  options: CallOptions & {
    /** How many commits of each history to bring at most; all where it is undefined. */
    readonly depth?: number;
  },
): Promise<GitResult> {
  const depth = options.depth === undefined ? [] : [`--depth=${options.depth}`];
  const prune = refspecs.some((refspec) => refspec.includes('*')) ? ['--prune'] : [];
  const watch = watchSize(join(directory, 'objects', 'pack'), remote.limits.fetchBytes, remote.url.text);
  try {
    return await askServer(remote, {
      args: [
        `--git-dir=${directory}`,
        ...fetchWords,
        ...depth,
        ...prune,
        '--end-of-options',
        remote.url.text,
        ...refspecs,
      ],
      signal: AbortSignal.any([options.signal, watch.signal]),
      ...(options.onStart === undefined ? {} : { onStart: options.onStart }),
    });
  } finally {
    watch.stop();
  }
}

/** Where a server sent its readers lately: it is not asked again each time. */
const elsewhere = new WeakMap<Remote, RepositoryUrl>();

/**
 * Runs Git against the server. Where the server sends the reader on, and there is nothing that could be lost on the
 * way, Git is run once more against where that leads to.
 */
async function askServer(remote: Remote, call: Pick<GitCall, 'args' | 'signal' | 'onStart'>): Promise<GitResult> {
  const known = elsewhere.get(remote);
  if (known !== undefined) {
    const result = await runAt(remote, known, call);
    if (result.exitCode === 0) return result;
    elsewhere.delete(remote);
  }
  const result = await runAt(remote, remote.url, call);
  if (!isRedirected(result.stderr) || !isOpen(remote)) return result;
  const found = await followRedirects(remote, call.signal);
  if (found.text === remote.url.text) return result;
  elsewhere.set(remote, found);
  return runAt(remote, found, call);
}

/** Whether whoever answers learns nothing but that somebody reads. A proxy connects by itself, to where nobody looks. */
function isOpen({ url, connection }: Remote): boolean {
  const isWeb = url.transport === 'https' || url.transport === 'http';
  const { credentials, clientCertificate, proxy } = connection;
  return isWeb && credentials === undefined && clientCertificate === undefined && proxy === undefined;
}

function runAt(
  remote: Remote,
  url: RepositoryUrl,
  call: Pick<GitCall, 'args' | 'signal' | 'onStart'>,
): Promise<GitResult> {
  const settings = url === remote.url ? [] : [[`url.${url.text}.insteadOf`, remote.url.text] as const];
  return withAccess(
    { ...remote, url },
    call.signal,
    ({ environment, descriptors }) =>
      runGit({
        ...call,
        environment,
        descriptors,
        timeoutMilliseconds: remote.limits.fetchMilliseconds,
        maxOutputBytes: listingLimit,
        maxMemoryBytes: remote.limits.fetchMemoryBytes,
      }),
    settings,
  );
}

/** Aborts where the files that Git is writing grow over a limit, which Git itself has none for. */
function watchSize(folder: string, limit: number, repository: string): { readonly signal: AbortSignal; stop(): void } {
  const controller = new AbortController();
  const check = async (): Promise<void> => {
    for (const name of await readdir(folder)) {
      if (!name.startsWith('tmp_')) continue;
      const { size } = await stat(join(folder, name));
      if (size > limit) {
        controller.abort(
          plumbError('git.too-large', `the fetch brings more than ${limit} bytes`, { where: { repository } }),
        );
      }
    }
  };
  // A file that vanishes while it is looked at is finished.
  const timer = setInterval(() => void check().catch(() => {}), sizeCheckMilliseconds);
  return { signal: controller.signal, stop: () => clearInterval(timer) };
}

/** One ref of a server. */
export interface RemoteRef {
  readonly ref: string;
  readonly id: ObjectId;
}

/** What a server answers to the question for its refs. */
export interface RemoteListing {
  readonly refs: readonly RemoteRef[];
  /** The ref that HEAD stands for; undefined where it stands for a commit, or where there is none. */
  readonly head: string | undefined;
}

/**
 * Asks the server for its refs.
 * @param patterns full names or patterns such as `refs/heads/*`
 * @throws PlumbError
 */
export async function listRemote(
  remote: Remote,
  patterns: readonly string[],
  options: CallOptions,
): Promise<RemoteListing> {
  const result = await askServer(remote, {
    args: ['ls-remote', '--quiet', '--symref', '--end-of-options', remote.url.text, ...patterns],
    signal: options.signal,
  });
  if (result.exitCode !== 0) throw explainRemote(remote, result.stderr);
  const refs: RemoteRef[] = [];
  let head: string | undefined;
  for (const line of result.stdout.toString('utf8').split('\n')) {
    const [left = '', ref = ''] = line.split('\t');
    if (left.startsWith('ref: ') && ref === 'HEAD') head = left.slice('ref: '.length);
    const id = asCommitId(left);
    // `v1^{}` is what the tag v1 stands for, and no ref of its own.
    if (id !== undefined && !ref.endsWith('^{}')) refs.push({ ref, id });
  }
  return { refs, head };
}

/** What a failure at this server means to a user, without its secrets. */
export function explainRemote(remote: Remote, stderr: string): PlumbError {
  return explainFailure(stderr, { repository: remote.url.text, secrets: secretsOf(remote.connection) });
}

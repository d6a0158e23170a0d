import { plumbError, type PlumbError } from '../errors.ts';
import type { GitResult } from './process.ts';
import { listRemote, type CallOptions, type Remote } from './remote.ts';
import type { Target } from './selector.ts';

/** The ref that keeps a commit that was asked for by its id. */
export function commitRef(commit: string): string {
  return `refs/plumbline/commits/${commit}`;
}

/** Why a commit cannot be had. */
export function commitNotFound(remote: Remote, target: Target): PlumbError {
  return plumbError('git.ref-not-found', `the repository has no ${target.name}, on no branch and under no tag`, {
    where: { repository: remote.url.text },
  });
}

/** Why a target cannot be had: the server has no such ref. Tells what it has. */
export async function refNotFound(
  remote: Remote,
  name: string,
  ref: string,
  options: CallOptions,
): Promise<PlumbError> {
  const prefix = ref.startsWith('refs/tags/') ? 'refs/tags/' : 'refs/heads/';
  const { refs } = await listRemote(remote, [`${prefix}*`], options);
  const names = refs.map((remoteRef) => remoteRef.ref.slice(prefix.length));
  return plumbError('git.ref-not-found', `the repository has no ${name}; ${describeNames(names, prefix)}`, {
    where: { repository: remote.url.text },
  });
}

const shownNames = 8;

function describeNames(names: readonly string[], prefix: string): string {
  const kind = prefix === 'refs/tags/' ? 'tags' : 'branches';
  if (names.length === 0) return `it has no ${kind} at all`;
  const more = names.length > shownNames ? ` and ${names.length - shownNames} more` : '';
  return `it has the ${kind} ${names.toSorted().slice(0, shownNames).join(', ')}${more}`;
}

/** The format of the server's objects, where a fetch failed of that. */
export function otherFormat({ stderr }: GitResult): 'sha1' | 'sha256' | undefined {
  const server = /mismatched algorithms: client \w+; server (sha1|sha256)/.exec(stderr)?.[1];
  return server === 'sha1' || server === 'sha256' ? server : undefined;
}

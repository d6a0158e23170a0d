import { LRUCache } from 'lru-cache';
import { plumbError, PlumbError } from '../../errors.ts';
import type { BitbucketRepository } from './repository.ts';
import { commitSchema, commitsSchema, type BitbucketPullRequest } from './schema.ts';

/** Tells the whole id of a commit, of which Bitbucket writes the first twelve digits into its pull requests. */
export interface CommitIds {
  /** @throws PlumbError `forge.answer-invalid` where there is no such commit */
  headOf(found: BitbucketPullRequest, signal: AbortSignal): Promise<string>;
  /** A commit of this repository. */
  whole(abbreviated: string, signal: AbortSignal): Promise<string>;
}

const mostRemembered = 2000;
const isWhole = (id: string): boolean => /^[0-9a-f]{40,64}$/.test(id);

/** Remembers what it was told. */
export function createCommitIds(repository: BitbucketRepository): CommitIds {
  const { http, name } = repository;
  const remembered = new LRUCache<string, string>({ max: mostRemembered });

  const ask = async (path: string, id: string, signal: AbortSignal): Promise<string | undefined> => {
    const what = `reading commit ${id} of ${name}`;
    const answer = await http.find({
      path: `${path}/commit/${id}`,
      query: { fields: 'hash' },
      schema: commitSchema,
      what,
      signal,
    });
    return answer?.body.hash;
  };

  /** Of a fork that these credentials do not see, the commits are listed with the pull request. */
  const askPullRequest = async (number: number, id: string, signal: AbortSignal): Promise<string | undefined> => {
    const isIt = (hash: string): boolean => hash.startsWith(id);
    const hashes = await repository.all(
      {
        path: `${repository.path}/pullrequests/${number}/commits`,
        query: { fields: 'values.hash,next' },
        schema: commitsSchema,
        what: `listing the commits of pull request ${number} of ${name}`,
        signal,
        enough: (found: readonly string[]) => found.some(isIt),
      },
      (page) => ({ ...page, items: page.values.map(({ hash }) => hash) }),
    );
    return hashes.find(isIt);
  };

  const resolve = async (id: string, find: () => Promise<string | undefined>): Promise<string> => {
    const known = isWhole(id) ? id : remembered.get(id);
    if (known !== undefined) return known;
    const found = await find();
    if (found === undefined) throw plumbError('forge.answer-invalid', `there is no commit ${id} in ${name}`);
    remembered.set(id, found);
    return found;
  };

  return {
    headOf({ id: number, source }, signal) {
      const id = source.commit?.hash;
      if (id === undefined) {
        throw plumbError('forge.answer-invalid', `pull request ${number} of ${name} has no head commit any more`);
      }
      return resolve(id, async () => {
        const from = source.repository?.full_name;
        const told = from === undefined ? undefined : await orHidden(ask(pathOf(from), id, signal));
        return told ?? askPullRequest(number, id, signal);
      });
    },
    whole: (id, signal) => resolve(id, () => ask(repository.path, id, signal)),
  };
}

/** The path of a repository by its full name, `team/web`. */
export function pathOf(fullName: string): string {
  return `/repositories/${fullName.split('/').map(encodeURIComponent).join('/')}`;
}

async function orHidden<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof PlumbError && error.code === 'forge.forbidden') return undefined;
    throw error;
  }
}

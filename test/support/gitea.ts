import { randomBytes } from 'node:crypto';
import { inject } from 'vitest';
import type { GiteaAccess } from './gitea-process.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where the run's Gitea is asked for; the first to ask starts it. */
    giteaStarter: string;
  }
}

/** The real Gitea that this run shares, as its administrator. */
export async function gitea(): Promise<GiteaAccess> {
  const answer = await fetch(inject('giteaStarter'));
  if (!answer.ok) throw new Error(await answer.text());
  return (await answer.json()) as GiteaAccess;
}

/** Calls Gitea's interface without the code under test. @throws Error where it does not answer with 2xx */
export async function callGitea<T>(
  { url, token }: Pick<GiteaAccess, 'url' | 'token'>,
  method: string,
  path: string,
  body?: unknown,
): Promise<T> {
  const answer = await fetch(`${url}/api/v1${path}`, {
    method,
    headers: { authorization: `token ${token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path}: Gitea answered ${answer.status}: ${text}`);
  return (text === '' ? undefined : JSON.parse(text)) as T;
}

/** A repository of one test. */
export interface GiteaRepository {
  readonly access: GiteaAccess;
  readonly owner: string;
  readonly name: string;
  /** For cloning, without credentials. */
  readonly url: string;
  /** Below the API: `/repos/plumbline/r-1a2b3c`. */
  readonly path: string;
  /** The first commit, on `main`. */
  readonly firstCommit: string;
  /** Calls the interface below `path` as the administrator. */
  call<T>(method: string, path: string, body?: unknown): Promise<T>;
  /** Writes files in one commit to a branch, which is made where it is missing. @returns the commit */
  commit(branch: string, files: Readonly<Record<string, string>>, from?: string): Promise<string>;
}

/** Makes a repository that no other test has, with one commit. */
export async function newGiteaRepository(files: Readonly<Record<string, string>> = {}): Promise<GiteaRepository> {
  const access = await gitea();
  const name = `r-${randomBytes(5).toString('hex')}`;
  await callGitea(access, 'POST', '/user/repos', { name, auto_init: true, default_branch: 'main', readme: 'Default' });
  const path = `/repos/${access.user}/${name}`;
  const call = <T>(method: string, below: string, body?: unknown): Promise<T> =>
    callGitea<T>(access, method, `${path}${below}`, body);
  const commit: GiteaRepository['commit'] = async (branch, contents, from) => {
    const { commit: made } = await call<{ commit: { sha: string } }>('POST', '/contents', {
      branch: from ?? branch,
      ...(from === undefined ? {} : { new_branch: branch }),
      message: `Write ${Object.keys(contents).join(', ')}`,
      files: Object.entries(contents).map(([file, text]) => ({
        operation: 'upload',
        path: file,
        content: Buffer.from(text).toString('base64'),
      })),
    });
    return made.sha;
  };
  const firstCommit =
    Object.keys(files).length === 0
      ? (await call<{ commit: { id: string } }>('GET', '/branches/main')).commit.id
      : await commit('main', files);
  return {
    access,
    owner: access.user,
    name,
    url: `${access.url}/${access.user}/${name}.git`,
    path,
    firstCommit,
    call,
    commit,
  };
}

/** A person on Gitea, with a token of the given scopes. */
export async function newGiteaUser(scopes: readonly string[] = ['all']): Promise<GiteaAccess> {
  const access = await gitea();
  const user = `u-${randomBytes(5).toString('hex')}`;
  const password = randomBytes(12).toString('hex');
  await callGitea(access, 'POST', '/admin/users', {
    username: user,
    email: `${user}@example.org`,
    password,
    must_change_password: false,
  });
  const answer = await fetch(`${access.url}/api/v1/users/${user}/tokens`, {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({ name: 'test', scopes }),
  });
  const { sha1 } = (await answer.json()) as { sha1: string };
  return { url: access.url, user, password, token: sha1 };
}

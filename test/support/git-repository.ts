import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

const identity = {
  GIT_AUTHOR_NAME: 'Tester',
  GIT_AUTHOR_EMAIL: 'tester@example.org',
  GIT_COMMITTER_NAME: 'Tester',
  GIT_COMMITTER_EMAIL: 'tester@example.org',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
};

/** Files by path; null removes one. A submodule is named by its commit. */
export type FileChanges = Readonly<Record<string, string | null | { readonly submodule: string }>>;

/** A real bare repository, written to without a work tree. */
export interface TestRepository {
  readonly directory: string;
  /** `file://` URL. */
  readonly url: string;
  /** Commits on top of the branch; answers with the full commit id. */
  commit(files: FileChanges, options?: { readonly message?: string; readonly branch?: string }): Promise<string>;
  /** Runs git in the repository; answers with its output. */
  git(...args: string[]): Promise<string>;
  remove(): Promise<void>;
}

/** Makes an empty bare repository with `main` as its default branch. */
export async function createTestRepository(): Promise<TestRepository> {
  const directory = await mkdtemp(join(tmpdir(), 'plumbline-repository-'));
  let commits = 0;

  const git = async (args: readonly string[], input?: string, extra: NodeJS.ProcessEnv = {}): Promise<string> => {
    const child = run('git', ['-C', directory, ...args], {
      env: { PATH: process.env.PATH, ...identity, ...extra },
      maxBuffer: 1 << 26,
    });
    // A command that reads no input may be gone before it is offered.
    child.child.stdin?.on('error', () => {}).end(input ?? '');
    return (await child).stdout.trim();
  };

  await git(['init', '--bare', '--initial-branch=main', '--quiet', directory]);
  return {
    directory,
    url: pathToFileURL(directory).href,
    git: (...args) => git(args),
    async commit(files, { message = 'Change', branch = 'main' } = {}) {
      commits += 1;
      // Every commit has another time, so that equal contents still make different commits.
      const when = `${1_760_000_000 + commits} +0000`;
      const parent = await git(['rev-parse', '--verify', '--quiet', `refs/heads/${branch}`]).catch(() => '');
      const lines = [
        `commit refs/heads/${branch}`,
        `author Tester <tester@example.org> ${when}`,
        `committer Tester <tester@example.org> ${when}`,
        `data ${Buffer.byteLength(message)}\n${message}`,
        ...(parent === '' ? [] : [`from ${parent}`]),
        ...Object.entries(files).map(([path, content]) =>
          content === null
            ? `D ${path}`
            : typeof content === 'object'
              ? `M 160000 ${content.submodule} ${path}`
              : `M 100644 inline ${path}\ndata ${Buffer.byteLength(content)}\n${content}`,
        ),
        '',
      ];
      await git(['fast-import', '--quiet', '--force'], lines.join('\n'));
      return git(['rev-parse', `refs/heads/${branch}`]);
    },
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}

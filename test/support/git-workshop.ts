import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { CommitId } from '../../src/git/index.ts';
import { startGitServer, type GitServer, type Push } from '../../src/local/index.ts';
import { temporaryFolder } from './folder.ts';

/** What a commit does to a path: a file, a symbolic link, a submodule, or its removal. */
export type Change =
  | string
  | Uint8Array
  | null
  | { readonly link: string }
  | { readonly submodule: string }
  | { readonly executable: string };

/** How a commit is made. */
export interface CommitOptions {
  /** `main` where it is not given. */
  readonly branch?: string;
  readonly message?: string;
  /** The commit that it follows; the tip of the branch where it is not given; none where it is `null`. */
  readonly parent?: string | null;
}

/** A bare repository that a test writes to as others would, by pushing. */
export interface TestRepository {
  readonly name: string;
  readonly directory: string;
  readonly url: string;
  commit(changes: Readonly<Record<string, Change>>, options?: CommitOptions): Promise<CommitId>;
  /** Runs the real Git on the repository and returns what it wrote. */
  git(...args: readonly string[]): Promise<string>;
}

/** A Git server with a folder for everything that a test needs; taken away when the test ends. */
export interface Workshop {
  readonly root: string;
  /** Folder for mirrors. */
  readonly cache: string;
  readonly server: GitServer;
  readonly signal: AbortSignal;
  readonly pushes: readonly Push[];
  repository(name?: string, objectFormat?: 'sha1' | 'sha256'): Promise<TestRepository>;
}

const environment = {
  PATH: process.env['PATH'],
  HOME: '/nonexistent',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_TERMINAL_PROMPT: '0',
};

/** Runs the real Git, with no configuration but its own. */
export function realGit(args: readonly string[], input?: string | Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(
      'git',
      args,
      { env: environment, maxBuffer: 1 << 28, timeout: 180_000 },
      (error, stdout, stderr) => {
        if (error === null) resolve(stdout);
        else reject(new Error(`git ${args.join(' ')}: ${stderr}`, { cause: error }));
      },
    );
    child.stdin?.end(input);
  });
}

/** Sets up a workshop for the running test. */
export async function openWorkshop({
  onPush,
  ...options
}: { readonly protect?: boolean; readonly onPush?: (push: Push) => void } = {}): Promise<Workshop> {
  const root = temporaryFolder();
  const controller = new AbortController();
  const pushes: Push[] = [];
  const server = await startGitServer({
    root: join(root, 'served'),
    signal: controller.signal,
    onPush(push) {
      pushes.push(push);
      onPush?.(push);
    },
    ...options,
  });
  onTestFinished(async () => {
    controller.abort();
    await server.close();
  });
  return {
    root,
    cache: join(root, 'cache'),
    server,
    signal: controller.signal,
    pushes,
    async repository(name = 'app', objectFormat = 'sha1') {
      const directory = server.directory(name);
      await realGit([
        'init',
        '--quiet',
        '--bare',
        `--object-format=${objectFormat}`,
        '--initial-branch=main',
        directory,
      ]);
      return testRepository(name, directory, server.url(name));
    },
  };
}

/** A bare repository that already exists. */
export function testRepository(name: string, directory: string, url: string): TestRepository {
  let clock = 1_700_000_000;
  const git = (...args: readonly string[]): Promise<string> => realGit([`--git-dir=${directory}`, ...args]);
  return {
    name,
    directory,
    url,
    git,
    async commit(changes, { branch = 'main', message = 'change', parent } = {}) {
      const ref = `refs/heads/${branch}`;
      clock += 1;
      const tip = await git('rev-parse', '--verify', '--quiet', ref).then(
        (text) => text.trim(),
        () => undefined,
      );
      const from = parent === null ? undefined : (parent ?? tip);
      const stream = importStream(ref, from, message, clock, changes);
      await realGit([`--git-dir=${directory}`, 'fast-import', '--quiet', '--force'], stream);
      return (await git('rev-parse', ref)).trim() as CommitId;
    },
  };
}

function importStream(
  ref: string,
  from: string | undefined,
  message: string,
  time: number,
  changes: Readonly<Record<string, Change>>,
): Buffer {
  const parts: (string | Uint8Array)[] = [];
  const data = (content: string | Uint8Array): void => {
    parts.push(`data ${Buffer.byteLength(content)}\n`, content, '\n');
  };
  if (from === undefined) parts.push(`reset ${ref}\n`);
  parts.push(
    `commit ${ref}\n`,
    `author Ada <ada@example.org> ${time} +0000\n`,
    `committer Ada <ada@example.org> ${time} +0000\n`,
  );
  data(message);
  if (from !== undefined) parts.push(`from ${from}\n`);
  for (const [path, change] of Object.entries(changes)) {
    const quoted = `"${path.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
    if (change === null) parts.push(`D ${quoted}\n`);
    else if (typeof change === 'object' && 'submodule' in change)
      parts.push(`M 160000 ${change.submodule} ${quoted}\n`);
    else {
      const [mode, content] = contentOf(change);
      parts.push(`M ${mode} inline ${quoted}\n`);
      data(content);
    }
  }
  return Buffer.concat(parts.map((part) => Buffer.from(part)));
}

function contentOf(
  change: string | Uint8Array | { link: string } | { executable: string },
): readonly [string, string | Uint8Array] {
  if (typeof change === 'string' || change instanceof Uint8Array) return ['100644', change];
  return 'link' in change ? ['120000', change.link] : ['100755', change.executable];
}

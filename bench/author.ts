import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

/** A person's own bare copy of the workload's repository, from which commits are pushed. */
export interface Author {
  /** Commits these files on top of the branch `main`, without a push. Answers the full commit id. */
  commit(files: ReadonlyMap<string, string>, subject: string): Promise<string>;
  /** Pushes `main` to this URL. */
  push(url: string): Promise<void>;
}

const identity = 'Benchmark <benchmark@example.com>';

/** Begins a repository in a folder that does not exist yet. */
export async function createAuthor(directory: string, now: () => number): Promise<Author> {
  await git(['init', '--quiet', '--bare', '--initial-branch=main', directory], '');
  let tip: string | undefined;
  return {
    async commit(files, subject) {
      const seconds = Math.floor(now() / 1000);
      await git(['--git-dir', directory, 'fast-import', '--quiet'], importStream(files, subject, seconds, tip));
      tip = (await git(['--git-dir', directory, 'rev-parse', '--verify', 'refs/heads/main'], '')).trim();
      return tip;
    },
    async push(url) {
      await git(['--git-dir', directory, 'push', '--quiet', url, 'refs/heads/main:refs/heads/main'], '');
    },
  };
}

/** One commit as git fast-import reads it. */
function importStream(files: ReadonlyMap<string, string>, subject: string, seconds: number, parent?: string): string {
  const lines = ['commit refs/heads/main', `committer ${identity} ${seconds} +0000`, data(subject)];
  if (parent !== undefined) lines.push(`from ${parent}`);
  for (const [path, content] of files) lines.push(`M 100644 inline ${path}`, data(content));
  return `${lines.join('\n')}\n`;
}

const data = (content: string): string => `data ${Buffer.byteLength(content)}\n${content}`;

/** Runs git with a configuration of its own. @returns its output @throws Error with what it complained of */
export async function git(args: readonly string[], input: string): Promise<string> {
  const child = spawn('git', args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      HOME: join(import.meta.dirname, 'no-home'),
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_TERMINAL_PROMPT: '0',
    },
    signal: AbortSignal.timeout(120_000),
  });
  const closed = once(child, 'close');
  // A program that has heard enough tells by its exit code whether that was well.
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const [output, complaint] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [code] = (await closed) as [number | null];
  if (code !== 0) throw new Error(`git ${args.join(' ')} ended with ${code}: ${complaint.trim()}`);
  return output;
}

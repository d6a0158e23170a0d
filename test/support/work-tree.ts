import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** A clone as a person has it: files are edited, committed and pushed with the real git. */
export interface WorkTree {
  readonly folder: string;
  git(...args: readonly string[]): string;
  read(path: string): string;
  write(path: string, content: string): void;
  /** Replaces a text that has to be there. */
  replace(path: string, before: string, after: string): void;
  remove(path: string): void;
  /** Commits everything and pushes; returns the full id of the commit. */
  push(message: string): string;
}

/** Clones a repository into a folder that does not exist yet. */
export function cloneWorkTree(url: string, folder: string): WorkTree {
  const identity = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com'];
  const git = (...args: readonly string[]) =>
    execFileSync('git', [...identity, ...args], {
      cwd: folder,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    }).trim();
  execFileSync('git', ['clone', '--quiet', url, folder], { stdio: ['ignore', 'pipe', 'pipe'] });
  const at = (path: string) => join(folder, path);
  const tree: WorkTree = {
    folder,
    git,
    read: (path) => readFileSync(at(path), 'utf8'),
    write(path, content) {
      mkdirSync(dirname(at(path)), { recursive: true });
      writeFileSync(at(path), content);
    },
    replace(path, before, after) {
      const text = tree.read(path);
      if (!text.includes(before)) throw new Error(`${path} does not hold ${before}`);
      tree.write(path, text.replace(before, after));
    },
    remove: (path) => rmSync(at(path), { recursive: true }),
    push(message) {
      git('add', '--all');
      git('commit', '--quiet', '--message', message);
      git('push', '--quiet');
      return git('rev-parse', 'HEAD');
    },
  };
  return tree;
}

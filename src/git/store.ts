import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { plumbError } from '../errors.ts';
import { gitEnvironment } from './environment.ts';
import { explainFailure } from './failure.ts';
import { markShallow, type History } from './history.ts';
import { isErrno } from './lock.ts';
import { runGit } from './process.ts';

/**
 * Where one mirror lies on the disk:
 *
 *     <home>/url            whose mirror it is, for people
 *     <home>/lock/          held by whoever writes
 *     <home>/current        the name of the generation that is read
 *     <home>/<generation>/  a bare repository; a damaged one is replaced by a new generation
 */
export interface Store {
  readonly home: string;
  readonly lock: string;
}

/** The folder of a mirror. Who does not share an identity does not share a mirror. */
export function storeFor(directory: string, url: string, identity: string): Store {
  const name = createHash('sha256').update(url).update('\0').update(identity).digest('hex').slice(0, 32);
  const home = join(directory, name);
  return { home, lock: join(home, 'lock') };
}

/** The repository that is read now, or undefined where none was made yet. */
export async function currentGeneration(store: Store): Promise<string | undefined> {
  try {
    const name = (await readFile(join(store.home, 'current'), 'utf8')).trim();
    if (!/^generation-[0-9a-z]+$/.test(name)) return undefined;
    const directory = join(store.home, name);
    await stat(join(directory, 'HEAD'));
    return directory;
  } catch (error) {
    if (isErrno(error, 'ENOENT') || isErrno(error, 'ENOTDIR')) return undefined;
    throw error;
  }
}

/** What a mirror is from its beginning. */
export interface Nature {
  /** Of the ids of its objects. */
  readonly format: 'sha1' | 'sha256';
  readonly history: History;
}

/** Makes an empty bare repository, which nobody reads yet. Only under the lock. */
export async function createGeneration(
  store: Store,
  url: string,
  { format, history }: Nature,
  signal: AbortSignal,
): Promise<string> {
  await mkdir(store.home, { recursive: true, mode: 0o700 });
  await writeFile(join(store.home, 'url'), `${url}\n`);
  const directory = join(store.home, `generation-${Date.now().toString(36)}${randomBytes(4).toString('hex')}`);
  const result = await runGit({
    // No template: the system's could bring hooks along.
    args: ['init', '--quiet', '--bare', '--template=', '--initial-branch=main', `--object-format=${format}`, directory],
    environment: gitEnvironment(),
    signal,
    timeoutMilliseconds: 30_000,
    maxOutputBytes: 64 * 1024,
  });
  if (result.exitCode === 0) {
    if (history === 'shallow') await markShallow(directory);
    return directory;
  }
  await rm(directory, { recursive: true, force: true });
  throw explainFailure(result.stderr, { repository: url });
}

/** Makes a generation the one that is read, at once and for all, and removes the others. Only under the lock. */
export async function switchGeneration(store: Store, directory: string): Promise<void> {
  const name = directory.slice(store.home.length + 1);
  const prepared = join(store.home, 'current.new');
  await writeFile(prepared, `${name}\n`);
  await rename(prepared, join(store.home, 'current'));
  for (const other of await readdir(store.home)) {
    if (other.startsWith('generation-') && other !== name)
      await rm(join(store.home, other), { recursive: true, force: true });
  }
}

/** Removes a generation that never came to be read. */
export async function dropGeneration(directory: string): Promise<void> {
  await rm(directory, { recursive: true, force: true });
}

/**
 * Removes what Git leaves behind when it is killed or runs out of disk: half-written packs and objects, and lock
 * files, which would block every later call. Only under the lock, with no Git running.
 */
export async function removeLeftovers(directory: string): Promise<void> {
  const objects = join(directory, 'objects');
  for (const name of await namesIn(objects)) {
    if (/^(?:incoming-|tmp_objdir)/.test(name)) await rm(join(objects, name), { recursive: true, force: true });
    else if (name === 'pack') await removeMatching(join(objects, name), /^(?:tmp_|\.tmp-)|\.(?:lock|keep)$/);
    else if (name === 'info') {
      await removeMatching(join(objects, name), /\.lock$/);
      await removeMatching(join(objects, name, 'commit-graphs'), /\.lock$|^tmp_/);
    } else if (/^[0-9a-f]{2}$/.test(name)) await removeMatching(join(objects, name), /^tmp_obj_/);
  }
  await removeMatching(directory, /\.lock$/);
  await removeLocksBelow(join(directory, 'refs'));
}

async function removeLocksBelow(folder: string): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true }).catch(() => []);
  for (const entry of entries) {
    if (entry.isFile() && entry.name.endsWith('.lock')) await rm(join(entry.parentPath, entry.name), { force: true });
  }
}

async function removeMatching(folder: string, pattern: RegExp): Promise<void> {
  for (const name of await namesIn(folder)) if (pattern.test(name)) await rm(join(folder, name), { force: true });
}

async function namesIn(folder: string): Promise<readonly string[]> {
  return readdir(folder).catch(() => []);
}

/** The error of a file system that is full, in the user's words; any other as it is. */
export function explainStorage(error: unknown, repository: string): unknown {
  const full = ['ENOSPC', 'EDQUOT', 'EFBIG'].some((code) => isErrno(error, code));
  if (!full) return error;
  return plumbError('git.disk-full', 'there is no room left on the disk', { where: { repository }, cause: error });
}

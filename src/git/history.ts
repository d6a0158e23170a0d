import { readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isObjectId } from './ids.ts';
import { isErrno } from './lock.ts';
import { runLocal } from './refs.ts';

/**
 * How much of the past a mirror holds. `shallow`: each commit that was fetched, with its files, and not the ones before
 * it. `full`: all that led to it, too.
 */
export type History = 'full' | 'shallow';

const markerOf = (directory: string): string => join(directory, 'plumbline-shallow');
const boundaryOf = (directory: string): string => join(directory, 'shallow');

/** Says of a mirror that is empty that it shall be a shallow one. */
export async function markShallow(directory: string): Promise<void> {
  await writeFile(markerOf(directory), '');
}

/** Whether a mirror is a shallow one. Another process may have replaced it: it is asked each time. */
export async function isShallow(directory: string): Promise<boolean> {
  return stat(markerOf(directory)).then(
    () => true,
    () => false,
  );
}

/** The commits whose parents were left out, as Git keeps them. */
export async function readBoundary(directory: string): Promise<ReadonlySet<string>> {
  try {
    return new Set((await readFile(boundaryOf(directory), 'latin1')).split('\n').filter(isObjectId));
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return new Set();
    throw error;
  }
}

/** A new boundary that is written and does not hold yet. */
export interface PreparedBoundary {
  /** The file, for Git's `--shallow-file`. */
  readonly file: string;
  /** Makes it the one that holds. */
  commit(): Promise<void>;
  drop(): Promise<void>;
}

/** Writes a new boundary beside the one that holds. Only under the lock of the mirror. */
export async function prepareBoundary(directory: string, commits: ReadonlySet<string>): Promise<PreparedBoundary> {
  // The name by which Git itself would lock it; what is left of it after a crash is swept away as its locks are.
  const file = `${boundaryOf(directory)}.lock`;
  await writeFile(file, [...commits].map((id) => `${id}\n`).join(''));
  return {
    file,
    commit: () => rename(file, boundaryOf(directory)),
    drop: () => rm(file, { force: true }),
  };
}

/** Each fetch adds a commit to the boundary, and whoever fetches sends all of it to the server. */
export const boundaryLimit = 256;

/** Takes those out of the boundary that no ref leads to any more. Only under the lock. @returns how many stay */
export async function pruneBoundary(directory: string, signal: AbortSignal): Promise<number> {
  const reachable = new Set((await runLocal(directory, ['rev-list', '--all'], signal)).split('\n'));
  const kept = new Set([...(await readBoundary(directory))].filter((id) => reachable.has(id)));
  await (await prepareBoundary(directory, kept)).commit();
  return kept.size;
}

import { posix } from 'node:path';
import { LRUCache } from 'lru-cache';
import { compare, type KnownPath } from './record.ts';
import type { FileTree, ReadRecord, RenderRequest } from './types.ts';

const rememberedFolders = 1_000;

/** Foresees what a render will ask from what the last one like it asked. */
export interface Prediction {
  /** The answers that are likely to be asked for. */
  foresee(request: RenderRequest, own: ReadRecord | undefined, files: FileTree): Promise<readonly KnownPath[]>;
  /** Learns from a render. */
  learn(request: RenderRequest, record: ReadRecord): void;
}

/**
 * Where the very same render was done before, its record tells. Else that of a neighbour does, with the neighbour's
 * folder exchanged for ours: `apps/one` and `apps/two` mostly read the same base, and files of the same names. A wrong
 * guess costs a look; it cannot change the result, since only what is asked for is used.
 */
export function createPrediction(): Prediction {
  const neighbours = new LRUCache<string, { readonly path: string; readonly record: ReadRecord }>({
    max: rememberedFolders,
  });
  return {
    async foresee(request, own, files) {
      const neighbour = neighbours.get(keyOf(request));
      const record = own ?? (neighbour && moved(neighbour.record, neighbour.path, request.path));
      if (record === undefined) return [];
      const { known } = await compare(record, files, true);
      return known;
    },
    learn(request, record) {
      neighbours.set(keyOf(request), { path: request.path, record });
    },
  };
}

function keyOf({ path, source }: RenderRequest): string {
  return `${source.kind} ${posix.dirname(path)}`;
}

/** The record of a render of one folder, as if it had been of another. */
function moved(record: ReadRecord, from: string, to: string): ReadRecord {
  const move = (path: string): string =>
    path === from || path.startsWith(`${from}/`) ? to + path.slice(from.length) : path;
  return {
    files: new Map([...record.files].map(([path, id]) => [move(path), id])),
    missed: new Set([...record.missed].map(move)),
    directories: new Map([...record.directories].map(([path, digest]) => [move(path), digest])),
    links: new Set(),
  };
}

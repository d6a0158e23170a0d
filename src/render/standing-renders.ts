import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { type CacheEntry, type ParsedObjects, parseObjects } from './entry.ts';
import { isPlainFolder, joinObjects, joinRenders, shorten, type Standing } from './join-renders.ts';
import { decodeResponse, type Response } from './protocol.ts';
import type { ReadRecord, FileTree, RenderRequest } from './types.ts';

/** A result, with its frame read. */
export interface Known {
  readonly entry: CacheEntry;
  readonly response: Response;
}

/** Renders of plain folders that stand, each until the next of the same folder: most of its objects will be the same. */
export interface StandingRenders {
  /** The objects of a result: the very same each time, and for what a change left as it was, as long as there is room. */
  objectsOf(key: string, request: RenderRequest, known: Known): ParsedObjects;
  /**
   * Renders what has changed since the last time alone; undefined where that cannot be told apart from the rest, or
   * anything is wrong with it.
   * @param last a result of the same, where none stands
   * @param run renders a tree; undefined where that fails
   */
  renderChanged(
    key: string,
    request: RenderRequest,
    files: FileTree,
    last: CacheEntry | undefined,
    run: (tree: FileTree, likely: ReadRecord) => Promise<Response | undefined>,
  ): Promise<Known | undefined>;
}

/** @param bytes how large the frames of all that stands may be together */
export function createStandingRenders(bytes: number): StandingRenders {
  const standing = new LRUCache<string, Standing & { readonly entry: CacheEntry }>({
    maxSize: Math.max(1, bytes),
    sizeCalculation: ({ entry }) => entry.frame.length + 1,
  });

  function stand(key: string, known: Known, objects: Standing['objects'], starts?: Uint32Array): void {
    standing.set(key, { ...known, objects, starts });
  }

  return {
    objectsOf(key, request, known) {
      const found = standing.get(key);
      if (found?.entry === known.entry) return { objects: found.objects, inexact: [] };
      const parsed = parseObjects(known.response);
      if (parsed.inexact.length === 0 && canStand(request, known.response)) stand(key, known, freeze(parsed.objects));
      return parsed;
    },
    async renderChanged(key, request, files, last, run) {
      const before = standing.get(key) ?? revive(request, last);
      if (before === undefined) return undefined;
      const { tree, unchanged } = shorten(files, before.response.record);
      const changed = await run(tree, before.response.record);
      const joined = changed && joinRenders(request, before, changed, unchanged);
      if (changed === undefined || joined === undefined) return undefined;
      const { objects, inexact } = parseObjects(changed);
      if (inexact.length > 0) return undefined;
      const response = decodeResponse(joined.frame);
      const digest = createHash('sha256').update(response.objects).digest('hex');
      const known = { entry: { frame: joined.frame, digest, now: undefined }, response };
      stand(key, known, freeze(joinObjects(joined.taken, before.objects, freeze(objects))), joined.starts);
      return known;
    },
  };
}

/** What stands, of a result that was kept elsewhere. */
function revive(request: RenderRequest, entry: CacheEntry | undefined): Standing | undefined {
  if (entry === undefined || entry.now !== undefined) return undefined;
  const response = decodeResponse(entry.frame);
  if (!canStand(request, response)) return undefined;
  const { objects, inexact } = parseObjects(response);
  return inexact.length === 0 ? { response, objects: freeze(objects) } : undefined;
}

/** Of a single file nothing stays as it was. */
function canStand(request: RenderRequest, { record, usesNow, warnings, problems }: Response): boolean {
  const isSound = !usesNow && warnings.length === 0 && problems.length === 0;
  return isSound && record.files.size > 1 && isPlainFolder(request, record);
}

/** Several hold the same value, and none of them may change it; what is frozen already is so as a whole. */
function freeze<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const field of Object.values(value)) freeze(field);
  return Object.freeze(value);
}

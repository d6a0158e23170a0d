import { readFrom, type Core, type Generation } from './core.ts';
import type { ObjectId } from './ids.ts';
import { localRefs } from './refs.ts';
import type { Resolved } from './resolve.ts';

/**
 * Where the refs of a mirror are, as they were last seen: so that a poll that finds nothing new needs no process.
 * It is forgotten whenever something is written. What another process has moved meanwhile is found out when it matters:
 * refs are only ever moved from where they were.
 */
export interface Tips {
  readonly directory: string;
  readonly refs: Map<string, ObjectId | undefined>;
  tags: ReadonlyMap<string, ObjectId> | undefined;
  /** What targets stood for, by their keys. */
  readonly resolved: Map<string, Resolved>;
}

/** All tags, as the server is asked for them. */
export const tagPrefix = 'refs/tags/';

/** What is remembered of this generation. */
export function tipsOf(core: Core, { directory }: Generation): Tips {
  if (core.tips?.directory !== directory)
    core.tips = { directory, refs: new Map(), tags: undefined, resolved: new Map() };
  return core.tips;
}

/** Where a ref of the mirror is: undefined where there is none; `unreadable` where Git has to look after it. */
export async function tipOf(
  core: Core,
  generation: Generation,
  ref: string,
): Promise<ObjectId | undefined | 'unreadable'> {
  const tips = tipsOf(core, generation);
  if (tips.refs.has(ref)) return tips.refs.get(ref);
  const answer = await readFrom(core, generation, ref, 0);
  if (answer.kind === 'unreadable') return 'unreadable';
  const id = answer.kind === 'missing' ? undefined : answer.id;
  tips.refs.set(ref, id);
  return id;
}

/** The tags of the mirror. */
export async function tagsHere(core: Core, generation: Generation): Promise<ReadonlyMap<string, ObjectId>> {
  const tips = tipsOf(core, generation);
  tips.tags ??= new Map(
    (await localRefs(generation.directory, tagPrefix, core.closed.signal)).map(({ ref, id }) => [ref, id]),
  );
  return tips.tags;
}

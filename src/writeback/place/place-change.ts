import { posix } from 'node:path';
import { type Problem, PlumbError, plumbError, problemsOf, throwProblems } from '../../errors.ts';
import { formatKey, keyOf } from '../../object.ts';
import type { FileChange } from '../../git/index.ts';
import type { RenderResult } from '../../render/index.ts';
import { formatFieldPath } from './field-path.ts';
import { findRendered } from './find-rendered.ts';
import { overlaidTree } from './overlaid-tree.ts';
import { placerFor } from './placers.ts';
import { disproofs, isSuccessor } from './proof.ts';
import type { Candidate, Placement, PlaceContext, Placer, PlaceRequest, RenderedObject, Unit } from './types.ts';
import { unitOf } from './units.ts';

/** What was placed so far. */
interface Placed {
  readonly changes: ReadonlyMap<string, FileChange>;
  readonly objects: readonly RenderedObject[];
  readonly explanations: readonly string[];
}

/**
 * Finds where in the files changes of rendered objects belong, and proves it: the files with the changes render to what
 * they render to now, with exactly the wishes made and nothing else. Nothing is written.
 * @throws PlumbError `writeback.cannot-place`, `writeback.not-proved`: the reasons of each place that was tried, for each
 * wish; the problems of the render where the files as they are cannot be rendered
 */
export async function placeChange(given: PlaceRequest, signal: AbortSignal): Promise<Placement> {
  const request = { ...given, path: posix.join(given.path).replace(/(?<=.)\/$/, '') };
  const before = objectsOf(await request.render(request.tree));
  const placer = await placerFor(request);
  let placed: Placed = { changes: new Map(), objects: before, explanations: [] };
  const problems: Problem[] = [];
  for (const wish of request.wishes) {
    try {
      const unit = unitOf(wish, findRendered(placed.objects, wish.key, request.namespace));
      if (unit !== undefined) placed = await placeUnit(placer, unit, placed, request, signal);
    } catch (error) {
      problems.push(...reasonsIn(error, signal).map((reason) => inObject(reason, formatKey(wish.key))));
    }
  }
  throwProblems(problems);
  // Each step was proved; this proves that together they are the wishes as they were asked for.
  const wrong = disproofs(before, placed.objects, request.wishes, request.namespace);
  throwProblems(wrong.map((message) => ({ code: 'writeback.not-proved', message })));
  return {
    changes: await realChanges(request, placed.changes),
    explanation: placed.explanations.join('; '),
    objects: placed.objects,
  };
}

function objectsOf({ objects, origins }: RenderResult): RenderedObject[] {
  return objects.map((object, index) => ({ object, origin: origins[index] ?? {} }));
}

async function placeUnit(
  placer: Placer,
  unit: Unit,
  placed: Placed,
  request: PlaceRequest,
  signal: AbortSignal,
): Promise<Placed> {
  let current = placed;
  for (const part of await placer.split(unit, contextOf(request, current, signal))) {
    current = await placePart(placer, renewed(part, current, request), current, request, signal);
  }
  return current;
}

/** What was placed before may have moved the object to another place, or given it another hash at the end of its name. */
function renewed(unit: Unit, { objects }: Placed, { namespace }: PlaceRequest): Unit {
  const rendered = findRendered(objects, unit.key, namespace);
  if (rendered !== undefined || unit.rendered === undefined) return { ...unit, rendered };
  const old = keyOf(unit.rendered.object);
  const next = objects.find(({ object, origin }) => origin.generator !== undefined && isSuccessor(old, keyOf(object)));
  return { ...unit, rendered: next, key: next === undefined ? unit.key : keyOf(next.object) };
}

async function placePart(
  placer: Placer,
  unit: Unit,
  placed: Placed,
  request: PlaceRequest,
  signal: AbortSignal,
): Promise<Placed> {
  try {
    return await placeTogether(placer, unit, placed, request, signal);
  } catch (error) {
    if (unit.edits.length === 1) throw error;
    reasonsIn(error, signal);
  }
  let current = placed;
  for (const edit of unit.edits) {
    const single = renewed({ ...unit, edits: [edit] }, current, request);
    current = await placeTogether(placer, single, current, request, signal);
  }
  return current;
}

/** Tries the candidates; the first that is proved is taken. */
async function placeTogether(
  placer: Placer,
  unit: Unit,
  placed: Placed,
  request: PlaceRequest,
  signal: AbortSignal,
): Promise<Placed> {
  const problems: Problem[] = [];
  for await (const candidate of placer.candidates(unit, contextOf(request, placed, signal))) {
    signal.throwIfAborted();
    try {
      return await attempt(candidate, unit, placed, request);
    } catch (error) {
      problems.push(...reasonsIn(error, signal).map((reason) => reasonOf(reason, candidate, unit)));
    }
  }
  const [first, ...others] = problems;
  if (first === undefined) throw plumbError('writeback.cannot-place', 'no place for the change was found');
  throw new PlumbError([first, ...others]);
}

async function attempt(candidate: Candidate, unit: Unit, placed: Placed, request: PlaceRequest): Promise<Placed> {
  const written = await candidate.write();
  const changes = new Map([...placed.changes, ...written.map((change) => [change.path, change] as const)]);
  const objects = objectsOf(await request.render(overlaidTree(request.tree, [...changes.values()])));
  const wrong = disproofs(placed.objects, objects, [unit], request.namespace);
  if (wrong.length > 0) throw plumbError('writeback.not-proved', wrong.join('; '));
  return { changes, objects, explanations: [...placed.explanations, candidate.explanation] };
}

function contextOf(request: PlaceRequest, { changes, objects }: Placed, signal: AbortSignal): PlaceContext {
  return {
    ...request,
    tree: overlaidTree(request.tree, [...changes.values()]),
    original: request.tree,
    objects,
    signal,
  };
}

/** Why an attempt failed; anything that is no reason, such as the end of the caller's patience, is thrown on. */
function reasonsIn(error: unknown, signal: AbortSignal): readonly Problem[] {
  signal.throwIfAborted();
  if (!(error instanceof PlumbError) || error.transient) throw error;
  return problemsOf(error);
}

function reasonOf(reason: Problem, { explanation }: Candidate, { edits }: Unit): Problem {
  const [only] = edits;
  const field = only === undefined || edits.length > 1 ? undefined : formatFieldPath(only.path);
  const code = reason.code === 'writeback.not-proved' ? reason.code : 'writeback.cannot-place';
  const where = { ...(field === undefined || field === '' ? {} : { field }), ...reason.where };
  return { ...reason, code, message: `${explanation}: ${reason.message}`, where };
}

function inObject(problem: Problem, object: string): Problem {
  return { ...problem, where: { object, ...problem.where } };
}

/** The changes that are one: what was written back to what it was is none. */
async function realChanges(request: PlaceRequest, changes: ReadonlyMap<string, FileChange>): Promise<FileChange[]> {
  const real: FileChange[] = [];
  for (const change of [...changes.values()].toSorted((a, b) => (a.path < b.path ? -1 : 1))) {
    const before = await request.tree.read(change.path);
    const { content } = change;
    const same =
      before === undefined ? content === undefined : content !== undefined && Buffer.compare(before, content) === 0;
    if (!same) real.push(change);
  }
  return real;
}

import { isDeepStrictEqual } from 'node:util';
import { plumbError, type Problem, problemsOf, throwProblems } from '../../errors.ts';
import type { Discovery } from '../../kube/index.ts';
import { formatKey, groupOf, type Json, type KubeObject, type ObjectKey } from '../../object.ts';
import {
  applyEdits,
  cleanObject,
  editsBetween,
  findRendered,
  patched,
  plainSecretsIn,
  type RenderedObject,
} from '../../writeback/index.ts';
import { unsafeNumber } from '../changes/check.ts';
import type { AppObjectChange } from './types.ts';

/** What the objects of an Application are found among. */
export interface RenderedSources {
  readonly sources: readonly { readonly index: number; readonly objects: readonly RenderedObject[] }[];
  /** Namespace of objects that name none. */
  readonly namespace: string;
}

/** A rendered object, with the source that it is of. */
export interface FoundRendered {
  readonly source: number;
  readonly object: KubeObject;
}

/** What is wanted of one object of an Application. */
export interface AppWish {
  readonly key: ObjectKey;
  /** As it was rendered when it was seen; undefined where it was not there. */
  readonly base: KubeObject | undefined;
  /** What it shall be rendered to; undefined: nothing. */
  readonly ours: KubeObject | undefined;
  /** The source that it is of; undefined where it is to be made. */
  readonly source: number | undefined;
}

/** The object of a key, in whichever source. */
export function findObject({ sources, namespace }: RenderedSources, key: ObjectKey): FoundRendered | undefined {
  for (const { index, objects } of sources) {
    const found = findRendered(objects, key, namespace);
    if (found !== undefined) return { source: index, object: found.object };
  }
  return undefined;
}

/** A change whose object is known. */
export interface KeyedChange {
  readonly change: AppObjectChange;
  readonly key: ObjectKey;
}

/**
 * The objects that changes are about: of one without a namespace, the only one that is rendered with its kind and name,
 * or one in the namespace of the Application. All that is wrong is told at once.
 * @throws PlumbError `writeback.request-invalid`, `kube.no-such-kind`
 */
export async function keyedChanges(
  changes: readonly AppObjectChange[],
  rendered: RenderedSources,
  discovery: Pick<Discovery, 'resource'>,
  signal: AbortSignal,
): Promise<readonly KeyedChange[]> {
  const problems: Problem[] = [];
  const keyed: KeyedChange[] = [];
  const seen = new Set<string>();
  for (const change of changes) {
    try {
      const key = await keyFor(change, rendered, discovery, signal);
      if (seen.has(formatKey(key))) throw invalid('it is named twice in the request', key);
      seen.add(formatKey(key));
      keyed.push({ change, key });
    } catch (error) {
      signal.throwIfAborted();
      problems.push(...problemsOf(error));
    }
  }
  throwProblems(problems);
  return keyed;
}

async function keyFor(
  change: AppObjectChange,
  rendered: RenderedSources,
  discovery: Pick<Discovery, 'resource'>,
  signal: AbortSignal,
): Promise<ObjectKey> {
  const { group, kind, name, namespace } = 'object' in change ? nameIn(change.object) : change.name;
  const { namespaced } = await discovery.resource({ group, kind }, { signal });
  const key = (place: string): ObjectKey => ({ group, kind, namespace: place, name });
  if (!namespaced) return key('');
  if (namespace !== undefined && namespace !== '') return key(namespace);
  const namespaces = new Set(
    rendered.sources.flatMap(({ objects }) =>
      objects.flatMap(({ object }) => {
        const { metadata, apiVersion } = object;
        const isIt = object.kind === kind && metadata.name === name && groupOf(apiVersion) === group;
        return isIt ? [metadata.namespace || rendered.namespace] : [];
      }),
    ),
  );
  const [only = rendered.namespace, ...others] = namespaces;
  if (others.length === 0) return key(only);
  throw invalid(`there is one in each of these namespaces: ${[...namespaces].join(', ')}`, key(''));
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** What comes from outside may be anything. */
function nameIn(object: KubeObject): ObjectKey {
  const { apiVersion, kind, metadata } = object as { apiVersion?: unknown; kind?: unknown; metadata?: unknown };
  const { name, namespace } = (metadata ?? {}) as Readonly<Record<string, unknown>>;
  const key = { group: groupOf(text(apiVersion)), kind: text(kind), namespace: text(namespace), name: text(name) };
  if (text(apiVersion) === '' || key.kind === '' || key.name === '')
    throw invalid('it has no apiVersion, no kind or no metadata.name', key);
  const unsafe = unsafeNumber(object);
  if (unsafe !== undefined) throw invalid(`${unsafe} is a number that is too large to be kept exactly`, key);
  return key;
}

/**
 * What a change comes to, upon what was seen of its object.
 * @throws PlumbError `writeback.exists`, `writeback.not-in-git`, `writeback.patch-invalid`, `writeback.plain-secret`
 */
export function wishFor({ change, key }: KeyedChange, seen: RenderedSources): AppWish {
  const found = findObject(seen, key);
  const base = found?.object;
  const about = { key, base, source: found?.source };
  if (change.verb === 'create' && base !== undefined)
    throw plumbError('writeback.exists', 'it is in Git already', at(key));
  if (change.verb === 'delete') {
    if (base === undefined && change.ifThere !== true) throw notInGit(key);
    return { ...about, ours: undefined };
  }
  const ours = base === undefined ? newObject(change, key) : changedObject(change, key, base);
  const known = new Set(base === undefined ? [] : plainSecretsIn(base).map(({ where }) => where?.field));
  throwProblems(plainSecretsIn(ours).filter(({ where }) => !known.has(where?.field)));
  return { ...about, ours };
}

function newObject(change: Exclude<AppObjectChange, { verb: 'delete' }>, key: ObjectKey): KubeObject {
  if ('object' in change && change.verb !== 'replace') return cleanObject(sameObject(change.object, key));
  throw notInGit(key);
}

const notInGit = (key: ObjectKey): Error =>
  plumbError('writeback.not-in-git', 'the Application has no such object in Git', at(key));

/**
 * The rendered object with what is wished. Whoever reads it sees it without what is no wish of anybody (the status), and
 * with its namespace: only what differs from that is the wish.
 */
function changedObject(
  change: Exclude<AppObjectChange, { verb: 'delete' }>,
  key: ObjectKey,
  base: KubeObject,
): KubeObject {
  const before = asSeen(base, key);
  const wished = 'object' in change ? change.object : (patched(before, change.type, change.patch) as KubeObject);
  const after = asSeen(sameObject(wished, key), key);
  if (after.apiVersion !== before.apiVersion) {
    const message = `it is ${before.apiVersion} in Git, and would become ${after.apiVersion}`;
    throw plumbError('writeback.request-invalid', message, at(key));
  }
  return applyEdits(base as Json, editsBetween(before as Json, after as Json)) as unknown as KubeObject;
}

/** An object as whoever reads it sees it: without what nobody wishes, and with its namespace. */
export function asSeen(object: KubeObject, { namespace }: ObjectKey): KubeObject {
  const { metadata, ...rest } = cleanObject(object);
  const { name, namespace: _namespace, ...others } = metadata;
  return { ...rest, metadata: { name, ...(namespace === '' ? {} : { namespace }), ...others } };
}

/** A patch changes neither what an object is nor where it is. */
function sameObject(value: unknown, key: ObjectKey): KubeObject {
  const { apiVersion, kind, metadata } = (value ?? {}) as Partial<KubeObject>;
  const namespace = metadata?.namespace ?? '';
  const is =
    typeof apiVersion === 'string' &&
    isDeepStrictEqual([groupOf(apiVersion), kind, metadata?.name], [key.group, key.kind, key.name]) &&
    (namespace === '' || namespace === key.namespace);
  if (is) return value as KubeObject;
  throw plumbError(
    'writeback.patch-invalid',
    'it would not be the same object any more: its kind, name or namespace',
    at(key),
  );
}

function invalid(message: string, key: ObjectKey): Error {
  return plumbError('writeback.request-invalid', message, at(key));
}

const at = (key: ObjectKey) => ({ where: { object: formatKey(key) } });

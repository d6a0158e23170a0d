import { formatLocation, throwProblems, type Location, type Problem } from '../errors.ts';
import { formatKey, type KubeObject, type ObjectKey, type ObjectMeta } from '../object.ts';
import { partOfLabel } from './apply-set.ts';
import { assumedResource, contentWithoutScope, type MissingKinds, unknownKind, waitsForKind } from './awaited-kind.ts';
import { sha256 } from './canonical.ts';
import { withEncodedSecret } from './encoded-secret.ts';
import type { ApiResource, KindRef } from './ports.ts';
import { digestBeside, type IgnoreRules, type ObjectIgnore } from './ignore/rules.ts';
import { hookOf, hookSetOf, hookWarnings, type Hook } from './hook.ts';
import { objectOptionsOf, optionWarnings, type ObjectOptions } from './object-options.ts';
import { keyFor, keyIn } from './desired-key.ts';
import { kindRefOf, resourcesDefinedBy, type ResourceLookup } from './resources.ts';
import { annotationProblem, isText, shapeProblem } from './shape.ts';
import { waveFinder, waveOf } from './wave.ts';
import { withoutUnsaid } from './unsaid-fields.ts';

/** An object as a render gives it. */
export interface RenderedObject {
  readonly object: KubeObject;
  /** The file that it came from, for messages. */
  readonly origin?: Location;
  /** True where it is left, without a word, to another ApplySet that has it. */
  readonly yields?: true;
}

/** What `prepare` needs to know besides the objects. */
export interface PrepareOptions {
  /** The namespace of objects that name none. */
  readonly namespace: string;
  /** Id of the ApplySet that the objects will belong to. */
  readonly applySet: string;
  /** Finds a kind among those that the server serves. */
  readonly lookup: ResourceLookup;
  /** Whether a kind is not found because its API does not answer: what is of it is waited for. */
  readonly isDown?: (kind: KindRef) => boolean;
  /** Fields that are left to others. */
  readonly ignore?: IgnoreRules;
  /** What becomes of objects whose kind is missing and that do not say it themselves. Default `Fail`. */
  readonly missingKinds?: MissingKinds;
}

/** An object that is ready to be applied. */
export interface PreparedObject {
  /** `formatKey(key)`. */
  readonly id: string;
  readonly key: ObjectKey;
  /** With its namespace and the label of its ApplySet. */
  readonly object: KubeObject;
  /** Says what is desired: equal digests, equal content. */
  readonly digest: string;
  readonly origin?: Location;
  readonly resource: ApiResource;
  /** The wave that it is applied in; 0 where left out. */
  readonly wave?: number;
  /** How its annotations want it synced; left out where they say nothing. */
  readonly options?: ObjectOptions;
  /** What of it is left to others once it is there; left out where nothing is. */
  readonly ignored?: ObjectIgnore;
  /** True where it is left, without a word, to another ApplySet that has it. */
  readonly yields?: true;
  /** True where its kind is not served yet and a CustomResourceDefinition of the same set defines it. */
  readonly definedHere: boolean;
  /** True where its kind is not served yet and something else brings it, or its API does not answer: it is waited for. */
  readonly awaited?: true;
  /** What counts in the digest of the set in place of its own; left out where nothing else does. */
  readonly content?: string;
}

/** A hook that is ready to be run. */
export interface PreparedHook extends PreparedObject {
  readonly hook: Hook;
  /** The beginning of its name, where each run gets one of its own; `key.name` is it, too. */
  readonly generateName?: string;
}

/** The whole desired state of one ApplySet. */
export interface PreparedSet {
  readonly objects: readonly PreparedObject[];
  /** What runs before, with or after them; left out where there is none. */
  readonly hooks?: readonly PreparedHook[];
  /** Ids of objects that are left as they are, there or not; left out where there is none. */
  readonly skipped?: ReadonlySet<string>;
  /** What annotations say that has no effect; left out where there is none. */
  readonly warnings?: readonly Problem[];
  /** One digest over all of it, whatever the order. */
  readonly digest: string;
}

/**
 * Makes rendered objects ready to be applied: each gets its namespace, or loses it where its kind lives
 * in none, and the label of the ApplySet. What only the server may write is taken out.
 *
 * @throws PlumbError with every problem of every object: `sync.invalid-object`, `sync.unknown-kind`,
 * `sync.duplicate-object`.
 */
export function prepare(rendered: readonly RenderedObject[], options: PrepareOptions): PreparedSet {
  const problems: Problem[] = [];
  const byId = new Map<string, PreparedObject>();
  const hooks = new Map<string, PreparedHook>();
  const skipped = new Set<string>();
  const unread: Problem[] = [];
  const definedHere = resourcesDefinedBy(rendered.map(({ object }) => object));
  for (const item of rendered) {
    const unreadable = annotationProblem(item);
    if (unreadable !== undefined) {
      problems.push(unreadable);
      continue;
    }
    const hook = hookOf(item.object.metadata?.annotations);
    if (typeof hook === 'string') {
      const key = keyIn(item.object, options.lookup, options.namespace);
      const id = key === undefined ? undefined : formatKey(key);
      if (hook === 'skipped' && id !== undefined) skipped.add(id);
      unread.push(...hookWarnings(item.object.metadata.annotations).map((message) => warning(message, item, id)));
      continue;
    }
    const problem = shapeProblem(item, hook);
    if (problem !== undefined) {
      problems.push(problem);
      continue;
    }
    const kind = kindRefOf(item.object);
    const served = options.lookup(kind);
    const known = served ?? definedHere(kind);
    const isDown = known === undefined && options.isDown?.(kind) === true;
    const awaited = isDown || (known === undefined && waitsForKind(item.object, options.missingKinds));
    const resource = known ?? (awaited ? assumedResource(item.object, options.lookup) : undefined);
    if (resource === undefined) {
      problems.push(unknownKind(item.object, item.origin));
      continue;
    }
    const coming: Coming = { ...(awaited ? { awaited } : {}), definedHere: served === undefined && !awaited };
    if (hook !== undefined) {
      const prepared = prepareHook(item, hook, resource, coming, options);
      const first = byId.get(prepared.id) ?? hooks.get(slotOf(prepared));
      if (first === undefined) hooks.set(slotOf(prepared), prepared);
      else problems.push(duplicate(first, prepared));
      continue;
    }
    const prepared = prepareOne(item, resource, coming, options);
    const first = byId.get(prepared.id);
    if (first === undefined) byId.set(prepared.id, prepared);
    else problems.push(duplicate(first, prepared));
  }
  throwProblems(problems);
  const objects = inWaves([...byId.values()]);
  const all = [...hooks.values()];
  const warnings = [...[...objects, ...all].flatMap(warningsOf), ...unread];
  return {
    objects,
    ...(all.length === 0 ? {} : { hooks: all }),
    ...(skipped.size === 0 ? {} : { skipped }),
    ...(warnings.length === 0 ? {} : { warnings }),
    digest: digestOfSet([...objects, ...all], skipped),
  };
}

function warningsOf(prepared: PreparedObject): readonly Problem[] {
  const { metadata } = prepared.object;
  return [...optionWarnings(metadata), ...hookWarnings(metadata.annotations)].map((message) =>
    warning(message, prepared, prepared.id),
  );
}

function warning(message: string, { origin }: Pick<RenderedObject, 'origin'>, id: string | undefined): Problem {
  return { code: 'sync.unknown-option', message, where: { ...origin, ...(id === undefined ? {} : { object: id }) } };
}

/** Hooks may have the same name where they run at different times. */
function slotOf({ id, hook, generateName, digest }: PreparedHook): string {
  const own = generateName === undefined ? '' : digest;
  return `${id} ${hook.runs.map(({ phase, only = '' }) => `${phase}${only}`).join(' ')} ${own}`;
}

/** Whether the kind of an object is still to come, and by whom. */
type Coming = Pick<PreparedObject, 'definedHere' | 'awaited'>;

/** A hook carries the label of the hooks of its ApplySet, and is thereby none of its members. */
function prepareHook(
  item: RenderedObject,
  hook: Hook,
  resource: ApiResource,
  coming: Coming,
  options: PrepareOptions,
): PreparedHook {
  const { name, generateName } = item.object.metadata;
  const named = isText(name) ? undefined : String(generateName);
  const object =
    named === undefined ? item.object : { ...item.object, metadata: { ...item.object.metadata, name: named } };
  // What is ignored is of objects that stay.
  const { ignore: _ignore, ...others } = options;
  const set = { ...others, applySet: hookSetOf(options.applySet) };
  // A hook is made once for each sync, and never changed.
  const { options: _options, ...prepared } = prepareOne({ ...item, object }, resource, coming, set);
  return { ...prepared, hook, ...(named === undefined ? {} : { generateName: named }) };
}

/** The waves as they will be kept: what others live in is not later than those. */
function inWaves(objects: readonly PreparedObject[]): readonly PreparedObject[] {
  const waveFor = waveFinder(objects);
  if (waveFor === undefined) return objects;
  return objects.map((object) => {
    const wave = waveFor(object);
    return wave === (object.wave ?? 0) ? object : { ...object, wave };
  });
}

function digestOfSet(objects: readonly PreparedObject[], skipped: ReadonlySet<string>): string {
  const lines = objects.map(({ id, digest, content = `${id}\n${digest}` }) => `${content}\n`);
  for (const id of skipped) lines.push(`${id}\nskipped\n`);
  return sha256(lines.toSorted().join(''));
}

function prepareOne(
  { object, origin, yields }: RenderedObject,
  resource: ApiResource,
  coming: Coming,
  options: PrepareOptions,
): PreparedObject {
  const key = keyFor(object, resource, options.namespace);
  const { namespace } = key;
  const labelled = withEncodedSecret(
    withoutUnsaid({ ...object, metadata: desiredMetadata(object.metadata, namespace, options.applySet) }),
  );
  const wave = waveOf(object.metadata.annotations);
  const ignored = options.ignore?.of(key);
  const said = objectOptionsOf(object.metadata);
  const waits = (said.missingKind ?? options.missingKinds) === 'Wait';
  const scopeless = waits && !object.metadata.namespace && key.group !== '';
  return {
    id: formatKey(key),
    key,
    object: labelled,
    digest: digestBeside(labelled, ignored, []),
    ...(origin === undefined ? {} : { origin }),
    resource,
    ...(wave === 0 ? {} : { wave }),
    ...(Object.keys(said).length === 0 ? {} : { options: said }),
    ...(ignored === undefined ? {} : { ignored }),
    ...(yields === true ? { yields } : {}),
    ...coming,
    ...(scopeless ? { content: contentWithoutScope(labelled, ignored, options.namespace) } : {}),
  };
}

/** Manifests that were exported from a cluster carry fields with which no apply could succeed twice. */
function desiredMetadata(metadata: ObjectMeta, namespace: string, applySet: string): ObjectMeta {
  const {
    namespace: _namespace,
    uid: _uid,
    resourceVersion: _resourceVersion,
    generation: _generation,
    creationTimestamp: _creationTimestamp,
    deletionTimestamp: _deletionTimestamp,
    managedFields: _managedFields,
    generateName: _generateName,
    labels,
    annotations,
    ...rest
  } = metadata;
  return {
    ...rest,
    ...(namespace === '' ? {} : { namespace }),
    // An empty map, as templates often leave it, would be owned and then dropped by the server.
    ...(annotations === undefined || annotations === null || Object.keys(annotations).length === 0
      ? {}
      : { annotations }),
    labels: { ...labels, [partOfLabel]: applySet },
  };
}

function duplicate(first: PreparedObject, second: PreparedObject): Problem {
  const where = first.origin === undefined ? '' : ` (the first is in ${formatLocation(first.origin)})`;
  return {
    code: 'sync.duplicate-object',
    message: `the object is there twice${where}`,
    where: { ...second.origin, object: second.id },
  };
}

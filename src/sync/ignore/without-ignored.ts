import { guessedKeys } from '../../list-keys.ts';
import type { JsonObject, KubeObject } from '../../object.ts';
import { canonical, sha256 } from '../canonical.ts';
import { appliedFields, fingerprint, fingerprintFrom, isApplyOf } from '../fingerprint.ts';
import { fitsKeys, isContainer, isFields, isMarked, type Mark, withoutMarked } from './marks.ts';
import { marksIn, type ObjectIgnore, yieldedSets } from './rules.ts';

type Fields = Readonly<Record<string, unknown>>;

/** What is applied in the place of an object of which something is ignored. */
export interface Respected {
  readonly object: KubeObject;
  /** Whether values of the live object are in it: it may be applied to that very state alone. */
  readonly pinned: boolean;
}

/**
 * The apply configuration of an object of which fields are ignored, so that applying it neither changes, nor takes over, nor
 * deletes them: those that are not ours are left out; those that we own, since an earlier apply has set them, keep the value
 * that they have. Where the object is not there yet, all of it is applied.
 */
export function withoutIgnored(
  desired: KubeObject,
  live: KubeObject | undefined,
  ignore: ObjectIgnore | undefined,
  fieldManager: string,
): Respected {
  if (ignore === undefined || live === undefined) return { object: desired, pinned: false };
  const yielded = yieldedSets(live, ignore, fieldManager);
  const ours = ownedOf(live, fieldManager);
  const owned = ours ?? ownedElsewhere(live, fieldManager);
  const marks = marksIn(desired, ignore, yielded);
  const ownedMarks = ours === undefined ? undefined : marksIn(ours, ignore, yielded);
  if (marks === undefined && ownedMarks === undefined) return { object: desired, pinned: false };
  const walk: Walk = { pinned: false };
  const made = respect({ value: desired, mark: marks }, { value: owned, mark: ownedMarks }, live, setsOf(live), walk);
  return { object: (made ?? desired) as KubeObject, pinned: walk.pinned };
}

/** An object that is written as a whole, with what is ignored of it as the live object has it, whoever owns that. */
export function besideLive(
  desired: KubeObject,
  live: KubeObject,
  ignore: ObjectIgnore | undefined,
  fieldManager: string,
): KubeObject {
  if (ignore === undefined) return desired;
  const yielded = yieldedSets(live, ignore, fieldManager);
  const [one, other] = [desired, live].map((value) => ({ value, mark: marksIn(value, ignore, yielded) })) as [
    Side,
    Side,
  ];
  return (respect(one, other, live, setsOf(live), { pinned: false }) ?? desired) as KubeObject;
}

/** Nodes of `fieldsV1`, of all managers, at the version that the object was read at. */
function setsOf(live: KubeObject): readonly Fields[] {
  return (live.metadata.managedFields ?? [])
    .filter(({ apiVersion }) => apiVersion === live.apiVersion)
    .map(({ fieldsV1 }) => fieldsV1)
    .filter((set) => set !== undefined);
}

/**
 * `fingerprint` of a live object apart from what is ignored of it: the same whoever has changed that, and the one that
 * `digestBeside` foretells.
 */
export function fingerprintBeside(
  live: KubeObject,
  fieldManager: string,
  ignore: ObjectIgnore | undefined,
): string | undefined {
  if (ignore === undefined) return fingerprint(live, fieldManager);
  const owned = appliedFields(live, fieldManager);
  const whole = ownedOf(live, fieldManager);
  if (owned === undefined || whole === undefined) return fingerprint(live, fieldManager);
  const kept = withoutMarked(owned, marksIn(whole, ignore, yieldedSets(live, ignore, fieldManager))) ?? {};
  return fingerprintFrom(live.metadata.uid ?? '', sha256(`${live.apiVersion}\n${canonical(kept)}`));
}

/** What we own of a live object, as an object of its name. */
function ownedOf(live: KubeObject, fieldManager: string): KubeObject | undefined {
  const owned = appliedFields(live, fieldManager);
  if (owned === undefined) return undefined;
  const { name, namespace } = live.metadata;
  const metadata = {
    ...(owned['metadata'] as JsonObject | undefined),
    name,
    ...(namespace === undefined ? {} : { namespace }),
  };
  return { ...owned, apiVersion: live.apiVersion, kind: live.kind, metadata };
}

/**
 * Where our fields are noted at another version of the API, it is not known which they are: then what is ignored counts as
 * ours with the value that it has. Without an apply of ours there is nothing that we own.
 */
function ownedElsewhere(live: KubeObject, fieldManager: string): KubeObject | undefined {
  return live.metadata.managedFields?.some((entry) => isApplyOf(entry, fieldManager)) === true ? live : undefined;
}

interface Walk {
  pinned: boolean;
}

/** A value, and what of it is ignored. */
interface Side {
  readonly value: unknown;
  readonly mark: Mark | undefined;
}

/** What to apply at one place; undefined where nothing is. */
function respect(desired: Side, owned: Side, live: unknown, sets: readonly Fields[], walk: Walk): unknown {
  if (desired.mark?.all === true || (desired.value === undefined && owned.mark?.all === true)) {
    return keep(owned.value, walk);
  }
  if (!isMarked(desired.mark) && !isMarked(owned.mark)) return desired.value;
  if (desired.value === undefined) return marked(owned.value, owned.mark, walk);
  if (isContainer(live) && sets.some((set) => Object.keys(set).length === 0)) {
    return overlay(desired.value, desired.mark, live, walk);
  }
  if (Array.isArray(desired.value)) return respectItems(desired, owned, live, sets, walk);
  if (!isFields(desired.value)) return desired.value;
  const [one, other] = [desired.value, isFields(owned.value) ? owned.value : {}];
  const fields = [...new Set([...Object.keys(one), ...Object.keys(other)])].map((name) => {
    const value = respect(
      { value: one[name], mark: desired.mark?.below.get(name) },
      { value: other[name], mark: owned.mark?.below.get(name) },
      isFields(live) ? live[name] : undefined,
      below(sets, `f:${name}`),
      walk,
    );
    return [name, value] as const;
  });
  const left = fields.filter(([, value]) => value !== undefined);
  return left.length === 0 && Object.keys(one).length > 0 ? undefined : Object.fromEntries(left);
}

function respectItems(desired: Side, owned: Side, live: unknown, sets: readonly Fields[], walk: Walk): unknown {
  const [items, others, lives] = [desired.value, owned.value, live].map((list): readonly unknown[] =>
    Array.isArray(list) ? list : [],
  ) as [readonly unknown[], readonly unknown[], readonly unknown[]];
  const steps = [...new Set(sets.flatMap((set) => Object.keys(set)))].filter((step) => step.startsWith('k:'));
  const paired = new Set<number>();
  const kept = items.map((item, index) => {
    const mark = desired.mark?.below.get(index);
    const step = steps.find((each) => fitsKeys(item, keysOf(each)));
    const fits = (other: unknown): boolean =>
      step === undefined ? canonical(other) === canonical(item) : fitsKeys(other, keysOf(step));
    const other = others.findIndex(fits);
    if (other !== -1) paired.add(other);
    if (step !== undefined && mark?.all !== true)
      for (const name of Object.keys(keysOf(step))) mark?.below.delete(name);
    return respect(
      { value: item, mark },
      { value: others[other], mark: owned.mark?.below.get(other) },
      lives.find(fits),
      step === undefined ? [] : below(sets, step),
      walk,
    );
  });
  // Items that Git no longer has: only one that is ignored as a whole stays.
  const more = others.map((item, index) => {
    const isOurs = !paired.has(index) && owned.mark?.below.get(index)?.all === true;
    return isOurs ? keep(item, walk) : undefined;
  });
  const all = [...kept, ...more].filter((item) => item !== undefined);
  return all.length === 0 && items.length > 0 ? undefined : all;
}

function keysOf(step: string): Fields {
  return JSON.parse(step.slice(2)) as Fields;
}

function below(sets: readonly Fields[], step: string): readonly Fields[] {
  return sets.map((set) => set[step]).filter(isFields);
}

function keep(value: unknown, walk: Walk): unknown {
  if (value !== undefined) walk.pinned = true;
  return value;
}

/** Of what Git no longer has, the part that is ignored. */
function marked(value: unknown, mark: Mark | undefined, walk: Walk): unknown {
  if (mark === undefined) return undefined;
  if (mark.all) return keep(value, walk);
  if (Array.isArray(value)) {
    const items = value.filter((_, index) => mark.below.get(index)?.all === true);
    return items.length === 0 ? undefined : keep(items, walk);
  }
  if (!isFields(value)) return undefined;
  const fields = Object.entries(value)
    .map(([name, field]) => [name, marked(field, mark.below.get(name), walk)] as const)
    .filter(([, field]) => field !== undefined);
  return fields.length === 0 ? undefined : Object.fromEntries(fields);
}

/** What is owned as one whole is applied as one: what is ignored in it has to be as it is. */
function overlay(desired: unknown, mark: Mark | undefined, live: unknown, walk: Walk): unknown {
  if (mark === undefined || !isMarked(mark)) return desired;
  if (mark.all) return keep(live, walk);
  if (Array.isArray(desired)) {
    const others: readonly unknown[] = Array.isArray(live) ? live : [];
    const keyed = guessedKeys(desired, others);
    const items = desired.map((item: unknown, index) => {
      const other =
        keyed === undefined
          ? others[index]
          : others.filter(isFields).find((one) => keyed(one) === keyed(item as Fields));
      return overlay(item, mark.below.get(index), other, walk);
    });
    return items.filter((item) => item !== undefined);
  }
  if (!isFields(desired)) return desired;
  const fields = Object.entries(desired).map(
    ([name, field]) =>
      [name, overlay(field, mark.below.get(name), isFields(live) ? live[name] : undefined, walk)] as const,
  );
  return Object.fromEntries(fields.filter(([, field]) => field !== undefined));
}

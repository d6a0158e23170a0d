import type { KubeObject, ObjectKey } from '../object.ts';

/** Plumbline's own annotation for the wave of an object, which goes before those of others. */
export const waveAnnotation = 'plumbline.dev/sync-wave';
const argoWave = 'argocd.argoproj.io/sync-wave';
const helmWeight = 'helm.sh/hook-weight';

/** Something that has its place in the order of a sync. */
export interface Ordered {
  readonly key: ObjectKey;
  /** Lower waves are applied first and deleted last. 0 where left out. */
  readonly wave?: number;
}

function integerIn(text: unknown): number | undefined {
  if (typeof text !== 'string' || !/^[+-]?\d{1,9}$/.test(text.trim())) return undefined;
  return Number(text) || 0;
}

/**
 * The wave that the annotations give an object: Plumbline's own, Argo CD's, or the weight of Helm, in this
 * order. What is no whole number counts as not there, as it does for Argo CD; 0 where nothing says anything.
 */
export function waveOf(annotations: KubeObject['metadata']['annotations']): number {
  if (annotations === undefined || annotations === null) return 0;
  return (
    integerIn(annotations[waveAnnotation]) ??
    integerIn(annotations[argoWave]) ??
    integerIn(annotations[helmWeight]) ??
    0
  );
}

/** Why the annotation of Plumbline cannot be meant; undefined where it can. */
export function waveProblem(annotations: KubeObject['metadata']['annotations']): string | undefined {
  const own: unknown = annotations?.[waveAnnotation];
  if (own === undefined || (typeof own === 'string' && integerIn(own) !== undefined)) return undefined;
  return `${waveAnnotation} is no whole number: ${JSON.stringify(own)}`;
}

/**
 * The waves in which the objects are really dealt with: a namespace or a definition is never later than what
 * lives in it or is made of it, whatever it says of itself. Undefined where all are in wave 0.
 */
export function waveFinder<T extends Ordered>(items: readonly T[]): ((item: T) => number) | undefined {
  if (!items.some(({ wave = 0 }) => wave !== 0)) return undefined;
  const first = new Map<string, number>();
  const note = (place: string, wave: number): void => {
    first.set(place, Math.min(wave, first.get(place) ?? wave));
  };
  for (const { key, wave = 0 } of items) {
    if (key.namespace !== '') note(`namespace ${key.namespace}`, wave);
    note(`group ${key.group}`, wave);
  }
  return ({ key, wave = 0 }) => {
    const holds = placeOf(key);
    return holds === undefined ? wave : Math.min(wave, first.get(holds) ?? wave);
  };
}

/** What other objects have to wait for: the namespace that they live in, the definition of their kind. */
function placeOf({ group, kind, name }: ObjectKey): string | undefined {
  if (group === '' && kind === 'Namespace') return `namespace ${name}`;
  if (group !== 'apiextensions.k8s.io' || kind !== 'CustomResourceDefinition') return undefined;
  return `group ${name.slice(name.indexOf('.') + 1)}`;
}

/** Whether an object lives in a namespace, or is of the kind of a definition. */
export function isHeldBy(key: ObjectKey, holder: ObjectKey): boolean {
  const place = placeOf(holder);
  return place !== undefined && (place === `namespace ${key.namespace}` || place === `group ${key.group}`);
}

/** Objects of one wave. */
export interface Wave<T> {
  readonly wave: number;
  readonly items: readonly T[];
}

/** Cuts objects into their waves, the lowest first. */
export function cutIntoWaves<T>(items: readonly T[], waveFor: (item: T) => number): readonly Wave<T>[] {
  const waves = Map.groupBy(items, waveFor);
  return [...waves].map(([wave, members]) => ({ wave, items: members })).toSorted((a, b) => a.wave - b.wave);
}

import type { KubeObject, ObjectMeta } from './object.ts';

type Fields = Readonly<Record<string, unknown>>;

/** An object on both sides; one of them may be missing. */
export interface Sides {
  readonly before: KubeObject | undefined;
  readonly after: KubeObject | undefined;
}

const same = '***';
const old = '*** (before)';
const young = '*** (after)';

/** Whether an object holds values that must never be shown. */
export function isSecret(object: KubeObject | undefined): boolean {
  return object !== undefined && object.kind === 'Secret' && object.apiVersion === 'v1';
}

/**
 * Takes the values out of a Secret on both sides. Of each key it stays visible whether it is there and whether its
 * value differs, and nothing else: not its length, not that two keys have the same value. Other objects stay as
 * they are.
 */
export function maskSides({ before, after }: Sides): Sides {
  return {
    before: isSecret(before) ? masked(before, isSecret(after) ? after : undefined, old) : before,
    after: isSecret(after) ? masked(after, isSecret(before) ? before : undefined, young) : after,
  };
}

function masked(
  object: KubeObject | undefined,
  other: KubeObject | undefined,
  differs: string,
): KubeObject | undefined {
  if (object === undefined) return undefined;
  const values = valuesOf(object);
  const others = other === undefined ? undefined : valuesOf(other);
  const data = Object.fromEntries(
    [...values].map(([key, value]) => {
      const counterpart = others?.get(key);
      return [key, counterpart === undefined || counterpart === value ? same : differs];
    }),
  );
  const { data: _data, stringData: _stringData, ...rest } = object;
  return { ...withoutLastApplied(rest), ...(values.size === 0 ? {} : { data }) };
}

const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';

/** kubectl writes the whole object once more into an annotation. */
function withoutLastApplied(object: KubeObject): KubeObject {
  // What comes from a file may lack its metadata.
  const metadata: Partial<ObjectMeta> | undefined = object.metadata;
  const annotations = metadata?.annotations;
  if (annotations?.[lastApplied] === undefined) return object;
  return { ...object, metadata: { ...object.metadata, annotations: { ...annotations, [lastApplied]: same } } };
}

/** The values of a Secret by key, as they are stored: what `stringData` says wins. */
function valuesOf(object: KubeObject): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const [key, value] of entriesOf(object['data'])) values.set(key, textOf(value));
  for (const [key, value] of entriesOf(object['stringData'])) {
    values.set(key, Buffer.from(textOf(value), 'utf8').toString('base64'));
  }
  return values;
}

function entriesOf(values: unknown): readonly (readonly [string, unknown])[] {
  if (values === undefined || values === null) return [];
  // No map at all: the server will refuse it, and what it is must not show either.
  if (typeof values !== 'object' || Array.isArray(values)) return [['(all)', values]];
  return Object.entries(values as Fields);
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

import { names } from './names.ts';
import type { KubeObject } from './object.ts';

// Who asked for what an annotation says. The name stands in an annotation of its own beside it, together with what it is
// the name for: so a name that somebody left behind says nothing about what others ask for later. The policy of the
// installation (`action-policy.ts`) lets nobody write a name but their own; without it the names count for nothing.

/** The annotations beside which a name may stand. */
export const namedAnnotations = [
  names.syncRequestedAt,
  names.rollbackTo,
  names.approvePrune,
  names.acceptRewind,
] as const;

type NamedAnnotation = (typeof namedAnnotations)[number];

/** Characters of a name: nobody is named by a longer one. */
const longestName = 256;

/** The annotation that holds who asked for what this one says. */
export function nameAnnotation(annotation: NamedAnnotation): string {
  return `${annotation}.by`;
}

/** Whether a name can stand beside this annotation. */
export function isNamed(annotation: string): annotation is NamedAnnotation {
  return (namedAnnotations as readonly string[]).includes(annotation);
}

/**
 * What the annotation beside another holds.
 * @param id the value of the other one, or the `id` of the JSON that it holds
 * @returns undefined where nobody could be named so
 */
export function nameFor(id: string, who: string): string | undefined {
  return id === '' || id.includes(' ') || who === '' || who.length > longestName ? undefined : `${id} ${who}`;
}

/** Who asked for what an annotation says now; undefined where nobody says so. The policy reads it in the same way. */
export function askedBy(
  annotations: Readonly<Record<string, string>> | undefined,
  annotation: NamedAnnotation,
): string | undefined {
  const value = annotations?.[annotation];
  const named = annotations?.[nameAnnotation(annotation)];
  if (value === undefined || named === undefined) return undefined;
  const space = named.indexOf(' ');
  if (space <= 0) return undefined;
  const id = named.slice(0, space);
  const isFor = value === id || value.startsWith(`{"id":"${id}"`);
  return isFor ? named.slice(space + 1) : undefined;
}

/** The object without the names that nobody has proved. */
export function withoutNames(object: KubeObject): KubeObject {
  const { annotations } = object.metadata;
  const found = namedAnnotations.map(nameAnnotation).filter((name) => annotations?.[name] !== undefined);
  if (found.length === 0) return object;
  const kept = Object.entries(annotations ?? {}).filter(([name]) => !found.includes(name));
  return { ...object, metadata: { ...object.metadata, annotations: Object.fromEntries(kept) } };
}

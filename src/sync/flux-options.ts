import type { ObjectMeta } from '../object.ts';

/** What the annotations and labels of the kustomize-controller begin with. */
export const fluxPrefix = 'kustomize.toolkit.fluxcd.io';

/**
 * Whether Flux is told something of an object: by an annotation or a label, of which either is enough; case does not
 * count.
 */
export function fluxSays(
  metadata: Pick<ObjectMeta, 'annotations' | 'labels'> | undefined | null,
  name: string,
  value: string,
  prefix: string = fluxPrefix,
): boolean {
  const key = `${prefix}/${name}`;
  const said: readonly unknown[] = [metadata?.annotations?.[key], metadata?.labels?.[key]];
  return said.some((text) => typeof text === 'string' && text.trim().toLowerCase() === value.toLowerCase());
}

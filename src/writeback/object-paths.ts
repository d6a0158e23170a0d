import type { ObjectKey } from '../object.ts';
import { candidatePaths, type NamespaceLayout, placeOf } from './layout.ts';

/**
 * Where an object of a namespace lies and has ever lain, by all layouts.
 * @param what with all that lies in its folder, or the object alone
 */
export function objectPaths(
  layout: NamespaceLayout,
  key: ObjectKey,
  { sideObjects }: { readonly sideObjects: boolean },
): readonly string[] {
  const paths = candidatePaths(layout, key).map((path) =>
    sideObjects && placeOf(layout, path)?.role !== 'old' ? path.slice(0, path.lastIndexOf('/')) : path,
  );
  return [...new Set(paths)];
}

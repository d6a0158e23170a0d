import { plumbError } from '../../errors.ts';
import { formatKey, keyOf, type ObjectKey } from '../../object.ts';
import type { RenderedObject } from './types.ts';

/**
 * The rendered object that is meant by a key; one that names no namespace is meant by the namespace that it will get.
 * @throws PlumbError `writeback.cannot-place` where two are meant
 */
export function findRendered(
  objects: readonly RenderedObject[],
  key: ObjectKey,
  namespace: string,
): RenderedObject | undefined {
  const named = objects.filter(({ object }) => {
    const other = keyOf(object);
    return other.group === key.group && other.kind === key.kind && other.name === key.name;
  });
  const at = (place: string) => named.filter(({ object }) => keyOf(object).namespace === place);
  const exact = at(key.namespace);
  const found =
    exact.length > 0 ? exact : key.namespace === namespace ? at('') : key.namespace === '' ? at(namespace) : [];
  if (found.length > 1) {
    const where = { object: formatKey(key) };
    throw plumbError('writeback.cannot-place', 'two objects of this name are rendered', { where });
  }
  return found[0];
}

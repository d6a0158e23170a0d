import type { KubeObject } from '../../object.ts';
import { maskSecrets } from '../../sync/index.ts';

const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';

/**
 * Objects as they may be shown: without the bookkeeping of server-side apply, and the values of Secrets masked, equal
 * ones with equal masks in all of them. One that is not there stays so.
 */
export function showObjects<Item extends KubeObject | undefined>(objects: readonly Item[]): (KubeObject | Item)[] {
  const mask = maskSecrets();
  return objects.map((object) => {
    if (object === undefined) return object;
    const { managedFields: _fields, annotations, ...metadata } = object.metadata;
    const { [lastApplied]: copy, ...others } = annotations ?? {};
    const shown = object.kind === 'Secret' && copy !== undefined ? { ...others, [lastApplied]: '***' } : annotations;
    return {
      ...object,
      ...mask(object),
      metadata: { ...metadata, ...(shown === undefined ? {} : { annotations: shown }) },
    };
  });
}

import type { Application } from '../../api/index.ts';
import type { KubeObject, ObjectMeta } from '../../object.ts';

/** What the API server says about ownership is long, and nobody asks for it of an Application. */
function withoutManagedFields({ managedFields: _managedFields, ...metadata }: ObjectMeta): ObjectMeta {
  return metadata;
}

/** The object as far as it is remembered. */
export function leaned(object: KubeObject): KubeObject {
  return { ...object, metadata: withoutManagedFields(object.metadata) };
}

/**
 * The known Application with newer metadata, where its spec is certain to be the same: the API server counts the
 * generation up with every change of it. Most events of an Application show nothing but a status of our own, so it is
 * not parsed again, which costs much more than all else that is done about such an event. The status stays the old one:
 * what was written is remembered elsewhere.
 *
 * @returns undefined where the object has to be parsed
 */
export function renewed(known: Application | undefined, object: KubeObject): Application | undefined {
  const { uid, generation, namespace } = object.metadata;
  if (known === undefined || uid === undefined || generation === undefined || namespace === undefined) return undefined;
  if (known.metadata.uid !== uid || known.metadata.generation !== generation) return undefined;
  const { finalizers, ...metadata } = withoutManagedFields(object.metadata);
  return {
    ...known,
    metadata: { ...metadata, namespace, ...(finalizers === undefined ? {} : { finalizers: [...finalizers] }) },
  };
}

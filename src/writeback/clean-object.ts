import type { JsonObject, KubeObject } from '../object.ts';

/** What a server or a controller writes into `metadata`, and nobody wishes. */
const serverMetadata: ReadonlySet<string> = new Set([
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'selfLink',
  'managedFields',
  // Names its owner by uid, which is another one wherever the commit is applied again.
  'ownerReferences',
]);

const serverAnnotations: ReadonlySet<string> = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  'deployment.kubernetes.io/revision',
  'deprecated.daemonset.template.generation',
]);

const serverLabels: ReadonlySet<string> = new Set(['applyset.kubernetes.io/part-of']);

/**
 * The object as it is wished: without status, and without what servers and controllers write into its metadata.
 */
export function cleanObject(object: KubeObject): KubeObject {
  const { apiVersion, kind, metadata, status: _status, ...rest } = object;
  return { apiVersion, kind, metadata: cleanMetadata(metadata), ...rest };
}

function cleanMetadata(metadata: KubeObject['metadata']): KubeObject['metadata'] {
  const kept = Object.entries(metadata).filter(([field]) => !serverMetadata.has(field));
  const { name, namespace, labels, annotations, ...rest } = Object.fromEntries(kept) as Record<string, unknown>;
  const cleanLabels = without(labels, serverLabels);
  const cleanAnnotations = without(annotations, serverAnnotations);
  return {
    name: name as string,
    ...(namespace === undefined ? {} : { namespace: namespace as string }),
    ...(cleanLabels === undefined ? {} : { labels: cleanLabels }),
    ...(cleanAnnotations === undefined ? {} : { annotations: cleanAnnotations }),
    ...rest,
  };
}

/** The entries of a map but these; undefined where that leaves none. */
function without(value: unknown, names: ReadonlySet<string>): Readonly<Record<string, string>> | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const kept = Object.entries(value as JsonObject).filter(([name]) => !names.has(name));
  return kept.length === 0 ? undefined : (Object.fromEntries(kept) as Record<string, string>);
}

import type { KubeObject } from '../../object.ts';

const mask = '***';
const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';

function maskValues(values: unknown): unknown {
  if (typeof values !== 'object' || values === null) return values;
  return Object.fromEntries(Object.keys(values).map((key) => [key, mask]));
}

/**
 * The object as it may be shown: the values of a Secret are `***`, its keys stay, and so do those that
 * kubectl kept in an annotation. Everything else is as it was.
 */
export function maskSecret(object: KubeObject): KubeObject {
  if (object.kind !== 'Secret' || object.apiVersion !== 'v1') return object;
  const { data, stringData, metadata, ...rest } = object;
  const annotations = metadata.annotations;
  const hidden =
    annotations === undefined || !(lastApplied in annotations)
      ? metadata
      : { ...metadata, annotations: { ...annotations, [lastApplied]: mask } };
  return {
    ...rest,
    metadata: hidden,
    ...(data === undefined ? {} : { data: maskValues(data) }),
    ...(stringData === undefined ? {} : { stringData: maskValues(stringData) }),
  };
}

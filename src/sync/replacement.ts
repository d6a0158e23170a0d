import type { KubeObject } from '../object.ts';

type Fields = Readonly<Record<string, unknown>>;

/**
 * What a PUT has to say so that the object becomes what is desired and nothing else, without taking from it
 * what is not its author's to give: identity, finalizers, owners, status, and what the server has allotted.
 */
export function replacementOf(desired: KubeObject, live: KubeObject): KubeObject {
  const { uid, resourceVersion, finalizers: held = [], ownerReferences } = live.metadata;
  const finalizers = [...new Set([...held, ...(desired.metadata.finalizers ?? [])])];
  const metadata = {
    ...(ownerReferences === undefined ? {} : { ownerReferences }),
    ...desired.metadata,
    ...(uid === undefined ? {} : { uid }),
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
    ...(finalizers.length === 0 ? {} : { finalizers }),
  };
  const spec = specOf(desired, live);
  return {
    ...desired,
    metadata,
    ...(spec === undefined ? {} : { spec }),
    // Kinds without a subresource for it keep their status in the object itself.
    ...(desired.status === undefined && live.status !== undefined ? { status: live.status } : {}),
  };
}

/** Set once by the server or by whoever binds the object, and refused when it is missing. */
const allotted: Readonly<Record<string, readonly string[]>> = {
  Service: ['clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy', 'healthCheckNodePort'],
  PersistentVolumeClaim: ['volumeName', 'storageClassName', 'volumeMode'],
};

function specOf(desired: KubeObject, live: KubeObject): Fields | undefined {
  const wanted = fieldsIn(desired.spec);
  const there = fieldsIn(live.spec);
  if (wanted === undefined || there === undefined) return wanted;
  // Where Git says no number of replicas, somebody else scales it: left out, it would become 1.
  const names = [...(desired.apiVersion === 'v1' ? (allotted[desired.kind] ?? []) : []), 'replicas'];
  const kept = names.filter((name) => wanted[name] === undefined && there[name] !== undefined);
  // A Service that becomes one of another type is allotted anew.
  if (desired.kind === 'Service' && (wanted['type'] ?? 'ClusterIP') !== there['type']) return wanted;
  return { ...Object.fromEntries(kept.map((name) => [name, there[name]])), ...wanted };
}

function fieldsIn(value: unknown): Fields | undefined {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Fields) : undefined;
}

import type { KubeObject } from '../object.ts';

/** Fields of one kind that the API server refuses to change. */
interface Immutable {
  readonly fields: readonly string[];
  /** Fields below these that may be changed all the same. */
  readonly except?: readonly string[];
}

/** By `Kind.group`. A field stands for all that is below it. */
const immutable: Readonly<Record<string, Immutable>> = {
  'Deployment.apps': { fields: ['spec.selector'] },
  'ReplicaSet.apps': { fields: ['spec.selector'] },
  'DaemonSet.apps': { fields: ['spec.selector'] },
  'StatefulSet.apps': {
    fields: ['spec.selector', 'spec.serviceName', 'spec.podManagementPolicy', 'spec.volumeClaimTemplates'],
  },
  'Job.batch': { fields: ['spec.selector', 'spec.template', 'spec.completionMode', 'spec.manualSelector'] },
  PersistentVolumeClaim: { fields: ['spec'], except: ['spec.resources', 'spec.volumeAttributesClassName'] },
  Secret: { fields: ['type'] },
  'StorageClass.storage.k8s.io': {
    fields: ['provisioner', 'parameters', 'reclaimPolicy', 'volumeBindingMode'],
  },
  'RoleBinding.rbac.authorization.k8s.io': { fields: ['roleRef'] },
  'ClusterRoleBinding.rbac.authorization.k8s.io': { fields: ['roleRef'] },
  'PriorityClass.scheduling.k8s.io': { fields: ['value', 'preemptionPolicy'] },
  'IngressClass.networking.k8s.io': { fields: ['spec.controller'] },
  'RuntimeClass.node.k8s.io': { fields: ['handler'] },
  'CustomResourceDefinition.apiextensions.k8s.io': { fields: ['spec.scope', 'spec.group', 'spec.names.kind'] },
};

/** Those of the paths that name a field which cannot be changed in place. */
export function immutableAmong(kind: string, group: string, paths: readonly string[], before: KubeObject): string[] {
  const rule = immutable[group === '' ? kind : `${kind}.${group}`];
  const sealed =
    before['immutable'] === true && group === '' && (kind === 'Secret' || kind === 'ConfigMap')
      ? ['data', 'binaryData', 'immutable']
      : [];
  const fields = [...(rule?.fields ?? []), ...sealed];
  return paths.filter(
    (path) =>
      fields.some((field) => covers(field, path)) && rule?.except?.some((field) => covers(field, path)) !== true,
  );
}

/** Whether a path is a field or lies in it. */
function covers(field: string, path: string): boolean {
  return path === field || path.startsWith(`${field}.`) || path.startsWith(`${field}[`);
}

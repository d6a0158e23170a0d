/** The API groups of Kubernetes that have a dot in their name: others may end like them, as sparkoperator.k8s.io does. */
const dotted: ReadonlySet<string> = new Set(
  ['admissionregistration', 'apiextensions', 'apiregistration', 'authentication', 'authorization', 'certificates']
    .concat([
      'coordination',
      'discovery',
      'events',
      'flowcontrol.apiserver',
      'internal.apiserver',
      'networking',
      'node',
    ])
    .concat(['rbac.authorization', 'resource', 'scheduling', 'storage', 'storagemigration'])
    .map((name) => `${name}.k8s.io`),
);

/** Whether the kinds of an API group are Kubernetes' own. */
export function isKubernetes(group: string): boolean {
  return !group.includes('.') || dotted.has(group);
}

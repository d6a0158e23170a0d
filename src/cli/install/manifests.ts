import type { KubeObject } from '../../object.ts';
import { group } from '../../names.ts';

/** The namespace of the controller, where nothing else is said. */
export const defaultInstallNamespace = 'plumbline-system';

const name = 'plumbline';
const labels = { 'app.kubernetes.io/name': 'plumbline', 'app.kubernetes.io/part-of': 'plumbline' };
const rbac = 'rbac.authorization.k8s.io/v1';

function clusterRole(
  roleName: string,
  extraLabels: Readonly<Record<string, string>>,
  rules: readonly object[],
): KubeObject {
  return {
    apiVersion: rbac,
    kind: 'ClusterRole',
    metadata: { name: roleName, labels: { ...labels, ...extraLabels } },
    rules,
  };
}

/**
 * Where forges reach the controller: whichever pod has these labels and is ready, on its port `webhooks`. Only the one
 * that leads is ready (`/readyz`).
 */
function webhookService(namespace: string): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'plumbline-webhooks', namespace, labels },
    spec: {
      selector: { 'app.kubernetes.io/name': name, 'app.kubernetes.io/component': 'controller' },
      ports: [{ name: 'webhooks', port: 80, targetPort: 'webhooks' }],
    },
  };
}

const allOwn = { apiGroups: [group], resources: ['*'] };
const reading = ['get', 'list', 'watch'];

/** Everything that Plumbline needs in a cluster, in the order in which it has to be made. */
export async function installManifests(namespace: string): Promise<KubeObject[]> {
  const { crds } = await import('../../api/index.ts');
  return [
    ...crds().map((crd) => ({ ...crd, metadata: { ...crd.metadata, labels: { ...crd.metadata.labels, ...labels } } })),
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels } },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace, labels } },
    webhookService(namespace),
    // An Application may hold objects of any kind, so its controller must be able to write any kind.
    clusterRole('plumbline-controller', {}, [
      { apiGroups: ['*'], resources: ['*'], verbs: ['*'] },
      { nonResourceURLs: ['*'], verbs: ['get'] },
    ]),
    {
      apiVersion: rbac,
      kind: 'ClusterRoleBinding',
      metadata: { name: 'plumbline-controller', labels },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'plumbline-controller' },
      subjects: [{ kind: 'ServiceAccount', name, namespace }],
    },
    // Whoever may look at a namespace may look at its Applications.
    clusterRole('plumbline-view', { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' }, [
      { ...allOwn, verbs: reading },
    ]),
    // Not part of the role `edit`: an Application without a serviceAccountName has the rights of the controller.
    clusterRole('plumbline-edit', {}, [
      { ...allOwn, verbs: [...reading, 'create', 'update', 'patch', 'delete', 'deletecollection'] },
    ]),
  ];
}

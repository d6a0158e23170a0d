import type { KubeObject } from '../../object.ts';
import { actionPolicy } from './action-policy.ts';
import { ownRights, rolesForPeople } from './rights.ts';

/** The namespace of the controller, where nothing else is said. */
export const defaultInstallNamespace = 'plumbline-system';

const name = 'plumbline';
/** What marks everything that is installed. */
export const installLabels = { 'app.kubernetes.io/name': 'plumbline', 'app.kubernetes.io/part-of': 'plumbline' };

/**
 * Where forges reach the controller: whichever pod has these labels and is ready, on its port `webhooks`. Only the one
 * that leads is ready (`/readyz`).
 */
function webhookService(namespace: string): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'plumbline-webhooks', namespace, labels: installLabels },
    spec: {
      selector: { 'app.kubernetes.io/name': name, 'app.kubernetes.io/component': 'controller' },
      ports: [{ name: 'webhooks', port: 80, targetPort: 'webhooks' }],
    },
  };
}

/** The Service by which the API server reaches whichever process leads. */
export const admissionService = 'plumbline-admission';

/** Where the API server asks what becomes of changes by hand: on the port `admission` of the pod that leads. */
function admissionServiceManifest(namespace: string): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: admissionService, namespace, labels: installLabels },
    spec: {
      selector: { 'app.kubernetes.io/name': name, 'app.kubernetes.io/component': 'controller' },
      ports: [{ name: 'admission', port: 443, targetPort: 'admission' }],
    },
  };
}

/** Everything that Plumbline needs in a cluster, in the order in which it has to be made. */
export async function installManifests(namespace: string): Promise<KubeObject[]> {
  const { crds } = await import('../../api/index.ts');
  return [
    ...crds().map((crd) => ({
      ...crd,
      metadata: { ...crd.metadata, labels: { ...crd.metadata.labels, ...installLabels } },
    })),
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels: installLabels } },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace, labels: installLabels } },
    webhookService(namespace),
    admissionServiceManifest(namespace),
    ...ownRights({ name, namespace, labels: installLabels }),
    ...rolesForPeople({ name, namespace, labels: installLabels }),
    ...actionPolicy(installLabels),
  ];
}

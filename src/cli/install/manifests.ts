import type { KubeObject } from '../../object.ts';
import { actionPolicy } from '../../action-policy.ts';
import { ownRights, rolesForPeople } from './rights.ts';

/** The namespace of the controller, where nothing else is said. */
export const defaultInstallNamespace = 'plumbline-system';

const name = 'plumbline';
/** Where the documentation has the controller listen for Prometheus. */
const metricsPort = 9464;
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

/**
 * Where Prometheus finds the controllers, on their port `metrics`: all of them, as those that stand by have metrics as
 * well. It has no address of its own, so that each pod is scraped by itself.
 */
function metricsService(namespace: string): KubeObject {
  const annotations = {
    'prometheus.io/scrape': 'true',
    'prometheus.io/port': String(metricsPort),
    'prometheus.io/path': '/metrics',
  };
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'plumbline-metrics', namespace, labels: installLabels, annotations },
    spec: {
      clusterIP: 'None',
      publishNotReadyAddresses: true,
      selector: { 'app.kubernetes.io/name': name, 'app.kubernetes.io/component': 'controller' },
      ports: [{ name: 'metrics', port: metricsPort, targetPort: 'metrics' }],
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
    metricsService(namespace),
    ...ownRights({ name, namespace, labels: installLabels }),
    ...rolesForPeople({ name, namespace, labels: installLabels }),
    ...actionPolicy(installLabels),
  ];
}

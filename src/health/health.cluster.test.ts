import { expect, test } from 'vitest';
import { kubeOfFile, namespaceOfFile } from '../../test/support/kube-client.ts';
import type { KubeObject } from '../object.ts';
import { healthOf, type HealthStatus } from './index.ts';
import { rules } from './rules/index.ts';

// What the table of cases in health.test.ts says, of objects whose status Kubernetes' own controllers write.
const kube = kubeOfFile();
const namespace = namespaceOfFile('health');

const containers = [{ name: 'main', image: 'nginx', resources: { requests: { cpu: '1m' } } }];

function podOf(name: string, fate?: string, more: object = {}): object {
  const annotations = fate === undefined ? {} : { 'plumbline.dev/local-pod': fate };
  return { metadata: { labels: { app: name }, annotations }, spec: { containers, ...more } };
}

const workload = (name: string, fate?: string): object => ({
  selector: { matchLabels: { app: name } },
  template: podOf(name, fate),
});

/** Collection, name, the object but for its metadata, the health it comes to, and a piece of the message. */
type Case = readonly [collection: string, name: string, body: object, status: HealthStatus, message?: string];

const once = (fate?: string): object => ({
  spec: { backoffLimit: 0, template: podOf('job', fate, { restartPolicy: 'Never' }) },
});
const claim = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Mi' } } };

const cases: readonly Case[] = [
  ['apis/apps/v1/N/deployments', 'well', { spec: { replicas: 2, ...workload('d-well') } }, 'Healthy'],
  ['apis/apps/v1/N/deployments', 'none', { spec: { replicas: 0, ...workload('d-none') } }, 'Healthy'],
  [
    'apis/apps/v1/N/deployments',
    'stuck',
    { spec: { progressDeadlineSeconds: 1, ...workload('d-stuck', 'ImagePullBackOff') } },
    'Degraded',
    'progress',
  ],
  [
    'apis/apps/v1/N/statefulsets',
    'well',
    { spec: { replicas: 2, serviceName: 's', ...workload('s-well') } },
    'Healthy',
  ],
  [
    'apis/apps/v1/N/statefulsets',
    'unready',
    { spec: { replicas: 1, serviceName: 's', ...workload('s-unready', 'Unready') } },
    'Progressing',
    '0 of 1',
  ],
  ['apis/apps/v1/N/daemonsets', 'well', { spec: workload('ds-well') }, 'Healthy'],
  ['apis/apps/v1/N/replicasets', 'well', { spec: { replicas: 1, ...workload('rs-well') } }, 'Healthy'],
  [
    'api/v1/N/replicationcontrollers',
    'well',
    { spec: { replicas: 1, selector: { app: 'rc' }, template: podOf('rc') } },
    'Healthy',
  ],
  ['api/v1/N/pods', 'well', podOf('p-well'), 'Healthy'],
  ['api/v1/N/pods', 'pull', podOf('p-pull', 'ErrImagePull'), 'Degraded', 'ErrImagePull'],
  ['api/v1/N/pods', 'crash', podOf('p-crash', 'CrashLoopBackOff'), 'Degraded', 'CrashLoopBackOff'],
  [
    'api/v1/N/pods',
    'homeless',
    podOf('p-homeless', undefined, { nodeSelector: { nowhere: 'yes' } }),
    'Progressing',
    'nodes are available',
  ],
  ['apis/batch/v1/N/jobs', 'well', once(), 'Healthy'],
  ['apis/batch/v1/N/jobs', 'fails', once('Failed'), 'Degraded', 'backoff'],
  ['apis/batch/v1/N/jobs', 'held', { spec: { suspend: true, ...(once() as { spec: object }).spec } }, 'Suspended'],
  ['apis/batch/v1/N/cronjobs', 'well', { spec: { schedule: '0 0 1 1 *', jobTemplate: once() } }, 'Healthy'],
  [
    'apis/batch/v1/N/cronjobs',
    'held',
    { spec: { schedule: '0 0 1 1 *', suspend: true, jobTemplate: once() } },
    'Suspended',
  ],
  ['api/v1/N/services', 'plain', { spec: { ports: [{ port: 80 }] } }, 'Healthy'],
  ['api/v1/N/services', 'balanced', { spec: { type: 'LoadBalancer', ports: [{ port: 80 }] } }, 'Healthy'],
  ['api/v1/N/persistentvolumeclaims', 'bound', { spec: claim }, 'Healthy'],
  ['api/v1/N/persistentvolumeclaims', 'lost', { spec: { ...claim, storageClassName: 'none' } }, 'Progressing'],
  [
    'apis/networking.k8s.io/v1/N/ingresses',
    'well',
    { spec: { defaultBackend: { service: { name: 'plain', port: { number: 80 } } } } },
    'Healthy',
  ],
  [
    'apis/policy/v1/N/poddisruptionbudgets',
    'well',
    { spec: { maxUnavailable: 1, selector: { matchLabels: { app: 'd-well' } } } },
    'Healthy',
  ],
  [
    'apis/autoscaling/v2/N/horizontalpodautoscalers',
    'lost',
    { spec: { maxReplicas: 2, scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'nobody' } } },
    'Degraded',
    'nobody',
  ],
  ['api/v1/N/configmaps', 'plain', { data: { a: 'b' } }, 'Healthy'],
  ['api/v1/N/resourcequotas', 'plain', { spec: { hard: { services: '99' } } }, 'Healthy'],
];

// The autoscaler looks at its objects each 15 s: the others need not wait for that.
test.concurrent.for(cases)('%s %s', async ([collection, name, body, status, message = ''], { signal }) => {
  const path = `/${collection.replace('/N/', `/namespaces/${namespace}/`)}`;
  const { metadata, ...rest } = body as { metadata?: object };
  await kube.call('POST', path, { ...rest, metadata: { ...metadata, name } });
  const isAsWanted = (live: unknown): boolean => {
    const health = healthOf(live as KubeObject);
    return health.status === status && health.message.includes(message);
  };
  const reached = await kube.until(`${path}?fieldSelector=metadata.name%3D${name}`, isAsWanted, signal);
  // What is well stays so: no state in passing is taken for it, as that of an object that no controller has seen.
  const again = healthOf((await kube.call('GET', `${path}/${name}`)) as unknown as KubeObject);
  expect([reached.metadata.name, status === 'Healthy' ? again.status : status]).toEqual([name, status]);
});

const one = (name: string): string => `?fieldSelector=metadata.name%3D${name}`;

const isIll = (status: HealthStatus, text: string) => (live: unknown) => {
  const health = healthOf(live as KubeObject);
  return health.status === status && health.message.includes(text);
};

test('an API that no server answers for, and a policy with a wrong field, say why they are not well', async ({
  signal,
}) => {
  const group = `${namespace}.example.org`;
  const services = '/apis/apiregistration.k8s.io/v1/apiservices';
  const policies = '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies';
  const backend = { namespace, name: 'nowhere' };
  const spec = { group, version: 'v1', groupPriorityMinimum: 1, versionPriority: 1, insecureSkipTLSVerify: true };
  await kube.call('POST', services, { metadata: { name: `v1.${group}` }, spec: { ...spec, service: backend } });
  const resourceRules = [{ apiGroups: ['apps'], apiVersions: ['v1'], resources: ['deployments'], operations: ['*'] }];
  await kube.call('POST', policies, {
    metadata: { name: namespace },
    spec: { matchConstraints: { resourceRules }, validations: [{ expression: 'object.spec.replica > 1' }] },
  });
  await kube.until(services + one(`v1.${group}`), isIll('Progressing', 'nowhere'), signal);
  await kube.until(policies + one(namespace), isIll('Degraded', 'undefined field'), signal);
  await kube.call('DELETE', `${services}/v1.${group}`);
  await kube.call('DELETE', `${policies}/${namespace}`);
});

/** Kinds with a status whose health the conventions tell: they have none that is bad, or only a condition Ready. */
const conventional = new Set([
  'Namespace',
  'ResourceQuota',
  'networking.k8s.io/ServiceCIDR',
  'resource.k8s.io/ResourceClaim',
  'flowcontrol.apiserver.k8s.io/PriorityLevelConfiguration',
]);

interface Discovered {
  readonly metadata: { readonly name?: string };
  readonly versions: readonly {
    readonly resources?: readonly {
      readonly responseKind: { readonly kind: string };
      readonly subresources?: readonly { readonly subresource: string }[];
    }[];
  }[];
}

test('every kind of the server that has a status has a rule, or is known to need none', async () => {
  const missing: string[] = [];
  const accept = { accept: 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList' };
  for (const path of ['/api', '/apis']) {
    const { items } = (await kube.call('GET', path, undefined, accept)) as unknown as { items: readonly Discovered[] };
    for (const { metadata, versions } of items) {
      const group = metadata.name ?? '';
      // Other tests bring definitions of their own along.
      if (group.includes('.') && !group.endsWith('.k8s.io')) continue;
      for (const { responseKind, subresources = [] } of versions[0]?.resources ?? []) {
        const { kind } = responseKind;
        if (!subresources.some(({ subresource }) => subresource === 'status')) continue;
        const name = group === '' ? kind : `${group}/${kind}`;
        if (rules[group]?.[kind] === undefined && !conventional.has(name)) missing.push(name);
      }
    }
  }
  expect(missing).toEqual([]);
});

import { expect, test } from 'vitest';
import { clusterAccess, namespaceName } from '../../test/support/cluster.ts';
import { connect, type SeenObject } from '../../test/support/kube-call.ts';
import { kubeOfFile } from '../../test/support/kube-client.ts';

// What Kubernetes' own controllers, the scheduler and kwok do in a local cluster, seen from outside.

const kube = kubeOfFile();

async function makeNamespace(prefix: string): Promise<string> {
  const name = namespaceName(prefix);
  await kube.call('POST', '/api/v1/namespaces', { metadata: { name } });
  return name;
}

const containers = [{ name: 'main', image: 'nginx' }];
const labels = { app: 'web' };

function workload(annotations: Record<string, string> = {}): object {
  return { selector: { matchLabels: labels }, template: { metadata: { labels, annotations }, spec: { containers } } };
}

function job(annotations: Record<string, string> = {}): object {
  const template = { metadata: { annotations }, spec: { containers, restartPolicy: 'Never' } };
  return { metadata: { name: 'once' }, spec: { backoffLimit: 0, template } };
}

function hasCondition(status: SeenObject['status'], wanted: string): boolean {
  return status?.conditions?.some((condition) => condition.type === wanted && condition.status === 'True') === true;
}

test('a Deployment becomes available, with ready pods that have addresses', async ({ signal }) => {
  const namespace = await makeNamespace('deployment');
  const deployments = `/apis/apps/v1/namespaces/${namespace}/deployments`;
  await kube.call('POST', deployments, { metadata: { name: 'web' }, spec: { replicas: 3, ...workload() } });
  await kube.until(deployments, ({ status }) => status?.availableReplicas === 3, signal);
  const { items = [] } = await kube.call('GET', `/api/v1/namespaces/${namespace}/pods`);
  expect(items).toHaveLength(3);
  for (const { status } of items) {
    expect(status?.phase).toBe('Running');
    expect(status?.podIP).toMatch(/^10\.244\./);
    expect(status?.containerStatuses?.[0]?.ready).toBe(true);
  }
});

test('deleting a Deployment takes its ReplicaSets and pods with it', async ({ signal }) => {
  const namespace = await makeNamespace('collection');
  const deployments = `/apis/apps/v1/namespaces/${namespace}/deployments`;
  const pods = `/api/v1/namespaces/${namespace}/pods`;
  await kube.call('POST', deployments, { metadata: { name: 'web' }, spec: { replicas: 1, ...workload() } });
  const pod = await kube.until(pods, ({ status }) => status?.phase === 'Running', signal);
  await kube.call('DELETE', `${deployments}/web`, { propagationPolicy: 'Background' });
  await kube.untilGone(pods, pod.metadata.name, signal);
});

test('a Job completes', async ({ signal }) => {
  const jobs = `/apis/batch/v1/namespaces/${await makeNamespace('job')}/jobs`;
  await kube.call('POST', jobs, job());
  await kube.until(jobs, ({ status }) => status?.succeeded === 1 && hasCondition(status, 'Complete'), signal);
});

test('a Job whose pods are to fail, fails', async ({ signal }) => {
  const jobs = `/apis/batch/v1/namespaces/${await makeNamespace('job')}/jobs`;
  await kube.call('POST', jobs, job({ 'plumbline.dev/local-pod': 'Failed' }));
  await kube.until(jobs, ({ status }) => hasCondition(status, 'Failed'), signal);
});

test.for(['ImagePullBackOff', 'CrashLoopBackOff'])(
  'pods that are to wait with %s do so',
  async (reason, { signal }) => {
    const namespace = await makeNamespace('failing');
    await kube.call('POST', `/apis/apps/v1/namespaces/${namespace}/deployments`, {
      metadata: { name: 'web' },
      spec: { replicas: 1, ...workload({ 'plumbline.dev/local-pod': reason }) },
    });
    const pod = await kube.until(
      `/api/v1/namespaces/${namespace}/pods`,
      ({ status }) => status?.containerStatuses?.[0]?.state?.waiting?.reason === reason,
      signal,
    );
    expect(pod.status?.conditions?.find(({ type }) => type === 'Ready')?.status).toBe('False');
  },
);

test('a pod that is to be unready runs and is never ready', async ({ signal }) => {
  const namespace = await makeNamespace('unready');
  const deployments = `/apis/apps/v1/namespaces/${namespace}/deployments`;
  await kube.call('POST', deployments, {
    metadata: { name: 'web' },
    spec: { replicas: 1, ...workload({ 'plumbline.dev/local-pod': 'Unready' }) },
  });
  const pods = `/api/v1/namespaces/${namespace}/pods`;
  const pod = await kube.until(pods, ({ status }) => status?.phase === 'Running', signal);
  expect(pod.status?.containerStatuses?.[0]?.ready).toBe(false);
  const { status } = await kube.call('GET', `${deployments}/web`);
  expect(status?.readyReplicas).toBeUndefined();
});

test('a DaemonSet puts a ready pod on the node', async ({ signal }) => {
  const daemonSets = `/apis/apps/v1/namespaces/${await makeNamespace('daemon')}/daemonsets`;
  await kube.call('POST', daemonSets, { metadata: { name: 'agent' }, spec: workload() });
  await kube.until(daemonSets, ({ status }) => status?.numberReady === 1, signal);
});

test('a StatefulSet gets volumes, which go with their claims, and a claim in use is kept', async ({ signal }) => {
  const namespace = await makeNamespace('stateful');
  const sets = `/apis/apps/v1/namespaces/${namespace}/statefulsets`;
  const claims = `/api/v1/namespaces/${namespace}/persistentvolumeclaims`;
  const resources = { requests: { storage: '1Gi' } };
  await kube.call('POST', sets, {
    metadata: { name: 'db' },
    spec: {
      replicas: 2,
      serviceName: 'db',
      ...workload(),
      volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: { accessModes: ['ReadWriteOnce'], resources } }],
    },
  });
  await kube.until(sets, ({ status }) => status?.readyReplicas === 2, signal);
  const claim = await kube.call('GET', `${claims}/data-db-0`);
  expect(claim.status?.phase).toBe('Bound');

  // Not taken from a pod that uses it, as Kubernetes protects it.
  await kube.call('DELETE', `${claims}/data-db-0`);
  const kept = await kube.call('GET', `${claims}/data-db-0`);
  expect(kept.metadata.deletionTimestamp).toBeDefined();
  expect(kept.metadata.finalizers).toContain('kubernetes.io/pvc-protection');
  await kube.call('DELETE', `${sets}/db`);
  await kube.untilGone(claims, 'data-db-0', signal);
  await kube.untilGone('/api/v1/persistentvolumes', String(claim.spec?.['volumeName']), signal);
});

test('a load balancer and an Ingress get an address', async ({ signal }) => {
  const namespace = await makeNamespace('address');
  const services = `/api/v1/namespaces/${namespace}/services`;
  const ingresses = `/apis/networking.k8s.io/v1/namespaces/${namespace}/ingresses`;
  await kube.call('POST', services, {
    metadata: { name: 'web' },
    spec: { type: 'LoadBalancer', selector: labels, ports: [{ port: 80 }] },
  });
  await kube.call('POST', ingresses, {
    metadata: { name: 'web' },
    spec: { defaultBackend: { service: { name: 'web', port: { number: 80 } } } },
  });
  const hasAddress = (path: string) =>
    kube.until(path, ({ status }) => status?.loadBalancer?.ingress?.[0]?.ip === '192.0.2.10', signal);
  await Promise.all([hasAddress(services), hasAddress(ingresses)]);
});

test('a disruption budget knows its pods', async ({ signal }) => {
  const namespace = await makeNamespace('budget');
  const budgets = `/apis/policy/v1/namespaces/${namespace}/poddisruptionbudgets`;
  await kube.call('POST', budgets, {
    metadata: { name: 'web' },
    spec: { minAvailable: 1, selector: { matchLabels: labels } },
  });
  await kube.call('POST', `/apis/apps/v1/namespaces/${namespace}/deployments`, {
    metadata: { name: 'web' },
    spec: { replicas: 2, ...workload() },
  });
  await kube.until(budgets, ({ status }) => status?.disruptionsAllowed === 1, signal);
});

test('a node that is added becomes ready, and its pods run', async ({ signal }) => {
  const name = namespaceName('node');
  await kube.call('POST', '/api/v1/nodes', { metadata: { name, labels: { pool: name } } });
  try {
    await kube.until(
      '/api/v1/nodes',
      (node) =>
        node.metadata.name === name && node.spec?.['taints'] === undefined && hasCondition(node.status, 'Ready'),
      signal,
    );
    const pods = `/api/v1/namespaces/${await makeNamespace('node')}/pods`;
    await kube.call('POST', pods, { metadata: { name: 'here' }, spec: { containers, nodeSelector: { pool: name } } });
    const pod = await kube.until(pods, ({ status }) => hasCondition(status, 'Ready'), signal);
    expect(pod.spec?.['nodeName']).toBe(name);
  } finally {
    await kube.call('DELETE', `/api/v1/nodes/${name}`);
  }
});

test('a namespace goes with all that is in it', async ({ signal }) => {
  const namespace = await makeNamespace('gone');
  await kube.call('POST', `/api/v1/namespaces/${namespace}/configmaps`, { metadata: { name: 'a' } });
  await kube.call('DELETE', `/api/v1/namespaces/${namespace}`);
  await kube.untilGone('/api/v1/namespaces', namespace, signal);
});

test('rights are checked: a ServiceAccount may do nothing until it is allowed to', async ({ signal }) => {
  const namespace = await makeNamespace('rights');
  const accounts = `/api/v1/namespaces/${namespace}/serviceaccounts`;
  await kube.until(accounts, ({ metadata }) => metadata.name === 'default', signal);
  const { status } = await kube.call('POST', `${accounts}/default/token`, {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: { expirationSeconds: 600 },
  });
  const powerless = connect({ ...clusterAccess(), token: status?.token ?? '' });
  try {
    await expect(powerless.call('GET', `/api/v1/namespaces/${namespace}/secrets`)).rejects.toThrow(/ 403 /);
    await kube.call('POST', `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}/rolebindings`, {
      metadata: { name: 'edit' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'edit' },
      subjects: [{ kind: 'ServiceAccount', name: 'default', namespace }],
    });
    await expect
      .poll(() => powerless.call('GET', `/api/v1/namespaces/${namespace}/secrets`))
      .toMatchObject({ items: [] });
  } finally {
    powerless.close();
  }
});

test('a caller without a token, or with a wrong one, is refused', async () => {
  const stranger = connect({ ...clusterAccess(), token: 'guessed' });
  try {
    await expect(stranger.call('GET', '/api/v1/namespaces')).rejects.toThrow(/ 401 /);
  } finally {
    stranger.close();
  }
});

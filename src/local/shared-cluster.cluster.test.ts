import { afterAll, expect, test } from 'vitest';
import { clusterAccess, namespaceName } from '../../test/support/cluster.ts';
import { connect } from '../../test/support/kube-call.ts';

const kube = connect(clusterAccess());
afterAll(() => kube.close());

async function makeNamespace(prefix: string): Promise<string> {
  const name = namespaceName(prefix);
  await kube.call('POST', '/api/v1/namespaces', { metadata: { name } });
  return name;
}

const containers = [{ name: 'main', image: 'nginx' }];
const labels = { app: 'web' };

test('a Deployment becomes available, with ready pods that have addresses', async ({ signal }) => {
  const namespace = await makeNamespace('deployment');
  const deployments = `/apis/apps/v1/namespaces/${namespace}/deployments`;
  await kube.call('POST', deployments, {
    metadata: { name: 'web' },
    spec: { replicas: 3, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers } } },
  });
  await kube.until(deployments, ({ status }) => status?.availableReplicas === 3, signal);
  const { items = [] } = await kube.call('GET', `/api/v1/namespaces/${namespace}/pods`);
  expect(items).toHaveLength(3);
  for (const { status } of items) {
    expect(status?.phase).toBe('Running');
    expect(status?.podIP).toMatch(/^10\.244\./);
    expect(status?.containerStatuses?.[0]?.ready).toBe(true);
  }
});

test('a Job completes', async ({ signal }) => {
  const namespace = await makeNamespace('job');
  const jobs = `/apis/batch/v1/namespaces/${namespace}/jobs`;
  await kube.call('POST', jobs, {
    metadata: { name: 'once' },
    spec: { template: { spec: { containers, restartPolicy: 'Never' } } },
  });
  const job = await kube.until(jobs, ({ status }) => status?.succeeded === 1, signal);
  expect(job.status?.conditions?.map(({ type }) => type)).toContain('Complete');
});

import { expect, test } from 'vitest';
import { clusterAccess } from '../../../test/support/cluster.ts';
import { commandBlocks } from '../../../test/support/documents.ts';
import { connect, type SeenObject } from '../../../test/support/kube-call.ts';
import { testClient, testNamespace } from '../../../test/support/kube-client.ts';
import { limit } from '../../../test/support/limit.ts';
import { typedIn } from '../../../test/support/typed.ts';

/** Whether its own controller has told how it stands. */
const isSeen = ({ status }: SeenObject): boolean => (status?.conditions ?? []).length > 0;

test('what kubectl has of a Deployment says which container fails, as the page shows', async () => {
  const client = await testClient();
  const namespace = await testNamespace(client, 'health');
  const labels = { app: 'web' };
  const template = {
    metadata: { labels, annotations: { 'plumbline.dev/local-pod': 'CrashLoopBackOff' } },
    spec: { containers: [{ name: 'main', image: 'nginx' }] },
  };
  const kube = connect(clusterAccess());
  await kube.call('POST', `/apis/apps/v1/namespaces/${namespace}/deployments`, {
    metadata: { name: 'web' },
    spec: { selector: { matchLabels: labels }, template },
  });
  const pods = `/api/v1/namespaces/${namespace}/pods`;
  await kube.until(pods, ({ status }) => JSON.stringify(status ?? {}).includes('CrashLoopBackOff'), limit());
  await kube.until(`/apis/apps/v1/namespaces/${namespace}/deployments`, isSeen, limit());
  const [, shown] = commandBlocks('docs/health.md');
  expect(shown?.name).toBe('children');
  const type = await typedIn(namespace);
  const told = await type(shown?.text ?? 'false');
  expect(told).toMatch(/^deployment\.apps\/web .*container main waits with CrashLoopBackOff/m);
});

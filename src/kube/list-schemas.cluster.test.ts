import { expect, test } from 'vitest';
import { testClient } from '../../test/support/kube-client.ts';
import { createListSchemas } from './list-schemas.ts';
import { limit } from '../../test/support/limit.ts';

test('the API server tells what tells the items of its lists apart', async () => {
  const client = await testClient({});
  const reader = createListSchemas(client);
  const signal = limit();
  const deployment = await reader.of('apps/v1', 'Deployment', signal);
  const pod = 'spec.template.spec';
  expect(deployment?.get(`${pod}.containers`)).toEqual({ type: 'map', keys: [{ name: 'name' }] });
  expect(deployment?.get(`${pod}.containers[].ports`)).toEqual({
    type: 'map',
    keys: [{ name: 'containerPort' }, { name: 'protocol', usual: 'TCP' }],
  });
  expect(deployment?.get(`${pod}.containers[].command`)).toEqual({ type: 'atomic' });
  expect(deployment?.get(`${pod}.containers[].volumeMounts`)).toEqual({ type: 'map', keys: [{ name: 'mountPath' }] });
  expect(deployment?.get('metadata.finalizers')).toEqual({ type: 'set' });
  const service = await reader.of('v1', 'Service', signal);
  expect(service?.get('spec.ports')).toEqual({
    type: 'map',
    keys: [{ name: 'port' }, { name: 'protocol', usual: 'TCP' }],
  });
  await client.close();
});

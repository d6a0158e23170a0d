import { expect, test } from 'vitest';
import { messageOf } from '../../../test/support/controller.ts';
import { controllerOfEachTest } from '../../../test/support/scene.ts';

const bench = controllerOfEachTest('explainer');

// The local cluster has no kubelet: the annotation has it write the status that one would write.
const stuck = `apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  progressDeadlineSeconds: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}, annotations: {plumbline.dev/local-pod: ImagePullBackOff}}
    spec:
      containers: [{name: main, image: 'nginx:no-such-tag'}]
`;

test('the status of an Application says which container of a Degraded Deployment fails, and how', async () => {
  await bench.repository.commit({ 'web.yaml': stuck });
  await bench.createRepository();
  await bench.createApplication('web', {});
  bench.start();
  const ill = await bench.application(
    'web',
    (seen) => seen.status?.health === 'Degraded' && messageOf(seen, 'Healthy').includes('container main'),
  );
  expect(messageOf(ill, 'Healthy')).toMatch(
    /Deployment .*web: .*; Pod web-\S+: container main waits with ImagePullBackOff/,
  );
});

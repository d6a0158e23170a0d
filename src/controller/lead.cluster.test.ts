import { expect, onTestFinished, test } from 'vitest';
import { clusterAccess } from '../../test/support/cluster.ts';
import { isReadyAt } from '../../test/support/controller.ts';
import { testClient } from '../../test/support/kube-client.ts';
import { openNetworkLink } from '../../test/support/network-link.ts';
import { controllerOfEachTest, eachTest } from '../../test/support/scene.ts';

const link = eachTest(
  () => openNetworkLink(new URL(clusterAccess().server).host),
  (opened) => opened.close(),
);
const client = eachTest(
  () => testClient({ server: `https://${link.address}` }),
  (opened) => opened.close(),
);
const bench = controllerOfEachTest('lead');

const settings = (value: string) => ({
  'settings.yaml': `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {value: ${value}}\n`,
});
// Lost two thirds of it after the last renewal: far more than a busy machine needs for one.
const lease = { durationSeconds: 12, renewSeconds: 0.5 };

test('who is cut off long enough to lose the Lease stops, and works again when the way is open', async () => {
  const first = await bench.repository.commit(settings('one'));
  await bench.createRepository();
  await bench.createApplication('web', {});
  const turns: boolean[] = [];
  const lost = Promise.withResolvers<void>();
  const controller = bench.start({
    client,
    lease,
    onLeading: (leads) => {
      turns.push(leads);
      if (!leads) lost.resolve();
    },
  });
  await bench.application('web', isReadyAt(first));
  link.block();
  await lost.promise;
  // Longer than the Lease lasts: the race for it was begun and failed at least once meanwhile.
  const failedBefore = bench.logged.length;
  const failed = { level: 'warn', message: 'the race for the Lease failed' };
  await expect.poll(() => bench.logged.slice(failedBefore)).toContainEqual(expect.objectContaining(failed));

  const second = await bench.repository.commit(settings('two'));
  link.open();
  await bench.application('web', isReadyAt(second));
  expect(turns).toEqual([true, false, true]);
  await controller.stop();
});

test('a first start that reaches no API server ends with what is wrong', async () => {
  link.block();
  const impatient = await testClient({ server: `https://${link.address}`, patience: 1_000 });
  onTestFinished(() => impatient.close());
  const controller = bench.start({ client: impatient, lease });
  await expect(controller.started).rejects.toMatchObject({ code: 'kube.unreachable' });
  await expect(controller.stop()).rejects.toMatchObject({ code: 'kube.unreachable' });
});

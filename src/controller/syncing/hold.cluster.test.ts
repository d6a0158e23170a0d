import { expect, test } from 'vitest';
import { type ControllerBench, hasCondition, isReadyAt, messageOf } from '../../../test/support/controller.ts';
import type { SeenObject } from '../../../test/support/kube-call.ts';
import { limit } from '../../../test/support/limit.ts';
import { controllerOfEachTest } from '../../../test/support/scene.ts';

// A rollback that holds an Application, until Git moves.
const bench = controllerOfEachTest('hold');

const settings = (value: string) =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {value: ${value}}\n`;
const source = { repositoryRef: { name: 'apps' }, path: 'app' };
const configMaps = () => `/api/v1/namespaces/${bench.namespace}/configmaps`;
const has = (value: string) => (seen: SeenObject) =>
  seen.metadata.name === 'settings' && seen.data?.['value'] === value;
const until = (value: string) => bench.kube.until(configMaps(), has(value), limit());
const hold = (revision: string) =>
  bench.patchApplication('web', { metadata: { annotations: { 'plumbline.dev/rollbackTo': revision } } });
const isFree = ({ metadata, status }: Awaited<ReturnType<ControllerBench['application']>>) =>
  metadata.annotations?.['plumbline.dev/rollbackTo'] === undefined && status?.hold === undefined;

test('it holds over drift, a commit that changes nothing of it, a restart and a commit that is broken, and ends when Git moves', async () => {
  const first = await bench.repository.commit({ 'app/settings.yaml': settings('one') });
  await bench.createRepository();
  await bench.createApplication('web', { source });
  const controller = bench.start();
  await bench.application('web', isReadyAt(first));
  const second = await bench.repository.commit({ 'app/settings.yaml': settings('two') });
  controller.trigger();
  await bench.application('web', isReadyAt(second));

  await hold(first);
  const held = await bench.application('web', hasCondition('Synced', 'False', 'RolledBack'));
  expect(held.status).toMatchObject({ revision: first, hold: { revision: first, from: [second] } });
  expect(messageOf(held, 'Synced')).toContain(
    `held at ${first.slice(0, 12)} by a rollback until Git moves on from ${second.slice(0, 12)}`,
  );
  const changed = await bench.kube.call('PATCH', `${configMaps()}/settings`, { data: { value: 'by hand' } });
  expect(changed.data).toEqual({ value: 'by hand' });
  await until('one');

  const elsewhere = await bench.repository.commit({ 'other.txt': 'of somebody else' });
  controller.trigger();
  const repositories = `/apis/plumbline.dev/v1alpha1/namespaces/${bench.namespace}/repositories`;
  await bench.kube.until(
    repositories,
    (seen) => (seen.status as { revision?: string } | undefined)?.revision === elsewhere,
    limit(),
  );
  await controller.stop();
  const broken = await bench.repository.commit({ 'app/settings.yaml': 'kind: [' });
  const again = bench.start();
  await again.started;
  const still = await bench.application('web', (seen) =>
    messageOf(seen, 'Ready').includes(`Git has moved on to ${broken.slice(0, 12)}, which cannot be rendered`),
  );
  expect(still.status).toMatchObject({ revision: first, hold: { revision: first, from: [second] } });
  expect((await bench.kube.call('GET', `${configMaps()}/settings`)).data).toEqual({ value: 'one' });

  const third = await bench.repository.commit({ 'app/settings.yaml': settings('three') });
  again.trigger();
  await until('three');
  await bench.application('web', (seen) => isReadyAt(third)(seen) && isFree(seen));
  await bench.kube.until(
    `/apis/events.k8s.io/v1/namespaces/${bench.namespace}/events`,
    (event) => {
      const { reason, note } = event as unknown as Readonly<Record<string, string>>;
      const moved = `Git has moved on from ${second.slice(0, 12)} to ${third.slice(0, 12)}`;
      return reason === 'RollbackEnded' && note?.startsWith(moved) === true;
    },
    limit(),
  );
});

test('a commit that is not to be had leaves everything as it is, says so, and holds until Git moves as well', async () => {
  const first = await bench.repository.commit({ 'app/settings.yaml': settings('one') });
  await bench.createRepository();
  await bench.createApplication('web', { source });
  const controller = bench.start();
  await bench.application('web', isReadyAt(first));
  await hold('1'.repeat(40));
  const failed = await bench.application('web', hasCondition('Synced', 'False', 'RepositoryFailed'));
  expect(messageOf(failed, 'Ready')).toContain(`holds no commit ${'1'.repeat(40)}`);
  expect(messageOf(failed, 'Ready')).toContain('held at 111111111111 by a rollback until Git moves on');
  expect((await bench.kube.call('GET', `${configMaps()}/settings`)).data).toEqual({ value: 'one' });
  const second = await bench.repository.commit({ 'app/settings.yaml': settings('two') });
  controller.trigger();
  await until('two');
  await bench.application('web', (seen) => isReadyAt(second)(seen) && isFree(seen));
});

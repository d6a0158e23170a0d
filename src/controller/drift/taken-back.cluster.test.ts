import { expect, test } from 'vitest';
import { hasCondition, isReadyAt, messageOf } from '../../../test/support/controller.ts';
import { controllerOfEachTest } from '../../../test/support/scene.ts';

// A commit that is taken back while its sync is under way: what was already applied of it is nobody's drift.
const bench = controllerOfEachTest('taken-back');

const configMap = (name: string, value: string, annotations: Readonly<Record<string, string>> = {}): string =>
  JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, annotations }, data: { value } });
const quiet = { 'plumbline.dev/drift': 'ignore' };
const told = { 'plumbline.dev/drift': 'report' };
const later = { 'plumbline.dev/sync-wave': '1' };

/** One commit: what is left to drift, what the next wave waits for, and that wave. */
const content = (value: string, gate = value): Readonly<Record<string, string>> => ({
  'quiet.json': configMap('quiet', value, quiet),
  'told.json': configMap('told', value, told),
  'gate.json': configMap('gate', gate),
  'later.json': configMap('later', value, later),
});

const health = {
  rules: [{ kind: 'ConfigMap', degraded: "object.data.value == 'broken'", progressing: "object.data.value == 'slow'" }],
};

async function valueOf(name: string): Promise<string | undefined> {
  const found = await bench.client.get({ group: '', kind: 'ConfigMap', namespace: bench.namespace, name });
  return (found?.data as { readonly value?: string } | undefined)?.value;
}

const values = (...names: readonly string[]): Promise<readonly (string | undefined)[]> =>
  Promise.all(names.map(valueOf));

const start = () => bench.start();

/** An Application that is synced to a first commit. */
async function synced(files = content('a')): Promise<ReturnType<typeof start>> {
  const first = await bench.repository.commit(files);
  await bench.createRepository();
  const controller = start();
  await bench.createApplication('web', { health, sync: { pruneLimit: {} } });
  await bench.application('web', isReadyAt(first));
  return controller;
}

const waitsFor = (what: string) => (seen: Parameters<typeof messageOf>[0]) =>
  messageOf(seen, 'Synced').startsWith(`${what} waits for:`);

test('while the controller runs, and waits for a wave', async () => {
  const controller = await synced();
  await bench.repository.commit(content('b', 'slow'));
  controller.trigger();
  await bench.application('web', waitsFor('wave 1'));
  expect(await values('quiet', 'told', 'gate', 'later')).toEqual(['b', 'b', 'slow', 'a']);
  const back = await bench.repository.commit(content('a'));
  controller.trigger();
  await bench.application('web', isReadyAt(back));
  expect(await values('quiet', 'told', 'gate', 'later')).toEqual(['a', 'a', 'a', 'a']);
});

test('while no controller runs, and what is adjusted by hand afterwards is left', async () => {
  const first = await synced();
  await bench.repository.commit(content('b', 'slow'));
  first.trigger();
  await bench.application('web', waitsFor('wave 1'));
  await first.stop();
  expect(await values('quiet', 'told')).toEqual(['b', 'b']);
  const back = await bench.repository.commit(content('a'));
  const second = start();
  await bench.application('web', isReadyAt(back));
  expect(await values('quiet', 'told', 'gate', 'later')).toEqual(['a', 'a', 'a', 'a']);

  const path = `/api/v1/namespaces/${bench.namespace}/configmaps`;
  for (const name of ['quiet', 'told']) await bench.kube.call('PATCH', `${path}/${name}`, { data: { value: 'hand' } });
  await bench.application('web', ({ status }) => status?.drift?.objects === 1);
  await second.stop();
  await bench.kube.call('PATCH', `${path}/gate`, { data: { value: 'slow' } });
  start();
  await bench.application('web', ({ status }) => status?.drift?.reverted === 1);
  expect(await values('quiet', 'told', 'gate')).toEqual(['hand', 'hand', 'a']);
});

test('after its sync has failed', async () => {
  const first = await synced();
  await bench.repository.commit(content('b', 'broken'));
  first.trigger();
  await bench.application('web', hasCondition('Synced', 'False', 'SyncFailed'));
  await first.stop();
  expect(await values('quiet', 'told', 'later')).toEqual(['b', 'b', 'a']);
  const back = await bench.repository.commit(content('a'));
  start();
  await bench.application('web', isReadyAt(back));
  expect(await values('quiet', 'told', 'gate', 'later')).toEqual(['a', 'a', 'a', 'a']);
});

test('after some of what it does not have any more was pruned', async () => {
  const first = await synced({
    ...content('a'),
    'last.json': configMap('last', 'a', { 'plumbline.dev/prune-last': 'true' }),
  });
  await bench.repository.commit({
    'gate.json': configMap('gate', 'slow'),
    'quiet.json': null,
    'told.json': null,
    'later.json': null,
    'last.json': null,
  });
  first.trigger();
  await bench.application('web', waitsFor('pruning last'));
  await first.stop();
  expect(await values('quiet', 'told', 'later', 'last')).toEqual([undefined, undefined, undefined, 'a']);
  const back = await bench.repository.commit(content('a'));
  start();
  await bench.application('web', isReadyAt(back));
  expect(await values('quiet', 'told', 'gate', 'later')).toEqual(['a', 'a', 'a', 'a']);
});

test('a commit that was refused has changed nothing, and what was adjusted by hand stays', async () => {
  const first = await synced({ 'quiet.json': configMap('quiet', 'a', quiet) });
  const path = `/api/v1/namespaces/${bench.namespace}/configmaps`;
  await bench.kube.call('PATCH', `${path}/quiet`, { data: { value: 'hand' } });
  const refused = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'quiet', annotations: quiet }, data: 1 };
  await bench.repository.commit({ 'quiet.json': JSON.stringify(refused) });
  first.trigger();
  await bench.application('web', hasCondition('Synced', 'False', 'Rejected'));
  await first.stop();
  const back = await bench.repository.commit({ 'quiet.json': configMap('quiet', 'a', quiet) });
  start();
  await bench.application('web', isReadyAt(back));
  expect(await values('quiet')).toEqual(['hand']);
});

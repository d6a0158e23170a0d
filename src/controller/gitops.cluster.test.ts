import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import { configMap, type GitOpsBench, hasValue, openGitOpsBench } from '../../test/support/gitops.ts';
import { createRenderer } from '../render/index.ts';

const renderer = createRenderer({ host: 'wasm', workers: 1 });
let bench: GitOpsBench;

beforeEach(async ({ onTestFailed }) => {
  bench = await openGitOpsBench('gitops', renderer);
  onTestFailed(() => {
    process.stderr.write(`${bench.logged.map((line) => JSON.stringify(line)).join('\n')}\n`);
  });
});

afterEach(async () => {
  await bench.close();
});

afterAll(() => renderer.close());

const limit = () => AbortSignal.timeout(45_000);

test('an object is created, patched and deleted in Git, and the cluster follows each commit', async () => {
  const controller = await bench.start();
  const created = await bench.submit(
    controller,
    [{ verb: 'create', object: configMap('settings', { a: '1' }) }],
    { message: 'First settings' },
    { wait: 'synced' },
  );
  expect(created).toMatchObject({ state: 'Committed', sync: { state: 'synced', revision: created.commit } });
  const path = `${bench.namespace}/ConfigMap/settings/settings.json`;
  expect(await bench.file(path)).toEqual({
    ...configMap('settings', { a: '1' }),
    metadata: { name: 'settings', namespace: bench.namespace },
  });
  const name = { group: '', kind: 'ConfigMap', name: 'settings' };
  await bench.submit(
    controller,
    [{ verb: 'patch', name, type: 'merge', patch: { data: { b: '2' } } }],
    { action: 'Canary promoted' },
    { wait: 'synced' },
  );
  await bench.kube.until(bench.configMaps(), hasValue('settings', 'b', '2'), limit());
  const deleted = await bench.submit(controller, [{ verb: 'delete', name }], {}, { wait: 'synced' });
  expect(deleted).toMatchObject({ state: 'Committed', sync: { state: 'synced' } });
  await bench.kube.untilGone(bench.configMaps(), 'settings', limit());
  const author = { Author: bench.editor, Email: 'editor@example.org' };
  expect(await bench.subjects()).toEqual([
    { Action: 'create', Message: 'First settings', ...author },
    { Action: 'Canary promoted', Message: '', ...author },
    { Action: 'delete', Message: '', ...author },
  ]);
  expect(await bench.git('log', '-1', '--format=%an <%ae> %cn <%ce>')).toBe(
    'plumb <service@example.org> plumb <service@example.org>',
  );
  expect(await bench.git('log', '-1', '--format=%(trailers:key=Plumbline-Operation,valueonly)')).toBe(
    deleted.operation,
  );
});

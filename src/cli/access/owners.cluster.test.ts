import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createAccount } from '../../../test/support/account.ts';
import { plumbInProcess } from '../../../test/support/cli.ts';
import { kubeconfigPath } from '../../../test/support/cluster.ts';
import {
  type ControllerBench,
  hasCondition,
  isReadyAt,
  openControllerBench,
} from '../../../test/support/controller.ts';
import { limit } from '../../../test/support/limit.ts';
import { type ServedBench, serveBench } from '../../../test/support/serve-bench.ts';

let bench: ControllerBench;
let api: ServedBench;
let folder: string;

const settings = `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: limits}\ndata: {value: git}\n`;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plumbline-owners-'));
  bench = await openControllerBench('owners');
  await bench.createRepository();
  const controller = bench.start();
  await controller.started;
  api = await serveBench(bench, controller);
  await createAccount(bench, folder, 'editor', [
    { apiGroups: ['plumbline.dev'], resources: ['*'], verbs: ['*'] },
    { apiGroups: ['', 'apps'], resources: ['*'], verbs: ['get', 'list'] },
  ]);
});
afterAll(async () => {
  await api.close();
  await bench.close();
  await rm(folder, { recursive: true, force: true });
});

const ofCluster = (...args: string[]) =>
  plumbInProcess([...args, '-n', bench.namespace, '-q', '--kubeconfig', kubeconfigPath()], {});
const ofServer = (...args: string[]) =>
  plumbInProcess([...args, '-n', bench.namespace, '-q', '--token-file', join(folder, 'editor')], {
    env: { PLUMB_SERVER: api.url },
  });

test('a diff names who has set what differs, and --owners lists what is not of Git alone, as the documentation shows', async () => {
  const head = await bench.repository.commit({ 'owned/settings.yaml': settings });
  const source = { repositoryRef: { name: 'apps' }, path: 'owned' };
  await bench.createApplication('web', { source, sync: { drift: 'Report' } });
  expect(await ofServer('reconcile', 'web', '--timeout', '3m')).toMatchObject({ exitCode: 0 });
  await bench.application('web', isReadyAt(head));
  await bench.client.patch(
    { group: '', kind: 'ConfigMap', namespace: bench.namespace, name: 'limits' },
    { data: { value: 'rival', extra: 'more' } },
    { type: 'merge', fieldManager: 'rival', signal: limit() },
  );
  await bench.application('web', hasCondition('Drifted', 'True'));
  const documentation = (await readFile('docs/drift.md', 'utf8')).replaceAll(/^ {4}/gm, '');
  const here = ['--allow-file-urls', '--system-namespace', bench.namespace];
  for (const args of [
    ['diff', 'web'],
    ['diff', 'web', '--owners'],
  ]) {
    const [cluster, server] = await Promise.all([ofCluster(...args, ...here), ofServer(...args)]);
    expect(server).toEqual(cluster);
    expect(server.exitCode).toBe(args.length === 2 ? 1 : 0);
    const told = server.stdout.replaceAll(bench.namespace, 'prod').replaceAll(/\d{4}-[^)]+Z/g, '2026-11-22T10:00:00Z');
    expect(documentation).toContain(`$ plumb ${args.join(' ')}\n${told}`);
  }
  const owner = { manager: 'rival', operation: 'Update', subresource: '' };
  const diffs = JSON.parse((await ofServer('diff', 'web', '-o', 'json')).stdout) as unknown;
  expect(diffs).toMatchObject([{ changes: [{ path: 'data.value', owners: [owner] }] }]);
  const owners = JSON.parse((await ofServer('diff', 'web', '--owners', '-o', 'json')).stdout) as unknown;
  expect(owners).toMatchObject([
    {
      fields: [
        { state: 'unmanaged', owner },
        { state: 'foreign', owner },
      ],
    },
  ]);
  const rules = join(folder, 'rules.yaml');
  await writeFile(rules, 'ignore: [{kind: ConfigMap, fields: [/data/value]}]\n');
  const ignoring = ['diff', 'web', '--ignore-rules', rules];
  expect(await ofCluster(...ignoring, ...here)).toMatchObject({ exitCode: 0, stdout: '' });
  expect((await ofServer(...ignoring)).stderr).toContain('--ignore-rules does not go together with --server');
});

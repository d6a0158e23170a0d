import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { createAccount } from '../../../test/support/account.ts';
import { plumbInProcess } from '../../../test/support/cli.ts';
import { kubeconfigPath } from '../../../test/support/cluster.ts';
import { hasCondition, isReadyAt } from '../../../test/support/controller.ts';
import { folderOfFile } from '../../../test/support/folder.ts';
import { limit } from '../../../test/support/limit.ts';
import { controllerOfFile } from '../../../test/support/scene.ts';
import { servedOfFile } from '../../../test/support/serve-bench.ts';

const folder = folderOfFile();
const bench = controllerOfFile('owners');
const api = servedOfFile(bench, () => bench.start());

const settings = `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: limits}\ndata: {value: git}\n`;

beforeAll(async () => {
  await bench.createRepository();
  await createAccount(bench, folder, 'editor', [
    { apiGroups: ['plumbline.dev'], resources: ['*'], verbs: ['*'] },
    { apiGroups: ['', 'apps'], resources: ['*'], verbs: ['get', 'list'] },
  ]);
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

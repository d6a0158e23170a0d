import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { openControllerBench } from '../../test/support/controller.ts';
import { anyDefinition, installDefinition } from '../../test/support/crds.ts';
import { openWorkshop } from '../../test/support/git-workshop.ts';
import { type CustomResource, operatorFor, parseOperatorConfig, runOperator } from './index.ts';
import { kubeOfFile } from '../../test/support/kube-client.ts';
import { limit } from '../../test/support/limit.ts';

/** An operator whose resources leave nothing behind in Git. */
type Note = CustomResource<{ readonly text: string }>;

const { phase, operator } = operatorFor<Note, 'Writing' | 'Written'>();
const notes = operator({
  name: 'note-operator',
  kind: { group: 'test.plumbline.dev', kind: 'Note' },
  parse: (object) => object as Note,
  initialPhase: 'Writing',
  phases: {
    Writing: phase({
      inputs: {},
      sync: async (_context, { metadata: { name }, spec: { text } }) => ({
        outputs: {
          objects: [{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { text } }],
          syncToGit: true,
        },
        nextPhase: 'Written',
      }),
    }),
    Written: phase({ final: true, inputs: {}, sync: () => Promise.reject(new Error('is never asked')) }),
  },
  finalize: phase({
    inputs: {},
    sync: async (_context, { metadata: { name } }) => ({
      outputs: { removed: [{ apiVersion: 'v1', kind: 'ConfigMap', name }], syncToGit: true, action: 'Note removed' },
      nextPhase: 'Written',
    }),
  }),
});

const kube = kubeOfFile();
beforeAll(async () => {
  await installDefinition(kube, anyDefinition('Note'));
});

test('a resource goes when Git and the cluster have nothing of it any more', async () => {
  const bench = await openControllerBench('operator-git');
  onTestFinished(() => bench.close());
  const { namespace, client } = bench;
  const pushed = { trigger: (): void => undefined };
  const workshop = await openWorkshop({ onPush: () => pushed.trigger() });
  const repository = await workshop.repository();
  const kept = JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'kept' } });
  await repository.commit({ [`${namespace}/kept.json`]: kept }, { message: 'Begin' });
  await bench.createRepository({ url: repository.url });
  const source = { repositoryRef: { name: 'apps' }, path: namespace, directory: { recurse: true } };
  await bench.createApplication('notes', {
    source,
    destination: { namespace },
    sync: { automated: true, prune: true },
  });
  const controller = bench.start();
  pushed.trigger = () => controller.trigger(repository.url);
  await controller.started;
  const stop = new AbortController();
  const running = runOperator(notes, {
    client,
    namespace,
    directory: workshop.cache,
    config: parseOperatorConfig({
      enableLeaderElection: false,
      watchNamespace: namespace,
      gitSync: { enabled: true, repository: repository.url, branch: 'main' },
    }),
    signal: stop.signal,
  });
  onTestFinished(async () => {
    stop.abort();
    await running.ended;
  });
  await running.started;
  const collection = `/apis/test.plumbline.dev/v1/namespaces/${namespace}/notes`;
  await kube.call('POST', collection, {
    apiVersion: 'test.plumbline.dev/v1',
    kind: 'Note',
    metadata: { name: 'one' },
    spec: { text: 'a' },
  });
  await kube.until(collection, ({ status }) => status?.phase === 'Written', limit());
  const configMaps = `/api/v1/namespaces/${namespace}/configmaps`;
  expect((await kube.call('GET', `${configMaps}/one`)).data).toEqual({ text: 'a' });
  // A final phase is left when the spec changes.
  await kube.call('PATCH', `${collection}/one`, { spec: { text: 'b' } });
  await kube.until(configMaps, ({ metadata, data }) => metadata.name === 'one' && data?.['text'] === 'b', limit());
  await kube.call('DELETE', `${collection}/one`);
  await kube.untilGone(collection, 'one', limit());
  await expect(kube.call('GET', `${configMaps}/one`)).rejects.toThrow(': 404 ');
  const files = await repository.git('ls-tree', '-r', '--name-only', 'main');
  expect(files.trim()).toBe(`${namespace}/kept.json`);
  const subjects = (await repository.git('log', '--reverse', '--format=%s', 'main')).trim().split('\n').slice(1);
  expect(subjects.map((line) => (JSON.parse(line) as { Action: string }).Action)).toEqual([
    'Writing',
    'Writing',
    'Note removed',
  ]);
});

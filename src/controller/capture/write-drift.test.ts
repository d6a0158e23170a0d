import { afterAll, expect, test } from 'vitest';
import { forever, memoryTree } from '../../../test/support/render.ts';
import type { Application, Repository } from '../../api/index.ts';
import { asCommitId, type Mirror } from '../../git/index.ts';
import { createRenderer } from '../../render/index.ts';
import type { Edited } from '../../writeback/index.ts';
import type { FilesContext } from '../changes/submit-files.ts';
import type { SourcePart } from '../application/context.ts';
import { type DriftWriting, writeDrift } from './write-drift.ts';

const renderer = createRenderer({ host: 'wasm', workers: 1 });
afterAll(() => renderer.close());

const commit = asCommitId('1'.repeat(40));
const manifest = (size: string, more = '') =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  size: "${size}"\n${more}`;

const application: Application = {
  apiVersion: 'plumbline.dev/v1alpha1',
  kind: 'Application',
  metadata: { name: 'web', namespace: 'team' },
  spec: { source: { repositoryRef: { name: 'apps' }, path: 'app' } },
};

const nothing = () => Promise.resolve();

/** Operations that nobody keeps. */
function withoutCluster(): Omit<FilesContext, 'branches'> {
  return {
    operations: {
      nameFor: ({ operation }) => operation ?? '',
      begin: async (namespace, name, spec) => ({
        operation: { apiVersion: 'plumbline.dev/v1alpha1', kind: 'Operation', metadata: { namespace, name }, spec },
        isNew: true,
      }),
      get: () => Promise.resolve(undefined),
      hold: nothing,
      finish: nothing,
      list: () => Promise.resolve([]),
      delete: nothing,
    },
    onFinished: () => {},
    underWay: new Map(),
    news: { placeOf: () => undefined, onLooked: () => () => {} },
    fetchRepository: () => {},
    now: () => 0,
    signal: forever,
  };
}

/** Writes a drift of `data.size` to a repository whose tip holds other files than the Application sees. */
function scene(spec: Partial<Repository['spec']> = {}, mode: DriftWriting['mode'] = 'commit', signs = false) {
  const seen = memoryTree({ 'app/a.yaml': manifest('1') });
  const tip = memoryTree({ 'app/moved.yaml': manifest('1', '  more: x # new\n') });
  const repository: Repository = {
    apiVersion: 'plumbline.dev/v1alpha1',
    kind: 'Repository',
    metadata: { name: 'apps', namespace: 'team' },
    spec: { url: 'https://example.org/apps', ...spec },
  };
  const part = {
    source: { repositoryRef: { name: 'apps' }, path: 'app' },
    origin: { tree: () => Promise.resolve(seen) },
    version: { revision: 'r', content: 'c', ref: 'refs/heads/main', at: new Date(0), subject: '' },
    group: 'team/apps@main',
    url: repository.spec.url,
  } as unknown as SourcePart;
  const key = { group: '', kind: 'ConfigMap', namespace: 'team', name: 'a' };
  const id = 'ConfigMap team/a';
  const writers = [
    { manager: 'kubectl-edit', operation: 'Update', subresource: '', time: '2026-11-21T10:00:00Z' },
  ] as const;
  const field = { path: ['data', 'size'], before: '1', after: '2', writers };
  const edits: (Edited | undefined)[] = [];
  const asked: unknown[] = [];
  const writing: DriftWriting = {
    application,
    drift: { objects: [{ id, key, fields: [field] }], left: [] },
    origins: new Map([
      [
        id,
        {
          origin: { source: 0 },
          object: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, data: { size: '1' } },
        },
      ],
    ]),
    renderer,
    environment: { kubeVersion: 'v1.36.3', apiVersions: ['v1'] },
    seed: Buffer.from('seed'),
    repositoryOf: () => repository,
    isShared: () => false,
    parts: [part],
    mode,
    operation: 'drift-1',
    now: () => 0,
    onto: undefined,
    files: {
      ...withoutCluster(),
      branches: {
        use: (_, branch, how, work) => {
          asked.push([branch, how]);
          return work({
            // Nobody asks it for anything.
            mirror: {} as Mirror,
            committer: { name: 'Plumbline', email: 'plumbline@example.org' },
            signs,
            writer: {
              async write(edit) {
                edits.push(
                  await edit({ commit, files: { ...tip, linksFollowed: () => Promise.resolve([]) } }, forever),
                );
                if (commit === undefined) throw new Error('that is no commit');
                return { commit, changed: true };
              },
              findOperation: () => Promise.resolve(undefined),
            },
          });
        },
      },
    },
  };
  return { writing, edits, asked };
}

test('a drift is written upon the tip of the branch, with who changed what and when', async () => {
  const { writing, edits, asked } = scene();
  expect(await writeDrift(writing, forever)).toEqual({ commit, operation: 'drift-1' });
  expect(asked).toEqual([['main', 'commit']]);
  const [edited] = edits;
  expect(edited?.changes.map(({ path, content }) => [path, Buffer.from(content ?? []).toString('utf8')])).toEqual([
    ['app/moved.yaml', manifest('2', '  more: x # new\n')],
  ]);
  expect(edited?.author).toEqual({ name: 'Plumbline', email: 'plumbline@example.org', at: new Date(0) });
  expect(edited?.message).toBe(
    [
      '{"Action":"Drift captured","Message":"kubectl-edit changed data.size of ConfigMap team/a","Author":"kubectl-edit","Email":""}',
      '',
      'Captured from the cluster for the Application team/web:',
      'ConfigMap team/a: data.size changed by kubectl-edit (Update, 2026-11-21T10:00:00Z)',
      '',
    ].join('\n'),
  );
  expect(edited?.pullRequest?.title).toBe('Drift of team/web: data.size of ConfigMap team/a');
});

test('where signed commits are accepted only, it is signed, proposed, or refused', async () => {
  const verify: Repository['spec']['verify'] = { mode: 'Head', keysRef: { kind: 'Secret', name: 'signers' } };
  const refused = scene({ verify });
  await expect(writeDrift(refused.writing, forever)).rejects.toThrow(/accepts signed commits/);
  expect(refused.edits).toEqual([]);
  const signed = scene({ verify }, 'commit', true);
  await writeDrift(signed.writing, forever);
  expect(signed.edits).toHaveLength(1);
  const proposed = scene({ verify }, 'pullRequest');
  await writeDrift(proposed.writing, forever);
  expect(proposed.asked).toEqual([['main', 'pullRequest']]);
});

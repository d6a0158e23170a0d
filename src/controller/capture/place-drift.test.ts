import { afterAll, describe, expect, test } from 'vitest';
import { forever, memoryTree } from '../../../test/support/render.ts';
import type { Application, Repository, Source } from '../../api/index.ts';
import { problemsOf } from '../../errors.ts';
import { formatKey, type Json, keyOf, type KubeObject } from '../../object.ts';
import { createRenderer, mountedTree } from '../../render/index.ts';
import type { DriftStep } from '../../sync/index.ts';
import type { SourceFiles } from '../rendering/render-sources.ts';
import { branchOf, type DriftPlacing, placeDrift } from './place-drift.ts';

const renderer = createRenderer({ host: 'wasm', workers: 1 });
afterAll(() => renderer.close());

const chart = {
  'Chart.yaml': 'apiVersion: v2\nname: chart\nversion: 1.0.0\n',
  'values.yaml': 'size: 1\nkey: none\n',
  'templates/a.yaml':
    'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {size: "{{ .Values.size }}", key: {{ .Values.key | quote }}}\n',
};
const plain = { 'plain/b.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: b}\ndata: {size: "1"}\n' };

const repository = (name: string, type?: 'OCI'): Repository => ({
  apiVersion: 'plumbline.dev/v1alpha1',
  kind: 'Repository',
  metadata: { name, namespace: 'team' },
  spec: { url: `https://example.org/${name}`, ...(type === undefined ? {} : { type }) },
});

const part = (source: Source, files: Readonly<Record<string, string>>): SourceFiles => ({
  source,
  files: memoryTree(files),
  origin: {} as never,
  version: { revision: 'r', content: 'c', ref: 'refs/heads/main', at: new Date(0), subject: '' },
  group: `team/${source.repositoryRef.name}@main`,
  url: `https://example.org/${source.repositoryRef.name}`,
});

/** A chart of a registry with its file of values in Git, and plain files in that repository as well. */
function sources(env: string, other: Readonly<Record<string, string>> = plain): readonly SourceFiles[] {
  const [charts, values] = [{ name: 'charts' }, { name: 'apps' }];
  const git = { ...other, 'env.yaml': env };
  const helm = { releaseName: 'a', valueFiles: ['$values/env.yaml'] };
  const first = part({ repositoryRef: charts, path: '.', helm }, chart);
  return [
    { ...first, files: mountedTree(first.files, new Map([['values', memoryTree(git)]])) },
    part({ repositoryRef: values, path: 'plain', name: 'values' }, git),
  ];
}

type Wished = readonly [name: string, source: number, path: readonly DriftStep[], after: Json];

function rendered(name: string): KubeObject {
  const data: Json = name === 'b' ? { size: '1' } : { size: '1', key: 'none' };
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'team' }, data };
}

/** What is wished, against what was rendered from the same files before. */
function placing(wishes: readonly Wished[], before: readonly SourceFiles[]): DriftPlacing {
  const application: Application = {
    apiVersion: 'plumbline.dev/v1alpha1',
    kind: 'Application',
    metadata: { name: 'a', namespace: 'team' },
    spec: { sources: before.map(({ source }) => source) },
  };
  const all = wishes.map(([name, source, path, after]) => {
    const object = rendered(name);
    const key = keyOf(object);
    const fields = [{ path, before: undefined, after, writers: [] }];
    return { object, captured: { id: formatKey(key), key, fields }, source };
  });
  return {
    application,
    drift: { objects: all.map(({ captured }) => captured), left: [] },
    origins: new Map(all.map(({ captured, object, source }) => [captured.id, { origin: { source }, object }])),
    renderer,
    environment: { kubeVersion: 'v1.36.3', apiVersions: ['v1'] },
    seed: Buffer.from('seed'),
    repositoryOf: ({ source }) =>
      source.repositoryRef.name === 'charts' ? repository('charts', 'OCI') : repository('apps'),
    isShared: () => false,
  };
}

async function place(wishes: readonly Wished[], files = sources('size: 1\n'), before = sources('size: 1\n')) {
  const placed = await placeDrift(placing(wishes, before), files, forever);
  return placed.flatMap(({ part: { url }, changes }) =>
    changes.map(({ path, content }) => [url, path, Buffer.from(content ?? []).toString('utf8')]),
  );
}

async function reasons(...given: Parameters<typeof place>): Promise<string> {
  return place(...given).then(
    () => 'it was placed',
    (error: unknown) =>
      problemsOf(error)
        .map(({ message }) => message)
        .join('\n'),
  );
}

describe('a drift', () => {
  test('of a chart of a registry is placed in the file of values that lies in Git', async () => {
    expect(await place([['a', 0, ['data', 'size'], '2']])).toEqual([
      ['https://example.org/apps', 'env.yaml', 'size: 2\n'],
    ]);
  });

  test('of several sources is placed in each of them', async () => {
    const found = await place([
      ['a', 0, ['data', 'size'], '2'],
      ['b', 1, ['data', 'size'], '3'],
    ]);
    expect(found.map(([url, path]) => [url, path])).toEqual([
      ['https://example.org/apps', 'env.yaml'],
      ['https://example.org/apps', 'plain/b.yaml'],
    ]);
  });

  test('is refused where Git has another value by now, and not where it has the very one', async () => {
    const wish: readonly Wished[] = [['a', 0, ['data', 'size'], '2']];
    expect(await reasons(wish, sources('size: 7\n'))).toContain('it was changed in Git as well');
    expect(await place(wish, sources('size: 2\n'))).toEqual([]);
  });

  test('is refused where two sources would change the same file', async () => {
    const [first, second] = sources('size: 1\n');
    if (first === undefined || second === undefined) throw new Error('there are no sources');
    const third = { ...first, source: { ...first.source, path: '.' } };
    const files = [first, second, third];
    const one = placing([['a', 0, ['data', 'size'], '2']], files);
    const [object] = one.drift.objects;
    const found = one.origins.get(object?.id ?? '');
    if (object === undefined || found === undefined) throw new Error('there is no object');
    // The same object of another source, as if that were another object.
    const drift = { objects: [object, { ...object, id: 'another' }], left: [] };
    const origins = new Map([...one.origins, ['another', { ...found, origin: { source: 2 } }] as const]);
    await expect(placeDrift({ ...one, drift, origins }, files, forever)).rejects.toThrow(/several sources/);
  });

  test('is refused where it would put a private key into Git', async () => {
    const key = '-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\n';
    const found = await reasons([['a', 0, ['data', 'key'], key]]);
    expect(found).toContain('this would put a private key into Git');
    expect(found).not.toContain('MIIE');
  });

  test('is refused of an object that Git does not have any more', async () => {
    const files = sources('size: 1\n', { 'plain/c.yaml': plain['plain/b.yaml'].replace('name: b', 'name: c') });
    expect(await reasons([['b', 1, ['data', 'size'], '3']], files)).toContain('it is not in Git any more');
  });
});

test('only a branch is written to', () => {
  const [, git] = sources('');
  if (git === undefined) throw new Error('there is no source');
  expect(branchOf(git)).toBe('main');
  expect(() => branchOf({ ...git, version: { ...git.version, ref: 'refs/tags/v1' } })).toThrow(/is no branch/);
});

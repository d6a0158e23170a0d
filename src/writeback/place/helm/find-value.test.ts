import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { corpusFolder } from '../../../../test/render/corpus.ts';
import { forever, memoryTree, renderRequest } from '../../../../test/support/render.ts';
import type { Json } from '../../../object.ts';
import { createRenderer, type FileTree, folderTree, type RenderSource } from '../../../render/index.ts';
import { formatFieldPath, valueAt } from '../field-path.ts';
import { findRendered } from '../find-rendered.ts';
import type { FieldStep, RenderedObject } from '../types.ts';
import { findValue, type Target } from './find-value.ts';
import { candidatesIn } from './marks.ts';
import { openProbe } from './probe.ts';
import { readChartValues } from './read-values.ts';
import { waysTo } from './solve.ts';

const renderer = createRenderer({ host: 'wasm', workers: 1 });
afterAll(() => renderer.close());

interface Found {
  /** `image.tag=6.15.0`, the first way first. */
  readonly ways: readonly string[];
  readonly renders: number;
}

async function find(
  tree: FileTree,
  path: string,
  source: RenderSource,
  [kind, name]: readonly [string, string],
  field: readonly FieldStep[],
  after: Json | undefined,
): Promise<Found> {
  const render = (files: FileTree) => renderer.render(renderRequest(path, { source }), files, forever);
  const { objects, origins } = await render(tree);
  const rendered = objects.map((object, index): RenderedObject => ({ object, origin: origins[index] ?? {} }));
  const wanted = rendered.find(({ object }) => object.kind === kind && object.metadata.name === name)?.object;
  if (wanted === undefined) throw new Error(`there is no ${kind} ${name}`);
  const [group = ''] = wanted.apiVersion.includes('/') ? wanted.apiVersion.split('/') : [];
  const key = { group, kind, namespace: wanted.metadata.namespace ?? '', name };
  const target: Target = { key, path: field, before: valueAt(wanted, field), after };
  const values = await readChartValues(tree, path, source);
  const budget = { left: 300 };
  const probe = openProbe({ tree, render, signal: forever }, values);
  const { open } = candidatesIn(values);
  const hits = await findValue(target, (all, of) => findRendered(all, of, 'prod'), open, probe, budget);
  const ways = waysTo(target, hits).map((way) =>
    way.map(({ path: at, value }) => `${formatFieldPath(at)}=${JSON.stringify(value)}`).join(' '),
  );
  return { ways, renders: 300 - budget.left };
}

const corpus = folderTree(corpusFolder());
const container = ['spec', 'template', 'spec', 'containers', { name: 'podinfo' }];

describe('in podinfo', () => {
  const path = join('podinfo', 'charts', 'podinfo');
  const source: RenderSource = { kind: 'helm', releaseName: 'podinfo', valueFiles: [join(path, 'values-prod.yaml')] };
  const podinfo = (field: readonly FieldStep[], after: Json | undefined, given = source) =>
    find(corpus, path, given, ['Deployment', 'podinfo'], field, after);

  test.each<[string, readonly FieldStep[], Json | undefined, string, number]>([
    [
      'a number in a text',
      [...container, 'livenessProbe', 'timeoutSeconds'],
      9,
      'probes.liveness.timeoutSeconds=9',
      20,
    ],
    ['the tag of an image', [...container, 'image'], 'ghcr.io/stefanprodan/podinfo:6.15.0', 'image.tag="6.15.0"', 8],
    [
      'name and tag of an image',
      [...container, 'image'],
      'ghcr.io/example/podinfo:6.15.0',
      'image.repository="ghcr.io/example/podinfo" image.tag="6.15.0"',
      8,
    ],
    ['a text', [...container, 'imagePullPolicy'], 'Always', 'image.pullPolicy="Always"', 8],
    ['a map that is copied', [...container, 'resources', 'limits', 'cpu'], '2', 'resources.limits.cpu="2"', 20],
    [
      'a new field of such a map',
      [...container, 'resources', 'requests', 'ephemeral-storage'],
      '1Gi',
      'resources.requests.ephemeral-storage="1Gi"',
      20,
    ],
    [
      'an annotation where there are some',
      ['spec', 'template', 'metadata', 'annotations', 'team'],
      'a',
      'podAnnotations.team="a"',
      30,
    ],
  ])('%s', async (_, field, after, expected, atMost) => {
    const { ways, renders } = await podinfo(field, after);
    expect(ways[0]).toBe(expected);
    expect(renders).toBeLessThanOrEqual(atMost);
  });

  test('a number', async () => {
    const { ways, renders } = await podinfo(['spec', 'replicas'], 4, { kind: 'helm', releaseName: 'podinfo' });
    expect(ways[0]).toBe('replicaCount=4');
    expect(renders).toBeLessThanOrEqual(20);
  });
});

test('what a template says by itself has no value', async () => {
  const tree = memoryTree({
    'chart/Chart.yaml': 'apiVersion: v2\nname: chart\nversion: 1.0.0\n',
    'chart/values.yaml': 'one: 1\nname: web\n',
    'chart/templates/a.yaml':
      'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {fixed: text, sum: "{{ add 1 .Values.one }}"}\n',
  });
  const source: RenderSource = { kind: 'helm' };
  expect((await find(tree, 'chart', source, ['ConfigMap', 'a'], ['data', 'fixed'], 'other')).ways).toEqual([]);
  const computed = await find(tree, 'chart', source, ['ConfigMap', 'a'], ['data', 'sum'], '3');
  expect(computed.ways).toEqual(['one=3', 'one="3"']);
});

import { afterAll, describe, expect, test } from 'vitest';
import { deployment, head } from '../../../../test/writeback/overlay.ts';
import { changed, type Files, place, remove, set, wish } from '../../../../test/writeback/place.ts';
import { forever, memoryTree, renderRequest } from '../../../../test/support/render.ts';
import { createRenderer } from '../../../render/index.ts';
import type { FieldEdit, Wish } from '../../index.ts';

const renderer = createRenderer({ host: 'wasm' });
afterAll(() => renderer.close());

const inProd = (files: Files, ...wishes: readonly Wish[]) => place(renderer, files, wishes, { path: 'prod' });

const settings = async (tree: Files, path: string): Promise<string> => {
  const { changes } = await place(renderer, tree, [], { path });
  expect(changes).toEqual([]);
  const rendered = await renderer.render(renderRequest(path), memoryTree(tree), forever);
  return `ConfigMap /${rendered.objects.find(({ kind }) => kind === 'ConfigMap')?.metadata.name}`;
};

describe('generators', () => {
  const generator = `configMapGenerator:
  - name: settings
    literals:
      - a=1 # one
      - b=2
    files:
      - app.conf
      - key=other.txt
    envs: [vars.env]
`;
  const files: Files = {
    'base/kustomization.yaml': `resources: [deployment.yaml]\n${generator}`,
    'base/deployment.yaml': deployment.replace(
      '          args',
      '          envFrom: [{configMapRef: {name: settings}}]\n          args',
    ),
    'base/app.conf': 'x = 1\n',
    'base/other.txt': 'other',
    'base/vars.env': '# vars\nE=1\nF=2\n',
    'prod/kustomization.yaml': head,
  };

  test.each<[string, FieldEdit, Record<string, string>]>([
    [
      'a literal',
      set('9', 'data', 'a'),
      { 'base/kustomization.yaml': `resources: [deployment.yaml]\n${generator.replace('a=1', 'a=9')}` },
    ],
    [
      'a literal with quotes',
      set('"q"', 'data', 'b'),
      { 'base/kustomization.yaml': `resources: [deployment.yaml]\n${generator.replace('b=2', `b='"q"'`)}` },
    ],
    [
      'a literal that goes',
      remove('data', 'b'),
      { 'base/kustomization.yaml': `resources: [deployment.yaml]\n${generator.replace('      - b=2\n', '')}` },
    ],
    [
      'a new literal',
      set('3', 'data', 'c'),
      {
        'base/kustomization.yaml': `resources: [deployment.yaml]\n${generator.replace('b=2\n', 'b=2\n      - c=3\n')}`,
      },
    ],
    ['a file', set('x = 2\n', 'data', 'app.conf'), { 'base/app.conf': 'x = 2\n' }],
    ['a file with a key', set('new', 'data', 'key'), { 'base/other.txt': 'new' }],
    ['a line of a file', set('7', 'data', 'E'), { 'base/vars.env': '# vars\nE=7\nF=2\n' }],
    [
      'a new text of several lines',
      set('p\nq\n', 'data', 'n.txt'),
      {
        'base/n.txt': 'p\nq\n',
        'base/kustomization.yaml': `resources: [deployment.yaml]\n${generator.replace('other.txt\n', 'other.txt\n      - n.txt\n')}`,
      },
    ],
  ])('of the Application itself are changed: %s', async (_, edit, after) => {
    const { 'prod/kustomization.yaml': _prod, ...own } = files;
    const placement = await place(renderer, own, [wish(await settings(own, 'base'), edit)], { path: 'base' });
    expect(changed(placement)).toEqual(after);
  });

  test('of a base get one that is merged into them, with a new hash for all who name it', async () => {
    const placement = await inProd(
      files,
      wish(await settings(files, 'prod'), set('9', 'data', 'a'), set('z', 'data', 'new')),
    );
    expect(changed(placement)).toEqual({
      'prod/kustomization.yaml': `${head}configMapGenerator:\n  - name: settings\n    behavior: merge\n    literals:\n      - a=9\n      - new=z\n`,
    });
  });

  test('of a base get all that is asked for, though the first change gives them another name', async () => {
    const placement = await inProd(
      files,
      wish(await settings(files, 'prod'), set('9', 'data', 'a'), set('x', 'metadata', 'labels', 'l')),
    );
    expect(placement.explanation).toBe(
      'adds a generator that is merged into settings to prod/kustomization.yaml; ' +
        'adds a patch for metadata.labels.l to prod/kustomization.yaml',
    );
  });

  test('of a base that lose a key get a patch', async () => {
    const placement = await inProd(files, wish(await settings(files, 'prod'), remove('data', 'b')));
    expect(changed(placement)['prod/kustomization.yaml']).toMatch(/b: null|op: remove/);
  });
});

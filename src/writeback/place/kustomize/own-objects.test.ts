import { afterAll, describe, expect, test } from 'vitest';
import { base, deployment, head } from '../../../../test/writeback/overlay.ts';
import { changed, type Files, newObject, place, remove, set, wish } from '../../../../test/writeback/place.ts';
import { memoryTree } from '../../../../test/support/render.ts';
import { createRenderer, type FileTree } from '../../../render/index.ts';
import type { FieldEdit, Wish } from '../../index.ts';

const renderer = createRenderer({ host: 'wasm' });
afterAll(() => renderer.close());

const web = 'apps/Deployment /web';
const inProd = (files: Files, ...wishes: readonly Wish[]) => place(renderer, files, wishes, { path: 'prod' });
const oneEdit = async (files: Files, edit: FieldEdit, object = web) => changed(await inProd(files, wish(object, edit)));

describe('an object of the overlay itself', () => {
  const own: Files = {
    ...base,
    'prod/kustomization.yaml': `${head}  - config.yaml\n  - cron.yaml\n`,
    'prod/config.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata:\n  # why\n  a: "1"\n',
    'prod/cron.yaml': deployment.replaceAll('web', 'cron'),
  };

  test('is changed where it stands', async () => {
    const placement = await inProd(
      own,
      wish('ConfigMap /settings', set('2', 'data', 'a')),
      wish(
        'apps/Deployment /cron',
        set(1, 'spec', 'replicas'),
        set('nginx:1.29', 'spec', 'template', 'spec', 'containers', 0, 'image'),
      ),
    );
    expect(changed(placement)).toEqual({
      'prod/config.yaml': own['prod/config.yaml']?.replace('"1"', '"2"'),
      'prod/cron.yaml': own['prod/cron.yaml']?.replace('replicas: 2', 'replicas: 1').replace('stable', '1.29'),
    });
  });

  test('gets a patch where its file is a link to one that lies elsewhere', async () => {
    const files = { ...own, 'shared/config.yaml': own['prod/config.yaml'] ?? '' };
    const tree: FileTree = {
      ...memoryTree(files),
      linksFollowed: async (path) => (path === 'prod/config.yaml' ? ['shared/config.yaml'] : []),
    };
    const placement = await place(renderer, tree, [wish('ConfigMap /settings', set('2', 'data', 'a'))], {
      path: 'prod/',
    });
    expect(placement.changes.map(({ path }) => path)).toEqual(['prod/kustomization.yaml']);
  });

  test('is changed at the override that it has', async () => {
    const files = {
      ...own,
      'prod/kustomization.yaml': `${own['prod/kustomization.yaml']}replicas: [{name: cron, count: 4}]\n`,
    };
    expect(await oneEdit(files, set(5, 'spec', 'replicas'), 'apps/Deployment /cron')).toEqual({
      'prod/kustomization.yaml': files['prod/kustomization.yaml'].replace('count: 4', 'count: 5'),
    });
  });

  test('is changed at the patch that overrides it', async () => {
    const patch = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {a: "5"}\n';
    const files = {
      ...own,
      'prod/kustomization.yaml': `${own['prod/kustomization.yaml']}patches: [{path: p.yaml}]\n`,
      'prod/p.yaml': patch,
    };
    expect(await oneEdit(files, set('6', 'data', 'a'), 'ConfigMap /settings')).toEqual({
      'prod/p.yaml': patch.replace('5', '6'),
    });
  });

  test('goes with its file and its entry', async () => {
    expect(await oneEdit(own, remove(), 'ConfigMap /settings')).toEqual({
      'prod/config.yaml': null,
      'prod/kustomization.yaml': `${head}  - cron.yaml\n`,
    });
  });

  test('goes with its patches', async () => {
    const files = {
      ...own,
      'prod/kustomization.yaml': `${own['prod/kustomization.yaml']}patches:\n  - path: p.yaml\n  - patch: '{apiVersion: v1, kind: ConfigMap, metadata: {name: settings}, data: {b: x}}'\n`,
      'prod/p.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {a: "5"}\n',
    };
    expect(await oneEdit(files, remove(), 'ConfigMap /settings')).toEqual({
      'prod/config.yaml': null,
      'prod/p.yaml': null,
      'prod/kustomization.yaml': `${head}  - cron.yaml\npatches: []\n`,
    });
  });

  test('is new beside the others', async () => {
    const made = newObject({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'empty' } });
    expect(changed(await inProd(own, made))).toEqual({
      'prod/empty.yaml': 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: empty\n',
      'prod/kustomization.yaml': `${own['prod/kustomization.yaml']}  - empty.yaml\n`,
    });
  });
});

import { afterAll, describe, expect, test } from 'vitest';
import { container, head, overlay } from '../../../../test/writeback/overlay.ts';
import { changed, type Files, place, remove, set, wish } from '../../../../test/writeback/place.ts';
import { createRenderer } from '../../../render/index.ts';
import type { FieldEdit, Wish } from '../../index.ts';

const renderer = createRenderer({ host: 'wasm' });
afterAll(() => renderer.close());

const web = 'apps/Deployment /web';
const inProd = (files: Files, ...wishes: readonly Wish[]) => place(renderer, files, wishes, { path: 'prod' });
const oneEdit = async (files: Files, edit: FieldEdit, object = web) => changed(await inProd(files, wish(object, edit)));

describe('an object of a base', () => {
  test('gets its replicas in the overlay', async () => {
    expect(await oneEdit(overlay(), set(5, 'spec', 'replicas'))).toEqual({
      'prod/kustomization.yaml': `${head}replicas:\n  - name: web\n    count: 5\n`,
    });
  });

  test('gets its replicas where they are set already', async () => {
    const files = overlay('replicas:\n  - name: web # ours\n    count: 3\n');
    expect(await oneEdit(files, set(5, 'spec', 'replicas'))).toEqual({
      'prod/kustomization.yaml': `${head}replicas:\n  - name: web # ours\n    count: 5\n`,
    });
  });

  test.each<[string, string, string, string]>([
    ['a tag', '', 'nginx:1.29', 'images:\n  - name: nginx\n    newTag: "1.29"\n'],
    [
      'a name and a tag',
      '',
      'registry:5000/web:1.2.3',
      'images:\n  - name: nginx\n    newName: registry:5000/web\n    newTag: 1.2.3\n',
    ],
    [
      'a digest',
      '',
      `nginx@sha256:${'0'.repeat(64)}`,
      `images:\n  - name: nginx\n    digest: sha256:${'0'.repeat(64)}\n`,
    ],
    [
      'a tag where one is set',
      'images:\n- name: nginx\n  newTag: "1.0" # pinned\n',
      'nginx:1.29',
      'images:\n- name: nginx\n  newTag: "1.29" # pinned\n',
    ],
    [
      'a tag where the name is another',
      'images:\n- name: nginx\n  newName: web\n  newTag: v1\n',
      'web:v2',
      'images:\n- name: nginx\n  newName: web\n  newTag: v2\n',
    ],
    [
      'a tag in place of a digest',
      `images:\n- name: nginx\n  digest: sha256:${'0'.repeat(64)}\n`,
      'nginx:v2',
      'images:\n- name: nginx\n  newTag: v2\n',
    ],
    [
      'the old name',
      'images:\n- name: nginx\n  newName: web\n  newTag: v1\n',
      'nginx:v2',
      'images:\n- name: nginx\n  newTag: v2\n',
    ],
  ])('gets its image in the overlay: %s', async (_, before, image, after) => {
    expect(await oneEdit(overlay(before), set(image, ...container('image')))).toEqual({
      'prod/kustomization.yaml': head + after,
    });
  });

  test('gets an image without a tag by a patch, since no entry takes one away', async () => {
    const edited = await oneEdit(overlay(), set('nginx', ...container('image')));
    expect(edited['prod/kustomization.yaml']).toContain('image: nginx\n');
    expect(edited['prod/kustomization.yaml']).toContain('patches:');
  });

  test('gets a patch in the overlay', async () => {
    expect(await oneEdit(overlay(), set('4', ...container('env', { name: 'A' }, 'value')))).toEqual({
      'prod/kustomization.yaml': `${head}patches:
  - patch: |
      apiVersion: apps/v1
      kind: Deployment
      metadata:
        name: web
      spec:
        template:
          spec:
            containers:
              - name: web
                env:
                  - name: A
                    value: "4"
`,
    });
  });

  test('gets a file for its patch where the others are in files', async () => {
    const files = {
      ...overlay('patches:\n  - path: patches/other.yaml\n'),
      'prod/patches/other.yaml': 'apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {type: NodePort}\n',
    };
    expect(await oneEdit(files, set(true, ...container('tty')))).toEqual({
      'prod/kustomization.yaml': `${head}patches:\n  - path: patches/other.yaml\n  - path: patches/deployment-web.yaml\n`,
      'prod/patches/deployment-web.yaml':
        'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  template:\n    spec:\n      containers:\n        - name: web\n          tty: true\n',
    });
  });

  const patch =
    '# ours\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  minReadySeconds: 3 # slow\n';

  test.each<[string, string]>([
    ['patches', 'patches:\n  - path: web.yaml\n'],
    ['patches with a target', 'patches:\n  - path: web.yaml\n    target: {kind: Deployment, name: web}\n'],
    ['patchesStrategicMerge', 'patchesStrategicMerge:\n  - web.yaml\n'],
  ])('is changed in the patch that sets the field: %s', async (_, list) => {
    const files = { ...overlay(list), 'prod/web.yaml': patch };
    expect(await oneEdit(files, set(9, 'spec', 'minReadySeconds'))).toEqual({
      'prod/web.yaml': patch.replace('3 #', '9 #'),
    });
    expect(await oneEdit(files, remove('spec', 'minReadySeconds'))).toEqual({
      'prod/web.yaml': patch.replace('spec:\n  minReadySeconds: 3 # slow\n', 'spec: {}\n'),
    });
  });

  test('is changed in the patch that it has already', async () => {
    const files = { ...overlay('patches:\n  - path: web.yaml\n'), 'prod/web.yaml': patch };
    expect(await oneEdit(files, set(true, ...container('tty')))).toEqual({
      'prod/web.yaml': `${patch}  template:\n    spec:\n      containers:\n        - name: web\n          tty: true\n`,
    });
  });

  test('is changed in an inline patch, and only there', async () => {
    const files = overlay(`patches:\n  - patch: |-\n      ${patch.trimEnd().replaceAll('\n', '\n      ')}\n`);
    const before = files['prod/kustomization.yaml'] ?? '';
    expect(await oneEdit(files, set(9, 'spec', 'minReadySeconds'))).toEqual({
      'prod/kustomization.yaml': before.replace('3 #', '9 #'),
    });
  });

  test.each<[string, string]>([
    [
      'inline',
      'patches:\n- target: {kind: Deployment, name: web}\n  patch: |-\n    - op: add # slow\n      path: /spec/minReadySeconds\n      value: 3\n',
    ],
    [
      'patchesJson6902',
      'patchesJson6902:\n- target: {group: apps, version: v1, kind: Deployment, name: web}\n  patch: \'[{"op": "add", "path": "/spec/minReadySeconds", "value": 3}]\'\n',
    ],
  ])('is changed in the operation that sets the field: %s', async (_, list) => {
    const before = head + list;
    expect(await oneEdit(overlay(list), set(9, 'spec', 'minReadySeconds'))).toEqual({
      'prod/kustomization.yaml': before.replace(/value(": |: )3/, 'value$19'),
    });
  });

  test('loses a field by a patch that says so', async () => {
    const edited = await oneEdit(overlay(), remove(...container('ports')));
    expect(edited['prod/kustomization.yaml']).toContain('ports: null\n');
  });

  test('loses an item by a patch that says so', async () => {
    const edited = await oneEdit(overlay(), remove(...container('ports', { containerPort: 80 })));
    expect(edited['prod/kustomization.yaml']).toMatch(/\$patch: delete|op: remove/);
  });

  test('gets a list without keys as a whole', async () => {
    const edited = await oneEdit(overlay(), set('--c', ...container('args', 1)));
    expect(edited['prod/kustomization.yaml']).toContain('args:\n                  - --a\n                  - --c\n');
  });

  test('gets an item at the end by operations, since a merge puts it first', async () => {
    const edited = await oneEdit(
      overlay(),
      set({ image: 'envoy' }, 'spec', 'template', 'spec', 'containers', { name: 'side' }),
    );
    expect(edited).toEqual({
      'prod/kustomization.yaml': `${head}patches:
  - target:
      group: apps
      version: v1
      kind: Deployment
      name: web
    patch: |
      - op: add
        path: /spec/template/spec/containers/-
        value:
          name: side
          image: envoy
`,
    });
  });

  test('gets by operations what no merge can say: an item that has no keys beside others that have some', async () => {
    const edited = await oneEdit(overlay(), set('x', ...container('ports', 1)));
    expect(edited['prod/kustomization.yaml']).toContain('path: /spec/template/spec/containers/0/ports/-');
  });

  test('gets several changes each at its place', async () => {
    const placement = await inProd(
      overlay(),
      wish(
        web,
        set(5, 'spec', 'replicas'),
        set('nginx:1.29', ...container('image')),
        set(7, 'spec', 'minReadySeconds'),
      ),
      wish('Service /web', set('NodePort', 'spec', 'type')),
    );
    expect(Object.keys(changed(placement))).toEqual(['prod/kustomization.yaml']);
    expect(placement.explanation).toBe(
      'sets replicas of web in prod/kustomization.yaml; sets images of nginx in prod/kustomization.yaml; ' +
        'adds a patch for spec.minReadySeconds to prod/kustomization.yaml; adds a patch for spec.type to prod/kustomization.yaml',
    );
  });

  test('is taken away by a patch', async () => {
    const edited = changed(await inProd(overlay(), wish('Service /web', remove())));
    expect(edited).toEqual({
      'prod/kustomization.yaml': `${head}patches:\n  - patch: |\n      apiVersion: v1\n      kind: Service\n      metadata:\n        name: web\n      $patch: delete\n`,
    });
  });
});

import { afterAll, describe, expect, test } from 'vitest';
import { container, head, overlay } from '../../../../test/writeback/overlay.ts';
import { changed, type Files, newObject, place, refusal, set, wish } from '../../../../test/writeback/place.ts';
import { createRenderer } from '../../../render/index.ts';
import type { FieldEdit, Wish } from '../../index.ts';

const renderer = createRenderer({ host: 'wasm' });
afterAll(() => renderer.close());

const web = 'apps/Deployment /web';
const inProd = (files: Files, ...wishes: readonly Wish[]) => place(renderer, files, wishes, { path: 'prod' });
const oneEdit = async (files: Files, edit: FieldEdit, object = web) => changed(await inProd(files, wish(object, edit)));

describe('names, namespaces and labels that the kustomization adds', () => {
  const renamed =
    'namespace: prod\nnamePrefix: my-\nnameSuffix: -v1\nlabels: [{pairs: {team: blue}, includeSelectors: true}]\n';
  const object = 'apps/Deployment prod/my-web-v1';

  test.each<[string, FieldEdit, string]>([
    ['replicas', set(5, 'spec', 'replicas'), 'replicas:\n  - name: web\n    count: 5\n'],
    ['images', set('nginx:1.29', ...container('image')), 'images:\n  - name: nginx\n    newTag: "1.29"\n'],
    [
      'a patch',
      set(7, 'spec', 'minReadySeconds'),
      'patches:\n  - patch: |\n      apiVersion: apps/v1\n      kind: Deployment\n      metadata:\n        name: web\n      spec:\n        minReadySeconds: 7\n',
    ],
  ])('do not hide the object: %s', async (_, edit, added) => {
    expect(await oneEdit(overlay(renamed), edit, object)).toEqual({
      'prod/kustomization.yaml': head + renamed + added,
    });
  });

  test('are not in the file of a new object', async () => {
    const made = newObject({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'my-new-v1', namespace: 'prod', labels: { team: 'blue' } },
      data: { a: '1' },
    });
    expect(changed(await inProd(overlay(renamed), made))).toEqual({
      'prod/kustomization.yaml': `# production\nresources:\n  - ../base\n  - new-configmap.yaml\n${renamed}`,
      'prod/new-configmap.yaml':
        'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: new\n  labels:\n    team: blue\ndata:\n  a: "1"\n',
    });
  });

  test('cannot be changed on one object', async () => {
    const problems = await refusal(
      renderer,
      overlay(renamed),
      [wish(object, set('red', 'metadata', 'labels', 'team'))],
      { path: 'prod' },
    );
    expect(problems?.[0]?.code).toBe('writeback.not-proved');
    expect(problems?.[0]?.message).toContain(
      'metadata.labels.team of apps/Deployment prod/my-web-v1 would not be as it shall be',
    );
  });

  test('that a new object does not have refuse it', async () => {
    const made = newObject({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'other', namespace: 'prod' } });
    const problems = await refusal(renderer, overlay(renamed), [made], { path: 'prod' });
    expect(problems?.[0]?.message).toContain('ConfigMap prod/other would not be there');
  });
});

describe('what others build on', () => {
  test('a base is not touched though only one overlay uses it', async () => {
    const placement = await inProd(overlay(), wish('Service /web', set('NodePort', 'spec', 'type')));
    expect(placement.changes.map(({ path }) => path)).toEqual(['prod/kustomization.yaml']);
  });

  test('a base that is an Application itself is refused', async () => {
    const problems = await refusal(renderer, overlay(), [wish(web, set(5, 'spec', 'replicas'))], { path: 'base' });
    expect(problems).toMatchObject([
      { code: 'writeback.cannot-place', message: 'prod builds on base and would change too' },
    ]);
  });

  test('what another Application renders as well is refused', async () => {
    const problems = await refusal(renderer, overlay(), [wish(web, set(5, 'spec', 'replicas'))], {
      path: 'prod',
      isShared: () => true,
    });
    expect(problems?.[0]?.message).toBe('something else is made of prod as well and would change too');
  });

  test('a file in the overlay that another Application renders as well gets a patch', async () => {
    const files = {
      ...overlay('  - cm.yaml\n'),
      'prod/cm.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {a: x}\n',
    };
    const placement = await place(renderer, files, [wish('ConfigMap /c', set('q', 'data', 'a'))], {
      path: 'prod',
      isShared: (file) => file === 'prod/cm.yaml',
    });
    expect(placement.changes.map(({ path }) => path)).toEqual(['prod/kustomization.yaml']);
  });

  test('a component of others gets a patch in the overlay', async () => {
    const files = {
      ...overlay('components: [../component]\n'),
      'component/kustomization.yaml':
        'apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nresources: [c.yaml]\n',
      'component/c.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {a: x}\n',
    };
    const placement = await inProd(files, wish('ConfigMap /c', set('q', 'data', 'a')));
    expect(placement.changes.map(({ path }) => path)).toEqual(['prod/kustomization.yaml']);
  });

  test('what the Application itself lays over the files is refused', async () => {
    const source = { kind: 'kustomize', replicas: [{ name: 'web', count: 9 }] } as const;
    const problems = await refusal(renderer, overlay(), [wish(web, set(5, 'spec', 'replicas'))], {
      path: 'prod',
      source,
    });
    expect(problems?.every(({ code }) => code === 'writeback.not-proved')).toBe(true);
  });

  test('a change that something else follows is refused, with what would follow', async () => {
    const files = {
      ...overlay(
        `  - cm.yaml\nreplacements:\n  - source: {kind: ConfigMap, name: c, fieldPath: data.a}\n    targets: [{select: {kind: Service}, fieldPaths: [spec.type], options: {create: true}}]\n`,
      ),
      'prod/cm.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {a: ClusterIP}\n',
    };
    const problems = await refusal(renderer, files, [wish('ConfigMap /c', set('NodePort', 'data', 'a'))], {
      path: 'prod',
    });
    expect(problems?.[0]?.message).toContain('spec.type of Service web would change too');
  });
});

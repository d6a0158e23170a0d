import { afterAll, describe, expect, test } from 'vitest';
import { changed, newObject, place, refusal, remove, set, wish } from '../../../../test/writeback/place.ts';
import { memoryTree } from '../../../../test/support/render.ts';
import { createRenderer, type FileTree } from '../../../render/index.ts';

const renderer = createRenderer({ host: 'wasm' });
afterAll(() => renderer.close());

const deployment = `# the web
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 2 # enough
  template:
    spec:
      containers:
      - name: web
        image: nginx:stable
        ports:
        - containerPort: 80
`;
const service = 'apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {type: ClusterIP}\n';
const config = (name: string): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\ndata:\n  a: "1"\n`;
const item = (name: string): string => `- metadata: {name: ${name}}\n  data: {a: x}\n`;
const web = 'apps/Deployment prod/web';

describe('a change', () => {
  test('is made where the object stands', async () => {
    const placement = await place(renderer, { 'web.yaml': deployment, 'service.yaml': service }, [
      wish(
        web,
        set(5, 'spec', 'replicas'),
        set('nginx:1.29', 'spec', 'template', 'spec', 'containers', { name: 'web' }, 'image'),
      ),
      wish('Service prod/web', set('NodePort', 'spec', 'type')),
    ]);
    expect(changed(placement)).toEqual({
      'web.yaml': deployment.replace('replicas: 2', 'replicas: 5').replace('nginx:stable', 'nginx:1.29'),
      'service.yaml': service.replace('ClusterIP', 'NodePort'),
    });
    expect(placement.explanation).toBe(
      'edits spec.replicas, spec.template.spec.containers[name=web].image in web.yaml; edits spec.type in service.yaml',
    );
  });

  test('that is there already is none', async () => {
    const placement = await place(renderer, { 'web.yaml': deployment }, [wish(web, set(2, 'spec', 'replicas'))]);
    expect(placement).toMatchObject({ changes: [], explanation: '' });
  });

  test('of a key that the file writes without quotes and Kubernetes reads as true is refused; of one beside it is made', async () => {
    const file = `${config('a')}  on: "1"\n`;
    const beside = await place(renderer, { 'a.yaml': file }, [wish('ConfigMap prod/a', set('2', 'data', 'a'))]);
    expect(changed(beside)).toEqual({ 'a.yaml': file.replace('a: "1"', 'a: "2"') });
    const refused = await refusal(renderer, { 'a.yaml': file }, [wish('ConfigMap prod/a', set('2', 'data', 'on'))]);
    expect(refused?.map(({ code }) => code)).toEqual(['writeback.not-proved']);
    expect(refused?.[0]?.message).toContain('data.true');
  });

  test('is found in one document of several', async () => {
    const file = `# head\n---\n${config('a')}---\n---\n${config('b')}`;
    const placement = await place(renderer, { 'all.yaml': file }, [wish('ConfigMap prod/b', set('2', 'data', 'a'))]);
    expect(changed(placement)).toEqual({
      'all.yaml': `# head\n---\n${config('a')}---\n---\n${config('b').replace('"1"', '"2"')}`,
    });
  });

  test('is found in a List, and in a list of one kind', async () => {
    const files = {
      'list.yaml': `apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: ConfigMap\n  metadata: {name: a}\n  data: {a: x}\n- apiVersion: v1\n  kind: ConfigMap\n  metadata: {name: ab}\n  data: {a: x}\n`,
      'typed.yaml': `apiVersion: v1\nkind: ConfigMapList\nitems:\n${item('c')}${item('d')}`,
    };
    const placement = await place(renderer, files, [
      wish('ConfigMap prod/a', set('q', 'data', 'a')),
      wish('ConfigMap prod/d', set('q', 'data', 'a')),
    ]);
    expect(changed(placement)).toEqual({
      'list.yaml': files['list.yaml'].replace('{a: x}', '{a: q}'),
      'typed.yaml': `apiVersion: v1\nkind: ConfigMapList\nitems:\n${item('c')}${item('d').replace('x}', 'q}')}`,
    });
  });

  test('of a JSON file stays JSON', async () => {
    const file =
      '{\n  "apiVersion": "v1",\n  "kind": "ConfigMap",\n  "metadata": { "name": "a" },\n  "data": { "a": "1" }\n}\n';
    const placement = await place(renderer, { 'a.json': file }, [wish('ConfigMap prod/a', set('2', 'data', 'a'))]);
    expect(changed(placement)).toEqual({ 'a.json': file.replace('"1"', '"2"') });
  });

  test('of a single file that is rendered', async () => {
    const files = { 'a.yaml': config('a'), 'b.yaml': config('b') };
    const placement = await place(renderer, files, [wish('ConfigMap prod/a', set('2', 'data', 'a'))], {
      path: 'a.yaml',
    });
    expect(Object.keys(changed(placement))).toEqual(['a.yaml']);
  });

  test('of a whole object touches what differs', async () => {
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, data: { a: '1', b: '2' } };
    const placement = await place(renderer, { 'a.yaml': config('a') }, [newObject(object)]);
    expect(changed(placement)).toEqual({ 'a.yaml': `${config('a')}  b: "2"\n` });
  });
});

describe('a new object', () => {
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'new' }, data: { a: 'x' } };

  test.each<[string, Record<string, string>, string]>([
    ['by kind', { 'deployment.yaml': deployment, 'service.yaml': service }, 'configmap.yaml'],
    ['by name', { 'a.yaml': config('a'), 'b.yaml': config('b') }, 'new.yaml'],
    ['by name and kind', { 'web-deployment.yml': deployment, 'web-service.yml': service }, 'new-configmap.yml'],
    ['by kind, where that is taken', { 'configmap.yaml': config('a'), 'service.yaml': service }, 'new-configmap.yaml'],
    ['in JSON', { 'a.json': JSON.stringify({ ...object, metadata: { name: 'a' } }) }, 'new.json'],
  ])('gets a file called as its siblings are: %s', async (_, files, path) => {
    const placement = await place(renderer, files, [newObject(object)]);
    const [only] = placement.changes;
    expect(placement.changes).toHaveLength(1);
    expect(only?.path).toBe(path);
  });

  test('goes to the folder of the object of its name, or of its namespace', async () => {
    const files = { 'x/web.yaml': deployment, 'y/a.yaml': config('a'), 'y/b.yaml': config('b') };
    const source = { kind: 'directory', recurse: true } as const;
    const beside = await place(renderer, files, [newObject({ ...object, metadata: { name: 'web' } })], { source });
    expect(beside.changes.map(({ path }) => path)).toEqual(['x/web-configmap.yaml']);
    const most = await place(renderer, files, [newObject(object)], { source });
    expect(most.changes.map(({ path }) => path)).toEqual(['y/new.yaml']);
  });

  test('is written as its siblings are', async () => {
    const placement = await place(renderer, { 'web.yaml': deployment }, [
      newObject({ ...object, metadata: { name: 'b', labels: { on: 'yes' } }, list: [1] }),
    ]);
    expect(changed(placement)).toEqual({
      'b.yaml':
        'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: b\n  labels:\n    "on": "yes"\ndata:\n  a: x\nlist:\n- 1\n',
    });
  });

  test('goes to the file that all others are in', async () => {
    const file = `${config('a')}---\n${config('b')}`;
    const placement = await place(renderer, { 'all.yaml': file }, [newObject(object)]);
    expect(changed(placement)).toEqual({
      'all.yaml': `${file}---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: new\ndata:\n  a: x\n`,
    });
  });

  test('goes where the source looks', async () => {
    const source = { kind: 'directory', include: ['*-app.yaml', 'new*'] } as const;
    const placement = await place(renderer, { 'a-app.yaml': config('a') }, [newObject(object)], { source });
    expect(placement.changes.map(({ path }) => path)).toEqual(['new-configmap.yaml']);
  });
});

describe('a removed object', () => {
  test('takes its file along', async () => {
    const placement = await place(renderer, { 'a.yaml': `# only a\n${config('a')}`, 'b.yaml': config('b') }, [
      wish('ConfigMap prod/a', remove()),
    ]);
    expect(changed(placement)).toEqual({ 'a.yaml': null });
  });

  test('leaves the other documents, and the file goes with the last', async () => {
    const file = `# head\n---\n${config('a')}---\n${config('b')}`;
    const files = { 'all.yaml': file, 'c.yaml': config('c') };
    const first = await place(renderer, files, [wish('ConfigMap prod/a', remove())]);
    expect(changed(first)).toEqual({ 'all.yaml': `# head\n---\n${config('b')}` });
    const both = await place(renderer, files, [wish('ConfigMap prod/a', remove()), wish('ConfigMap prod/b', remove())]);
    expect(changed(both)).toEqual({ 'all.yaml': null });
  });

  test('leaves the other items of a List', async () => {
    const head = 'apiVersion: v1\nkind: ConfigMapList\nitems:\n';
    const files = { 'list.yaml': head + item('a') + item('b'), 'c.yaml': config('c') };
    const one = await place(renderer, files, [wish('ConfigMap prod/a', remove())]);
    expect(changed(one)).toEqual({ 'list.yaml': head + item('b') });
    const both = await place(renderer, files, [wish('ConfigMap prod/a', remove()), wish('ConfigMap prod/b', remove())]);
    expect(changed(both)).toEqual({ 'list.yaml': null });
  });
});

describe('what is refused', () => {
  test('a change of an anchor that something else repeats, with the place', async () => {
    const file = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: &x "1", b: *x}\n';
    expect(await refusal(renderer, { 'a.yaml': file }, [wish('ConfigMap prod/a', set('2', 'data', 'a'))])).toEqual([
      {
        code: 'writeback.cannot-place',
        message: 'edits data.a in a.yaml: the value is the anchor &x, which other places of the document repeat',
        where: { object: 'ConfigMap prod/a', field: 'data.a' },
      },
    ]);
  });

  test('every wish that cannot be placed, together', async () => {
    const problems = await refusal(renderer, { 'web.yaml': deployment }, [
      wish(web, set('x', 'metadata', 'name')),
      wish(web, set(1, 'spec', 'replicas', 'x')),
    ]);
    expect(problems?.map(({ code, message }) => `${code}: ${message}`)).toEqual([
      'writeback.cannot-place: it would become another object, apps/Deployment x',
      'writeback.cannot-place: there is no spec.replicas.x, and it cannot be made',
    ]);
  });

  test('the data of a Secret, without telling it', async () => {
    const file = 'apiVersion: v1\nkind: Secret\nmetadata: {name: s}\ndata: {a: eA==}\n';
    const problems = await refusal(renderer, { 's.yaml': file }, [
      wish('Secret prod/s', set('aHVudGVyMg==', 'data', 'b')),
    ]);
    expect(problems?.map(({ code, where }) => ({ code, where }))).toEqual([
      { code: 'writeback.plain-secret', where: { object: 'Secret s', field: 'data.b' } },
    ]);
    expect(JSON.stringify(problems)).not.toContain('aHVudGVyMg');
    const other = await place(renderer, { 's.yaml': file }, [
      wish('Secret prod/s', set('y', 'metadata', 'labels', 'x')),
    ]);
    expect(other.changes).toHaveLength(1);
  });

  test('a file that something else is made of', async () => {
    const problems = await refusal(renderer, { 'web.yaml': deployment }, [wish(web, set(3, 'spec', 'replicas'))], {
      isShared: () => true,
    });
    expect(problems?.[0]?.message).toContain('something else is made of the file as well');
  });

  test('a file that a link leads to, outside of the folder', async () => {
    const files = memoryTree({ 'app/web.yaml': deployment, 'shared/web.yaml': deployment });
    const tree: FileTree = {
      ...files,
      linksFollowed: async (path) => (path === 'app/web.yaml' ? ['shared/web.yaml'] : []),
    };
    const problems = await refusal(renderer, tree, [wish(web, set(3, 'spec', 'replicas'))], { path: 'app' });
    expect(problems).toMatchObject([{ code: 'writeback.cannot-place', where: { file: 'shared/web.yaml' } }]);
    expect(problems?.[0]?.message).toContain('a link leads to the file, which lies outside of app');
  });

  test('Jsonnet', async () => {
    const files = { 'main.jsonnet': '{apiVersion: "v1", kind: "ConfigMap", metadata: {name: "a"}, data: {a: "1"}}' };
    const problems = await refusal(renderer, files, [wish('ConfigMap prod/a', set('2', 'data', 'a'))]);
    expect(problems).toMatchObject([
      { code: 'writeback.cannot-place', message: expect.stringContaining('Jsonnet') as string },
    ]);
  });
});

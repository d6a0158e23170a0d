import { hash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { FileChange } from '../git/index.ts';
import type { KubeObject, ObjectKey } from '../object.ts';
import { createFolderCache, type Files, namespaceObjects } from './namespace-objects.ts';
import { overlaidFiles } from './overlaid-files.ts';

/** Files as a tree reader of Git shows them: ids follow from the content alone. */
function filesOf(texts: Readonly<Record<string, string>>): Files {
  const all = new Map(Object.entries(texts));
  const below = (folder: string): [string, string][] =>
    [...all].filter(([path]) => path.startsWith(`${folder}/`)).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return {
    async stat(path) {
      const text = all.get(path);
      if (text !== undefined) return { kind: 'file', id: hash('sha1', text, 'hex') };
      const inside = below(path).map(([name, content]) => [name.slice(path.length), content]);
      return inside.length === 0 ? undefined : { kind: 'directory', id: hash('sha1', JSON.stringify(inside), 'hex') };
    },
    async read(path) {
      const text = all.get(path);
      return text === undefined ? undefined : Buffer.from(text);
    },
    async list(folder) {
      const names = new Map<string, 'file' | 'directory'>();
      for (const [path] of below(folder)) {
        const [name = '', ...rest] = path.slice(folder.length + 1).split('/');
        names.set(name, rest.length === 0 ? 'file' : 'directory');
      }
      return names.size === 0 ? undefined : [...names].map(([name, kind]) => ({ name, kind }));
    },
  };
}

const layout = { prefix: '', namespace: 'n', format: 'json' } as const;
const keyOf = (kind: string, name: string, group = ''): ObjectKey => ({ group, kind, namespace: 'n', name });
const object = (kind: string, name: string, apiVersion = 'v1', value = '1'): KubeObject => ({
  apiVersion,
  kind,
  metadata: { name, namespace: 'n' },
  data: { value },
});
const text = (value: object): string => `${JSON.stringify(value, undefined, 2)}\n`;
const open = (texts: Readonly<Record<string, string>>) => namespaceObjects(filesOf(texts), layout, createFolderCache());
const written = async (change: Promise<FileChange | undefined>) => {
  const { path, content } = (await change) ?? { path: '', content: undefined };
  return [path, content === undefined ? undefined : JSON.parse(Buffer.from(content).toString())];
};

test('an object is found at its place, in the older layout, beside another one, and among others', async () => {
  const objects = open({
    'n/ConfigMap/a/a.json': text(object('ConfigMap', 'a')),
    'n/ConfigMap-b.json': text(object('ConfigMap', 'b')),
    'n/ConfigMap/a/route.yaml': 'apiVersion: v1\nkind: Service\nmetadata: {name: c}\n',
    'n/deep/down/all.yaml': `${JSON.stringify(object('ConfigMap', 'd'))}\n---\n${JSON.stringify(object('Secret', 'd'))}\n`,
    'n/README.md': 'not one',
    'n/broken.yaml': '{',
    'other/ConfigMap/e/e.json': text(object('ConfigMap', 'e')),
    'n/ConfigMap/f/f.json': text({ ...object('ConfigMap', 'f'), metadata: { name: 'f', namespace: 'elsewhere' } }),
  });
  const at = async (kind: string, name: string) => (await objects.find(keyOf(kind, name)))?.file.path;
  expect(await at('ConfigMap', 'a')).toBe('n/ConfigMap/a/a.json');
  expect(await at('ConfigMap', 'b')).toBe('n/ConfigMap-b.json');
  expect(await at('Service', 'c')).toBe('n/ConfigMap/a/route.yaml');
  expect(await at('Secret', 'd')).toBe('n/deep/down/all.yaml');
  expect(await at('ConfigMap', 'e')).toBeUndefined();
  expect(await at('ConfigMap', 'f')).toBeUndefined();
  expect((await objects.list()).map(({ key }) => `${key.kind} ${key.name}`)).toEqual([
    'ConfigMap a',
    'ConfigMap b',
    'ConfigMap d',
    'Secret d',
    'Service c',
  ]);
  expect(await objects.count()).toBe(7);
});

test('an object is changed where it lies, and a new one gets a folder of its own, or lies beside its owner', async () => {
  const objects = open({
    'n/ConfigMap-b.json': text(object('ConfigMap', 'b')),
    'n/Deployment/web/web.json': text(object('Deployment', 'web', 'apps/v1')),
  });
  const changed = object('ConfigMap', 'b', 'v1', '2');
  expect(await written(objects.put(changed, keyOf('ConfigMap', 'b')))).toEqual(['n/ConfigMap-b.json', changed]);
  const service = object('Service', 'web');
  expect(await written(objects.put(service, keyOf('Service', 'web')))).toEqual(['n/Service/web/web.json', service]);
  const owner = keyOf('Deployment', 'web', 'apps');
  expect(await written(objects.put(service, keyOf('Service', 'web'), owner))).toEqual([
    'n/Deployment/web/Service-web.json',
    service,
  ]);
  const beside = keyOf('ConfigMap', 'b');
  expect((await objects.put(service, keyOf('Service', 'web'), beside)).path).toBe('n/ConfigMap/b/Service-web.json');
});

test('two kinds of one name in different groups do not overwrite one another', async () => {
  const core = object('Service', 'web');
  const knative = object('Service', 'web', 'serving.knative.dev/v1');
  const objects = open({ 'n/Service/web/web.yaml': text(core) });
  const key = keyOf('Service', 'web', 'serving.knative.dev');
  expect(await objects.find(key)).toBeUndefined();
  expect(await written(objects.put(knative, key))).toEqual(['n/Service.serving.knative.dev/web/web.json', knative]);
  const both = open({
    'n/Service/web/web.yaml': text(core),
    'n/Service.serving.knative.dev/web/web.json': text(knative),
  });
  expect((await both.find(key))?.object).toEqual(knative);
  expect((await both.find(keyOf('Service', 'web')))?.object).toEqual(core);
});

test('an object that goes takes its file along, and of several in a file only itself', async () => {
  const list = { apiVersion: 'v1', kind: 'List', items: [object('ConfigMap', 'a'), object('ConfigMap', 'b')] };
  const objects = open({ 'n/list.json': text(list), 'n/ConfigMap/c/c.json': text(object('ConfigMap', 'c')) });
  expect(await objects.remove(keyOf('ConfigMap', 'c'))).toEqual({ path: 'n/ConfigMap/c/c.json', content: undefined });
  expect(await written(objects.remove(keyOf('ConfigMap', 'a')))).toEqual([
    'n/list.json',
    { ...list, items: [object('ConfigMap', 'b')] },
  ]);
  expect(await objects.remove(keyOf('ConfigMap', 'x'))).toBeUndefined();
});

test('a file that is in the way and cannot be read is told', async () => {
  const objects = open({ 'n/ConfigMap/a/a.json': '{' });
  await expect(objects.find(keyOf('ConfigMap', 'a'))).rejects.toThrow('n/ConfigMap/a/a.json: the file is no JSON');
});

test('whatever is put and removed, one after the other and together, the objects are what was wished', async () => {
  const step = fc.record({
    kind: fc.constantFrom('ConfigMap', 'Service'),
    group: fc.constantFrom('', 'a.dev'),
    name: fc.constantFrom('a', 'b'),
    value: fc.option(fc.constantFrom('1', '2'), { nil: undefined }),
    beside: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), fc.boolean(), async (steps, together) => {
      let texts: Readonly<Record<string, string>> = { 'n/README.md': 'kept' };
      const changes = new Map<string, FileChange>();
      const cache = createFolderCache();
      const wished = new Map<string, KubeObject>();
      const look = () => namespaceObjects(overlaidFiles(filesOf(texts), changes), layout, cache);
      for (const { kind, group, name, value, beside } of steps) {
        const key = keyOf(kind, name, group);
        const made = object(kind, name, group === '' ? 'v1' : `${group}/v1`, value);
        const owner = beside ? keyOf('ConfigMap', 'a') : undefined;
        const change = value === undefined ? await look().remove(key) : await look().put(made, key, owner);
        if (value === undefined) wished.delete(JSON.stringify(key));
        else wished.set(JSON.stringify(key), made);
        if (change === undefined) continue;
        if (together) changes.set(change.path, change);
        else {
          const { [change.path]: _before, ...others } = texts;
          texts =
            change.content === undefined
              ? others
              : { ...others, [change.path]: Buffer.from(change.content).toString() };
        }
      }
      const listed = await look().list();
      const found = (await Promise.all(listed.map(({ key }) => look().find(key)))).map((each) =>
        JSON.stringify(each?.object),
      );
      expect(found.toSorted()).toEqual([...wished.values()].map((each) => JSON.stringify(each)).toSorted());
    }),
  );
});

import { expect, test } from 'vitest';
import { PlumbError } from '../errors.ts';
import { keyOf, type KubeObject } from '../object.ts';
import { createFolderCache, type Files, overlaidFiles } from '../writeback/index.ts';
import { editsFor, type GitLayout, readObject } from './edit.ts';
import type { Wish } from './wishes.ts';

const layout: GitLayout = { prefix: 'apps', layout: 'object', format: 'yaml', folders: createFolderCache() };

/** The files of an empty tree, with these in it. */
function files(contents: Readonly<Record<string, string>>): Files {
  const empty: Files = {
    stat: async (path) => (path === '' ? { kind: 'directory', id: 'root' } : undefined),
    read: async () => undefined,
    list: async () => undefined,
  };
  const changes = Object.entries(contents).map(([path, text]) => [path, { path, content: Buffer.from(text) }] as const);
  return overlaidFiles(empty, new Map(changes));
}

function service(spec: object, apiVersion = 'v1'): KubeObject {
  return { apiVersion, kind: 'Service', metadata: { name: 'web', namespace: 'shop' }, spec };
}

function configMap(value: string): KubeObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'more', namespace: 'shop' }, data: { value } };
}

const whole = (object: KubeObject): Wish => ({ type: 'whole', key: keyOf(object), object });
const changed = (base: KubeObject, object: KubeObject): Wish => ({
  type: 'changed',
  key: keyOf(object),
  base,
  object,
  read: base,
});
const removed = ({ apiVersion, ...object }: KubeObject): Wish => ({
  type: 'removed',
  key: keyOf({ apiVersion, ...object }),
  apiVersion,
});

async function edited(contents: Readonly<Record<string, string>>, wishes: readonly Wish[], at = layout) {
  const { changes } = await editsFor(files(contents), at, wishes);
  return Object.fromEntries(
    changes.map((change) => [
      change.path,
      change.content === undefined ? undefined : Buffer.from(change.content).toString(),
    ]),
  );
}

async function problemsOf(work: Promise<unknown>): Promise<readonly string[]> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return error instanceof PlumbError ? error.problems.map(({ code, where }) => `${code} ${where?.field}`) : [];
}

test('a new object is laid out, and what is there already is no change', async () => {
  const path = 'apps/shop/Service/web/web.yaml';
  const made = await edited({}, [whole(service({ port: 1 }))]);
  expect(Object.keys(made)).toEqual([path]);
  expect(await edited({ [path]: made[path] ?? '' }, [whole(service({ port: 1 }))])).toEqual({});
  expect(await readObject(files({ [path]: made[path] ?? '' }), layout, keyOf(service({})))).toEqual(
    service({ port: 1 }),
  );
});

test('layout and format are those that are configured, and files of any are found', async () => {
  const flat = { ...layout, layout: 'flat', format: 'json' } as const;
  expect(Object.keys(await edited({}, [whole(service({ port: 1 }))], flat))).toEqual(['apps/shop/Service-web.json']);
  const old = { 'apps/shop/Service-web.json': JSON.stringify(service({ port: 1 })) };
  expect(Object.keys(await edited(old, [whole(service({ port: 2 }))]))).toEqual(['apps/shop/Service-web.json']);
});

test('an object of another group with the same name has a folder with its group', async () => {
  const core = { 'apps/shop/Service/web/web.yaml': JSON.stringify(service({ port: 1 })) };
  const knative = service({ template: {} }, 'serving.knative.dev/v1');
  expect(Object.keys(await edited(core, [whole(knative)]))).toEqual([
    'apps/shop/Service.serving.knative.dev/web/web.yaml',
  ]);
});

test('of an object that was read and changed, the change alone is written', async () => {
  const path = 'apps/shop/Service/web/web.yaml';
  const text =
    'apiVersion: v1\nkind: Service\nmetadata: # whose\n  name: web\nspec:\n    # How it is reached\n    port: 1 # the door\n    kind: a\n';
  const live = service({ port: 1, kind: 'a', filledIn: true });
  expect(await edited({ [path]: text }, [changed(live, service({ port: 2, kind: 'a', filledIn: true }))])).toEqual({
    [path]: text.replace('port: 1', 'port: 2'),
  });
  const { objects } = await editsFor(files({ [path]: text }), layout, [
    changed(live, service({ port: 1, filledIn: true })),
  ]);
  expect(objects[0]?.gone).toEqual([['spec', 'kind']]);
});

test('a field that Git has changed to something else meanwhile is a conflict', async () => {
  const path = 'apps/shop/Service/web/web.yaml';
  const contents = { [path]: JSON.stringify(service({ port: 3, other: 1 })) };
  const wish = changed(service({ port: 1 }), service({ port: 2 }));
  expect(await problemsOf(edited(contents, [wish]))).toEqual(['operator.conflict spec.port']);
  // What both want alike is none, nor is what only Git has changed.
  expect(await edited({ [path]: JSON.stringify(service({ port: 2, other: 1 })) }, [wish])).toEqual({});
});

const ports = (first: object, second: object) => [
  { port: 80, protocol: 'TCP', ...first },
  { port: 443, protocol: 'TCP', ...second },
];

test('items of lists are told apart by what the API server says of them, where it says so', async () => {
  const path = 'apps/shop/Service/web/web.json';
  const base = service({ ports: ports({}, {}) });
  const text = JSON.stringify(service({ ports: ports({ nodePort: 30080 }, {}) }));
  const wish = changed(base, service({ ports: ports({}, { nodePort: 30443 }) }));
  const keys = [{ name: 'port' }, { name: 'protocol', usual: 'TCP' }];
  const asked: string[] = [];
  const { changes } = await editsFor(files({ [path]: text }), layout, [wish], async ({ kind }) => {
    asked.push(kind);
    return new Map([['spec.ports', { type: 'map', keys }]]);
  });
  const content = Buffer.from(changes[0]?.content ?? '').toString();
  expect(JSON.parse(content)).toMatchObject({ spec: { ports: ports({ nodePort: 30080 }, { nodePort: 30443 }) } });
  expect(asked).toEqual(['Service']);
  expect(await problemsOf(editsFor(files({ [path]: text }), layout, [wish]))).toEqual(['operator.conflict spec.ports']);
});

test('what is removed goes from its file, and with the last object the file', async () => {
  const path = 'apps/shop/Service/web/web.yaml';
  const one = JSON.stringify(service({}));
  expect(await edited({ [path]: one }, [removed(service({}))])).toEqual({ [path]: undefined });
  expect(await edited({}, [removed(service({}))])).toEqual({});
  const two = `${one}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: more\n`;
  expect((await edited({ [path]: two }, [removed(service({}))]))[path]).toContain('ConfigMap');
});

test('secrets in plain text, and names that are no file, are refused with all that is wrong', async () => {
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'a', namespace: 'shop' },
    data: { key: 'eA==', more: 'eA==' },
  };
  expect(await problemsOf(edited({}, [whole(secret)]))).toEqual([
    'writeback.plain-secret data.key',
    'writeback.plain-secret data.more',
  ]);
  const named = (name: string): Wish => whole({ ...service({}), metadata: { name, namespace: 'shop' } });
  expect(await problemsOf(edited({}, [named('a:b'), named('con')]))).toHaveLength(2);
});

test('objects that share a file are changed together, and one that lies elsewhere below the folder is found', async () => {
  const path = 'apps/shop/all/of-it.yaml';
  const contents = { [path]: `${JSON.stringify(service({ port: 1 }))}\n---\n${JSON.stringify(configMap('a'))}\n` };
  const after = await edited(contents, [whole(service({ port: 2 })), whole(configMap('b'))]);
  expect(Object.keys(after)).toEqual([path]);
  expect(await edited({ [path]: after[path] ?? '' }, [whole(service({ port: 2 })), whole(configMap('b'))])).toEqual({});
});

test('nothing is written beside a kustomization or a chart', async () => {
  for (const name of ['kustomization.yaml', 'Chart.yaml']) {
    const contents = { [`apps/shop/${name}`]: '{}' };
    const work = edited(contents, [whole(configMap('1'))]);
    await expect(work).rejects.toMatchObject({ code: 'writeback.rendered-folder' });
  }
  expect(await edited({ 'apps/kustomization.yaml': '{}' }, [whole(configMap('1'))])).not.toEqual({});
});

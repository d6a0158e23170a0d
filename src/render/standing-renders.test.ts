import fc from 'fast-check';
import { expect, test } from 'vitest';
import { disposableRenderer, forever, memoryTree, renderRequest } from '../../test/support/render.ts';
import { RenderError, type Renderer, type RenderRequest } from './index.ts';

type Files = Readonly<Record<string, string>>;

const configMap = (name: string, value: string): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\ndata: {value: ${JSON.stringify(value)}}\n`;

const contents = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.tuple(fc.constantFrom('a', 'b'), fc.string()).map(([name, value]) => configMap(name, value)),
  },
  {
    weight: 3,
    arbitrary: fc
      .array(fc.string(), { maxLength: 3 })
      .map((all) => all.map((each, at) => configMap(`d-${at}`, each)).join('---\n')),
  },
  fc.constantFrom(
    '',
    '# nothing\n',
    'kind: [\n',
    'kind: Lost\n',
    '{"apiVersion":"v1","kind":"Unchanged","metadata":{"name":"unchanged"}}\n',
    'apiVersion: v1\nkind: ConfigMapList\nitems: [{metadata: {name: one}}, {metadata: {name: two}}]\n',
    'apiVersion: example.org/v1\nkind: Large\nmetadata: {name: large}\nspec: {number: 12345678901234567891, "}": "]\\\\"}\n',
    'version https://git-lfs.github.com/spec/v1\n',
  ),
);
const paths = fc.constantFrom(
  'a.yaml',
  'b.yaml',
  'c.json',
  'd.yml',
  'B.yaml',
  '10.yaml',
  '9.yaml',
  'sub/a.yaml',
  'a/z.yaml',
  'notes.txt',
  'kustomization.yaml',
  'Chart.yaml',
  'main.jsonnet',
);
const edit = fc.record({ path: paths, content: fc.option(contents, { freq: 4 }) });
const requests = fc.constantFrom<RenderRequest['source']>(
  { kind: 'auto' },
  { kind: 'directory' },
  { kind: 'directory', recurse: true },
  { kind: 'directory', recurse: true, include: ['**/*.yaml', '*.txt'], exclude: ['b*'] },
);

async function resultOf(renderer: Renderer, request: RenderRequest, files: Files): Promise<unknown> {
  try {
    const { cached: _cached, ...result } = await renderer.render(request, memoryTree(files), forever);
    return result;
  } catch (error) {
    if (error instanceof RenderError) return { problems: error.problems, record: error.record };
    throw error;
  }
}

test('after any changes, a folder renders as if it were rendered for the first time', async () => {
  await using renderer = disposableRenderer({ host: 'native' });
  // There is no room for anything that was before.
  await using anew = disposableRenderer({ host: 'native', memoryCacheBytes: 1 });
  let example = 0;
  await fc.assert(
    fc.asyncProperty(
      requests,
      fc.array(fc.array(edit, { minLength: 1, maxLength: 3 }), { maxLength: 8 }),
      async (source, commits) => {
        const request = renderRequest('app', { source, name: `example-${(example += 1)}` });
        let files: Files = { 'app/a.yaml': configMap('first', '1'), 'app/b.yaml': configMap('second', '2') };
        await resultOf(renderer, request, files);
        for (const commit of commits) {
          const changed = commit.map(({ path, content }) => [`app/${path}`, content] as const);
          files = Object.fromEntries(
            Object.entries({ ...files, ...Object.fromEntries(changed) }).filter(
              (entry): entry is [string, string] => entry[1] !== null,
            ),
          );
          expect(await resultOf(renderer, request, files)).toEqual(await resultOf(anew, request, files));
        }
      },
    ),
    { numRuns: 150 },
  );
});

test('of a folder in which little has changed, only that is read, and all else is the very same', async () => {
  await using renderer = disposableRenderer({ host: 'native' });
  const files = Object.fromEntries(
    Array.from({ length: 20 }, (_, at) => [
      `app/${at}.yaml`,
      `${configMap(`a-${at}`, '0')}---\n${configMap(`b-${at}`, '0')}`,
    ]),
  );
  const request = renderRequest('app');
  const first = await renderer.render(request, memoryTree(files), forever);
  const changed = memoryTree({
    ...files,
    'app/7.yaml': configMap('a-7', '1'),
    'app/new.yaml': configMap('new', '1'),
  });
  const second = await renderer.render(request, changed, forever);
  expect(changed.asked.filter((question) => question.startsWith('read')).toSorted()).toEqual([
    'read app/7.yaml',
    'read app/new.yaml',
  ]);
  const known = new Set(first.objects);
  expect(second.objects.filter((object) => !known.has(object)).map(({ metadata }) => metadata.name)).toEqual([
    'a-7',
    'new',
  ]);
  expect(second.objects).toHaveLength(40);
  // Nobody can change what others will be given.
  expect(() => Object.assign(second.objects[0]?.metadata ?? {}, { name: 'other' })).toThrow(TypeError);
  // Another Application has nothing of it, whatever it has in common.
  const other = await renderer.render(renderRequest('app', { name: 'other' }), memoryTree(files), forever);
  expect(other.objects).toEqual(first.objects);
  expect(other.objects.some((object) => known.has(object))).toBe(false);
});

test('what stands is bounded, and what has no room is rendered as a whole', async () => {
  await using renderer = disposableRenderer({ host: 'native', memoryCacheBytes: 4_000 });
  const files = { 'app/a.yaml': configMap('a', 'x'.repeat(2_000)), 'app/b.yaml': configMap('b', '0') };
  await renderer.render(renderRequest('app'), memoryTree(files), forever);
  const changed = memoryTree({ ...files, 'app/b.yaml': configMap('b', '1') });
  const { objects } = await renderer.render(renderRequest('app'), changed, forever);
  expect(objects.map((object) => object['data'])).toEqual([{ value: 'x'.repeat(2_000) }, { value: '1' }]);
});

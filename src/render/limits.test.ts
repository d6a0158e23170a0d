import { afterAll, describe, expect, test } from 'vitest';
import { disposableRenderer, forever, hosts, memoryTree, renderRequest } from '../../test/support/render.ts';
import { plumbError } from '../errors.ts';
import { createRenderer, isAffected, RenderError, type RenderRequest } from './index.ts';

const chart = (template: string): Record<string, string> => ({
  'chart/Chart.yaml': 'apiVersion: v2\nname: chart\nversion: 1.0.0\n',
  'chart/templates/all.yaml': template,
});
const good = {
  'good/kustomization.yaml': 'resources: [a.yaml]\n',
  'good/a.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n',
};
// Nested loops over nothing much: no memory, and no end in sight.
const loops = Array.from({ length: 9 }, (_, level) => `{{ range $i${level} := until 1000 }}`).join('');
const endless = chart(`${loops}${'{{ end }}'.repeat(9)}`);
const hog = chart('{{ $x := "0123456789abcdef" }}{{ range until 40 }}{{ $x = cat $x $x $x $x }}{{ end }}{{ $x }}');

describe.each(hosts)('limits of a render, %s', (host) => {
  const renderer = createRenderer({ host, workers: 2 });
  afterAll(() => renderer.close());

  const failure = async (files: Record<string, string>, given: Partial<RenderRequest>, path = 'chart') => {
    const error: unknown = await renderer.render(renderRequest(path, given), memoryTree(files), forever).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(RenderError);
    return error as RenderError;
  };
  const ordinary = (name: string) =>
    renderer.render(renderRequest('good', { name }), memoryTree(good), forever).then(({ objects }) => objects.length);

  test('an endless template is ended, and the renders beside it are not', async () => {
    // Both workers have started: what is left to do before the template begins takes no time to speak of.
    await Promise.all(['first', 'second'].map(ordinary));
    const ending = failure(endless, { limits: { seconds: 1.5, memoryMiB: 512 } });
    expect(await Promise.all(['a', 'b', 'c', 'd'].map(ordinary))).toEqual([1, 1, 1, 1]);
    const { problems, record } = await ending;
    expect(problems).toMatchObject([{ code: 'render.time-limit', where: { file: 'chart' } }]);
    // It is worth another try once one of its files changes.
    expect(isAffected(record, [{ path: 'chart/templates/all.yaml', change: 'modified' }])).toBe(true);
    expect(await ordinary('after')).toBe(1);
  });

  test('a template that takes all memory is ended, and the renders beside it are not', async () => {
    const ending = failure(hog, { limits: { seconds: 60, memoryMiB: 512 } });
    expect(await Promise.all(['e', 'f', 'g', 'h'].map(ordinary))).toEqual([1, 1, 1, 1]);
    expect((await ending).problems).toMatchObject([{ code: 'render.memory-limit', where: { file: 'chart' } }]);
    expect(await ordinary('after')).toBe(1);
  });

  test('a template that calls itself for ever is ended', async () => {
    const { problems: found } = await failure(
      chart('{{ define "a" }}{{ template "a" . }}{{ end }}{{ template "a" . }}'),
      {},
    );
    expect(found).toHaveLength(1);
    expect(['render.helm', 'render.crashed']).toContain(found[0]?.code);
    expect(await ordinary('after-recursion')).toBe(1);
  });

  test('a render that is called off ends at once', async () => {
    const controller = new AbortController();
    const files = memoryTree(endless);
    const reason = new Error('called off');
    const rendering = renderer.render(
      renderRequest('chart', { name: 'off' }),
      {
        ...files,
        async read(path) {
          if (path.endsWith('all.yaml')) setImmediate(() => controller.abort(reason));
          return files.read(path);
        },
      },
      controller.signal,
    );
    await expect(rendering).rejects.toBe(reason);
    expect(await ordinary('after-abort')).toBe(1);
  });

  test('a tree that cannot be read ends the render with its own error', async () => {
    const reason = new Error('the object store is on fire');
    const files = memoryTree({
      'good/kustomization.yaml': 'resources: [new.yaml]\n',
      'good/new.yaml': `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: new-${host}}\n`,
    });
    const rendering = renderer.render(
      renderRequest('good', { name: 'unreadable' }),
      { ...files, read: (path) => (path === 'good/new.yaml' ? Promise.reject(reason) : files.read(path)) },
      forever,
    );
    await expect(rendering).rejects.toBe(reason);
  });

  test('a tree that says what is wrong with a file makes the render fail, until that file changes', async () => {
    const files = memoryTree({
      'good/kustomization.yaml': 'resources: [lfs.yaml]\n',
      'good/lfs.yaml': `pointer ${host}`,
    });
    const pointer = plumbError('render.lfs-pointer', 'a pointer', { where: { file: 'good/lfs.yaml' } });
    const tree = {
      ...files,
      read: (path: string) => (path === 'good/lfs.yaml' ? Promise.reject(pointer) : files.read(path)),
    };
    const error: unknown = await renderer
      .render(renderRequest('good', { name: 'pointer' }), tree, forever)
      .then(null, (thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(RenderError);
    const { problems, record } = error as RenderError;
    expect(problems).toEqual(pointer.problems);
    expect(isAffected(record, [{ path: 'good/lfs.yaml', change: 'modified' }])).toBe(true);
  });
});

describe('the pool of workers', () => {
  test('idle workers are ended, and started again when they are needed', async () => {
    await using renderer = disposableRenderer({ host: 'wasm', workers: 2, idleMilliseconds: 50 });
    await renderer.render(renderRequest('good'), memoryTree(good), forever);
    expect(renderer.stats.workers).toBe(1);
    await expect.poll(() => renderer.stats.workers).toBe(0);
    await renderer.render(renderRequest('good', { name: 'other' }), memoryTree(good), forever);
    expect(renderer.stats).toMatchObject({ workers: 1, workersStarted: 2 });
  });

  test('a worker whose memory has grown is not used again', async () => {
    await using renderer = disposableRenderer({ host: 'wasm', workers: 1, retireMiB: 100 });
    const large = chart(
      '{{ $x := repeat 90000000 "x" }}apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {length: "{{ len $x }}"}\n',
    );
    await renderer.render(renderRequest('chart'), memoryTree(large), forever);
    await renderer.render(renderRequest('good'), memoryTree(good), forever);
    await renderer.render(renderRequest('good', { name: 'other' }), memoryTree(good), forever);
    expect(renderer.stats.workersStarted).toBe(2);
  });

  test('no more workers run than are allowed', async () => {
    await using renderer = disposableRenderer({ host: 'wasm', workers: 2 });
    await Promise.all(
      Array.from({ length: 12 }, (_, index) =>
        renderer.render(renderRequest('good', { name: `app-${index}` }), memoryTree(good), forever),
      ),
    );
    expect(renderer.stats).toMatchObject({ renders: 12, workersStarted: 2, workers: 2 });
  });

  test('closing ends what runs', async () => {
    for (const host of hosts) {
      const renderer = createRenderer({ host });
      const rendering = renderer.render(renderRequest('chart'), memoryTree(endless), forever);
      const end = rendering.then(
        () => 'rendered',
        () => 'refused',
      );
      await expect.poll(() => renderer.stats.questions).toBeGreaterThan(4);
      await renderer.close();
      expect(await end).toBe('refused');
      expect(renderer.stats.workers).toBe(0);
    }
  });
});

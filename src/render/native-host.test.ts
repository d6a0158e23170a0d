import { spawn } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { disposableRenderer, forever, memoryTree, renderRequest } from '../../test/support/render.ts';
import { type Frame, frameHead, frameReader } from './native-frames.ts';
import { createGate } from './gate.ts';

const good = {
  'good/kustomization.yaml': 'resources: [a.yaml]\n',
  'good/a.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n',
};

/** The processes that a process has started and that still run. */
async function childrenOf(parent: number): Promise<number[]> {
  const found: number[] = [];
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const status = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '');
    const [state, ppid] = status.slice(status.lastIndexOf(')') + 2).split(' ');
    if (Number(ppid) === parent && state !== 'Z') found.push(Number(name));
  }
  return found;
}

async function isRunning(pid: number): Promise<boolean> {
  return readFile(`/proc/${pid}/stat`, 'utf8').then(
    (status) => status.slice(status.lastIndexOf(')') + 2, status.lastIndexOf(')') + 3) !== 'Z',
    () => false,
  );
}

test('the native renderer does not outlive the process that started it, however that ends', async () => {
  const renderer = new URL('./index.ts', import.meta.url).href;
  const support = new URL('../../test/support/render.ts', import.meta.url).href;
  const script = `
    import { createRenderer } from '${renderer}';
    import { memoryTree, renderRequest, forever } from '${support}';
    const renderer = createRenderer({ host: 'native', idleMilliseconds: 3_600_000 });
    await renderer.render(renderRequest('good'), memoryTree(${JSON.stringify(good)}), forever);
    process.stdout.write('rendered');
    setInterval(() => undefined, 1000);
  `;
  const parent = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise((resolve) => parent.stdout.once('data', resolve));
  const children = await childrenOf(parent.pid ?? 0);
  expect(children).toHaveLength(1);
  parent.kill('SIGKILL');
  await expect.poll(() => isRunning(children[0] ?? 0)).toBe(false);
});

test('a process that waits for nothing else ends by itself', async () => {
  const renderer = new URL('./index.ts', import.meta.url).href;
  const support = new URL('../../test/support/render.ts', import.meta.url).href;
  for (const host of ['native', 'wasm']) {
    const script = `
      import { createRenderer } from '${renderer}';
      import { memoryTree, renderRequest, forever } from '${support}';
      const renderer = createRenderer({ host: '${host}' });
      await renderer.render(renderRequest('good'), memoryTree(${JSON.stringify(good)}), forever);
    `;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', script], { stdio: 'inherit' });
    const [code] = await new Promise<[number | null]>((resolve) => child.once('exit', (...end) => resolve([end[0]])));
    expect(code).toBe(0);
  }
});

test('a renderer that was killed is started again', async () => {
  await using renderer = disposableRenderer({ host: 'native' });
  await renderer.render(renderRequest('good'), memoryTree(good), forever);
  const [child = 0] = (await childrenOf(process.pid)).slice(-1);
  process.kill(child, 'SIGKILL');
  await expect.poll(() => renderer.stats.workers).toBe(0);
  expect((await renderer.render(renderRequest('good', { name: 'b' }), memoryTree(good), forever)).objects).toHaveLength(
    1,
  );
  expect(renderer.stats.workersStarted).toBe(2);
});

test('frames are cut out of a stream wherever it is broken', () => {
  const payloads = [Buffer.from('one'), Buffer.alloc(0), Buffer.alloc(5000, 7)];
  const stream = Buffer.concat(payloads.flatMap((payload, id) => [frameHead(id, 2, payload.length), payload]));
  for (const size of [1, 3, 9, 100, stream.length]) {
    const frames: Frame[] = [];
    const take = frameReader((frame) => frames.push({ ...frame, payload: Buffer.from(frame.payload) }));
    for (let offset = 0; offset < stream.length; offset += size) take(stream.subarray(offset, offset + size));
    expect(frames).toEqual(payloads.map((payload, id) => ({ id, kind: 2, payload })));
  }
});

test('a gate lets so many in, in order, and one alone', async () => {
  const gate = createGate(2);
  const entered: string[] = [];
  const enter = async (name: string, alone: boolean) => {
    const leave = await gate.enter(alone, forever);
    entered.push(name);
    return leave;
  };
  const a = await enter('a', false);
  const b = await enter('b', false);
  const alone = enter('alone', true);
  const c = enter('c', false);
  a();
  await Promise.resolve();
  expect(entered).toEqual(['a', 'b']);
  b();
  const leaveAlone = await alone;
  expect(entered).toEqual(['a', 'b', 'alone']);
  leaveAlone();
  (await c)();
  expect(entered).toEqual(['a', 'b', 'alone', 'c']);
  const controller = new AbortController();
  const first = await enter('d', true);
  const waiting = gate.enter(false, controller.signal);
  controller.abort(new Error('gone'));
  await expect(waiting).rejects.toThrow('gone');
  first();
  (await enter('e', true))();
});

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Mirror, openMirror } from '../src/git/index.ts';
import { startGitServer } from '../src/local/index.ts';
import { createRenderer, type RenderRequest } from '../src/render/index.ts';
import { type Author, createAuthor } from './author.ts';
import { measureClusterParts } from './cluster-parts.ts';
import { cpuSecondsOf, memoryOf } from './processes.ts';
import { type Distribution, distribution } from './statistics.ts';
import { type RendererName, renderers } from './system.ts';
import { applicationName, overlay, overlayPath, targetNamespace, workloadFiles } from './workload.ts';

/** One part of Plumbline, measured by itself. */
export interface Part {
  readonly title: string;
  /** Milliseconds each. */
  readonly took: Distribution;
  /** What else was seen. */
  readonly note: string;
}

const overlays = 200;
const fetches = 20;
const branch = { branch: 'main' };

/** Measures the parts that a sync is made of, each by itself and in this process. */
export async function measureParts(onStep: (step: string) => void): Promise<Part[]> {
  const directory = await mkdtemp(join(tmpdir(), 'plumbline-parts-'));
  const stopped = new AbortController();
  const { signal } = stopped;
  try {
    const server = await startGitServer({ root: join(directory, 'git'), signal });
    await server.create('workload');
    const url = server.url('workload');
    const author = await createAuthor(join(directory, 'author.git'), () => Date.now());
    await author.commit(workloadFiles(overlays), 'Describe the applications');
    await author.push(url);
    const mirror = await openMirror({ url, directory: join(directory, 'mirrors'), signal });
    const parts: Part[] = [];
    for (const host of renderers) {
      onStep(`rendering, ${host}`);
      parts.push(...(await measureRenders(host, mirror, signal)));
    }
    onStep('fetching');
    parts.push(...(await measureFetches(mirror, author, url, signal)));
    onStep('client, watch cache, fingerprints, plans');
    parts.push(...(await measureClusterParts(signal)));
    await mirror.close();
    await server.close();
    return parts;
  } finally {
    stopped.abort();
    await rm(directory, { recursive: true, force: true });
  }
}

function requestOf(number: number): RenderRequest {
  const name = applicationName(number);
  return {
    path: `apps/${name}`,
    source: { kind: 'auto' },
    namespace: targetNamespace,
    name,
    kubeVersion: 'v1.36.3',
    apiVersions: ['v1', 'apps/v1'],
    now: new Date(0),
    seed: new Uint8Array(32),
  };
}

async function measureRenders(host: RendererName, mirror: Mirror, signal: AbortSignal): Promise<Part[]> {
  const { resolved } = await mirror.fetch(branch, { signal });
  const renderer = createRenderer({ host });
  const before = memoryOf(process.pid).rss;
  const cpuBefore = cpuSecondsOf(process.pid);
  try {
    const one = async (number: number): Promise<number> => {
      const started = performance.now();
      await renderer.render(requestOf(number), await mirror.tree(resolved.commit), signal);
      return performance.now() - started;
    };
    const first = await one(1);
    const alone: number[] = [];
    for (let number = 2; number <= overlays / 2; number++) alone.push(await one(number));
    const cpu = (cpuSecondsOf(process.pid) - cpuBefore) / (overlays / 2);
    const started = performance.now();
    const rest = Array.from({ length: overlays / 2 }, (_, index) => one(overlays / 2 + 1 + index));
    await Promise.all(rest);
    const rate = rest.length / ((performance.now() - started) / 1000);
    const grown = (memoryOf(process.pid).rss - before) / 1024 / 1024;
    return [
      { title: `first render, ${host}`, took: distribution([first]), note: 'with the start of the renderer' },
      {
        title: `render of an overlay, ${host}`,
        took: distribution(alone),
        note: `CPU ${(cpu * 1000).toFixed(1)} ms; all at once ${rate.toFixed(0)}/s; ${grown.toFixed(0)} MiB of RSS more`,
      },
    ];
  } finally {
    await renderer.close();
  }
}

async function measureFetches(mirror: Mirror, author: Author, url: string, signal: AbortSignal): Promise<Part[]> {
  const unchanged: number[] = [];
  const changed: number[] = [];
  for (let index = 1; index <= fetches; index++) {
    unchanged.push(await timed(() => mirror.fetch(branch, { signal })));
    await author.commit(new Map([[overlayPath(index), overlay(index, `1.0.${index}`)]]), `Deploy 1.0.${index}`);
    await author.push(url);
    changed.push(await timed(() => mirror.fetch(branch, { signal })));
  }
  return [
    { title: 'fetch, nothing new', took: distribution(unchanged), note: '' },
    { title: 'fetch of one commit', took: distribution(changed), note: '' },
  ];
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { collectionPath } from './api-server.ts';
import { createAuthor, git } from './author.ts';
import { follow } from './follow.ts';
import { type Counts, difference } from './metrics.ts';
import { type MemoryWatch, memoryOf, type TreeUse } from './processes.ts';
import { onStage, type StageOptions } from './stage.ts';
import { readCounters, type Usage, usageBetween } from './usage.ts';
import { type BenchObject, homeNamespace } from './workload.ts';

/** What many repositories cost that are asked for again and again. */
export interface Polls {
  readonly repositories: number;
  readonly loadBefore: number;
  /** From the first Repository until the last one was fetched. */
  readonly first: { readonly seconds: number; readonly cpu: number; readonly started: Counts };
  /** Of all the minutes in which each was asked for once. */
  readonly usage: Usage;
  readonly started: Counts;
  /** The most connections to the Git server at once. */
  readonly connections: number;
  /** At the end. */
  readonly memory: TreeUse;
  readonly peak: MemoryWatch['peak'];
  /** Pushes in those minutes, each to another repository. */
  readonly pushes: number;
  /** Processor seconds of one round by hand over all repositories, with nothing new. */
  readonly byHand: { readonly list: number; readonly fetch: number };
}

const patience = 600_000;
const files = 20;

const nameOf = (number: number): string => `repo-${String(number).padStart(4, '0')}`;

function repositoryFor(number: number, url: string): BenchObject {
  return {
    apiVersion: 'plumbline.dev/v1alpha1',
    kind: 'Repository',
    metadata: { name: nameOf(number), namespace: homeNamespace },
    spec: { url, ref: { branch: 'main' }, interval: '1m' },
  };
}

/** Measures repositories that are polled each minute, through the controller, and beside that by hand. */
export async function measurePolls(options: StageOptions, repositories: number, minutes: number): Promise<Polls> {
  return onStage(options, async ({ directory, gitServer, api, subjects, memory, loadBefore, started, stop }) => {
    options.onStep(`making ${repositories} repositories`);
    const author = await createAuthor(join(directory, 'author.git'), () => Date.now());
    const content = Array.from({ length: files }, (_, index) => [`app/file-${index}.yaml`, `a: ${index}\n`] as const);
    const commit = await author.commit(new Map(content), 'Begin');
    const template = join(directory, 'author.git');
    for (let number = 1; number <= repositories; number += 1) {
      await cp(template, gitServer.directory(nameOf(number)), { recursive: true });
    }
    options.onStep(`fetching ${repositories} repositories`);
    const watched = await follow(api, collectionPath('Repository', homeNamespace));
    try {
      const before = { counters: await readCounters(subjects), started: started() };
      const path = collectionPath('Repository', homeNamespace);
      for (let number = 1; number <= repositories; number += 1) {
        await api.call('POST', path, repositoryFor(number, gitServer.url(nameOf(number))));
      }
      const known = new Set<string>();
      const seen = ({ object }: { readonly object: BenchObject }): boolean => {
        if ((object['status'] as { revision?: string } | undefined)?.revision === commit)
          known.add(object.metadata.name);
        return known.size === repositories;
      };
      for (const object of watched.objects.values()) seen({ object });
      if (known.size < repositories) await watched.next(seen, patience, 'the first fetch of all');
      const fetched = { counters: await readCounters(subjects), started: started() };
      const first = usageBetween(before.counters, fetched.counters);

      // Past the moment at which the first of them are asked for again, so that all are on their way.
      await delay(70_000);
      options.onStep(`polling for ${minutes} minutes`);
      const from = { counters: await readCounters(subjects), started: started() };
      let connections = 0;
      let pushes = 0;
      const pushEvery = Math.max(1, Math.floor(repositories / (minutes * 12)));
      for (let tick = 0; tick < minutes * 12; tick += 1) {
        await delay(5000);
        connections = Math.max(connections, connectionsTo(gitServer.port));
        if (tick % 3 !== 0) continue;
        await author.commit(new Map([['app/file-0.yaml', `a: ${Date.now()}\n`]]), `Change ${tick}`);
        await author.push(gitServer.url(nameOf(1 + tick * pushEvery)));
        pushes += 1;
      }
      const usage = usageBetween(from.counters, await readCounters(subjects));
      const result = { usage, started: difference(from.started, started()), memory: memoryOf(subjects.system.pid) };
      const { peak } = memory;
      options.onStep('the same by hand');
      await stop();
      const urls = Array.from({ length: repositories }, (_, index) => gitServer.url(nameOf(index + 1)));
      return {
        repositories,
        loadBefore,
        first: { seconds: first.seconds, cpu: first.cpu.system, started: difference(before.started, fetched.started) },
        ...result,
        peak,
        connections,
        pushes,
        byHand: await roundByHand(directory, urls),
      };
    } finally {
      await watched.stop();
    }
  });
}

/** One round over all repositories with Git alone. The shell tells what its children have used. */
async function roundByHand(directory: string, urls: readonly string[]): Promise<Polls['byHand']> {
  const mirror = join(directory, 'by-hand.git');
  await rm(mirror, { recursive: true, force: true });
  await git(['init', '--quiet', '--bare', mirror], '');
  const [url = ''] = urls;
  await git([`--git-dir=${mirror}`, 'fetch', '--quiet', url, '+refs/heads/*:refs/heads/*'], '');
  const fetch = `git --git-dir='${mirror}' fetch --quiet --no-tags --no-write-fetch-head`;
  return {
    list: await secondsOf(urls.map((each) => `git ls-remote --quiet '${each}' refs/heads/main >/dev/null`)),
    fetch: await secondsOf(urls.map((each) => `${fetch} '${each}' +refs/heads/main:refs/heads/main`)),
  };
}

async function secondsOf(lines: readonly string[]): Promise<number> {
  const child = spawn('sh', ['-c', 'while read -r line; do eval "$line" </dev/null; done; times'], {
    env: {
      PATH: process.env['PATH'],
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_TERMINAL_PROMPT: '0',
    },
    stdio: ['pipe', 'pipe', 'inherit'],
    signal: AbortSignal.timeout(patience),
  });
  const closed = once(child, 'close');
  child.stdin.end(lines.map((line) => `${line}\n`).join(''));
  const output = await text(child.stdout);
  await closed;
  // The second line is that of the children: `0m1.23s 0m4.56s`.
  const [, children = ''] = output.trim().split('\n').slice(-2);
  return [...children.matchAll(/(\d+)m([\d.]+)s/g)].reduce((sum, [, m, s]) => sum + Number(m) * 60 + Number(s), 0);
}

/** Connections to a port of this machine that are open, seen from the side that opened them. */
function connectionsTo(port: number): number {
  const remote = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[2]?.endsWith(remote) === true && fields[3] === '01').length;
}

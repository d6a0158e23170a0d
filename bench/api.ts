// `node bench/api.ts`: how many requests the HTTP API answers, and how long one takes. Real HTTP on the same machine, from
// another process; what the controller would know is given, and rights are granted without a question.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Application, parseApplication } from '../src/api/index.ts';
import { createGitObjects } from '../src/controller/gitops/git-objects.ts';
import type { GitOps, GitOpsRepository, GitOpsSettings } from '../src/controller/index.ts';
import { openMirror } from '../src/git/index.ts';
import { startGitServer } from '../src/local/index.ts';
import { startApi } from '../src/server/index.ts';
import { createFolderCache } from '../src/writeback/index.ts';
import { as, testContext } from '../test/support/api.ts';
import { testViews } from '../test/support/views.ts';
import { median, quantile } from './statistics.ts';

const applications = 1_000;
const objects = 1_000;
const historyLength = 20;
const secondsOfEach = 5;

/** What the other process measures. */
interface Measured {
  readonly milliseconds: readonly number[];
  readonly bytes: number;
  readonly seconds: number;
}

const condition = (type: string) => ({
  type,
  status: 'True',
  observedGeneration: 1,
  lastTransitionTime: '2026-11-21T10:00:00Z',
  reason: 'Synced',
  message: '4 objects are as in 26817b65c25a',
});

/** An Application as a busy one is: with a full history and all conditions. */
function busyApplication(number: number): Application {
  const at = '2026-11-21T10:00:00.000Z';
  const revision = number.toString(16).padStart(40, '0');
  const entry = { revision, at, by: 'automated', outcome: 'Succeeded', changed: 1, pruned: 0, failed: 0 };
  return parseApplication({
    apiVersion: 'plumbline.dev/v1alpha1',
    kind: 'Application',
    metadata: { namespace: `team-${number % 10}`, name: `app-${String(number).padStart(4, '0')}`, uid: revision },
    spec: { source: { repositoryRef: { name: 'apps' }, path: `apps/app-${number}` } },
    status: {
      observedGeneration: 1,
      revision,
      health: 'Healthy',
      synced: { at, by: 'automated', objects: 4, failed: 0 },
      history: Array.from({ length: historyLength }, () => entry),
      conditions: ['Ready', 'Reconciling', 'Stalled', 'Synced', 'Healthy', 'Drifted'].map(condition),
    },
  });
}

/** A GitOps namespace with many objects, in a real repository over smart HTTP. */
async function openNamespace(folder: string, signal: AbortSignal): Promise<GitOps> {
  const server = await startGitServer({ root: join(folder, 'served'), signal });
  const source = join(folder, 'source');
  for (let number = 0; number < objects; number += 1) {
    const name = `config-${String(number).padStart(4, '0')}`;
    const place = join(source, 'team-1', 'ConfigMap', name);
    await mkdir(place, { recursive: true });
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, labels: { part: `${number % 10}` } } };
    await writeFile(join(place, `${name}.json`), `${JSON.stringify({ ...object, data: { number: `${number}` } })}\n`);
  }
  await server.create('app', {
    from: source,
    message: 'Begin',
    author: { name: 'Bench', email: 'b@localhost' },
    at: new Date(0),
  });
  const mirror = await openMirror({ url: server.url('app'), directory: join(folder, 'mirrors'), signal });
  await mirror.fetch({ branch: 'main' }, { signal });
  const settings = { namespace: 'team-1', branch: 'main', url: mirror.url, prefix: '' } as GitOpsSettings;
  const repository = {
    mirror,
    settings,
    layout: { prefix: '', namespace: 'team-1', format: 'json' },
    folders: createFolderCache(),
    isFollowed: () => true,
  } as unknown as GitOpsRepository;
  return {
    settingsOf: () => settings,
    status: () => undefined,
    repositories: { use: (_, work) => work(repository) },
    objects: createGitObjects({ use: (_, work) => work(repository) }),
  };
}

/** Asks one path again and again for some seconds, so many requests at a time. Runs in a process of its own. */
async function ask(url: string, connections: number, headers: Record<string, string>): Promise<Measured> {
  const milliseconds: number[] = [];
  let bytes = 0;
  const send = async (): Promise<void> => {
    const started = performance.now();
    const answer = await fetch(url, { headers });
    if (answer.status !== 200 && answer.status !== 304) throw new Error(`${url} answered ${answer.status}`);
    bytes = (await answer.arrayBuffer()).byteLength;
    milliseconds.push(performance.now() - started);
  };
  for (let warming = 0; warming < 20; warming += 1) await send();
  milliseconds.length = 0;
  const begun = performance.now();
  const work = async (): Promise<void> => {
    while (performance.now() - begun < secondsOfEach * 1_000) await send();
  };
  await Promise.all(Array.from({ length: connections }, work));
  return { milliseconds, bytes, seconds: (performance.now() - begun) / 1_000 };
}

async function measure(url: string, connections: number, headers: Record<string, string> = {}): Promise<Measured> {
  const child = fork(import.meta.filename, [url, String(connections), JSON.stringify({ ...as('jane'), ...headers })]);
  const gone = once(child, 'exit').then(([code]): never => {
    throw new Error(`the process that asks ended with ${String(code)}`);
  });
  const [measured] = (await Promise.race([once(child, 'message'), gone])) as [Measured];
  gone.catch(() => {});
  return measured;
}

async function main(): Promise<void> {
  const views = testViews();
  for (let number = 0; number < applications; number += 1) {
    const application = busyApplication(number);
    views.all.set(`${application.metadata.namespace}/${application.metadata.name}`, application);
  }
  const stop = new AbortController();
  const unlimited = { burst: 1e9, perSecond: 1e9 };
  const folder = await mkdtemp(join(tmpdir(), 'plumbline-api-'));
  const gitops = await openNamespace(folder, stop.signal);
  const plain = testContext();
  const resource = { group: '', version: 'v1', apiVersion: 'v1', kind: 'ConfigMap', plural: 'configmaps' } as const;
  const discovery = {
    ...plain.client.discovery,
    resource: async () => ({ ...resource, namespaced: true, verbs: [], preferred: true, subresources: [] }),
  };
  const context = testContext({
    views: () => views,
    gitops: () => gitops,
    client: { ...plain.client, discovery },
    signal: stop.signal,
  });
  const server = await startApi({
    ...context,
    host: '127.0.0.1',
    port: 0,
    limits: { rates: { perSource: unlimited, overall: unlimited } },
  });
  const list = `http://127.0.0.1:${server.port}/api/v1/applications`;
  const inGit = `http://127.0.0.1:${server.port}/api/v1/namespaces/team-1/objects`;
  const object = `${inGit}/ConfigMap/config-0500`;
  const tag = (await fetch(`${list}?limit=1000`, { headers: as('jane') })).headers.get('etag') ?? '';
  const rows: [string, string, number, Record<string, string>][] = [
    [`list of ${applications}, one page`, `${list}?limit=1000`, 1, {}],
    [`list of ${applications}, one page`, `${list}?limit=1000`, 8, {}],
    ['the same, not changed (304)', `${list}?limit=1000`, 8, { 'if-none-match': tag }],
    [`list of ${applications}, with history`, `${list}?limit=1000&history=true`, 8, {}],
    [`list of ${applications}, 100 of it`, list, 8, {}],
    ['one Application', `${list}/team-1/app-0001`, 1, {}],
    ['one Application', `${list}/team-1/app-0001`, 16, {}],
    ['one object in Git', object, 1, {}],
    ['one object in Git', object, 16, {}],
    ['the same, asking the Git server', `${object}?fresh=true`, 1, {}],
    ['the same, asking the Git server', `${object}?fresh=true`, 16, {}],
    [`list of ${objects} objects in Git, 100 of it`, inGit, 8, {}],
    [`list of ${objects} objects in Git, by a label`, `${inGit}?labels=part%3D3`, 8, {}],
    [`list of ${objects} objects in Git, 100 with content`, `${inGit}?content=true`, 8, {}],
  ];
  const lines = [
    '| request | at a time | bytes | requests/s | CPU ms | median ms | p99 ms |',
    '| --- | --- | --- | --- | --- | --- | --- |',
  ];
  for (const [name, url, connections, headers] of rows) {
    const before = process.cpuUsage();
    const { milliseconds, bytes, seconds } = await measure(url, connections, headers);
    const { user, system } = process.cpuUsage(before);
    // What the server itself needs, whatever else the machine does.
    const cpu = (user + system) / 1_000 / milliseconds.length;
    const rate = Math.round(milliseconds.length / seconds);
    const figures = [cpu, median(milliseconds), quantile(milliseconds, 0.99)].map((value) => value.toFixed(1));
    lines.push(`| ${[name, connections, bytes, rate, ...figures].join(' | ')} |`);
  }
  process.stdout.write(`${lines.join('\n')}\n`);
  stop.abort();
  await server.closed;
  await rm(folder, { recursive: true, force: true });
}

const [url, connections, headers] = process.argv.slice(2);
if (url === undefined) await main();
else {
  const measured = await ask(url, Number(connections), JSON.parse(headers ?? '{}') as Record<string, string>);
  // Connections that are kept open would keep this process.
  process.send?.(measured, () => process.exit());
}

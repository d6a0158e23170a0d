// `node bench/audit.ts`: how long an audit log takes in a history of 50,000 commits in 2,000 resources, with Git's index,
// without it, and with an index of one's own.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type CommitId, type FileHistory, openMirror } from '../src/git/index.ts';
import { formatMessage, readAudit, readCommitDiff } from '../src/writeback/index.ts';
import { median, quantile } from './statistics.ts';

const commits = 50_000;
const resources = 2_000;
const namespaces = 20;
const users = 50;
const asked = 30;
const environment = { PATH: process.env['PATH'], GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null' };

const nameOf = (resource: number): string => `model-${String(resource).padStart(4, '0')}`;
const namespaceOf = (resource: number): string => `team-${String(resource % namespaces).padStart(2, '0')}`;
const folderOf = (resource: number): string => `${namespaceOf(resource)}/Deployment/${nameOf(resource)}`;

/** Numbers that are the same in each run. */
function* dice(seed: number): Generator<number, never> {
  for (let state = seed; ;) {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    yield state / 2_147_483_648;
  }
}

function git(...args: readonly string[]) {
  return spawn('git', args, { env: environment, stdio: ['pipe', 'pipe', 'inherit'] });
}

async function generate(directory: string, from: number, count: number): Promise<void> {
  const importer = git(`--git-dir=${directory}`, 'fast-import', '--quiet', '--force');
  const random = dice(from + 1);
  for (let number = from; number < from + count; number += 1) {
    const resource = number < resources ? number : Math.floor(random.next().value * resources);
    const at = `${1_600_000_000 + number * 60} +0000`;
    const metadata = { name: nameOf(resource), namespace: namespaceOf(resource) };
    const container = { name: 'server', image: `registry.example.org/model:${number}` };
    const spec = { replicas: number % 7, template: { spec: { containers: [container] } } };
    const body = `${JSON.stringify({ apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec }, undefined, 2)}\n`;
    const author = `user-${number % users}`;
    const message = formatMessage({ action: 'update', message: '', author, email: `${author}@example.org` });
    const parts = [
      'commit refs/heads/main',
      `author Plumbline <plumbline@example.org> ${at}`,
      `committer Plumbline <plumbline@example.org> ${at}`,
      `data ${Buffer.byteLength(message)}`,
      message,
      ...(number === from && from > 0 ? ['from refs/heads/main^0'] : []),
      `M 644 inline ${folderOf(resource)}/${nameOf(resource)}.json`,
      `data ${Buffer.byteLength(body)}`,
      body,
    ];
    if (!importer.stdin.write(`${parts.join('\n')}\n`)) await once(importer.stdin, 'drain');
  }
  importer.stdin.end();
  await once(importer, 'close');
}

/** What the commits touched, read once by `git log --raw`: the index that one would keep oneself. */
async function ownIndex(directory: string): Promise<ReadonlyMap<string, readonly string[]>> {
  const log = git(`--git-dir=${directory}`, 'log', '--format=%H', '--raw', '--no-renames', 'refs/heads/main');
  const index = new Map<string, string[]>();
  let commit = '';
  for await (const line of createInterface({ input: log.stdout })) {
    if (!line.startsWith(':')) commit = line === '' ? commit : line;
    else {
      const path = line.slice(line.indexOf('\t') + 1);
      const known = index.get(path);
      if (known === undefined) index.set(path, [commit]);
      else known.push(commit);
    }
  }
  return index;
}

/** The milliseconds that something takes. */
async function timed(run: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await run();
  return performance.now() - start;
}

async function bytesIn(folder: string): Promise<number> {
  const files = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const sizes = await Promise.all(
    files.filter((file) => file.isFile()).map((file) => stat(join(file.parentPath, file.name))),
  );
  return sizes.reduce((sum, { size }) => sum + size, 0);
}

const folder = await mkdtemp(join(tmpdir(), 'plumbline-audit-'));
const { signal } = new AbortController();
const rows: string[] = [];
const tell = (what: string, ...values: readonly number[]): void => {
  const shown = [Math.min(...values), median(values), quantile(values, 0.9)].map((value) => value.toFixed(1));
  rows.push(`| ${[what, ...shown].join(' | ')} |`);
};

try {
  const source = join(folder, 'source.git');
  await once(git('init', '--quiet', '--bare', '--initial-branch=main', source), 'close');
  await generate(source, 0, commits);
  const mirror = await openMirror({
    url: `file://${source}`,
    directory: join(folder, 'mirrors'),
    allowFile: true,
    signal,
  });
  let tip = '' as CommitId;
  tell(
    'fetch of the whole history',
    await timed(async () => (tip = (await mirror.fetch({}, { signal })).resolved.commit)),
  );
  const names = await readdir(join(folder, 'mirrors'), { recursive: true });
  const directory = join(folder, 'mirrors', names.find((name) => /generation-[0-9a-z]+$/.test(name)) ?? '');
  const graphs = join(directory, 'objects', 'info', 'commit-graphs');
  const isIndexed = async (): Promise<boolean> =>
    (await readdir(graphs).catch((): string[] => [])).includes('commit-graph-chain');
  const page = (past: FileHistory, paths: readonly string[], filter = {}) =>
    readAudit(past, { tip, paths, limit: 50, filter }, signal);
  const step = Math.floor(resources / asked);
  const some = Array.from({ length: asked }, (_, number) => folderOf(number * step));

  tell('one resource, before there is an index', await timed(() => page(mirror.past, [some[0] ?? ''])));
  const writing = performance.now();
  while (!(await isIndexed())) await new Promise((resolve) => setImmediate(resolve));
  tell("writing Git's index, in the background", performance.now() - writing);
  const indexBytes = await bytesIn(graphs);
  const one: number[] = [];
  const again: number[] = [];
  for (const path of some) {
    one.push(await timed(() => page(mirror.past, [path, `${path}-of-the-older-layout.json`])));
    again.push(await timed(() => page(mirror.past, [path, `${path}-of-the-older-layout.json`])));
  }
  tell('one resource, both layouts, with the index: the first page', ...one);
  tell('the same once more, or a later page', ...again);
  tell('one namespace', await timed(() => page(mirror.past, ['team-07'])));
  tell('one namespace, a later page', await timed(() => page(mirror.past, ['team-07'])));
  tell('the whole repository', await timed(() => page(mirror.past, [''])));
  tell(
    'the whole repository, by a user whom nobody knows',
    await timed(() => page(mirror.past, [''], { user: 'nobody@example.com' })),
  );
  const [entry] = (await page(mirror.past, [some[3] ?? ''])).entries;
  tell('the diff of one commit', await timed(() => readCommitDiff(mirror.past, entry?.commit ?? tip, [''], signal)));

  await generate(source, commits, 100);
  tip = (await mirror.fetch({}, { signal })).resolved.commit;
  const before = (await readdir(graphs)).length;
  const adding = performance.now();
  tell('one resource, 100 commits after the index', await timed(() => page(mirror.past, [some[5] ?? ''])));
  while ((await readdir(graphs)).length === before) await new Promise((resolve) => setImmediate(resolve));
  tell('the same, until the index has them, too', performance.now() - adding);

  globalThis.gc?.();
  const { heapUsed } = process.memoryUsage();
  let index: ReadonlyMap<string, readonly string[]> = new Map();
  tell('reading an index of our own into memory', await timed(async () => (index = await ownIndex(directory))));
  globalThis.gc?.();
  const heap = process.memoryUsage().heapUsed - heapUsed;
  tell('one resource in it', await timed(async () => index.get(`${some[7]}/${nameOf(7 * step)}.json`)));

  process.stdout.write(`${commits} commits in ${resources} resources\n\n`);
  process.stdout.write('| milliseconds | least | median | p90 |\n|---|---|---|---|\n');
  process.stdout.write(`${rows.join('\n')}\n\n`);
  process.stdout.write(`Git's index: ${(indexBytes / 1048576).toFixed(1)} MiB on disk, none in memory\n`);
  process.stdout.write(`An index of our own: ${(heap / 1048576).toFixed(1)} MiB in memory (with --expose-gc)\n`);
  await mirror.close();
} finally {
  await rm(folder, { recursive: true, force: true });
}

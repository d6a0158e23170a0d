// `node bench/writes.ts [--minutes 10] [--rate 200] [--rounds 50]`: how long writes to a branch take, one alone and 50 at
// once, and a steady stream of them beside readers, with what Git needs for the same by hand. At the end all are counted.
import { type ChildProcess, execFile } from 'node:child_process';
import { subscribe } from 'node:diagnostics_channel';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs, promisify } from 'node:util';
import { problemsOf } from '../src/errors.ts';
import { openMirror } from '../src/git/index.ts';
import { startGitServer } from '../src/local/index.ts';
import { createBranchWriter, type Edit } from '../src/writeback/index.ts';
import { median, quantile } from './statistics.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    rate: { type: 'string', default: '200' },
    rounds: { type: 'string', default: '50' },
  },
});
const minutes = Number(values.minutes);
const ratePerMinute = Number(values.rate);
const rounds = Number(values.rounds);
const together = 50;
const objects = 500;
const author = { name: 'Bench', email: 'bench@localhost' };
const environment = {
  PATH: process.env['PATH'],
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_AUTHOR_NAME: author.name,
  GIT_AUTHOR_EMAIL: author.email,
  GIT_COMMITTER_NAME: author.name,
  GIT_COMMITTER_EMAIL: author.email,
};

async function git(...args: readonly string[]): Promise<string> {
  return (await promisify(execFile)('git', args, { env: environment, maxBuffer: 1 << 28 })).stdout.trim();
}

/** What this process has started, but for the server's own processes. */
let processes = 0;
subscribe('child_process', (message) => {
  const { process: child } = message as { readonly process: ChildProcess };
  // With what it is started is known a moment later.
  queueMicrotask(() => {
    if (!child.spawnargs.includes('--stateless-rpc')) processes += 1;
  });
});

const figures = new Map<string, number[]>();
function note(name: string, milliseconds: number): void {
  figures.set(name, [...(figures.get(name) ?? []), milliseconds]);
}

/** The milliseconds that something takes. */
async function timed(run: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await run();
  return performance.now() - start;
}

function cpuMilliseconds(since: NodeJS.CpuUsage, writes: number): string {
  const { user, system } = process.cpuUsage(since);
  return ((user + system) / 1000 / writes).toFixed(1);
}

let count = 0;
const operations: string[] = [];

/** Writes one object of a namespace, as a change of its replicas would. */
function nextEdit(): { readonly edit: Edit; readonly operation: string } {
  count += 1;
  const name = `app-${count % objects}`;
  const operation = `bench-${count}`;
  operations.push(operation);
  const content = Buffer.from(
    `${JSON.stringify({ kind: 'Deployment', metadata: { name }, spec: { replicas: count } })}\n`,
  );
  const edit: Edit = async () => ({
    changes: [{ path: `team/Deployment/${name}/${name}.json`, content }],
    message: `${JSON.stringify({ Action: 'update', Message: `replicas ${count}`, Author: 'ada', Email: '' })}\n`,
    author: { ...author, at: new Date() },
  });
  return { edit, operation };
}

const folder = await mkdtemp(join(tmpdir(), 'plumbline-writes-'));
const { signal } = new AbortController();
const server = await startGitServer({ root: join(folder, 'served'), signal });
try {
  const source = join(folder, 'source');
  for (let index = 0; index < objects; index += 1) {
    const place = join(source, 'team', 'Deployment', `app-${index}`);
    await mkdir(place, { recursive: true });
    await writeFile(join(place, `app-${index}.json`), `${JSON.stringify({ kind: 'Deployment', index })}\n`);
  }
  await server.create('app', { from: source, message: 'Begin', author, at: new Date(0) });
  const url = server.url('app');
  const work = join(folder, 'work');
  await git('clone', '--quiet', url, work);
  const mirror = await openMirror({ url, directory: join(folder, 'writer'), signal });
  const writer = createBranchWriter({ mirror, branch: 'main', how: { mode: 'commit' }, signal });
  const write = async (): Promise<void> => {
    const { edit, operation } = nextEdit();
    await writer.write(edit, { signal, operation });
  };
  await write();

  const loadBefore = loadavg()[0] ?? 0;
  processes = 0;
  let cpu = process.cpuUsage();
  for (let round = 1; round <= rounds; round += 1) note('one write alone', await timed(write));
  const processesAlone = processes / rounds;
  const cpuAlone = cpuMilliseconds(cpu, rounds);

  for (let round = 1; round <= rounds; round += 1) {
    await git('-C', work, 'pull', '--quiet', '--ff-only');
    await writeFile(join(work, 'team', 'Deployment', 'app-0', 'app-0.json'), `by hand ${round}\n`);
    note(
      'by hand: git commit',
      await timed(() => git('-C', work, 'commit', '--quiet', '--all', '-m', `Round ${round}`)),
    );
    note('by hand: git push', await timed(() => git('-C', work, 'push', '--quiet')));
  }

  processes = 0;
  cpu = process.cpuUsage();
  const batches = Math.max(3, Math.round(rounds / 5));
  for (let round = 1; round <= batches; round += 1)
    note(
      `${together} writes at once, all of them`,
      await timed(() => Promise.all(Array.from({ length: together }, write))),
    );
  const processesTogether = processes / (batches * together);
  const cpuTogether = cpuMilliseconds(cpu, batches * together);
  const batch = median(figures.get(`${together} writes at once, all of them`) ?? []);

  // The steady stream, beside somebody who follows the branch as a controller does.
  const reader = await openMirror({ url, directory: join(folder, 'reader'), signal });
  const over = new AbortController();
  let reads = 0;
  const follow = async (): Promise<void> => {
    while (!over.signal.aborted) {
      await reader.fetch({ branch: 'main' }, { signal });
      reads += 1;
      await delay(500);
    }
  };
  const following = follow();
  const minuteOf = new Map<number, number[]>();
  const failures: string[] = [];
  const steady = async (minute: number): Promise<void> => {
    try {
      const milliseconds = await timed(write);
      note(`${ratePerMinute} writes a minute, each`, milliseconds);
      minuteOf.set(minute, [...(minuteOf.get(minute) ?? []), milliseconds]);
    } catch (error) {
      failures.push(problemsOf(error)[0].code);
    }
  };
  const total = Math.round(minutes * ratePerMinute);
  const writes: Promise<void>[] = [];
  processes = 0;
  const begin = performance.now();
  for (let index = 0; index < total; index += 1) {
    await delay(Math.max(0, begin + (index * 60_000) / ratePerMinute - performance.now()));
    writes.push(steady(Math.floor(index / ratePerMinute) + 1));
  }
  await Promise.all(writes);
  const seconds = (performance.now() - begin) / 1000;
  over.abort();
  await following;
  const processesSteady = total === 0 ? 0 : processes / total;

  const log = await git(
    `--git-dir=${server.directory('app')}`,
    'log',
    '--format=%(trailers:key=Plumbline-Operation,valueonly,separator=%x20)',
    'main',
  );
  const found = log.split('\n').filter((line) => line !== '');
  const lost = operations.filter((operation) => !new Set(found).has(operation)).length;
  const doubled = found.length - new Set(found).size;

  process.stdout.write('| milliseconds | least | median | p90 | p99 |\n|---|---|---|---|---|\n');
  for (const [name, list] of figures) {
    const shown = [Math.min(...list), median(list), quantile(list, 0.9), quantile(list, 0.99)];
    process.stdout.write(`| ${[name, ...shown.map((value) => value.toFixed(1))].join(' | ')} |\n`);
  }
  const lines = [
    `writes a second, ${together} waiting: ${((together * 1000) / batch).toFixed(0)}`,
    `processes started for a write: alone ${processesAlone.toFixed(2)}, ${together} at once ${processesTogether.toFixed(2)}, steady ${processesSteady.toFixed(2)} (and those that git push starts itself)`,
    `processor time of this process, with the listening part of the server, for a write: alone ${cpuAlone} ms, ${together} at once ${cpuTogether} ms`,
    `steady stream: ${total} writes in ${seconds.toFixed(0)} s beside ${reads} fetches of a reader; failed: ${failures.length} ${[...new Set(failures)].join(' ')}`,
    `median of each minute, ms: ${[...minuteOf.values()].map((list) => median(list).toFixed(0)).join(', ')}`,
    `in Git afterwards: ${found.length} of ${operations.length} operations; lost ${lost}, doubled ${doubled}`,
    `load of the machine: before ${loadBefore.toFixed(1)}, after ${(loadavg()[0] ?? 0).toFixed(1)}`,
  ];
  process.stdout.write(`\n${lines.map((line) => `- ${line}\n`).join('')}`);
  await reader.close();
  await mirror.close();
  if (failures.length > 0 || lost > 0 || doubled > 0) process.exitCode = 1;
} finally {
  await server.close();
  await rm(folder, { recursive: true, force: true });
}

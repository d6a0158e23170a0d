// `node bench/fetch.ts`: how long it takes from a trigger until a mirror knows the new commit, beside what Git needs.
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { openMirror } from '../src/git/index.ts';
import { startGitServer } from '../src/local/index.ts';
import { median, quantile } from './statistics.ts';

const rounds = 50;
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
  return (await promisify(execFile)('git', args, { env: environment })).stdout.trim();
}

/** The milliseconds that something takes. */
async function timed(run: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await run();
  return performance.now() - start;
}

const folder = await mkdtemp(join(tmpdir(), 'plumbline-fetch-'));
const { signal } = new AbortController();
const server = await startGitServer({ root: join(folder, 'served'), signal });
try {
  const source = join(folder, 'source');
  await mkdir(source);
  await writeFile(join(source, 'a.yaml'), 'a: 0\n');
  await server.create('app', { from: source, message: 'Begin', author, at: new Date(0) });
  const work = join(folder, 'work');
  await git('clone', '--quiet', server.directory('app'), work);
  const byHand = join(folder, 'by-hand.git');
  await git('init', '--quiet', '--bare', byHand);
  const fetchByHand = (): Promise<string> =>
    git(`--git-dir=${byHand}`, 'fetch', '--quiet', '--no-tags', server.url('app'), '+refs/heads/main:refs/heads/main');
  const open = (url: string) => openMirror({ url, directory: join(folder, 'mirrors'), signal, allowFile: true });
  const mirrors = [
    { name: 'smart HTTP', mirror: await open(server.url('app')) },
    { name: 'file', mirror: await open(`file://${server.directory('app')}`) },
  ];
  const selector = { branch: 'main' };
  for (const { mirror } of mirrors) await mirror.fetch(selector, { signal });
  await fetchByHand();

  const figures = new Map<string, number[]>();
  const note = (name: string, milliseconds: number): void => {
    figures.set(name, [...(figures.get(name) ?? []), milliseconds]);
  };
  for (let round = 1; round <= rounds; round += 1) {
    await writeFile(join(work, 'a.yaml'), `a: ${round}\n`);
    await git('-C', work, 'commit', '--quiet', '--all', '--message', `Round ${round}`);
    await git('-C', work, 'push', '--quiet');
    for (const { name, mirror } of mirrors) {
      note(`${name}, a new commit`, await timed(() => mirror.fetch(selector, { signal })));
      note(`${name}, nothing new`, await timed(() => mirror.fetch(selector, { signal })));
    }
    note('git fetch by hand over smart HTTP, a new commit', await timed(fetchByHand));
    note('git fetch by hand over smart HTTP, nothing new', await timed(fetchByHand));
  }
  process.stdout.write('| milliseconds | least | median | p90 |\n|---|---|---|---|\n');
  for (const [name, values] of figures) {
    const shown = [Math.min(...values), median(values), quantile(values, 0.9)].map((value) => value.toFixed(1));
    process.stdout.write(`| ${[name, ...shown].join(' | ')} |\n`);
  }
  for (const { mirror } of mirrors) await mirror.close();
} finally {
  await server.close();
  await rm(folder, { recursive: true, force: true });
}
